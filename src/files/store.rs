//! Where sealed files lie: a folder, or a bucket of an object storage that speaks S3. An object is written once, under a name
//! that says nothing, and is there whole or not at all.

use std::{fs, io, path::PathBuf, sync::Arc, time::Duration};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use object_store::{
    ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder, buffered::BufWriter,
    local::LocalFileSystem, path::Path,
};
use secrecy::ExposeSecret;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::{
    config::{Bucket, ConfigError, FilePlace},
    error::{Error, Result},
    seal::stream::Opener,
};

/// How much is held before it is passed on: to a bucket the least that S3 takes for a part of an object, to a folder what is
/// written at a time.
const PART: usize = 5 * 1024 * 1024;
const PIECE: usize = 512 * 1024;
/// How often, and for how long, the object storage is asked again when it does not answer as it should.
const RETRIES: usize = 3;
const RETRY_FOR: Duration = Duration::from_secs(20);

/// What comes of an object, piece by piece.
pub type Pieces = BoxStream<'static, io::Result<Vec<u8>>>;

/// A place for objects. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    prefix: String,
    /// Where the objects lie on this machine, if they do.
    folder: Option<PathBuf>,
}

impl Store {
    /// The store at this place. A folder is made, for this user alone, if it is not there.
    pub fn open(place: &FilePlace) -> Result<Self, ConfigError> {
        match place {
            FilePlace::Folder(folder) => {
                let failed = |error: &dyn std::fmt::Display| {
                    ConfigError(format!("Files cannot be kept in {}: {error}.", folder.display()))
                };
                make_folder(folder).map_err(|error| failed(&error))?;
                let objects = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(&error))?;
                // What was acknowledged survives the machine, too.
                let objects = Arc::new(objects.with_fsync(true));
                Ok(Self { objects, prefix: String::new(), folder: Some(folder.clone()) })
            }
            FilePlace::Bucket(bucket) => {
                let objects = connect(bucket).map_err(|error| {
                    ConfigError(format!("The bucket {} cannot be used: {error}.", bucket.name))
                })?;
                let prefix =
                    if bucket.prefix.is_empty() { String::new() } else { format!("{}/", bucket.prefix) };
                Ok(Self { objects, prefix, folder: None })
            }
        }
    }

    /// How many bytes are free on the disk, for who is not its administrator; `None` where objects lie elsewhere, or the system
    /// does not say.
    pub async fn free(&self) -> Option<u64> {
        let folder = self.folder.clone()?;
        // A network's file system may take its time.
        tokio::task::spawn_blocking(move || free_on(&folder)).await.ok()?
    }

    /// Begins to write an object.
    pub fn write(&self, object: Uuid) -> Writer {
        let held = if self.folder.is_some() { PIECE } else { PART };
        let writer = BufWriter::with_capacity(self.objects.clone(), self.path(object), held);
        Writer(writer.with_max_concurrency(1))
    }

    /// An object, piece by piece; `None` where there is none.
    async fn read(&self, object: Uuid) -> Result<Option<Pieces>> {
        match self.objects.get(&self.path(object)).await {
            Ok(found) => {
                let pieces = found.into_stream();
                Ok(Some(pieces.map(|piece| piece.map(Into::into).map_err(io::Error::other)).boxed()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }

    /// What was sealed into an object with this key, piece by piece; `None` where there is no object. Each piece is genuine; one
    /// that was altered ends it with an error, and so does an end that is missing.
    pub async fn read_sealed(&self, object: Uuid, key: &[u8]) -> Result<Option<Pieces>> {
        let opener = Opener::new(key, object).map_err(Error::internal)?;
        let Some(pieces) = self.read(object).await? else { return Ok(None) };
        let opened = stream::try_unfold((pieces, Some(opener)), async |(mut pieces, opener)| {
            let Some(mut opener) = opener else { return Ok(None) };
            let mut plain = Vec::new();
            while plain.is_empty() {
                if let Some(piece) = pieces.next().await {
                    opener.push(&piece?, &mut plain).map_err(io::Error::other)?;
                } else {
                    opener.finish(&mut plain).map_err(io::Error::other)?;
                    return Ok(Some((plain, (pieces, None))));
                }
            }
            Ok(Some((plain, (pieces, Some(opener)))))
        });
        Ok(Some(opened.boxed()))
    }

    /// Throws an object away, and what is left of one that was not written to its end. There need be none.
    pub async fn remove(&self, object: Uuid) -> Result<()> {
        if let Some(folder) = &self.folder {
            // As the store calls it until it is whole; a process that is killed leaves it so.
            let unfinished = folder.join(format!("{}#1", name(object)));
            match tokio::fs::remove_file(unfinished).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::internal(error)),
                _ => {}
            }
        }
        match self.objects.delete(&self.path(object)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::internal(error)),
        }
    }

    fn path(&self, object: Uuid) -> Path {
        Path::from(format!("{}{}", self.prefix, name(object)))
    }
}

