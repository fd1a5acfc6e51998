//! `answerable database`: the embedded database alone, for those who work on the service itself and for its tests.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use answerable::db::embedded::{Embedded, Options};

use super::{Failure, asked_to_end, progress};

/// The settings of `database`.
#[derive(clap::Args)]
pub struct Database {
    /// Where its data is
    #[arg(long, env = "ANSWERABLE_DATA_DIR", default_value = "./data")]
    data_dir: PathBuf,
    /// Do not wait for the disk: faster, and of no use for anything that matters
    #[arg(long)]
    not_durable: bool,
    /// How many connections it takes
    #[arg(long, default_value_t = 100)]
    max_connections: u16,
    /// End by itself when nobody has held a lock on this file for a few seconds
    #[arg(long)]
    until_unlocked: Option<PathBuf>,
}

/// Prints where the database is, and runs it until the process is asked to end.
pub async fn run(database: Database) -> Result<(), Failure> {
    let options = Options { durable: !database.not_durable, max_connections: database.max_connections };
    let embedded = Embedded::start(&database.data_dir, &options, &progress).await?;
    say!("{}", embedded.url());
    let died = embedded.died();
    // Held until all is over: whoever comes meanwhile waits, and finds that the server is gone.
    let mut _held = None;
    tokio::select! {
        file = unlocked(database.until_unlocked.as_deref()) => _held = Some(file),
        () = asked_to_end() => {}
        error = died => return Err(error.into()),
    }
    embedded.stop().await;
    Ok(())
}

/// Completes when nobody has held a lock on the file for a few seconds, with the file, locked; never without a file.
async fn unlocked(path: Option<&Path>) -> File {
    let Some(path) = path else { return std::future::pending().await };
    let mut free = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        match File::open(path) {
            Ok(file) if file.try_lock().is_ok() => {
                free += 1;
                if free == 5 {
                    return file;
                }
            }
            _ => free = 0,
        }
    }
}
