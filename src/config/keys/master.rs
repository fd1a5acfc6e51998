//! The master keys: the configured one and, while one takes the place of another, the one before. A key that is kept in the
//! data directory has its successor (`master.new`) and its predecessor (`master.previous`) beside it meanwhile; what came before
//! that one is kept under its fingerprint.

use std::{
    fs,
    path::{Path, PathBuf},
};

use data_encoding::BASE64;

use super::{KeyConfig, given, keep, read};
use crate::{
    config::ConfigError,
    seal::{MASTER_KEY_BYTES, MasterKey, Masters, random},
};

const NAME: &str = "ANSWERABLE_MASTER_KEY";
const PREVIOUS: &str = "ANSWERABLE_PREVIOUS_MASTER_KEY";

impl KeyConfig {
    /// Reads the master keys. One that is neither given nor kept yet is made where `is_new` says that nothing has been
    /// sealed yet: another one would open nothing.
    pub fn masters(&self, data_dir: &Path, is_new: bool) -> Result<Masters, ConfigError> {
        let mut others = Vec::new();
        // The successor is read first: it may take the place of the other one at any moment, and is found there then.
        if !self.is_given() {
            for name in ["new", "previous"] {
                if let Ok(text) = fs::read_to_string(kept(data_dir, name)) {
                    others.push(parse(NAME, text.trim())?);
                }
            }
        }
        let (previous, file) = (self.previous_master_key.as_ref(), self.previous_master_key_file.as_deref());
        if given(previous).is_some() || file.is_some() {
            others.push(parse(PREVIOUS, &read(PREVIOUS, previous, file, || Ok(String::new()))?)?);
        }
        let configured = read(NAME, self.master_key.as_ref(), self.master_key_file.as_deref(), || {
            let path = kept(data_dir, "key");
            if !is_new && !path.exists() {
                return Err(ConfigError(format!(
                    "The master key that this database is sealed with is missing: {} is not there. Put it back, or give the key as {NAME}.",
                    path.display()
                )));
            }
            make(&path)
        })?;
        Ok(Masters { configured: parse(NAME, &configured)?, others })
    }

    /// Whether the master key is given, rather than made and kept in the data directory.
    pub fn is_given(&self) -> bool {
        given(self.master_key.as_ref()).is_some() || self.master_key_file.is_some()
    }

    /// The successor of a kept master key, made if it is not there yet.
    pub fn successor(&self, data_dir: &Path) -> Result<MasterKey, ConfigError> {
        parse(NAME, &make(&kept(data_dir, "new"))?)
    }

    /// Puts the successor of a kept master key in its place, now that it is in force. What was there stays beside it, for
    /// backups from before. Says where that is.
    pub fn succeed(&self, data_dir: &Path) -> Result<PathBuf, ConfigError> {
        let (key, new, previous) = (kept(data_dir, "key"), kept(data_dir, "new"), kept(data_dir, "previous"));
        let failed = |error: std::io::Error| {
            ConfigError(format!(
                "The new master key is in force and kept as {}, but cannot be put in the place of {}: {error}. Leave both where they are and run `answerable keys rotate` again.",
                new.display(),
                key.display()
            ))
        };
        if new.exists() {
            // Never a moment at which a key that may be needed is nowhere: it is copied, then replaced in one step.
            if let Ok(text) = fs::read_to_string(&previous) {
                let earlier = kept(data_dir, &parse(NAME, text.trim())?.name());
                fs::rename(&previous, &earlier).map_err(failed)?;
            }
            let draft = previous.with_extension("draft");
            let _ = fs::remove_file(&draft);
            fs::hard_link(&key, &draft).map_err(failed)?;
            fs::rename(&draft, &previous).map_err(failed)?;
            fs::rename(&new, &key).map_err(failed)?;
            fs::File::open(data_dir.join("keys")).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
        Ok(previous)
    }
}

fn kept(data_dir: &Path, name: &str) -> PathBuf {
    data_dir.join("keys").join(format!("master.{name}"))
}

fn make(path: &Path) -> Result<String, ConfigError> {
    keep(path, || Ok(BASE64.encode(&random::<MASTER_KEY_BYTES>()?)))
}

fn parse(name: &str, text: &str) -> Result<MasterKey, ConfigError> {
    let bytes: [u8; MASTER_KEY_BYTES] =
        BASE64.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
            ConfigError(format!(
                "The master key ({name}) must be 32 bytes in base64; `openssl rand -base64 32` makes one."
            ))
        })?;
    MasterKey::new(&bytes).map_err(|error| ConfigError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_key_is_succeeded_and_its_predecessor_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (config, path) = (KeyConfig::default(), folder.path());
        let first = config.masters(path, true).unwrap().configured.id();
        let next = config.successor(path).unwrap().id();
        assert_eq!(config.successor(path).unwrap().id(), next, "made once");
        let ids = || config.masters(path, false).unwrap().all().map(MasterKey::id).collect::<Vec<_>>();
        assert_eq!(ids(), [first, next]);
        config.succeed(path).unwrap();
        config.succeed(path).unwrap();
        assert_eq!(ids(), [next, first]);
        assert_eq!(fs::read_dir(path.join("keys")).unwrap().count(), 2);
        // Backups from before the first change need the first key still.
        let before = fs::read_to_string(kept(path, "previous")).unwrap();
        let last = config.successor(path).unwrap().id();
        config.succeed(path).unwrap();
        assert_eq!(ids(), [last, next]);
        assert_eq!(fs::read_to_string(kept(path, &parse(NAME, &before).unwrap().name())).unwrap(), before);
    }

    #[test]
    fn a_given_key_may_have_a_predecessor_that_is_given_too() {
        let folder = tempfile::tempdir().unwrap();
        let key = |byte: u8| Some(BASE64.encode(&[byte; 32]).into());
        let config = KeyConfig { master_key: key(2), previous_master_key: key(1), ..KeyConfig::default() };
        let masters = config.masters(folder.path(), false).unwrap();
        assert_eq!(masters.others.len(), 1);
        assert_eq!(masters.others[0].id(), MasterKey::new(&[1; 32]).unwrap().id());
        let config = KeyConfig { previous_master_key: Some("short".to_owned().into()), ..config };
        let refused = config.masters(folder.path(), false).err().unwrap().to_string();
        assert!(refused.contains(PREVIOUS), "{refused}");
    }
}
