//! What every action is handed: the database, the clock, the vault, and where the service is found. Built once in
//! `app`; cheap to clone.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use diesel_async::AsyncPgConnection;

use crate::{
    clock::Clock,
    config::{LoadedKeys, ModerationConfig},
    db::{Connection, Db},
    error::Result,
    limits::Limits,
    outbox::Wake,
    vault::Vault,
};

/// The surroundings of an action.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Keys, sealing and opening.
    pub vault: Vault,
    /// The keys as loaded: who signs access tokens signs with these.
    pub loaded_keys: Arc<LoadedKeys>,
    /// Rouses the workers.
    pub wake: Wake,
    /// How moderators work together.
    pub moderation: ModerationConfig,
    /// How often people may do what others could be harmed with.
    pub limits: Arc<Limits>,
    /// The service's public address, without a slash at its end.
    pub public_url: Arc<str>,
}

impl Context {
    /// A connection to write with. When it is given back, after the commit, the workers are roused: what a
    /// transaction enqueued is then carried out without waiting for a timer.
    pub async fn writer(&self) -> Result<Writer> {
        Ok(Writer { connection: self.db.get().await?, wake: self.wake.clone() })
    }

    /// The address of a page of this service; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

/// A connection that rouses the workers when it is given back.
pub struct Writer {
    connection: Connection,
    wake: Wake,
}

impl Deref for Writer {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.wake.rouse();
    }
}
