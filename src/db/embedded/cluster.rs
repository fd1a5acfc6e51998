//! The cluster: the folder that holds all data. Made once, and opened only by the version that made it.

use std::{fs, io, path::Path, process::Stdio};

use rustix::process::Signal;

use super::{
    DbError, child,
    home::Home,
    log, runtime,
    runtime::{MAJOR, Runtime},
    unusable,
};

/// The one user of the cluster.
pub(super) const USER: &str = "answerable";

/// Whether there is a cluster.
///
/// # Errors
/// When what is there is not a cluster of our version.
pub(super) fn exists(home: &Home) -> Result<bool, DbError> {
    let cluster = home.cluster();
    match fs::symlink_metadata(&cluster) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(&cluster, &error)),
        Ok(_) => {}
    }
    match fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(version) if version.trim() == MAJOR => Ok(true),
        Ok(version) => Err(DbError(format!(
            "{} was made by PostgreSQL {}, and this Answerable carries {MAJOR}. Use the Answerable that made it, or choose another place with --data-dir.",
            cluster.display(),
            version.trim()
        ))),
        Err(error) => Err(DbError(format!(
            "{} is not a PostgreSQL cluster (PG_VERSION: {error}). Put back a backup, or move the folder away to begin with nothing.",
            cluster.display()
        ))),
    }
}

/// Makes the cluster; returns when it is in its place, whole.
pub(super) fn make(home: &Home, runtime: &Runtime, durable: bool) -> Result<(), DbError> {
    // What was written is forced to the disk by `initdb` itself.
    home.place("cluster", false, |unfinished| init(runtime, unfinished, durable))?;
    if durable {
        let flush = fs::File::open(home.root()).and_then(|folder| folder.sync_all());
        flush.map_err(|error| unusable(home.root(), &error))?;
    }
    Ok(())
}

fn init(runtime: &Runtime, folder: &Path, durable: bool) -> Result<(), DbError> {
    let mut command = runtime.initdb();
    command.arg("--pgdata").arg(folder).args(["--username", USER, "--encoding=UTF8", "--no-locale"]);
    // Sorting and case are then the same on every machine and in every version.
    command.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--text-search-config=simple"]);
    // Whoever can enter the socket's directory is the user already; nobody comes over the network.
    command.args(["--auth-local=trust", "--auth-host=reject", "--data-checksums", "--no-instructions"]);
    if !durable {
        command.arg("--no-sync");
    }
    command.stdin(Stdio::null());
    child::bind(&mut command, Signal::KILL);
    let output = runtime::output(&mut command)?;
    if output.status.success() {
        return Ok(());
    }
    let reason = log::last_words(&String::from_utf8_lossy(&output.stderr));
    Err(DbError(format!(
        "The database cluster cannot be created: {}. See that the disk has room, choose another place with --data-dir, or set DATABASE_URL to use another PostgreSQL.",
        reason.unwrap_or_else(|| output.status.to_string())
    )))
}
