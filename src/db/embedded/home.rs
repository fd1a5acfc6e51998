//! Where everything of the server's is, and how it gets there whole: made under another name, flushed, renamed.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{DbError, lock::make_private, unusable};

/// The server's folder in the data directory.
#[derive(Clone)]
pub(super) struct Home {
    root: PathBuf,
}

impl Home {
    /// The folder below a data directory, made where it is missing.
    pub(super) fn make(data_dir: &Path) -> Result<Self, DbError> {
        // `initdb` hands the path of the server to a shell in quotation marks, and the server writes paths into files
        // that are read by the line.
        if data_dir.as_os_str().as_encoded_bytes().iter().any(|byte| b"\n\"$`\\".contains(byte)) {
            return Err(DbError(format!(
                "The embedded PostgreSQL cannot be kept in {}: its path must hold none of the characters \" $ ` \\ and no line break. Choose another with --data-dir.",
                data_dir.to_string_lossy().escape_debug()
            )));
        }
        let home = Self::of(data_dir);
        make_private(&home.root).map_err(|error| unusable(&home.root, &error))?;
        Ok(home)
    }

    /// The folder below a data directory, there or not.
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { root: data_dir.join("postgres") }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.root.join("cluster")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// Puts a folder in its place that `fill` makes under another name, so that it is there whole or not at all,
    /// whenever this process or the machine stops. What an interrupted attempt left is removed first. `flush` says
    /// whether the files are to be forced to the disk before that.
    pub(super) fn place(
        &self,
        name: &str,
        flush: bool,
        fill: impl FnOnce(&Path) -> Result<(), DbError>,
    ) -> Result<PathBuf, DbError> {
        let place = self.root.join(name);
        let unfinished = self.root.join("unfinished");
        self.clean(&unfinished)?;
        fill(&unfinished)?;
        let finish = || -> io::Result<()> {
            if flush {
                flush_tree(&unfinished)?;
            }
            fs::rename(&unfinished, &place)?;
            if flush { File::open(&self.root)?.sync_all() } else { Ok(()) }
        };
        finish().map_err(|error| unusable(&place, &error))?;
        Ok(place)
    }

    /// Removes what an interrupted attempt left.
    pub(super) fn clean_unfinished(&self) -> Result<(), DbError> {
        self.clean(&self.root.join("unfinished"))
    }

    #[expect(clippy::unused_self, reason = "only folders of this home are removed")]
    fn clean(&self, folder: &Path) -> Result<(), DbError> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(folder, &error)),
            _ => Ok(()),
        }
    }
}

/// Forces a folder and everything in it to the disk; a link is part of its folder.
fn flush_tree(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            flush_tree(&entry.path())?;
        } else if kind.is_file() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    File::open(path)?.sync_all()
}
