//! The keys that sign access tokens, and their rotation. Before the first rotation the key of the configuration signs;
//! from then on keys kept here do, sealed, so that every instance has the same.
//!
//! A new key is published some minutes before it signs, and an instance reads the keys anew each minute: when the first
//! token signed with it arrives anywhere, it is known there. The key before it is believed until its last token has ended.
//! Nothing that arrives from outside, such as a token that names an unknown key, makes an instance read them.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    clock::Clock,
    config::LoadedKeys,
    db::{Db, schema::signing_keys},
    error::{Error, Result},
    ids,
    seal::{self, Place, SealError},
    vault::{Class, Vault},
};

/// How long an access token is good.
pub const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How long a new key is published before it signs.
pub const PUBLISHED_BEFORE: TimeDelta = TimeDelta::minutes(5);
/// How old what an instance knows of the keys may be.
pub const KNOWN_FOR: TimeDelta = TimeDelta::minutes(1);
/// How long a key is believed after another signs: the life of a token, and a minute for clocks that differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(16);
/// Rotations wait for each other under this lock.
const LOCK: i64 = 0x616e_7377_6b65_7973;

/// A key that signs access tokens, or did.
pub struct SigningKey {
    /// What tokens call it.
    pub kid: String,
    /// Its public half, 32 bytes.
    pub public: Vec<u8>,
    /// Its private half, PKCS#8 DER, where this instance has it.
    private: Option<Vec<u8>>,
    signs_from: DateTime<Utc>,
    verifies_until: Option<DateTime<Utc>>,
}

impl SigningKey {
    /// Its private half, PKCS#8 DER. Only keys that sign are handed out to be signed with, so it is there.
    pub fn private(&self) -> &[u8] {
        self.private.as_deref().unwrap_or_default()
    }

    fn is_believed(&self, now: DateTime<Utc>) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }
}

/// What a rotation did.
#[derive(Debug)]
pub struct Rotated {
    /// What the new key is called.
    pub kid: String,
    /// When it begins to sign.
    pub signs_from: DateTime<Utc>,
    /// Until when tokens that were signed before are believed.
    pub others_until: DateTime<Utc>,
}

/// The keys as this instance knows them. Cheap to clone.
#[derive(Clone)]
pub struct Signing {
    db: Db,
    clock: Clock,
    vault: Vault,
    configured: Arc<LoadedKeys>,
    known: Arc<RwLock<Option<Known>>>,
}

#[derive(Clone)]
struct Known {
    read_at: DateTime<Utc>,
    keys: Arc<[Arc<SigningKey>]>,
}

type Row = (Uuid, String, Vec<u8>, Option<Vec<u8>>, DateTime<Utc>, Option<DateTime<Utc>>);

fn place_of(id: Uuid) -> Place {
    Place { column: "signing_keys.private_sealed", row: id }
}

impl Signing {
    /// The keys of this database, and the one of the configuration.
    pub fn new(db: Db, clock: Clock, vault: Vault, configured: Arc<LoadedKeys>) -> Self {
        Self { db, clock, vault, configured, known: Arc::default() }
    }

    /// The key that signs now. Ask before a connection is held.
    pub async fn signer(&self) -> Result<Arc<SigningKey>> {
        let now = self.clock.now();
        let keys = self.keys().await?;
        let usable = || keys.iter().filter(|key| key.private.is_some() && key.is_believed(now));
        let current = usable().filter(|key| key.signs_from <= now).max_by_key(|key| key.signs_from);
        // An instance without the configured key of the others signs with the next one early: the others know it.
        let found = current.or_else(|| usable().min_by_key(|key| key.signs_from));
        found.cloned().ok_or_else(|| Error::internal("no key to sign access tokens with"))
    }

    /// The key of this name, if what it signed is still believed.
    pub async fn verifier(&self, kid: &str) -> Result<Option<Arc<SigningKey>>> {
        let now = self.clock.now();
        let keys = self.keys().await?;
        Ok(keys.iter().find(|key| key.kid == kid && key.is_believed(now)).cloned())
    }

    /// Every key that a token may be signed with, now or soon.
    pub async fn published(&self) -> Result<Vec<Arc<SigningKey>>> {
        let now = self.clock.now();
        Ok(self.keys().await?.iter().filter(|key| key.is_believed(now)).cloned().collect())
    }

