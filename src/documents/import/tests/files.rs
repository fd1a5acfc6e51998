//! Reading a folder.

use super::*;

#[test]
fn files_are_read_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("b.md"), "# B").expect("written");
    std::fs::write(at("A.MD"), "\u{feff}# A\r\n").expect("written");
    std::fs::write(at(".hidden.md"), "# H").expect("written");
    std::fs::write(at("notes.txt"), "# T").expect("written");
    std::fs::create_dir(at("more")).expect("made");
    std::fs::write(at("more/c.md"), "# C").expect("written");
    let source = Source::read(folder.path()).expect("it is read");
    assert_eq!(source.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["A.MD", "b.md"]);
    assert!(source.warnings[0].to_string().starts_with("more: is a folder whose pages were not read"));
    assert_eq!(outline(&read(folder.path()).expect("it is parsed")), "A (a)\nB (b)");
    assert_eq!(read(&at("b.md")).expect("one file").title, "B");

    std::fs::write(at("bad.md"), b"# C\n\nok\n\xff\n").expect("written");
    std::fs::File::create(at("big.md")).and_then(|file| file.set_len(50 * 1024 * 1024)).expect("made");
    let error = Source::read(folder.path()).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "bad.md:4: is not UTF-8 from this line on \u{2014} save the file as UTF-8\nbig.md: is longer than 2 MiB \u{2014} divide it into several pages"
    );
    assert!(Source::read(&at("none.md")).expect_err("refused").to_string().contains("cannot be read"));
    let empty = tempfile::tempdir().expect("a folder");
    assert!(
        read(empty.path())
            .expect_err("refused")
            .to_string()
            .contains("there is no Markdown file in this folder")
    );
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_not_followed() {
    let outside = tempfile::tempdir().expect("a folder");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("secret.md"), "# Secret").expect("written");
    std::fs::write(folder.path().join("a.md"), "# A").expect("written");
    let link = |target: &std::path::Path, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("linked");
    };
    link(&outside.path().join("secret.md"), "b.md");
    link(&folder.path().join("a.md"), "c.md");
    link(&folder.path().join("gone.md"), "d.md");
    let source = Source::read(folder.path()).expect("it is read");
    assert_eq!(source.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.md", "c.md"]);
    assert_eq!(source.warnings.iter().map(|w| w.file.as_str()).collect::<Vec<_>>(), ["b.md", "d.md"]);
}
