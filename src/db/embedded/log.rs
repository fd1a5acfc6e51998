//! What the server says: a file that is begun anew when it is large, and the last words of a server that failed.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// How large the file may be at the start of a server. The one before it is kept, so at most about twice that, and what
/// a server says in one run, is on the disk.
const LIMIT: u64 = 1024 * 1024;
/// How much of its end is read to learn why a server failed.
const TAIL: u64 = 16 * 1024;

/// The file that a server writes to.
pub(super) struct Log {
    path: PathBuf,
    /// How long it was before this server.
    start: u64,
}

impl Log {
    /// Opens the file, first moving it aside when it is large; the server gets what is beside it.
    pub(super) fn open(path: PathBuf) -> io::Result<(Self, File)> {
        if fs::metadata(&path).is_ok_and(|file| file.len() > LIMIT) {
            fs::rename(&path, path.with_extension("log.old"))?;
        }
        let file = File::options().create(true).append(true).mode(0o600).open(&path)?;
        let start = file.metadata()?.len();
        Ok((Self { path, start }, file))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Why this server failed, in its own words: the last fatal line, else the last line.
    pub(super) fn last_words(&self) -> Option<String> {
        let mut text = Vec::new();
        let mut file = File::open(&self.path).ok()?;
        let end = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(self.start.max(end.saturating_sub(TAIL)))).ok()?;
        file.read_to_end(&mut text).ok()?;
        last_words(&String::from_utf8_lossy(&text))
    }
}

/// Picks the line that tells why a program failed.
pub(super) fn last_words(text: &str) -> Option<String> {
    let after = |line: &str| {
        ["FATAL:", "PANIC:", "error:"]
            .iter()
            .find_map(|word| line.split_once(word))
            .map(|(_, rest)| rest.to_owned())
    };
    let line = text.lines().rev().find_map(after);
    let line = line.or_else(|| text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned))?;
    Some(line.trim().trim_end_matches('.').to_owned())
}