/// Spread over folders by what is random in an id.
fn name(object: Uuid) -> String {
    format!("{:02x}/{object}", object.as_bytes()[15])
}

#[cfg(unix)]
fn free_on(folder: &std::path::Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_on(_: &std::path::Path) -> Option<u64> {
    None
}

fn make_folder(folder: &std::path::Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn connect(bucket: &Bucket) -> object_store::Result<Arc<dyn ObjectStore>> {
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_FOR, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.key_id)
        .with_secret_access_key(bucket.secret.expose_secret())
        .with_retry(retry)
        // On this machine or within a network of one's own it may go without TLS: what is sent is sealed.
        .with_client_options(ClientOptions::new().with_allow_http(true));
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(Arc::new(builder.build()?))
}

/// An object that is being written. Dropped before its end it leaves nothing that could be taken for one.
pub struct Writer(BufWriter);

impl Writer {
    /// Adds the next piece.
    pub async fn write(&mut self, piece: Vec<u8>) -> Result<()> {
        self.0.put(piece.into()).await.map_err(Error::internal)
    }

    /// Ends the object; from now on it is there, and stays.
    pub async fn finish(mut self) -> Result<()> {
        self.0.shutdown().await.map_err(Error::internal)
    }

    /// Throws away what was written.
    pub async fn abandon(mut self) {
        // What cannot be thrown away now is when its time comes.
        if let Err(error) = self.0.abort().await {
            tracing::debug!(%error, "What was written of a file could not be thrown away at once.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(store: &Store, object: Uuid) -> Option<Vec<u8>> {
        let mut pieces = store.read(object).await.unwrap()?;
        let mut all = Vec::new();
        while let Some(piece) = pieces.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        Some(all)
    }

    #[tokio::test]
    async fn an_object_is_there_when_it_is_whole_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&FilePlace::Folder(folder.path().join("files"))).unwrap();
        let (small, large) = (Uuid::from_u128(1), Uuid::from_u128(2));
        for (object, pieces) in [(small, 1), (large, 3)] {
            let piece: Vec<u8> = (0..PIECE - 7).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut writer = store.write(object);
            for _ in 0..pieces {
                writer.write(piece.clone()).await.unwrap();
            }
            assert!(read(&store, object).await.is_none());
            writer.finish().await.unwrap();
            assert!(read(&store, object).await.unwrap() == piece.repeat(pieces));
            store.remove(object).await.unwrap();
            assert!(read(&store, object).await.is_none());
        }
        store.remove(small).await.unwrap();
    }

    #[tokio::test]
    async fn what_a_killed_process_left_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&FilePlace::Folder(folder.path().to_owned())).unwrap();
        let object = Uuid::from_u128(3);
        let mut writer = store.write(object);
        writer.write(vec![1; 2 * PIECE]).await.unwrap();
        writer.write(vec![1; PIECE]).await.unwrap();
        let left = || fs::read_dir(folder.path().join("03")).unwrap().count();
        assert_eq!(left(), 1, "the store calls what is not whole otherwise now");
        // As if the process had gone: nothing of the writer's own runs.
        std::mem::forget(writer);
        store.remove(object).await.unwrap();
        assert_eq!(left(), 0);
    }
}
