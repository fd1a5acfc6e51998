//! The data keys: one for each class of secret and document, wrapped by the master key and kept in `data_keys`.
//!
//! A key is committed before anything is sealed with it, on a connection of its own: sealed with a key whose row a
//! rolled-back transaction took with it, a value could never be opened again.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    clock::Clock,
    db::{Db, schema::data_keys},
    error::{Error, Result},
    ids::{self, DocumentId},
    seal::{DataKey, Keys, Place, SealError, random},
};

/// What a data key seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Addresses of accounts.
    Account,
    /// Contact details of contributors.
    Contact,
    /// Texts of submissions, and of appeals.
    Submission,
    /// Secrets of outside classifiers, and what rules found.
    Rule,
    /// Private halves of the keys that sign access tokens.
    Signing,
}

impl Class {
    fn as_str(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Contact => "CONTACT",
            Self::Submission => "SUBMISSION",
            Self::Rule => "RULE",
            Self::Signing => "SIGNING",
        }
    }
}

/// Opens and seals what is kept in the database. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    db: Db,
    clock: Clock,
    keys: Arc<Keys>,
    cache: Arc<RwLock<Cache>>,
}

#[derive(Default)]
struct Cache {
    by_scope: HashMap<(Class, Option<DocumentId>), Arc<DataKey>>,
    by_id: HashMap<Uuid, Arc<DataKey>>,
}

impl Vault {
    /// A vault on `db` under these keys.
    pub fn new(db: Db, clock: Clock, keys: Arc<Keys>) -> Self {
        Self { db, clock, keys, cache: Arc::default() }
    }

    /// The derived keys, for hashes and tokens.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The data key of this class and document, made and committed first if there is none yet. Call it before the
    /// transaction that seals with it.
    pub async fn key(&self, class: Class, document: Option<DocumentId>) -> Result<Arc<DataKey>> {
        if let Some(key) = self.cache().by_scope.get(&(class, document)) {
            return Ok(key.clone());
        }
        let mut conn = self.db.get().await?;
        let id = ids::new(self.clock.now());
        let wrapped = self
            .keys
            .wrapping()
            .seal(place_of(id), &random::<32>().map_err(Error::internal)?)
            .map_err(Error::internal)?;
        diesel::insert_into(data_keys::table)
            .values((
                data_keys::id.eq(id),
                data_keys::class.eq(class.as_str()),
                data_keys::document_id.eq(document.map(|document| document.0)),
                data_keys::wrapped.eq(wrapped),
                data_keys::created_at.eq(self.clock.now()),
            ))
            .on_conflict_do_nothing()
            .execute(&mut conn)
            .await?;
        let (id, wrapped): (Uuid, Vec<u8>) = data_keys::table
            .filter(data_keys::class.eq(class.as_str()))
            .filter(data_keys::document_id.is_not_distinct_from(document.map(|document| document.0)))
            .select((data_keys::id, data_keys::wrapped))
            .first(&mut conn)
            .await?;
        let key = self.unwrap(id, &wrapped)?;
        let mut cache = self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.by_scope.insert((class, document), key.clone());
        Ok(key)
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
        let bytes = self.keys.wrapping().open(place_of(id), wrapped).map_err(Error::internal)?;
        let key = Arc::new(DataKey::new(id, &bytes).map_err(Error::internal)?);
        let mut cache = self.cache.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        cache.by_id.insert(id, key.clone());
        Ok(key)
    }

    fn cache(&self) -> std::sync::RwLockReadGuard<'_, Cache> {
        self.cache.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn place_of(id: Uuid) -> Place {
    Place { column: "data_keys.wrapped", row: id }
}
