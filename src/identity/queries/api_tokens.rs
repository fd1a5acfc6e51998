//! Tokens for programs.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::{
    db::schema::{accounts, api_tokens},
    error::Result,
    identity::{Scope, model::ApiToken},
    ids::{AccountId, ApiTokenId, DocumentId},
};

/// A token to be made.
pub(in crate::identity) struct NewApiToken<'a> {
    pub id: ApiTokenId,
    pub account: AccountId,
    pub name: &'a str,
    pub scopes: &'a [Scope],
    pub document: Option<DocumentId>,
    pub token_hash: &'a [u8],
    pub by: AccountId,
    pub now: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Makes a token.
pub(in crate::identity) async fn insert(
    conn: &mut AsyncPgConnection,
    new: NewApiToken<'_>,
) -> Result<ApiToken> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    Ok(diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(new.id),
            api_tokens::account_id.eq(new.account),
            api_tokens::name.eq(new.name),
            api_tokens::scopes.eq(scopes),
            api_tokens::document_id.eq(new.document),
            api_tokens::token_hash.eq(new.token_hash),
            api_tokens::created_by.eq(new.by),
            api_tokens::created_at.eq(new.now),
            api_tokens::expires_at.eq(new.expires_at),
        ))
        .returning(ApiToken::as_returning())
        .get_result(conn)
        .await?)
}

/// The token of this digest, if it is good and whom it acts for may sign in.
pub(in crate::identity) async fn presented(
    conn: &mut AsyncPgConnection,
    digest: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<ApiToken>> {
    Ok(api_tokens::table
        .inner_join(accounts::table.on(accounts::id.eq(api_tokens::account_id)))
        .filter(api_tokens::token_hash.eq(digest))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .filter(accounts::disabled_at.is_null())
        .select(ApiToken::as_select())
        .first(conn)
        .await
        .optional()?)
}

/// Notes the hour in which a token was used.
pub(in crate::identity) async fn note_use(
    conn: &mut AsyncPgConnection,
    id: ApiTokenId,
    hour: DateTime<Utc>,
) -> Result<()> {
    let earlier = api_tokens::last_used_at.is_null().or(api_tokens::last_used_at.lt(hour));
    diesel::update(api_tokens::table.find(id).filter(earlier))
        .set(api_tokens::last_used_at.eq(hour))
        .execute(conn)
        .await?;
    Ok(())
}

/// A token, locked until the transaction ends.
pub(in crate::identity) async fn lock(
    conn: &mut AsyncPgConnection,
    id: ApiTokenId,
) -> Result<Option<ApiToken>> {
    Ok(api_tokens::table.find(id).for_update().select(ApiToken::as_select()).first(conn).await.optional()?)
}

/// Ends a token.
pub(in crate::identity) async fn revoke(
    conn: &mut AsyncPgConnection,
    id: ApiTokenId,
    now: DateTime<Utc>,
) -> Result<ApiToken> {
    Ok(diesel::update(api_tokens::table.find(id))
        .set(api_tokens::revoked_at.eq(now))
        .returning(ApiToken::as_returning())
        .get_result(conn)
        .await?)
}

/// Ends every token of an account.
pub(in crate::identity) async fn revoke_all(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let live =
        api_tokens::table.filter(api_tokens::account_id.eq(account)).filter(api_tokens::revoked_at.is_null());
    diesel::update(live).set(api_tokens::revoked_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// How many tokens of an account are good.
pub(in crate::identity) async fn count_live(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(api_tokens::table
        .filter(api_tokens::account_id.eq(account))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .count()
        .get_result(conn)
        .await?)
}

/// The tokens of these accounts that ended after `since` or have not ended, oldest first.
pub async fn of(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
    since: DateTime<Utc>,
) -> Result<Vec<ApiToken>> {
    Ok(api_tokens::table
        .filter(api_tokens::account_id.eq_any(accounts))
        .filter(api_tokens::expires_at.gt(since))
        .filter(api_tokens::revoked_at.is_null().or(api_tokens::revoked_at.gt(since)))
        .order(api_tokens::id)
        .select(ApiToken::as_select())
        .load(conn)
        .await?)
}
