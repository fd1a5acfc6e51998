//! A server that an earlier service left behind, and the lock by which it is known.
//!
//! The server holds the lock itself: it is given the locked file as its standard input, and hands it to each of its
//! processes. So the lock is free exactly when the last of them has ended, wherever they run and whatever
//! `postmaster.pid` says.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{DbError, child::STEPS, home::Home, unusable};

/// What the server's `postmaster.pid` says.
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) ready: bool,
}

impl PidFile {
    /// Reads the file; nothing when it is not there, or only begun.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read(cluster.join("postmaster.pid")).ok()?;
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse::<i32>().ok()?.unsigned_abs();
        Some(Self { pid, ready: lines.nth(6).is_some_and(|state| state.trim() == "ready") })
    }
}

/// Takes the lock that says that no server runs on the cluster, ending one that was left behind.
///
/// # Errors
/// When there is one that does not end.
pub(super) async fn take_over(home: &Home) -> Result<File, DbError> {
    let path = home.root().join("server.lock");
    let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
    let lock = open.map_err(|error| unusable(&path, &error))?;
    let cluster = home.cluster();
    let mut free = try_lock(&lock, &path)?;
    for (signal, patience) in STEPS {
        let mut left = patience;
        while !free && !left.is_zero() {
            if left == patience {
                send(&cluster, signal);
            }
            let pause = Duration::from_millis(20);
            tokio::time::sleep(pause).await;
            left = left.saturating_sub(pause);
            free = try_lock(&lock, &path)?;
        }
    }
    if !free {
        let process = PidFile::read(&cluster).map_or_else(|| "unknown".into(), |file| file.pid.to_string());
        return Err(DbError(format!(
            "A PostgreSQL server that an earlier Answerable left behind (process {process}) still uses {} and does not end. End it, then start again.",
            cluster.display()
        )));
    }
    let stale = cluster.join("postmaster.pid");
    match fs::remove_file(&stale) {
        Err(error)
            if error.kind() != io::ErrorKind::NotFound && error.kind() != io::ErrorKind::NotADirectory =>
        {
            Err(unusable(&stale, &error))
        }
        _ => Ok(lock),
    }
}

fn try_lock(lock: &File, path: &Path) -> Result<bool, DbError> {
    match lock.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(unusable(path, &error)),
    }
}

/// Signals the server that was left behind, if the process is it.
fn send(cluster: &Path, signal: Signal) {
    let Some(pid) = PidFile::read(cluster).map(|file| file.pid) else { return };
    if serves(pid, cluster)
        && let Some(pid) = Pid::from_raw(pid.cast_signed())
    {
        // It may have ended meanwhile; the lock tells.
        let _ = kill_process(pid, signal);
    }
}

/// Whether that process works in the cluster's folder, as servers do: the number alone may long be another program's.
#[cfg(target_os = "linux")]
pub(super) fn serves(pid: u32, cluster: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == cluster)
}

/// Whether that process was started on the cluster: the number alone may long be another program's.
#[cfg(not(target_os = "linux"))]
pub(super) fn serves(pid: u32, cluster: &Path) -> bool {
    let output =
        std::process::Command::new("ps").args(["-ww", "-o", "command=", "-p", &pid.to_string()]).output();
    output.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(&*cluster.as_os_str().to_string_lossy())
    })
}
