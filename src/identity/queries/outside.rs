//! People for whom an outside identity provider vouches.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, query_dsl::methods};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    db::schema::{accounts, external_identities, role_grants},
    error::Result,
    identity::{Role, model::Account},
    ids::{self, AccountId},
};

/// The account of somebody whom the provider knows as `subject`.
pub(in crate::identity) async fn account(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
) -> Result<Option<Account>> {
    Ok(external_identities::table
        .inner_join(accounts::table.on(accounts::id.eq(external_identities::account_id)))
        .filter(external_identities::issuer.eq(issuer))
        .filter(external_identities::subject.eq(subject))
        .select(Account::as_select())
        .first(conn)
        .await
        .optional()?)
}

/// Keeps whose account this is at the provider; `false` where somebody did at the same moment.
pub(in crate::identity) async fn insert(
    conn: &mut AsyncPgConnection,
    issuer: &str,
    subject: &str,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let made = diesel::insert_into(external_identities::table)
        .values((
            external_identities::issuer.eq(issuer),
            external_identities::subject.eq(subject),
            external_identities::account_id.eq(account),
            external_identities::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(made == 1)
}

/// The roles that the provider's claims gave this account, held or not, and until when each is.
pub(in crate::identity) async fn roles(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> Result<Vec<(Role, Option<DateTime<Utc>>)>> {
    Ok(role_grants::table
        .filter(role_grants::account_id.eq(account))
        .filter(role_grants::by_provider)
        .select((role_grants::role, role_grants::held_until))
        .load(conn)
        .await?)
}

/// Makes the roles that the provider gives this account these, for the whole installation, until this moment. What was given here stays.
pub(in crate::identity) async fn set_roles(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    roles: &[Role],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<()> {
    let gone = role_grants::table
        .filter(role_grants::account_id.eq(account))
        .filter(role_grants::by_provider)
        .filter(role_grants::role.ne_all(roles));
    diesel::delete(gone).execute(conn).await?;
    for role in roles {
        let vouched_for = diesel::insert_into(role_grants::table)
            .values((
                role_grants::id.eq(ids::new(now)),
                role_grants::account_id.eq(account),
                role_grants::role.eq(*role),
                role_grants::created_at.eq(now),
                role_grants::by_provider.eq(true),
                role_grants::held_until.eq(until),
            ))
            .on_conflict((role_grants::account_id, role_grants::role, role_grants::document_id))
            .do_update()
            .set(role_grants::held_until.eq(until));
        methods::FilterDsl::filter(vouched_for, role_grants::by_provider).execute(conn).await?;
    }
    Ok(())
}
