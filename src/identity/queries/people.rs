//! Accounts and roles as administrators see them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    db::{
        paging::Span,
        schema::{accounts, role_grants},
    },
    error::Result,
    identity::{
        Role,
        model::{Account, Grant},
    },
    ids::AccountId,
};

/// Changes of who runs the installation wait for each other under this lock: of two who take it from each other at once,
/// one is refused.
const LOCK: i64 = 0x616e_7377_6164_6d69;

/// A page of the accounts, in the order they were made; those with a role alone, where one is named.
pub(in crate::identity) async fn list(
    conn: &mut AsyncPgConnection,
    role: Option<Role>,
    span: &Span<AccountId>,
) -> Result<Vec<Account>> {
    let mut query = accounts::table.into_boxed();
    if let Some(role) = role {
        query =
            query.filter(accounts::id.eq_any(
                role_grants::table.filter(role_grants::role.eq(role)).select(role_grants::account_id),
            ));
    }
    if let Some(after) = span.after {
        query = query.filter(accounts::id.gt(after));
    }
    if let Some(before) = span.before {
        query = query.filter(accounts::id.lt(before));
    }
    let query = if span.reverse { query.order(accounts::id.desc()) } else { query.order(accounts::id.asc()) };
    Ok(query.limit(span.limit).select(Account::as_select()).load(conn).await?)
}

/// How many accounts that list has.
pub(in crate::identity) async fn count(conn: &mut AsyncPgConnection, role: Option<Role>) -> Result<i64> {
    let query = accounts::table.into_boxed();
    let query =
        match role {
            Some(role) => query.filter(accounts::id.eq_any(
                role_grants::table.filter(role_grants::role.eq(role)).select(role_grants::account_id),
            )),
            None => query,
        };
    Ok(query.count().get_result(conn).await?)
}

/// Makes whoever else changes who runs the installation wait until this transaction ends.
pub(in crate::identity) async fn lock_administrators(conn: &mut AsyncPgConnection) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a role; whether it was there.
pub(in crate::identity) async fn take(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    grant: &Grant,
) -> Result<bool> {
    let taken = role_grants::table
        .filter(role_grants::account_id.eq(account))
        .filter(role_grants::role.eq(grant.role))
        .filter(role_grants::document_id.is_not_distinct_from(grant.document_id));
    Ok(diesel::delete(taken).execute(conn).await? > 0)
}

/// Keeps an account from signing in, or (`None`) lets it again.
pub(in crate::identity) async fn set_disabled(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    diesel::update(accounts::table.find(account)).set(accounts::disabled_at.eq(at)).execute(conn).await?;
    Ok(())
}
