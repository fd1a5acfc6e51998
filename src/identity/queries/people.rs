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
        queries::held,
    },
    ids::AccountId,
};

/// Changes of who runs the installation wait for each other under this lock: of two who take it from each other at once,
/// one is refused.
const LOCK: i64 = 0x616e_7377_6164_6d69;

type Boxed = accounts::BoxedQuery<'static, diesel::pg::Pg>;

/// The accounts; those who hold a role now alone, where one is named.
fn holding(role: Option<Role>, now: DateTime<Utc>) -> Boxed {
    let query = accounts::table.into_boxed();
    let Some(role) = role else { return query };
    let holders = role_grants::table.filter(role_grants::role.eq(role)).filter(held(now));
    query.filter(accounts::id.eq_any(holders.select(role_grants::account_id)))
}

/// A page of the accounts, in the order they were made; those with a role alone, where one is named.
pub(in crate::identity) async fn list(
    conn: &mut AsyncPgConnection,
    role: Option<Role>,
    now: DateTime<Utc>,
    span: &Span<AccountId>,
) -> Result<Vec<Account>> {
    let mut query = holding(role, now);
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
pub(in crate::identity) async fn count(
    conn: &mut AsyncPgConnection,
    role: Option<Role>,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(holding(role, now).count().get_result(conn).await?)
}

/// Whether somebody runs the installation who can sign in and was given that role here, not by a provider's claims.
pub(in crate::identity) async fn is_run_from_here(conn: &mut AsyncPgConnection) -> Result<bool> {
    let given_here = role_grants::table
        .inner_join(accounts::table.on(accounts::id.eq(role_grants::account_id)))
        .filter(role_grants::role.eq(Role::Administrator))
        .filter(role_grants::document_id.is_null())
        .filter(role_grants::by_provider.eq(false))
        .filter(accounts::disabled_at.is_null());
    Ok(diesel::select(diesel::dsl::exists(given_here)).get_result(conn).await?)
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
