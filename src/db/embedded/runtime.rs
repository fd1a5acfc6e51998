//! The programs: the archive in the binary, and the folder it is unpacked to once.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use super::{DbError, home::Home, log, unusable};

/// What the archive holds.
pub(super) const VERSION: &str = "17.5";
/// The part of [`VERSION`] that decides whether a cluster can be opened.
pub(super) const MAJOR: &str = "17";

/// How often a program is tried that is busy, and how long is waited between: two seconds together.
const BUSY_TRIES: u32 = 100;
const BUSY_WAIT: Duration = Duration::from_millis(20);

static ARCHIVE: &[u8] = include_bytes!(env!("ANSWERABLE_POSTGRES_ARCHIVE"));

/// The unpacked programs.
#[derive(Clone)]
pub(super) struct Runtime {
    folder: PathBuf,
}

impl Runtime {
    /// The programs in their folder, if they were unpacked.
    pub(super) fn find(home: &Home) -> Option<Self> {
        let folder = home.root().join(folder_name());
        folder.join("bin/postgres").is_file().then_some(Self { folder })
    }

    /// Unpacks the programs, and removes those of earlier versions.
    pub(super) fn unpack(home: &Home, durable: bool) -> Result<Self, DbError> {
        // It is there and lacks the server only if somebody took that out; nothing in it is worth keeping.
        let _ = fs::remove_dir_all(home.root().join(folder_name()));
        let folder = home.place(&folder_name(), durable, |unfinished| {
            let unpack = || tar::Archive::new(zstd::Decoder::new(ARCHIVE)?).unpack(unfinished);
            unpack().map_err(|error| unusable(unfinished, &error))?;
            Self { folder: unfinished.to_owned() }.prove()
        })?;
        let earlier = fs::read_dir(home.root()).into_iter().flatten().flatten().filter(|entry| {
            entry.file_name().as_encoded_bytes().starts_with(b"runtime-") && entry.path() != folder
        });
        for entry in earlier {
            // Only room on the disk is lost when this fails.
            let _ = fs::remove_dir_all(entry.path());
        }
        Ok(Self { folder })
    }

    /// Sees that the server runs here at all, before anything is built on it.
    fn prove(&self) -> Result<(), DbError> {
        let mut command = self.postgres();
        command.arg("--version");
        let output = output(&mut command)?;
        if output.status.success() {
            return Ok(());
        }
        let reason = log::last_words(&String::from_utf8_lossy(&output.stderr));
        Err(DbError(format!(
            "The embedded PostgreSQL does not run on this machine: {}. Install what is missing (it needs zlib), or set DATABASE_URL to use another PostgreSQL.",
            reason.unwrap_or_else(|| output.status.to_string())
        )))
    }

    /// The server, to be given its arguments.
    pub(super) fn postgres(&self) -> Command {
        self.program("postgres")
    }

    /// What makes a cluster, to be given its arguments.
    pub(super) fn initdb(&self) -> Command {
        self.program("initdb")
    }

    /// A program that the environment's settings for databases and for languages do not reach.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(name));
        for (variable, _) in std::env::vars_os() {
            let name = variable.as_encoded_bytes();
            if name.starts_with(b"PG") || name.starts_with(b"LC_") || name.starts_with(b"LANG") {
                command.env_remove(&variable);
            }
        }
        command.env("LC_ALL", "C").current_dir(&self.folder);
        command
    }
}

/// Named after what it holds, so that another version of this program unpacks its own.
fn folder_name() -> String {
    format!("runtime-{VERSION}-{}", env!("ANSWERABLE_POSTGRES_BUILD"))
}

/// Runs a program of the server to its end. One that was unpacked a moment ago can be busy for another: whatever this
/// process started while the file was being written holds it open until its own program runs (`execve(2)`, ETXTBSY).
pub(super) fn output(command: &mut Command) -> Result<Output, DbError> {
    let mut tries = 0;
    loop {
        match command.output() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                tries += 1;
                std::thread::sleep(BUSY_WAIT);
            }
            other => return other.map_err(|error| cannot_run(Path::new(command.get_program()), &error)),
        }
    }
}

/// Why a program did not run at all, and what to do.
pub(super) fn cannot_run(program: &Path, error: &std::io::Error) -> DbError {
    DbError(format!(
        "{} cannot be run: {error}. See that the data directory is not on a file system mounted noexec, or set DATABASE_URL to use another PostgreSQL.",
        program.display()
    ))
}
