//! All SQL on `events`.

use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Event, Kind};
use crate::{db::schema::events, error::Result, ids::DocumentId};

/// How many events are read at a time.
const BATCH: i64 = 500;

/// Notes an event in the transaction on `conn`. It takes no lock that others wait for.
pub async fn note(
    conn: &mut AsyncPgConnection,
    kind: Kind,
    document: DocumentId,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(events::table)
        .values((
            events::kind.eq(kind.as_str()),
            events::document_id.eq(document),
            events::subject_id.eq(subject),
            events::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Throws away what was noted before `before`.
pub async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(events::table.filter(events::created_at.lt(before))).execute(conn).await?)
}

/// A place in the order of events: a transaction, and one of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    transaction: i64,
    id: i64,
}

/// What was read of the table.
pub(super) struct Read {
    /// What is new, in order.
    pub events: Vec<Event>,
    /// Where to go on from.
    pub place: Place,
    /// Whether there is more to read at once.
    pub more: bool,
    /// Whether there is more that has to wait for a transaction which began earlier.
    pub waits: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::BigInt)]
    horizon: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    transaction_id: Option<i64>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    kind: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    document_id: Option<Uuid>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    subject_id: Option<Uuid>,
}

/// The place after which everything comes that is noted from now on.
pub async fn now(conn: &mut AsyncPgConnection) -> Result<Place> {
    let horizon = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
    let horizon: i64 = diesel::select(sql::<sql_types::BigInt>(horizon)).get_result(conn).await?;
    Ok(Place { transaction: horizon.saturating_sub(1), id: i64::MAX })
}

/// Reads what comes after `place`. Everything below the horizon has ended, so nothing can come to stand before what was
/// read.
pub(super) async fn read(conn: &mut AsyncPgConnection, place: Place) -> QueryResult<Read> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT horizon, transaction_id, id, kind, document_id, subject_id
         FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) AS snapshot
         LEFT JOIN LATERAL (SELECT * FROM events WHERE (transaction_id, id) > ($1, $2)
                            ORDER BY transaction_id, id LIMIT $3) AS fresh ON true
         ORDER BY transaction_id, id",
    )
    .bind::<sql_types::BigInt, _>(place.transaction)
    .bind::<sql_types::BigInt, _>(place.id)
    .bind::<sql_types::BigInt, _>(BATCH)
    .load(conn)
    .await?;
    let mut read = Read { events: Vec::new(), place, more: false, waits: false };
    let full = i64::try_from(rows.len()).is_ok_and(|rows| rows == BATCH);
    for row in rows {
        let Some((transaction, id)) = row.transaction_id.zip(row.id) else { continue };
        if transaction >= row.horizon {
            read.waits = true;
            break;
        }
        read.place = Place { transaction, id };
        let kind = row.kind.as_deref().and_then(Kind::parse);
        // A kind that is not known is a newer program's, for newer listeners.
        if let (Some(kind), Some(document), Some(subject)) = (kind, row.document_id, row.subject_id) {
            read.events.push(Event { kind, document: DocumentId(document), subject });
        }
    }
    read.more = full && !read.waits;
    Ok(read)
}
