//! Sessions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    db::schema::{accounts, sessions},
    error::Result,
    identity::model::Session,
    ids::{AccountId, SessionId},
};

/// Makes a session.
pub(in crate::identity) async fn insert_session(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    account: AccountId,
    refresh_hash: &[u8],
    device: &str,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::account_id.eq(account),
            sessions::refresh_hash.eq(refresh_hash),
            sessions::expires_at.eq(expires_at),
            sessions::created_at.eq(now),
            sessions::refreshed_at.eq(now),
            sessions::device.eq(device),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A session, locked until the transaction ends.
pub(in crate::identity) async fn lock_session(
    conn: &mut AsyncPgConnection,
    id: SessionId,
) -> Result<Option<Session>> {
    Ok(sessions::table.find(id).for_update().select(Session::as_select()).first(conn).await.optional()?)
}

/// Counts a refresh and keeps the hash of the new token.
pub(in crate::identity) async fn rotate_session(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    generation: i32,
    refresh_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    diesel::update(sessions::table.find(id))
        .set((
            sessions::generation.eq(generation),
            sessions::refresh_hash.eq(refresh_hash),
            sessions::refreshed_at.eq(now),
            sessions::expires_at.eq(expires_at),
            sessions::retried_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session.
pub(in crate::identity) async fn end_session(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(sessions::table.find(id).filter(sessions::ended_at.is_null()))
        .set(sessions::ended_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether the session is one of this account that has not ended, and the account may sign in.
pub(in crate::identity) async fn is_live(
    conn: &mut AsyncPgConnection,
    session: SessionId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let live = sessions::table
        .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(accounts::disabled_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(live)).get_result(conn).await?)
}

/// Notes that a client was given the answer to its last exchange again.
pub(in crate::identity) async fn note_retry(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(sessions::table.find(id)).set(sessions::retried_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// The sessions of an account that have not ended, the one used last first.
pub async fn live(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>> {
    Ok(sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order((sessions::refreshed_at.desc(), sessions::id.desc()))
        .limit(LISTED)
        .select(Session::as_select())
        .load(conn)
        .await?)
}

/// How many sessions are listed at the most.
const LISTED: i64 = 200;

/// Ends one session of this account; whether there was one to end.
pub(in crate::identity) async fn end_own(
    conn: &mut AsyncPgConnection,
    id: SessionId,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let own = sessions::table
        .find(id)
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now));
    Ok(diesel::update(own).set(sessions::ended_at.eq(now)).execute(conn).await? == 1)
}

/// Ends every session of an account but `spared`, and says how many.
pub(in crate::identity) async fn end_all(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    spared: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<usize> {
    let live = sessions::table
        .filter(sessions::account_id.eq(account))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now));
    Ok(match spared {
        Some(spared) => {
            diesel::update(live.filter(sessions::id.ne(spared)))
                .set(sessions::ended_at.eq(now))
                .execute(conn)
                .await?
        }
        None => diesel::update(live).set(sessions::ended_at.eq(now)).execute(conn).await?,
    })
}

/// Whether anybody has ever signed in to this account.
pub(in crate::identity) async fn has_signed_in(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> Result<bool> {
    let any = sessions::table.filter(sessions::account_id.eq(account));
    Ok(diesel::select(diesel::dsl::exists(any)).get_result(conn).await?)
}
