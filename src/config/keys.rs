//! The secrets everything else is derived from: the master key and the key that signs access tokens. Given by
//! configuration, or made on the first start and kept in `DATA_DIR/keys`, readable by their owner alone.

mod master;

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use data_encoding::BASE64;
use secrecy::SecretString;

use super::{ConfigError, given};
use crate::seal::Masters;

/// Where the keys come from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct KeyConfig {
    /// The master key: 32 bytes in base64 (`openssl rand -base64 32`); without it one is made and kept in the data directory
    #[arg(long, env = "ANSWERABLE_MASTER_KEY", hide_env_values = true)]
    pub master_key: Option<SecretString>,
    /// A file that holds the master key
    #[arg(long, env = "ANSWERABLE_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
    /// The master key before this one, 32 bytes in base64, while `answerable keys rotate` puts another in its place
    #[arg(long, env = "ANSWERABLE_PREVIOUS_MASTER_KEY", hide_env_values = true)]
    pub previous_master_key: Option<SecretString>,
    /// A file that holds the master key before this one
    #[arg(long, env = "ANSWERABLE_PREVIOUS_MASTER_KEY_FILE")]
    pub previous_master_key_file: Option<PathBuf>,
    /// The Ed25519 key that signs access tokens, PKCS#8 in PEM or base64 (`openssl genpkey -algorithm ed25519`)
    #[arg(long, env = "ANSWERABLE_SIGNING_KEY", hide_env_values = true)]
    pub signing_key: Option<SecretString>,
    /// A file that holds the signing key
    #[arg(long, env = "ANSWERABLE_SIGNING_KEY_FILE")]
    pub signing_key_file: Option<PathBuf>,
}

/// The keys, ready for use.
pub struct LoadedKeys {
    /// The master keys.
    pub masters: Arc<Masters>,
    /// The signing key, PKCS#8 DER.
    pub signing_pkcs8: Vec<u8>,
    /// Its public half, 32 bytes.
    pub signing_public: Vec<u8>,
}

impl KeyConfig {
    /// Reads both keys, making those that are neither given nor kept yet; the master key only where `is_new` says that
    /// nothing has been sealed yet: another one would open nothing.
    pub fn load(&self, data_dir: &Path, is_new: bool) -> Result<LoadedKeys, ConfigError> {
        let masters = self.masters(data_dir, is_new)?;
        let folder = data_dir.join("keys");
        let signing = read(
            "ANSWERABLE_SIGNING_KEY",
            self.signing_key.as_ref(),
            self.signing_key_file.as_deref(),
            || {
                keep(&folder.join("signing.key"), || {
                    let pair = Ed25519KeyPair::generate().map_err(|_| crate::seal::SealError)?;
                    let document = pair.to_pkcs8v1().map_err(|_| crate::seal::SealError)?;
                    Ok(BASE64.encode(document.as_ref()))
                })
            },
        )?;
        let unusable = || {
            ConfigError(
                "The signing key (ANSWERABLE_SIGNING_KEY) must be an Ed25519 key in PKCS#8; `openssl genpkey -algorithm ed25519` makes one.".into(),
            )
        };
        let body: String = signing.lines().filter(|line| !line.starts_with("-----")).collect();
        let signing_pkcs8 = BASE64.decode(body.as_bytes()).map_err(|_| unusable())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&signing_pkcs8).map_err(|_| unusable())?;
        Ok(LoadedKeys {
            masters: Arc::new(masters),
            signing_public: pair.public_key().as_ref().to_vec(),
            signing_pkcs8,
        })
    }
}

/// A key as given directly, in a file, or by `fallback`, in this order.
fn read(
    name: &str,
    direct: Option<&SecretString>,
    file: Option<&Path>,
    fallback: impl FnOnce() -> Result<String, ConfigError>,
) -> Result<String, ConfigError> {
    if let Some(text) = given(direct) {
        return Ok(text.to_owned());
    }
    match file {
        Some(path) => std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(|error| {
            ConfigError(format!("{name}_FILE: {} cannot be read: {error}.", path.display()))
        }),
        None => fallback(),
    }
}

/// The key kept at `path`, made there first if need be. Written whole or not at all: a half-written key would lock
/// everything sealed with it away.
fn keep(
    path: &Path,
    make: impl FnOnce() -> Result<String, crate::seal::SealError>,
) -> Result<String, ConfigError> {
    let failed = |error: std::io::Error| {
        ConfigError(format!("{} cannot be kept: {error}. Is the data directory writable?", path.display()))
    };
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(text.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let made = make().map_err(|error| ConfigError(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    let mut file = options.open(&draft).map_err(failed)?;
    file.write_all(made.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    // `hard_link` never replaces: of two processes starting at once, both end up with the key of the first.
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft).map_err(failed)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => std::fs::read_to_string(path).map(|text| text.trim().to_owned()).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = KeyConfig::default().load(folder.path(), true).unwrap();
        let second = KeyConfig::default().load(folder.path(), true).unwrap();
        assert_eq!(first.signing_pkcs8, second.signing_pkcs8);
        assert_eq!(first.masters.configured.id(), second.masters.configured.id());
        let names = std::fs::read_dir(folder.path().join("keys")).unwrap().count();
        assert_eq!(names, 2, "no draft is left behind");
        let empty = tempfile::tempdir().unwrap();
        let missing = KeyConfig::default().load(empty.path(), false).err().unwrap();
        assert!(missing.to_string().contains("is missing"), "{missing}");
        assert!(!empty.path().join("keys/master.key").exists());
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = KeyConfig { master_key: Some("c2hvcnQ=".to_owned().into()), ..KeyConfig::default() };
        let error = config.load(folder.path(), true).err().unwrap();
        assert!(error.to_string().contains("openssl rand"), "{error}");
        let config = KeyConfig { signing_key: Some("nonsense".to_owned().into()), ..KeyConfig::default() };
        assert!(config.load(folder.path(), true).err().unwrap().to_string().contains("ed25519"));
    }
}
