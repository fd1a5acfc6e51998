//! All SQL about sealing values anew.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{db::schema::reseals, error::Result, ids};

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = reseals)]
pub struct Reseal {
    /// Its id.
    pub id: Uuid,
    /// How many values there were when it began.
    pub total: i64,
    /// How many have been sealed anew.
    pub done: i64,
    /// The column it is at.
    pub(super) place: String,
    /// The row after which it goes on.
    pub(super) after: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it was done and the old keys were gone.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Begins.
pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    place: &str,
    total: i64,
    now: DateTime<Utc>,
) -> Result<Reseal> {
    Ok(diesel::insert_into(reseals::table)
        .values((
            reseals::id.eq(ids::new(now)),
            reseals::started_at.eq(now),
            reseals::total.eq(total),
            reseals::place.eq(place),
            reseals::after.eq(Uuid::nil()),
        ))
        .returning(Reseal::as_returning())
        .get_result(conn)
        .await?)
}

/// One of them.
pub(super) async fn by_id(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Reseal>> {
    Ok(reseals::table.find(id).select(Reseal::as_select()).first(conn).await.optional()?)
}

/// One of them, locked until the transaction ends.
pub(super) async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> Result<Option<Reseal>> {
    Ok(reseals::table.find(id).for_update().select(Reseal::as_select()).first(conn).await.optional()?)
}

/// The one that was ordered last.
pub async fn latest(conn: &mut AsyncPgConnection) -> Result<Option<Reseal>> {
    Ok(reseals::table.order(reseals::id.desc()).select(Reseal::as_select()).first(conn).await.optional()?)
}

/// Keeps how far it has come.
pub(super) async fn move_on(
    conn: &mut AsyncPgConnection,
    from: &Reseal,
    place: &str,
    after: Uuid,
    done: i64,
) -> Result<()> {
    diesel::update(reseals::table.find(from.id))
        .set((reseals::place.eq(place), reseals::after.eq(after), reseals::done.eq(reseals::done + done)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps that it is done.
pub(super) async fn finish(conn: &mut AsyncPgConnection, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    diesel::update(reseals::table.find(id)).set(reseals::finished_at.eq(now)).execute(conn).await?;
    Ok(())
}
