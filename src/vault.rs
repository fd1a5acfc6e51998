//! The data keys: one for each class of secret and document, wrapped by the master key that is in force and kept in
//! `data_keys`.
//!
//! A key is committed before anything is sealed with it, on a connection of its own: sealed with a key whose row a
//! rolled-back transaction took with it, a value could never be opened again. Which master key is in force the database says
//! (`installation.key_check`), so that processes that were given more than one agree: none wraps with another.

mod places;
mod rewrap;
mod ring;

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

pub use places::{SEALED, Sealed, Value, batch, count_sealed, replace};
pub use rewrap::{Kept, Retired, delete_retired, kept, retire, retired, rewrap};
pub use ring::Ring;

use crate::{
    clock::Clock,
    db::{
        Db,
        schema::{data_keys, installation},
    },
    error::{Error, Result},
    ids::{self, DocumentId},
    seal::{DataKey, Keys, Masters, Place, SealError, random},
};

/// How long a process goes on sealing with a data key without asking whether it was retired meanwhile.
const TRUSTED_FOR: TimeDelta = TimeDelta::minutes(1);

/// What a data key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Addresses of accounts.
    Account,
    /// Contact details of contributors.
    Contact,
    /// Texts of submissions and of appeals; names and keys of attached files.
    Submission,
    /// Secrets of outside classifiers, and what rules found.
    Rule,
    /// Private halves of the keys that sign access tokens.
    Signing,
}

impl Class {
    /// All there are.
    const ALL: [Self; 5] = [Self::Account, Self::Contact, Self::Submission, Self::Rule, Self::Signing];

    /// The name it is kept under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Contact => "CONTACT",
            Self::Submission => "SUBMISSION",
            Self::Rule => "RULE",
            Self::Signing => "SIGNING",
        }
    }

    /// Reads the name it is kept under.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// Opens and seals what is kept in the database. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    db: Db,
    clock: Clock,
    keys: Arc<Keys>,
    ring: Arc<Ring>,
    cache: Arc<RwLock<Cache>>,
}

/// What one key is for.
type Scope = (Class, Option<DocumentId>);

#[derive(Default)]
struct Cache {
    by_scope: HashMap<Scope, (Arc<DataKey>, DateTime<Utc>)>,
    by_id: HashMap<Uuid, Arc<DataKey>>,
}

impl Vault {
    /// A vault on `db` under these keys.
    pub fn new(db: Db, clock: Clock, keys: Arc<Keys>, ring: Arc<Ring>) -> Self {
        Self { db, clock, keys, ring, cache: Arc::default() }
    }

    /// The keys of links and lookup hashes.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The master keys of this process.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// The data key of this class and document, made and committed first if there is none yet. Call it before the
    /// transaction that seals with it.
    pub async fn key(&self, class: Class, document: Option<DocumentId>) -> Result<Arc<DataKey>> {
        let now = self.clock.now();
        if let Some((key, since)) = self.cache().by_scope.get(&(class, document))
            && now - *since < TRUSTED_FOR
        {
            return Ok(key.clone());
        }
        let mut conn = self.db.get().await?;
        let (id, wrapped) = match current(&mut conn, class, document).await? {
            Some(row) => row,
            None => self.make(&mut conn, class, document).await?,
        };
        drop(conn);
        let key = self.unwrap(id, &wrapped)?;
        let mut cache = self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.by_scope.insert((class, document), (key.clone(), now));
        Ok(key)
    }

    /// Forgets which keys are to be sealed with, because they were just retired.
    pub fn forget_scopes(&self) {
        self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner).by_scope.clear();
    }

    async fn make(
        &self,
        conn: &mut AsyncPgConnection,
        class: Class,
        document: Option<DocumentId>,
    ) -> Result<(Uuid, Vec<u8>)> {
        let id = ids::new(self.clock.now());
        conn.transaction(async |conn| {
            // Held until the commit, so that no other master key comes into force meanwhile.
            let check: Vec<u8> =
                installation::table.for_share().select(installation::key_check).first(conn).await?;
            let place = place_of(id);
            let key = random::<32>().map_err(Error::internal)?;
            let wrapped = self.ring.with(
                |masters| Some(masters.open(key_check_place(), &check)?.0.wrap(place, &key)),
                "the master key that is in force is not among those this process was given",
            )?;
            diesel::insert_into(data_keys::table)
                .values((
                    data_keys::id.eq(id),
                    data_keys::class.eq(class.as_str()),
                    data_keys::document_id.eq(document.map(|document| document.0)),
                    data_keys::wrapped.eq(wrapped.map_err(Error::internal)?),
                    data_keys::created_at.eq(self.clock.now()),
                ))
                .on_conflict_do_nothing()
                .execute(conn)
                .await?;
            current(conn, class, document).await?.ok_or_else(|| Error::internal(SealError))
        })
        .await
    }

    /// Opens a sealed value.
    pub async fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>> {
        let id = DataKey::id_of(sealed).ok_or_else(|| Error::internal(SealError))?;
        let cached = self.cache().by_id.get(&id).cloned();
        let key = if let Some(key) = cached {
            key
        } else {
            let mut conn = self.db.get().await?;
            let wrapped: Vec<u8> =
                data_keys::table.find(id).select(data_keys::wrapped).first(&mut conn).await?;
            self.unwrap(id, &wrapped)?
        };
        key.open(place, sealed).map_err(Error::internal)
    }

    /// Opens a sealed text.
    pub async fn open_text(&self, place: Place, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open(place, sealed).await?).map_err(Error::internal)
    }

    fn unwrap(&self, id: Uuid, wrapped: &[u8]) -> Result<Arc<DataKey>> {
        if let Some(key) = self.cache().by_id.get(&id) {
            return Ok(key.clone());
        }
        let bytes = self.ring.with(
            |masters| Some(masters.open(place_of(id), wrapped)?.1),
            "a data key is wrapped by a master key that this process was not given",
        )?;
        let key = Arc::new(DataKey::new(id, &bytes).map_err(Error::internal)?);
        let mut cache = self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.by_id.insert(id, key.clone());
        Ok(key)
    }

    fn cache(&self) -> std::sync::RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The key that is sealed with at this time, still wrapped.
async fn current(
    conn: &mut AsyncPgConnection,
    class: Class,
    document: Option<DocumentId>,
) -> Result<Option<(Uuid, Vec<u8>)>> {
    Ok(data_keys::table
        .filter(data_keys::class.eq(class.as_str()))
        .filter(data_keys::document_id.is_not_distinct_from(document.map(|document| document.0)))
        .filter(data_keys::retired_at.is_null())
        .select((data_keys::id, data_keys::wrapped))
        .first(conn)
        .await
        .optional()?)
}

/// Where the proof of the master key that is in force lives.
pub fn key_check_place() -> Place {
    Place { column: "installation.key_check", row: Uuid::nil() }
}

fn place_of(id: Uuid) -> Place {
    Place { column: "data_keys.wrapped", row: id }
}

/// Which of these master keys is in force; nothing where none of them is.
pub async fn in_force<'a>(
    conn: &mut AsyncPgConnection,
    masters: &'a Masters,
) -> Result<Option<&'a crate::seal::MasterKey>> {
    let check: Vec<u8> = installation::table.select(installation::key_check).first(conn).await?;
    Ok(masters.open(key_check_place(), &check).map(|(key, _)| key))
}
