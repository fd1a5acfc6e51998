//! All SQL of identity.

pub mod api_tokens;
pub(super) mod outside;
pub mod people;
pub mod sessions;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{Account, Grant, Role, SignInLink};
use crate::{
    db::schema::{accounts, role_grants, sign_in_links},
    error::Result,
    ids::{self, AccountId, DocumentId, SignInLinkId},
};

/// Whether a role is held at a moment: it was given here, or the provider whose claims gave it has vouched for it of late. By
/// whichever way somebody comes, their roles are those of which this is true.
#[diesel::dsl::auto_type]
pub(super) fn held(now: DateTime<Utc>) -> _ {
    role_grants::by_provider.eq(false).or(role_grants::held_until.gt(now))
}

/// An account to be made.
pub(super) struct NewAccount<'a> {
    pub id: AccountId,
    pub display_name: &'a str,
    pub email_sealed: Option<Vec<u8>>,
    pub email_hash: Option<&'a [u8]>,
    pub now: DateTime<Utc>,
}

/// Makes an account; `None` if there is one of this address already.
pub(super) async fn insert_account(
    conn: &mut AsyncPgConnection,
    new: NewAccount<'_>,
) -> Result<Option<AccountId>> {
    Ok(diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(new.id),
            accounts::display_name.eq(new.display_name),
            accounts::email_sealed.eq(new.email_sealed),
            accounts::email_hash.eq(new.email_hash),
            accounts::created_at.eq(new.now),
        ))
        .on_conflict(accounts::email_hash)
        .do_nothing()
        .returning(accounts::id)
        .get_result(conn)
        .await
        .optional()?)
}

/// The account of an address, by its keyed hash.
pub(super) async fn account_by_email(
    conn: &mut AsyncPgConnection,
    email_hash: &[u8],
) -> Result<Option<Account>> {
    Ok(accounts::table
        .filter(accounts::email_hash.eq(email_hash))
        .select(Account::as_select())
        .first(conn)
        .await
        .optional()?)
}

/// These accounts, in no order.
pub async fn accounts(conn: &mut AsyncPgConnection, ids: &[AccountId]) -> Result<Vec<Account>> {
    Ok(accounts::table.filter(accounts::id.eq_any(ids)).select(Account::as_select()).load(conn).await?)
}

/// Notes that mail does not reach this account, or (`None`) that it does again.
pub async fn set_bounced(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    let known = accounts::table.find(account).filter(accounts::bounced_at.is_distinct_from(at));
    diesel::update(known).set(accounts::bounced_at.eq(at)).execute(conn).await?;
    Ok(())
}

