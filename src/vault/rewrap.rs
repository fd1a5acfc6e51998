//! The data keys themselves: wrapping all of them by another master key, retiring them, and taking away those that seal
//! nothing any more.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::place_of;
use crate::{
    db::{Handwritten, schema::data_keys},
    error::{Error, Result},
    ids::DocumentId,
    seal::{MasterKey, Masters, SealError},
};

/// How many keys are written with one statement.
const BATCH: usize = 500;

/// Wraps every data key by `next`, within the transaction that puts it in force, and says how many they are. The keys
/// themselves stay, and so does everything they seal.
pub async fn rewrap(conn: &mut AsyncPgConnection, masters: &Masters, next: &MasterKey) -> Result<usize> {
    let rows: Vec<(Uuid, Vec<u8>)> = data_keys::table
        .order(data_keys::id)
        .for_no_key_update()
        .select((data_keys::id, data_keys::wrapped))
        .load(conn)
        .await?;
    let mut wrapped = Vec::with_capacity(rows.len());
    for (id, before) in &rows {
        let place = place_of(*id);
        let (_, key) = masters.open(place, before).ok_or_else(|| Error::internal(SealError))?;
        wrapped.push((*id, next.wrap(place, &key).map_err(Error::internal)?));
    }
    for chunk in wrapped.chunks(BATCH) {
        let (ids, keys): (Vec<Uuid>, Vec<Vec<u8>>) = chunk.iter().cloned().unzip();
        let mut sql = Handwritten::default();
        sql.text("UPDATE data_keys SET wrapped = n.wrapped FROM unnest(")
            .uuids(&ids)
            .text(", ")
            .bind::<sql_types::Array<sql_types::Binary>, _>(keys)
            .text(") AS n(id, wrapped) WHERE data_keys.id = n.id");
        sql.execute(conn).await?;
    }
    Ok(rows.len())
}

/// Retires the keys of these classes: what is sealed from now on is sealed with new ones. Says how many they are.
pub async fn retire(conn: &mut AsyncPgConnection, classes: &[&str], now: DateTime<Utc>) -> Result<usize> {
    let live =
        data_keys::table.filter(data_keys::class.eq_any(classes)).filter(data_keys::retired_at.is_null());
    Ok(diesel::update(live).set(data_keys::retired_at.eq(now)).execute(conn).await?)
}

/// Takes away what was retired before `before`. Whatever were still sealed with one of them refers to it, so that the
/// database would refuse.
pub async fn delete_retired(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize> {
    let old = data_keys::table.filter(data_keys::retired_at.le(before));
    Ok(diesel::delete(old).execute(conn).await?)
}

/// A key that was retired.
#[derive(Clone, Queryable)]
pub struct Retired {
    /// Its id.
    pub id: Uuid,
    /// What it was for, as [`super::Class::as_str`] says.
    pub class: String,
    /// Whose it was.
    pub document: Option<DocumentId>,
    /// Since when it is not sealed with.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The keys that were retired and are still there.
pub async fn retired(conn: &mut AsyncPgConnection) -> Result<Vec<Retired>> {
    Ok(data_keys::table
        .filter(data_keys::retired_at.is_not_null())
        .select((data_keys::id, data_keys::class, data_keys::document_id, data_keys::retired_at))
        .load(conn)
        .await?)
}

/// How many data keys there are.
pub struct Kept {
    /// Those that are sealed with.
    pub live: i64,
    /// Those that only open what was sealed with them before.
    pub retired: i64,
}

/// Counts the data keys.
pub async fn kept(conn: &mut AsyncPgConnection) -> Result<Kept> {
    let retired: i64 =
        data_keys::table.filter(data_keys::retired_at.is_not_null()).count().get_result(conn).await?;
    let all: i64 = data_keys::table.count().get_result(conn).await?;
    Ok(Kept { live: all - retired, retired })
}
