//! Finds the archive of the database server, which the crate `pglite-rs-lib-<target>` carries and tells nobody of.
//!
//! Sets the cfg `embedded_postgres`, and with it `ANSWERABLE_POSTGRES_ARCHIVE` (a path) and `ANSWERABLE_POSTGRES_BUILD`
//! (what tells one runtime from another), where the feature is on and the target has such a crate.
//!
//! Writes down which languages there are, for `src/locale.rs`.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(embedded_postgres)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=locales");
    if let Err(error) = locales() {
        println!("cargo::error=The texts in locales/ cannot be embedded: {error}.");
    }
    if env::var_os("CARGO_FEATURE_EMBEDDED_POSTGRES").is_none() || env::var_os("CARGO_CFG_UNIX").is_none() {
        return;
    }
    match archive() {
        Ok(Some((path, build))) => {
            println!("cargo::rerun-if-changed={}", path.display());
            println!("cargo::rustc-env=ANSWERABLE_POSTGRES_ARCHIVE={}", path.display());
            println!("cargo::rustc-env=ANSWERABLE_POSTGRES_BUILD={build}");
            println!("cargo::rustc-cfg=embedded_postgres");
        }
        Ok(None) => {}
        Err(reason) => println!(
            "cargo::error=The PostgreSQL runtime cannot be embedded: {reason}. Build with --no-default-features to do without."
        ),
    }
}

/// Lists the texts of all languages, `locales/<tag>.ftl`, as `LOCALES`: tag and content of each, by tag.
fn locales() -> io::Result<()> {
    let root = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("locales");
    let files: io::Result<Vec<PathBuf>> = fs::read_dir(&root)?.map(|file| Ok(file?.path())).collect();
    let mut files = files?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "ftl"));
    files.sort();
    let list: String = files
        .iter()
        .filter_map(|path| Some((path.file_stem()?, path)))
        .map(|(tag, path)| {
            format!("    ({:?}, include_str!({:?})),\n", tag.to_string_lossy(), path.to_string_lossy())
        })
        .collect();
    let out = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("locales.rs");
    fs::write(out, format!("static LOCALES: &[(&str, &str)] = &[\n{list}];\n"))
}

/// The archive, and the version and target it belongs to; nothing where Cargo.toml names no crate for this target.
fn archive() -> Result<Option<(PathBuf, String)>, String> {
    let target = variable("TARGET")?;
    let name = format!("pglite-rs-lib-{target}");
    let Some(requirement) = requirement(&name)? else { return Ok(None) };
    let found = metadata(&finder(&name, &requirement).map_err(|error| error.to_string())?, &[])?;
    let package = packages(&found).find(|package| package["name"] == name.as_str());
    let place = package.and_then(|package| package["manifest_path"].as_str()).map(Path::new);
    let version = package.and_then(|package| package["version"].as_str());
    let (Some(root), Some(version)) = (place.and_then(Path::parent), version) else {
        return Err(format!("cargo metadata does not list {name}"));
    };
    let path = root.join("lib/pglite-runtime.tar.zst");
    if !path.is_file() {
        return Err(format!("there is no {}", path.display()));
    }
    Ok(Some((path, format!("{version}-{target}"))))
}

/// Which version of the crate our own manifest asks for.
fn requirement(name: &str) -> Result<Option<String>, String> {
    let own = metadata(&Path::new(&variable("CARGO_MANIFEST_DIR")?).join("Cargo.toml"), &["--no-deps"])?;
    let dependency = packages(&own)
        .filter_map(|package| package["dependencies"].as_array())
        .flatten()
        .find(|dependency| dependency["name"] == name);
    Ok(dependency.and_then(|dependency| dependency["req"].as_str()).map(str::to_owned))
}

/// Writes a manifest that asks for that crate alone. Our own would not do: `cargo metadata` then wants the development
/// dependencies as well, and after a fresh `cargo build` without network they are not there.
fn finder(name: &str, requirement: &str) -> io::Result<PathBuf> {
    let folder = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("finder");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("lib.rs"), "")?;
    let manifest = folder.join("Cargo.toml");
    let text = format!(
        "[package]\nname = \"finder\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [dependencies]\n{name} = \"{requirement}\"\n\n[workspace]\n"
    );
    fs::write(&manifest, text)?;
    Ok(manifest)
}

/// Runs from our own folder, so that its `.cargo/config.toml` (vendored sources, say) counts.
fn metadata(manifest: &Path, more: &[&str]) -> Result<Value, String> {
    let output = Command::new(variable("CARGO")?)
        .args(["metadata", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .args(more)
        .current_dir(variable("CARGO_MANIFEST_DIR")?)
        .output()
        .map_err(|error| format!("cargo metadata does not run: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        return Err(format!("cargo metadata failed: {words}"));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata said something else: {error}"))
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
