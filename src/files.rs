//! Files that people attach: what they may be, what is made of them before they are kept, and where they are kept. Knows nothing
//! of participation or of HTTP.
//!
//! - [`kind`]: what a file is, told by what is in it and never by its name; and what it must not carry.
//! - [`image`]: a picture, made anew without what it tells of its maker.
//! - [`scanner`]: an outside virus scanner is asked.
//! - [`store`]: where sealed files lie. Nothing readable of one touches a disk or leaves for an object storage.
//!
//! What is refused is an [`Unwanted`], whose text tells the person what to do about it.

pub mod image;
pub mod kind;
pub mod scanner;
pub mod store;
mod turns;
mod unwanted;

use std::{path::Path, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::{scanner::Scanner, store::Store, turns::Turns};
pub use turns::Turn;
pub use unwanted::Unwanted;

use crate::config::{ConfigError, FileConfig, Mode};

/// How many files are received at a time. Each holds a part of itself, twice while that is being written, and a picture all of it.
const AT_A_TIME: usize = 48;
/// How many of them from one place: more than a submission has, unless it is configured otherwise.
const FROM_ONE_PLACE: usize = 6;
/// How many pictures are made anew at a time: each takes the memory of its pixels and one core.
const PICTURES_AT_A_TIME: usize = 1;
/// How many files the scanner is asked about at a time: fewer than ClamAV has threads for, unless it is configured otherwise.
const SCANNED_AT_A_TIME: usize = 4;
/// How long a file waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The files of the service.
pub struct Files {
    /// Where they are kept.
    pub store: Store,
    /// Who looks through them, if anybody does.
    pub scanner: Option<Scanner>,
    /// How many a submission may have; with 0 none are taken.
    pub most: usize,
    /// How many bytes one may have.
    pub most_bytes: u64,
    /// How many bytes may wait to be part of a submission, all together.
    pub most_waiting: u64,
    receiving: Turns,
    drawing: Arc<Semaphore>,
    scanning: Arc<Semaphore>,
}

impl Files {
    /// As configured.
    pub fn open(config: &FileConfig, mode: Mode, data_dir: &Path) -> Result<Self, ConfigError> {
        const MIB: u64 = 1024 * 1024;
        let wrong = |_| {
            let text =
                "ANSWERABLE_SCANNER must look like `tcp://127.0.0.1:3310` or `unix:/run/clamav/clamd.ctl`.";
            ConfigError(text.into())
        };
        let scanner = config.scanner().map(str::parse).transpose().map_err(wrong)?;
        Ok(Self {
            store: Store::open(&config.place(data_dir)?)?,
            scanner: scanner.map(Scanner::new),
            most: config.taken(mode).into(),
            most_bytes: u64::from(config.max_attachment_mib) * MIB,
            most_waiting: u64::from(config.waiting_files_mib) * MIB,
            receiving: Turns::new(AT_A_TIME, FROM_ONE_PLACE, PATIENCE),
            drawing: Arc::new(Semaphore::new(PICTURES_AT_A_TIME)),
            scanning: Arc::new(Semaphore::new(SCANNED_AT_A_TIME)),
        })
    }

    /// A turn to receive a file from this place; nothing where too many others are being received.
    pub async fn turn(&self, place: &[u8]) -> Option<Turn> {
        self.receiving.next(place).await
    }

    /// A turn to make a picture anew; nothing where too many others wait.
    pub async fn turn_to_draw(&self) -> Option<OwnedSemaphorePermit> {
        turn(&self.drawing).await
    }

    /// A turn to have a file looked through; nothing where too many others wait.
    pub async fn turn_to_scan(&self) -> Option<OwnedSemaphorePermit> {
        turn(&self.scanning).await
    }
}

async fn turn(of: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    tokio::time::timeout(PATIENCE, of.clone().acquire_owned()).await.ok()?.ok()
}
