//! A public write sent twice is done once: the client's key is kept beside a hash of the input and what it made.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    db::schema::idempotency_keys,
    error::{Error, Result, UserErrorCode},
    seal::{self, Keys},
};

/// The bounds of a key's length in bytes: long enough that nobody hits another's by chance.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 16..=200;

/// A key as a client gave it, bound to an operation and its input. Only hashes are kept.
pub struct Claim {
    key_hash: Vec<u8>,
    input_hash: Vec<u8>,
}

/// What a claim found.
#[derive(Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Nobody came before: go on, and what is made gets this id.
    Fresh,
    /// The same was asked before and made this.
    Before(Uuid),
}

impl Claim {
    /// Reads a key; refused with what to put right if it is too short or too long.
    pub fn new(keys: &Keys, operation: &str, key: &str, input: &impl Serialize) -> Result<Self> {
        if !KEY_LENGTH.contains(&key.len()) {
            let message = "An idempotency key has 16 to 200 characters; a random UUID is a good one.";
            return Err(Error::refused(UserErrorCode::InvalidText, message, &["idempotencyKey"]));
        }
        let input = serde_json::to_vec(input)?;
        Ok(Self {
            key_hash: keys.lookup_hash(b"idempotency.key", &format!("{operation}\n{key}")),
            // Keyed as well: the input holds an address.
            input_hash: keys
                .lookup_hash(b"idempotency.input", &data_encoding::HEXLOWER.encode(&seal::digest(&[&input]))),
        })
    }

    /// Claims the key for `subject` within the transaction on `conn`. Somebody else's claim under way is waited for.
    pub async fn take(
        &self,
        conn: &mut AsyncPgConnection,
        subject: Uuid,
        now: DateTime<Utc>,
    ) -> Result<Claimed> {
        let fresh = diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::key_hash.eq(&self.key_hash),
                idempotency_keys::input_hash.eq(&self.input_hash),
                idempotency_keys::subject_id.eq(subject),
                idempotency_keys::created_at.eq(now),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
        if fresh == 1 {
            return Ok(Claimed::Fresh);
        }
        match self.find(conn).await? {
            Some(subject) => Ok(Claimed::Before(subject)),
            None => Err(Error::internal("an idempotency key went away while it was claimed")),
        }
    }

    /// What the same key made before, if it came before; refused if that was with another input.
    pub async fn find(&self, conn: &mut AsyncPgConnection) -> Result<Option<Uuid>> {
        let found: Option<(Vec<u8>, Uuid)> = idempotency_keys::table
            .find(&self.key_hash)
            .select((idempotency_keys::input_hash, idempotency_keys::subject_id))
            .first(conn)
            .await
            .optional()?;
        let Some((input_hash, subject)) = found else { return Ok(None) };
        if input_hash != self.input_hash {
            let message = "This idempotency key was used before with another input. Use a new key for a new contribution.";
            return Err(Error::refused(UserErrorCode::IdempotencyKeyReused, message, &["idempotencyKey"]));
        }
        Ok(Some(subject))
    }
}

/// Forgets keys older than `before`.
pub async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize> {
    let old = idempotency_keys::table.filter(idempotency_keys::created_at.lt(before));
    Ok(diesel::delete(old).execute(conn).await?)
}