/// Gives a role; giving it twice changes nothing.
pub(super) async fn grant(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    grant: &Grant,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(role_grants::table)
        .values((
            role_grants::id.eq(ids::new(now)),
            role_grants::account_id.eq(account),
            role_grants::role.eq(grant.role),
            role_grants::document_id.eq(grant.document_id),
            role_grants::granted_by.eq(by),
            role_grants::created_at.eq(now),
        ))
        // What a provider's claims have given already is given here as well, and stays when they do not.
        .on_conflict((role_grants::account_id, role_grants::role, role_grants::document_id))
        .do_update()
        .set((
            role_grants::by_provider.eq(false),
            role_grants::held_until.eq(None::<DateTime<Utc>>),
            role_grants::granted_by.eq(by),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The roles that these accounts hold now, oldest first.
pub async fn grants(
    conn: &mut AsyncPgConnection,
    of: &[AccountId],
    now: DateTime<Utc>,
) -> Result<Vec<(AccountId, Grant)>> {
    Ok(role_grants::table
        .filter(role_grants::account_id.eq_any(of))
        .filter(held(now))
        .order(role_grants::id)
        .select((role_grants::account_id, Grant::as_select()))
        .load(conn)
        .await?)
}

/// Those who moderate a document now and can sign in, in the order they were given the role.
pub async fn moderators_of(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<Vec<AccountId>> {
    let mut found: Vec<AccountId> = role_grants::table
        .inner_join(accounts::table.on(accounts::id.eq(role_grants::account_id)))
        .filter(role_grants::role.eq(Role::Moderator))
        .filter(role_grants::document_id.eq(document).or(role_grants::document_id.is_null()))
        .filter(held(now))
        .filter(accounts::disabled_at.is_null())
        .order(role_grants::id)
        .select(role_grants::account_id)
        .load(conn)
        .await?;
    let mut seen = std::collections::HashSet::new();
    found.retain(|account| seen.insert(*account));
    Ok(found)
}

/// Makes a link that is good until `expires_at`.
pub(super) async fn insert_link(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<SignInLinkId> {
    let id = SignInLinkId::new(now);
    diesel::insert_into(sign_in_links::table)
        .values((
            sign_in_links::id.eq(id),
            sign_in_links::account_id.eq(account),
            sign_in_links::expires_at.eq(expires_at),
            sign_in_links::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}

/// Makes a link for whoever has the address of this hash, if anybody has; to be used with what `secret_hash` is of. The
/// same statements whether there is an account or not.
pub(super) async fn request_link(
    conn: &mut AsyncPgConnection,
    email_hash: &[u8],
    secret_hash: &[u8],
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<SignInLinkId> {
    let id = SignInLinkId::new(now);
    diesel::insert_into(sign_in_links::table)
        .values((
            sign_in_links::id.eq(id),
            sign_in_links::email_hash.eq(email_hash),
            sign_in_links::secret_hash.eq(secret_hash),
            sign_in_links::expires_at.eq(expires_at),
            sign_in_links::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(id)
}

/// How many links were asked for with this address since `since`. Whoever asks next waits until this transaction ends.
pub(super) async fn links_since(
    conn: &mut AsyncPgConnection,
    email_hash: &[u8],
    since: DateTime<Utc>,
) -> Result<i64> {
    let lock = email_hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(lock)
        .execute(conn)
        .await?;
    Ok(sign_in_links::table
        .filter(sign_in_links::email_hash.eq(email_hash))
        .filter(sign_in_links::created_at.gt(since))
        .count()
        .get_result(conn)
        .await?)
}

/// Finds out whom a link that was asked for is for, and keeps it.
pub(super) async fn address_link(conn: &mut AsyncPgConnection, id: SignInLinkId) -> Result<()> {
    diesel::sql_query(
        "UPDATE sign_in_links l SET account_id = a.id FROM accounts a
         WHERE l.id = $1 AND l.account_id IS NULL AND a.email_hash = l.email_hash AND a.disabled_at IS NULL",
    )
    .bind::<diesel::sql_types::Uuid, _>(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Throws links away that ended before `before`.
pub async fn purge_links(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<()> {
    diesel::delete(sign_in_links::table.filter(sign_in_links::expires_at.lt(before))).execute(conn).await?;
    Ok(())
}

/// A link, for those who mail it.
pub async fn link(conn: &mut AsyncPgConnection, id: SignInLinkId) -> Result<Option<SignInLink>> {
    Ok(sign_in_links::table.find(id).select(SignInLink::as_select()).first(conn).await.optional()?)
}

/// Marks a link used, if it has not been yet: of two who use it at once, one succeeds.
pub(super) async fn use_link(
    conn: &mut AsyncPgConnection,
    id: SignInLinkId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let unused = sign_in_links::table
        .find(id)
        .filter(sign_in_links::used_at.is_null())
        .filter(sign_in_links::expires_at.gt(now));
    Ok(diesel::update(unused).set(sign_in_links::used_at.eq(now)).execute(conn).await? == 1)
}

/// Puts an unused link's end off.
pub(super) async fn renew_link(
    conn: &mut AsyncPgConnection,
    id: SignInLinkId,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    diesel::update(sign_in_links::table.find(id).filter(sign_in_links::used_at.is_null()))
        .set(sign_in_links::expires_at.eq(expires_at))
        .execute(conn)
        .await?;
    Ok(())
}

/// Who runs the installation now and can sign in, in the order they were given the role.
pub async fn administrators(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<Vec<AccountId>> {
    Ok(role_grants::table
        .inner_join(accounts::table.on(accounts::id.eq(role_grants::account_id)))
        .filter(role_grants::role.eq(Role::Administrator))
        .filter(role_grants::document_id.is_null())
        .filter(held(now))
        .filter(accounts::disabled_at.is_null())
        .order(role_grants::id)
        .select(role_grants::account_id)
        .load(conn)
        .await?)
}
