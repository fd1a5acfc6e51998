//! Where the server listens: a socket in a directory that only its user can enter.

use std::{
    fmt::Write as _,
    fs, io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{DirBuilderExt, MetadataExt},
    },
    path::{Path, PathBuf},
};

use super::{DbError, cluster::USER, home::Home, lock::make_private, unusable};

/// The server names its socket after a port, and has none.
pub(super) const PORT: &str = "5432";
const SOCKET: &str = ".s.PGSQL.5432";
/// How long a socket's path can be: 108 bytes on Linux, 104 elsewhere, less one for the end.
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The directory for the socket, made and empty. It is in the server's folder, or, where that path is too long for a
/// socket, in the system's folder for temporary files; then the data directory remembers which.
pub(super) fn prepare(home: &Home) -> Result<PathBuf, DbError> {
    let inside = inside(home);
    let directory = if fits(&inside) {
        make_private(&inside).map_err(|error| unusable(&inside, &error))?;
        inside
    } else if let Some(known) = remembered(home) {
        known
    } else {
        outside(home)?
    };
    // Nobody else listens here, and a number written in a leftover lock may by now be that of any program.
    for leftover in [SOCKET.to_owned(), format!("{SOCKET}.lock")] {
        let path = directory.join(leftover);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unusable(&path, &error)),
            _ => {}
        }
    }
    Ok(directory)
}

/// The directory that a running server of this home listens in, as far as can be known.
pub(super) fn locate(home: &Home) -> Option<PathBuf> {
    let inside = inside(home);
    if fits(&inside) { Some(inside) } else { remembered(home) }
}

/// Removes a directory made among the temporary files, once its server has ended.
pub(super) fn tidy(home: &Home, directory: &Path) {
    if directory != inside(home) && fs::remove_dir(directory).is_ok() {
        let _ = fs::remove_file(memory(home));
    }
}

/// The address of a database of the server that listens in `directory`.
pub(super) fn url(directory: &Path, database: &str) -> String {
    let mut url = format!("postgres://{USER}@/");
    escape(&mut url, database.as_bytes());
    url.push_str("?host=");
    escape(&mut url, directory.as_os_str().as_bytes());
    url
}

fn escape(url: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

fn inside(home: &Home) -> PathBuf {
    home.root().join("socket")
}

fn memory(home: &Home) -> PathBuf {
    home.root().join("socket-directory")
}

fn fits(directory: &Path) -> bool {
    directory.as_os_str().len() + 1 + SOCKET.len() <= LONGEST
}

/// The directory that was made earlier, if it is still there and still ours alone.
fn remembered(home: &Home) -> Option<PathBuf> {
    let path = PathBuf::from(std::ffi::OsString::from_vec(fs::read(memory(home)).ok()?));
    let found = fs::symlink_metadata(&path).ok()?;
    let ours = found.is_dir()
        && found.uid() == rustix::process::geteuid().as_raw()
        && found.mode().trailing_zeros() >= 6;
    ours.then_some(path)
}

/// Makes a directory of a name that nobody can have taken before.
fn outside(home: &Home) -> Result<PathBuf, DbError> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| {
        DbError("The system gives no random numbers. Set DATABASE_URL to use another PostgreSQL.".into())
    })?;
    let temporary = std::env::temp_dir();
    let path = temporary.join(format!("answerable-{:016x}", u64::from_ne_bytes(random)));
    if !fits(&path) {
        return Err(DbError(format!(
            "The paths of the data directory and of {} are both too long for a socket. Choose a shorter one with --data-dir, or set TMPDIR.",
            temporary.display()
        )));
    }
    fs::DirBuilder::new().mode(0o700).create(&path).map_err(|error| unusable(&path, &error))?;
    fs::write(memory(home), path.as_os_str().as_bytes()).map_err(|error| unusable(&memory(home), &error))?;
    Ok(path)
}
