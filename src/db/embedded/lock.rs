//! Who uses the data directory: one service at a time, by a lock of the operating system's that ends with its process.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{DbError, unusable};

/// The data directory, held by this process until this value is dropped.
pub struct DirectoryLock {
    directory: PathBuf,
    pid_file: PathBuf,
    _held: File,
}

impl DirectoryLock {
    /// Makes the directory where it is missing and takes it. Never waits for another service to end.
    ///
    /// # Errors
    /// When another service has it, or it cannot be made, read or written.
    pub async fn take(data_dir: &Path) -> Result<Self, DbError> {
        make_private(data_dir).map_err(|error| unusable(data_dir, &error))?;
        let directory = data_dir.canonicalize().map_err(|error| unusable(data_dir, &error))?;
        let file = open(&directory).map_err(|error| unusable(data_dir, &error))?;
        // `holder` holds the lock for an instant; that must not look like a service.
        let mut attempts = 10;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if attempts > 0 => attempts -= 1,
                Err(TryLockError::WouldBlock) => return Err(in_use(data_dir, read_pid(&directory))),
                Err(TryLockError::Error(error)) => return Err(unusable(data_dir, &error)),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let pid_file = directory.join("lock.pid");
        fs::write(&pid_file, format!("{}\n", std::process::id()))
            .map_err(|error| unusable(data_dir, &error))?;
        Ok(Self { directory, pid_file, _held: file })
    }

    /// The directory, without links or relative parts.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// Whether a service uses the directory now, and its process if it has said so already.
    #[cfg(embedded_postgres)]
    pub(super) fn holder(data_dir: &Path) -> Result<Option<Holder>, DbError> {
        let file = match File::open(data_dir.join("lock")) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(data_dir, &error)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(Holder { process: read_pid(data_dir) })),
            Err(TryLockError::Error(error)) => Err(unusable(data_dir, &error)),
        }
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // A leftover would do no harm: the file is believed only while the lock is held.
        let _ = fs::remove_file(&self.pid_file);
    }
}

/// A service that uses the directory.
pub(super) struct Holder {
    process: Option<u32>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.process {
            Some(process) => write!(f, "process {process}"),
            None => f.write_str("process unknown"),
        }
    }
}

fn in_use(data_dir: &Path, process: Option<u32>) -> DbError {
    DbError(format!(
        "The data directory {} is in use by another Answerable ({}). Stop it, or choose another with --data-dir.",
        data_dir.display(),
        Holder { process }
    ))
}

fn read_pid(directory: &Path) -> Option<u32> {
    fs::read_to_string(directory.join("lock.pid")).ok()?.trim().parse().ok()
}

fn open(directory: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(directory.join("lock"))
}

/// Makes a directory that only its owner can enter; leaves one that is there as it is.
pub(super) fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
