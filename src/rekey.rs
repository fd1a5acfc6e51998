//! Changing keys while the service runs. Another master key comes into force in one transaction that wraps every data key
//! anew: it is done or not done, and nothing is ever wrapped by two. Other data keys take their place at once, and the values
//! that the old ones sealed are sealed anew by a job, a batch at a time; an old key is taken away when it seals nothing.

mod queries;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use queries::{Reseal, latest};

use crate::{
    context::Context,
    error::{Error, Result},
    installation,
    outbox::{self, Failure, Job, Registry},
    seal::{MasterKey, Masters, SealError},
    vault::{self, Class, Retired, SEALED, Sealed, Value},
};

/// How many values one run of the job seals anew.
const BATCH: i64 = 200;
/// How long a data key stays after it was retired, whatever it seals: longer than any process goes on sealing with it.
const GRACE: TimeDelta = TimeDelta::minutes(10);
/// How long the job waits before it looks again whether something was sealed with a retired key meanwhile.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// Seals the next batch of values anew.
#[derive(Serialize, Deserialize)]
pub struct ResealBatch {
    /// Which time it was ordered.
    pub reseal: Uuid,
}

impl Job for ResealBatch {
    const KIND: &'static str = "rekey.reseal";
    // After everything that somebody waits for.
    const PRIORITY: i16 = 2;
}

/// Adds what this module carries out to the registry.
#[must_use]
pub fn register(ctx: Context, registry: Registry) -> Registry {
    registry.on(move |_, job: ResealBatch| {
        let ctx = ctx.clone();
        async move { Ok::<(), Failure>(step(&ctx, job).await?) }
    })
}

/// What a rotation of the master key did.
pub enum Rotated {
    /// The key is in force, and so many data keys are wrapped by it.
    Now(usize),
    /// It was in force already.
    Before,
    /// None of the keys given is the one in force; nothing was changed.
    Unknown,
}

/// Puts `next` in force. Everything is as it was, or all of it is wrapped by `next`.
pub async fn rotate(ctx: &Context, masters: &Masters, next: &MasterKey) -> Result<Rotated> {
    let now = ctx.clock.now();
    let mut conn = ctx.db.get().await?;
    conn.transaction(async |conn| {
        let Some(in_force) = installation::lock_key(conn, masters).await? else {
            return Ok(Rotated::Unknown);
        };
        if in_force.id() == next.id() {
            return Ok(Rotated::Before);
        }
        let root =
            installation::prove(conn, masters, now).await?.ok_or_else(|| Error::internal(SealError))?;
        let keys = vault::rewrap(conn, masters, next).await?;
        installation::put_in_force(conn, next, &root).await?;
        Ok(Rotated::Now(keys))
    })
    .await
}

/// Retires all data keys whose values can be sealed anew, and orders that. What is sealed from now on is sealed with new keys.
pub async fn reseal(ctx: &Context) -> Result<Reseal> {
    let now = ctx.clock.now();
    let mut classes: Vec<&str> = SEALED.iter().map(|sealed| sealed.class.as_str()).collect();
    classes.dedup();
    let mut conn = ctx.writer().await?;
    let made = conn
        .transaction(async |conn| {
            vault::retire(conn, &classes, now).await?;
            let keys: Vec<Uuid> = vault::retired(conn).await?.iter().map(|key| key.id).collect();
            let total = vault::count_sealed(conn, &keys).await?;
            let made = queries::begin(conn, SEALED[0].name, total, now).await?;
            outbox::enqueue(conn, now, &ResealBatch { reseal: made.id }).await?;
            Ok::<_, Error>(made)
        })
        .await?;
    ctx.vault.forget_scopes();
    Ok(made)
}

/// One step on. How far it has come is kept in the transaction that seals: a process that is killed has done all of a batch
/// or nothing of it, and the next goes on from there.
async fn step(ctx: &Context, job: ResealBatch) -> Result<()> {
    let now = ctx.clock.now();
    let mut conn = ctx.db.get().await?;
    let Some(at) = queries::by_id(&mut conn, job.reseal).await?.filter(|at| at.finished_at.is_none()) else {
        return Ok(());
    };
    // It was most likely another process that retired them, and this one would go on with one of them for a while.
    ctx.vault.forget_scopes();
    let retired = vault::retired(&mut conn).await?;
    let keys: Vec<Uuid> = retired.iter().map(|key| key.id).collect();
    let of = Sealed::named(&at.place).ok_or_else(|| Error::internal(SealError))?;
    let values = vault::batch(&mut conn, of, &keys, at.after, BATCH).await?;
    drop(conn);
    let full = i64::try_from(values.len()).is_ok_and(|count| count == BATCH);
    let next = match (values.last().map(|value| value.id), of.next()) {
        (Some(last), _) if full => Some((of, last)),
        (_, Some(next)) => Some((next, Uuid::nil())),
        (_, None) => None,
    };
    let sealed = anew(ctx, of, &retired, values).await?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if queries::lock(conn, at.id).await?.as_ref() != Some(&at) {
            // The lease of this job ran out, and somebody else is further already.
            return Ok(());
        }
        let done = i64::try_from(vault::replace(conn, of, sealed).await?).unwrap_or(0);
        if let Some((place, after)) = next {
            queries::move_on(conn, &at, place.name, after, done).await?;
            outbox::enqueue(conn, now, &job).await?;
            return Ok(());
        }
        queries::move_on(conn, &at, SEALED[0].name, Uuid::nil(), done).await?;
        match end(conn, &retired, &keys, now).await? {
            Some(later) => drop(outbox::enqueue(conn, later, &job).await?),
            None => queries::finish(conn, at.id, now).await?,
        }
        Ok(())
    })
    .await
}

/// The values as they are to be from now on, under the keys that took the place of those that sealed them.
async fn anew(
    ctx: &Context,
    of: &Sealed,
    retired: &[Retired],
    values: Vec<Value>,
) -> Result<Vec<(Value, Vec<u8>)>> {
    let mut sealed = Vec::with_capacity(values.len());
    for value in values {
        let by = crate::seal::DataKey::id_of(&value.sealed);
        let old = retired.iter().find(|key| Some(key.id) == by).ok_or_else(|| Error::internal(SealError))?;
        let class = Class::parse(&old.class).ok_or_else(|| Error::internal(SealError))?;
        let key = ctx.vault.key(class, old.document).await?;
        let plain = ctx.vault.open(of.place(value.id), &value.sealed).await?;
        let anew = key.seal(of.place(value.id), &plain).map_err(Error::internal)?;
        sealed.push((value, anew));
    }
    Ok(sealed)
}

/// Takes away the retired keys that nobody can be sealing with any more, where nothing is sealed with any of them. Says when
/// to come back, if that cannot be yet.
async fn end(
    conn: &mut diesel_async::AsyncPgConnection,
    retired: &[Retired],
    keys: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    if vault::count_sealed(conn, keys).await? > 0 {
        return Ok(Some(now + PAUSE));
    }
    let last = retired.iter().filter_map(|key| key.retired_at).max();
    match last.map(|at| at + GRACE) {
        Some(due) if due > now => Ok(Some(due)),
        _ => {
            vault::delete_retired(conn, now - GRACE).await?;
            Ok(None)
        }
    }
}
