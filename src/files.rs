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

use std::{path::Path, time::Duration};

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
/// How many of them from one place: whoever sends the largest there are, one after another, is one of those who wait.
const PICTURES_FROM_ONE_PLACE: usize = 1;
/// How many files the scanner is asked about at a time: fewer than ClamAV has threads for, unless it is configured otherwise.
const SCANNED_AT_A_TIME: usize = 4;
/// How many of them from one place, which leaves one to the others.
const SCANNED_FROM_ONE_PLACE: usize = 3;
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
    /// How much room there is.
    pub bounds: Bounds,
    receiving: Turns,
    drawing: Turns,
    scanning: Turns,
}

/// How much room there is for files, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many those may have that wait to be part of a submission.
    pub waiting: u64,
    /// How many all of them may have.
    pub all: u64,
    /// How many stay free on the disk they are kept on, where they are kept on one.
    pub left_free: u64,
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
            bounds: Bounds {
                waiting: u64::from(config.waiting_files_mib) * MIB,
                all: u64::from(config.all_files_mib) * MIB,
                left_free: u64::from(config.free_disk_mib) * MIB,
            },
            receiving: Turns::new(AT_A_TIME, FROM_ONE_PLACE, PATIENCE),
            drawing: Turns::new(PICTURES_AT_A_TIME, PICTURES_FROM_ONE_PLACE, PATIENCE),
            scanning: Turns::new(SCANNED_AT_A_TIME, SCANNED_FROM_ONE_PLACE, PATIENCE),
        })
    }

    /// A turn to receive a file from this place; nothing where too many others are being received.
    pub async fn turn(&self, place: &[u8]) -> Option<Turn> {
        self.receiving.next(place).await
    }

    /// What is taken on for one picture: one that takes little room and much when it is made anew must not fill the disk.
    pub fn picture_limits(&self) -> image::Limits {
        let usual = image::Limits::default();
        image::Limits { bytes: usual.bytes.min(made_anew(self.most_bytes)), ..usual }
    }

    /// A turn to make a picture from this place anew; nothing where too many others wait.
    pub async fn turn_to_draw(&self, place: &[u8]) -> Option<Turn> {
        self.drawing.next(place).await
    }

    /// A turn to have a file from this place looked through; nothing where too many others wait.
    pub async fn turn_to_scan(&self, place: &[u8]) -> Option<Turn> {
        self.scanning.next(place).await
    }
}

/// How many bytes a picture may have when it is made anew, where a file may have so many: twice as many, because one that was
/// packed better before grows, and never fewer than a photograph takes.
fn made_anew(most_bytes: u64) -> usize {
    const PHOTOGRAPH: usize = 8 * 1024 * 1024;
    usize::try_from(most_bytes).unwrap_or(usize::MAX).saturating_mul(2).max(PHOTOGRAPH)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::poll;

    use super::*;

    #[test]
    fn a_picture_may_double_and_no_more() {
        const MIB: usize = 1024 * 1024;
        for (may_have, becomes) in [(1, 8), (10, 20), (100, 64)] {
            let config = FileConfig { max_attachment_mib: may_have, ..config() };
            let folder = tempfile::tempdir().unwrap();
            let files = Files::open(&config, Mode::Development, folder.path()).unwrap();
            assert_eq!(files.picture_limits().bytes, becomes * MIB);
        }
    }

    #[tokio::test]
    async fn one_place_with_many_pictures_waits_behind_others_with_one() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(&config(), Mode::Development, folder.path()).unwrap();
        let first = files.turn_to_draw(b"here").await.unwrap();
        let mut second = pin!(files.turn_to_draw(b"here"));
        let mut other = pin!(files.turn_to_draw(b"there"));
        assert!(poll!(second.as_mut()).is_pending() && poll!(other.as_mut()).is_pending());
        drop(first);
        let turn = other.await.unwrap();
        assert!(poll!(second.as_mut()).is_pending());
        drop(turn);
        assert!(second.await.is_some());
    }

    fn config() -> FileConfig {
        use clap::Parser;
        #[derive(Parser)]
        struct Settings {
            #[command(flatten)]
            files: FileConfig,
        }
        Settings::parse_from(["answerable"]).files
    }
}
