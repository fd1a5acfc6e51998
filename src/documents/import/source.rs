//! Reading files within bounds: what is a page, what is too long, and what a link may lead to.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::{ImportError, MAX_DOCUMENT_BYTES, MAX_FILE_BYTES, MAX_FILES, Remark};

/// One file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name in its folder.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// The files of a document, read and not yet looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What the file or folder is called, without an extension; the title when there is no other.
    pub name: String,
    /// Sorted by name.
    pub files: Vec<SourceFile>,
    /// Whether they came as a folder: then they are pages, and one of them may speak for the document.
    pub is_folder: bool,
    pub(super) warnings: Vec<Remark>,
}

impl Source {
    /// Texts that are already in memory, as if they had been read from a folder of that name.
    pub fn from_texts<'a>(name: &str, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files: Vec<_> = files
            .into_iter()
            .map(|(name, text)| SourceFile { name: name.to_owned(), text: text.to_owned() })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self { name: name.to_owned(), is_folder: files.len() > 1, files, warnings: Vec::new() }
    }

    /// Reads a Markdown file, or all of a folder's own. Hidden files and other kinds are passed over; links that lead out
    /// of the folder are not followed; folders in the folder are named in a warning when there are pages in them.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let mut reader = Reader::default();
        let shown = path.display().to_string();
        let name = readable_name(path);
        let is_folder = match fs::metadata(path) {
            Ok(metadata) => metadata.is_dir(),
            Err(error) => {
                reader.refuse(&shown, cannot_read(&error));
                return Err(ImportError { problems: reader.problems });
            }
        };
        if is_folder {
            if let Err(error) = reader.folder(path) {
                reader.refuse(&shown, cannot_read(&error));
            }
            if reader.files.is_empty() && reader.problems.is_empty() {
                reader.refuse(
                    &shown,
                    "there is no Markdown file in this folder \u{2014} name a folder with `.md` files",
                );
            }
        } else {
            let name = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy().into_owned());
            reader.file(path, name);
        }
        if !reader.problems.is_empty() {
            return Err(ImportError { problems: reader.problems });
        }
        Ok(Self { name, files: reader.files, is_folder, warnings: reader.warnings })
    }
}

fn readable_name(path: &Path) -> String {
    // `.` and `..` have no name of their own.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    name.map_or_else(|| "document".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn cannot_read(error: &io::Error) -> String {
    format!("cannot be read ({error}) \u{2014} check the path and who may read it")
}

fn is_markdown(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown"))
}

#[derive(Default)]
struct Reader {
    files: Vec<SourceFile>,
    bytes: u64,
    warnings: Vec<Remark>,
    problems: Vec<Remark>,
}

impl Reader {
    fn refuse(&mut self, file: &str, text: impl Into<String>) {
        self.problems.push(Remark { file: file.to_owned(), line: None, text: text.into() });
    }

    fn warn(&mut self, file: &str, text: impl Into<String>) {
        self.warnings.push(Remark { file: file.to_owned(), line: None, text: text.into() });
    }

    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        let home = folder.canonicalize()?;
        let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if name.starts_with('.') {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_symlink() && is_markdown(&path) {
                match path.canonicalize() {
                    Ok(target) if target.starts_with(&home) => {}
                    Ok(_) => {
                        self.warn(&name, "is a link that leads out of the folder and was not followed");
                        continue;
                    }
                    Err(_) => {
                        self.warn(&name, "is a link that leads nowhere");
                        continue;
                    }
                }
            }
            if kind.is_dir() {
                let pages =
                    fs::read_dir(&path)?.filter_map(Result::ok).any(|inner| is_markdown(&inner.path()));
                if pages {
                    self.warn(&name, "is a folder whose pages were not read \u{2014} put them beside the others if they belong to the document");
                }
            } else if is_markdown(&path) {
                if self.files.len() == MAX_FILES {
                    self.refuse(
                        &name,
                        format!("a document has at most {MAX_FILES} files \u{2014} join some"),
                    );
                    return Ok(());
                }
                self.file(&path, name);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) {
        match read_bounded(path) {
            Ok(Outcome::Bytes(bytes)) => {
                self.bytes += bytes.len() as u64;
                if self.bytes > MAX_DOCUMENT_BYTES {
                    self.refuse(&name, "with this file the document is longer than 20 MiB \u{2014} divide it into several documents");
                    return;
                }
                match String::from_utf8(bytes) {
                    Ok(text) => self.files.push(SourceFile { name, text }),
                    Err(error) => {
                        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                        let line = u32::try_from(before.iter().filter(|b| **b == b'\n').count() + 1).ok();
                        let text =
                            "is not UTF-8 from this line on \u{2014} save the file as UTF-8".to_owned();
                        self.problems.push(Remark { file: name, line, text });
                    }
                }
            }
            Ok(Outcome::TooLong) => {
                self.refuse(&name, "is longer than 2 MiB \u{2014} divide it into several pages");
            }
            Ok(Outcome::NoFile) => {
                self.refuse(&name, "is not a regular file \u{2014} name a Markdown file or a folder of them");
            }
            Err(error) => self.refuse(&name, cannot_read(&error)),
        }
    }
}

enum Outcome {
    Bytes(Vec<u8>),
    TooLong,
    NoFile,
}

/// Looks before it opens, because opening a named pipe waits for somebody to write to it; and bounds the reading itself,
/// because a file can grow.
fn read_bounded(path: &Path) -> io::Result<Outcome> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Outcome::NoFile);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Ok(Outcome::TooLong);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > MAX_FILE_BYTES { Outcome::TooLong } else { Outcome::Bytes(bytes) })
}
