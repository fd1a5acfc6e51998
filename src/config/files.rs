//! Where the files of submissions are kept, who looks through them, and how many and how large they may be.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::{ConfigError, Mode, given};

/// The most that may be set for the size of one file, in MiB.
const MOST_MIB: u32 = 100;

/// Attachments to submissions.
#[derive(Clone, Debug, clap::Args)]
pub struct FileConfig {
    /// How many files a submission may have; with 0 none are taken
    #[arg(long, env = "ANSWERABLE_MAX_ATTACHMENTS", default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=20))]
    pub max_attachments: u16,
    /// How many MiB one of them may have
    #[arg(long, env = "ANSWERABLE_MAX_ATTACHMENT_MIB", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_MIB)))]
    pub max_attachment_mib: u32,
    /// How many MiB of files may wait to become part of a submission, all together; what waits for a day is thrown away
    #[arg(long, env = "ANSWERABLE_WAITING_FILES_MIB", default_value_t = 2_048, value_parser = clap::value_parser!(u32).range(1..))]
    pub waiting_files_mib: u32,
    /// How many MiB all files may have together; when they have, no more are taken until there are fewer or this is set higher
    #[arg(long, env = "ANSWERABLE_ALL_FILES_MIB", default_value_t = 20_480, value_parser = clap::value_parser!(u32).range(1..))]
    pub all_files_mib: u32,
    /// How many MiB stay free on the disk where files are kept in a folder; with less, no more are taken
    #[arg(long, env = "ANSWERABLE_FREE_DISK_MIB", default_value_t = 1_024)]
    pub free_disk_mib: u32,
    /// Where files are kept, sealed: a folder, or `s3://bucket/prefix`; when not given, `files` in the data directory. Processes on several machines need one place that all of them reach
    #[arg(long, env = "ANSWERABLE_FILES")]
    pub files: Option<String>,
    /// The object storage's address, where it is not Amazon's, such as `https://s3.example.org`
    #[arg(long, env = "ANSWERABLE_S3_ENDPOINT")]
    pub s3_endpoint: Option<String>,
    /// The region of the bucket
    #[arg(long, env = "ANSWERABLE_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// Which key of the object storage to use
    #[arg(long, env = "ANSWERABLE_S3_ACCESS_KEY_ID")]
    pub s3_access_key_id: Option<String>,
    /// The secret of that key
    #[arg(long, env = "ANSWERABLE_S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub s3_secret_access_key: Option<SecretString>,
    /// The virus scanner that looks through each file, speaking ClamAV's protocol: `tcp://host:port` or `unix:/path`; what it cannot look at is not taken
    #[arg(long, env = "ANSWERABLE_SCANNER")]
    pub scanner: Option<String>,
    /// Takes files in production though no scanner looks through them
    #[arg(long, env = "ANSWERABLE_UNSCANNED_FILES", value_parser = clap::builder::FalseyValueParser::new())]
    pub unscanned_files: bool,
}

/// Where files are kept.
#[derive(Clone, Debug)]
pub enum FilePlace {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket of an object storage that speaks S3.
    Bucket(Bucket),
}

/// A bucket, and how it is reached.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What the names of all objects begin with; may be empty.
    pub prefix: String,
    /// The storage's address, where it is not Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Which key of the storage is used.
    pub key_id: String,
    /// The secret of that key.
    pub secret: SecretString,
}

impl FileConfig {
    /// How many files a submission may have. In production none, as long as nobody looks through them and that is not wanted.
    pub fn taken(&self, mode: Mode) -> u16 {
        if mode == Mode::Production && self.scanner().is_none() && !self.unscanned_files {
            return 0;
        }
        self.max_attachments
    }

    /// The scanner's address, where one was given.
    pub fn scanner(&self) -> Option<&str> {
        self.scanner.as_deref().map(str::trim).filter(|address| !address.is_empty())
    }

    /// Where files are kept.
    pub fn place(&self, data_dir: &Path) -> Result<FilePlace, ConfigError> {
        let Some(named) = self.files.as_deref().map(str::trim).filter(|place| !place.is_empty()) else {
            return Ok(FilePlace::Folder(data_dir.join("files")));
        };
        let Some(rest) = named.strip_prefix("s3://") else {
            if named.contains("://") {
                return Err(ConfigError(
                    "ANSWERABLE_FILES must be a folder, or a bucket such as `s3://bucket/prefix`.".into(),
                ));
            }
            return Ok(FilePlace::Folder(named.into()));
        };
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(ConfigError("ANSWERABLE_FILES names no bucket: give `s3://bucket/prefix`.".into()));
        }
        let id = self.s3_access_key_id.as_deref().map(str::trim).filter(|id| !id.is_empty());
        let secret = self.s3_secret_access_key.as_ref().filter(|secret| given(Some(secret)).is_some());
        let (Some(id), Some(secret)) = (id, secret) else {
            return Err(ConfigError(
                "Files are to be kept in a bucket: set ANSWERABLE_S3_ACCESS_KEY_ID and ANSWERABLE_S3_SECRET_ACCESS_KEY."
                    .into(),
            ));
        };
        let endpoint = self.s3_endpoint.as_deref().map(str::trim).filter(|endpoint| !endpoint.is_empty());
        Ok(FilePlace::Bucket(Bucket {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint: endpoint.map(str::to_owned),
            region: self.s3_region.clone(),
            key_id: id.to_owned(),
            secret: secret.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        files: FileConfig,
    }

    fn of(arguments: &[&str]) -> FileConfig {
        Settings::parse_from(["answerable"].into_iter().chain(arguments.iter().copied())).files
    }

    #[test]
    fn files_lie_in_a_folder_or_a_bucket() {
        let place = |arguments: &[&str]| of(arguments).place(Path::new("/data"));
        assert!(matches!(place(&[]), Ok(FilePlace::Folder(path)) if path == Path::new("/data/files")));
        assert!(
            matches!(place(&["--files", "/srv/f"]), Ok(FilePlace::Folder(path)) if path == Path::new("/srv/f"))
        );
        let keys = ["--s3-access-key-id", "ours", "--s3-secret-access-key", "hidden"];
        let bucket = place(&[&["--files", "s3://b/p/q/"], &keys[..]].concat()).unwrap();
        assert!(!format!("{bucket:?}").contains("hidden"));
        assert!(matches!(&bucket, FilePlace::Bucket(bucket) if bucket.name == "b" && bucket.prefix == "p/q"));
        for (wrong, named) in
            [("s3://b", "ANSWERABLE_S3_"), ("s3:///p", "bucket"), ("ftp://b", "ANSWERABLE_FILES")]
        {
            assert!(place(&["--files", wrong]).unwrap_err().0.contains(named), "{wrong}");
        }
    }

    #[test]
    fn the_public_sends_nothing_that_nobody_looks_through() {
        assert_eq!(of(&[]).taken(Mode::Development), 5);
        assert_eq!(of(&[]).taken(Mode::Production), 0);
        assert_eq!(of(&["--scanner", "tcp://127.0.0.1:3310"]).taken(Mode::Production), 5);
        assert_eq!(of(&["--unscanned-files"]).taken(Mode::Production), 5);
        assert_eq!(of(&["--max-attachments", "0"]).taken(Mode::Development), 0);
    }
}
