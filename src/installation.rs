//! The one row about this installation: the proof of its master key, and whether it was given the demonstration.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    db::schema::installation,
    error::{Error, Result},
    ids,
    seal::{Keys, Place},
};

/// Whether nothing has been kept in this database yet.
pub async fn is_new(conn: &mut AsyncPgConnection) -> Result<bool> {
    let rows: i64 = installation::table.count().get_result(conn).await?;
    Ok(rows == 0)
}

/// Proves that the master key is the one this database was begun with, or begins it. A wrong key is told apart here,
/// before anything could be sealed with it.
pub async fn prove(conn: &mut AsyncPgConnection, keys: &Keys, now: DateTime<Utc>) -> Result<bool> {
    let place = Place { column: "installation.key_check", row: Uuid::nil() };
    let proof = keys.wrapping().seal(place, b"answerable").map_err(Error::internal)?;
    diesel::insert_into(installation::table)
        .values((
            installation::public_id.eq(ids::new(now)),
            installation::key_check.eq(proof),
            installation::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let kept: Vec<u8> = installation::table.select(installation::key_check).first(conn).await?;
    Ok(keys.wrapping().open(place, &kept).is_ok())
}

/// What this installation is called among others; nothing before its first start is over.
pub async fn public_id(conn: &mut AsyncPgConnection) -> Result<Option<Uuid>> {
    Ok(installation::table.select(installation::public_id).first(conn).await.optional()?)
}

/// Whether the demonstration was loaded to its end.
pub async fn has_demo(conn: &mut AsyncPgConnection) -> Result<bool> {
    let at: Option<DateTime<Utc>> =
        installation::table.select(installation::demo_loaded_at).first(conn).await?;
    Ok(at.is_some())
}

/// Remembers that the demonstration was loaded to its end.
pub async fn remember_demo(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<()> {
    diesel::update(installation::table).set(installation::demo_loaded_at.eq(now)).execute(conn).await?;
    Ok(())
}
