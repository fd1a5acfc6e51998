//! Mail into files, for a service without a mail server.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{SendError, message::Composed};

/// Writes each message into a folder as `<time>-<message id>.eml`.
pub(super) struct Folder {
    pub path: PathBuf,
}

impl Folder {
    /// Writes one message, readable by this service's user alone. It is on the disk, whole, when this returns. A
    /// message whose id is there already is left as it is: it was sent before.
    pub async fn send(&self, mail: Composed) -> Result<(), SendError> {
        let folder = self.path.clone();
        let written = tokio::task::spawn_blocking(move || write(&folder, &mail)).await;
        written.map_err(io::Error::other).flatten().map_err(|error| {
            SendError::Temporary(format!(
                "The message could not be written to `{}`: {}.",
                self.path.display(),
                error.kind()
            ))
        })
    }
}

fn write(folder: &Path, mail: &Composed) -> io::Result<()> {
    create_private(folder)?;
    let ending = format!("-{}.eml", mail.message_id);
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(|name| !name.starts_with('.') && name.ends_with(&ending)) {
            return Ok(());
        }
    }
    let name = format!("{}{ending}", mail.date.format("%Y%m%dT%H%M%S%3fZ"));
    // A name that begins with a dot is no message's; two attempts at once write the same octets to the same place.
    let unfinished = folder.join(format!(".{}-{name}", std::process::id()));
    let written = create(&unfinished).and_then(|mut file| {
        file.write_all(&mail.bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, folder.join(&name))
    });
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    sync_folder(folder)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn create_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Makes the new name itself survive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