    async fn keys(&self) -> Result<Arc<[Arc<SigningKey>]>> {
        let now = self.clock.now();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| now - known.read_at < KNOWN_FOR) {
            return Ok(known.keys);
        }
        let rows = rows(&mut *self.db.get().await?).await?;
        let mut keys = Vec::with_capacity(rows.len().max(1));
        for (id, kid, public, sealed, signs_from, verifies_until) in rows {
            let private = match sealed {
                Some(sealed) => Some(self.vault.open(place_of(id), &sealed).await?),
                None if public == self.configured.signing_public => {
                    Some(self.configured.signing_pkcs8.clone())
                }
                None => None,
            };
            keys.push(Arc::new(SigningKey { kid, public, private, signs_from, verifies_until }));
        }
        if keys.is_empty() {
            keys.push(Arc::new(self.configured()));
        }
        let keys: Arc<[_]> = keys.into();
        let fresh = Known { read_at: now, keys: keys.clone() };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        Ok(keys)
    }

    fn configured(&self) -> SigningKey {
        SigningKey {
            kid: seal::key_id(&self.configured.signing_public),
            public: self.configured.signing_public.clone(),
            private: Some(self.configured.signing_pkcs8.clone()),
            signs_from: DateTime::UNIX_EPOCH,
            verifies_until: None,
        }
    }

    /// Makes a new key. The others are believed until their last token has ended; where `at_once`, for a key that is in
    /// the wrong hands, the new one signs and the others end now, and everybody has to refresh their session.
    pub async fn rotate(&self, at_once: bool) -> Result<Rotated> {
        let now = self.clock.now();
        let signs_from = if at_once { now } else { now + PUBLISHED_BEFORE };
        let others_until = if at_once { now } else { signs_from + OVERLAP };
        let pair = Ed25519KeyPair::generate().map_err(|_| Error::internal(SealError))?;
        let private = pair.to_pkcs8v1().map_err(|_| Error::internal(SealError))?;
        let public = pair.public_key().as_ref();
        let (id, kid) = (ids::new(now), seal::key_id(public));
        // Committed on a connection of its own, before one is held here.
        let key = self.vault.key(Class::Signing, None).await?;
        let sealed = key.seal(place_of(id), private.as_ref()).map_err(Error::internal)?;
        let configured = self.configured();
        let mut conn = self.db.get().await?;
        conn.transaction(async |conn| -> Result<()> {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<diesel::sql_types::BigInt, _>(LOCK)
                .execute(conn)
                .await?;
            let mut rows = vec![(id, kid.clone(), public.to_vec(), Some(sealed.clone()), signs_from, None)];
            if self::rows(conn).await?.is_empty() {
                let known = (ids::new(now), configured.kid.clone(), configured.public.clone());
                rows.push((known.0, known.1, known.2, None, configured.signs_from, None));
            }
            for row in rows {
                insert(conn, row, now).await?;
            }
            let others = signing_keys::table.filter(signing_keys::id.ne(id)).filter(
                signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.gt(others_until)),
            );
            diesel::update(others).set(signing_keys::verifies_until.eq(others_until)).execute(conn).await?;
            Ok(())
        })
        .await?;
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(Rotated { kid, signs_from, others_until })
    }
}

async fn rows(conn: &mut AsyncPgConnection) -> Result<Vec<Row>> {
    Ok(signing_keys::table
        .order(signing_keys::signs_from)
        .select((
            signing_keys::id,
            signing_keys::kid,
            signing_keys::public_key,
            signing_keys::private_sealed,
            signing_keys::signs_from,
            signing_keys::verifies_until,
        ))
        .load(conn)
        .await?)
}

async fn insert(conn: &mut AsyncPgConnection, row: Row, now: DateTime<Utc>) -> Result<()> {
    let (id, kid, public, sealed, signs_from, _) = row;
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(id),
            signing_keys::kid.eq(kid),
            signing_keys::public_key.eq(public),
            signing_keys::private_sealed.eq(sealed),
            signing_keys::signs_from.eq(signs_from),
            signing_keys::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Throws keys away that nothing is believed of any more; never the one that signs, which has no end.
pub async fn purge(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<()> {
    diesel::delete(signing_keys::table.filter(signing_keys::verifies_until.le(now))).execute(conn).await?;
    Ok(())
}
