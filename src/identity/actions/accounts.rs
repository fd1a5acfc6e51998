//! Accounts themselves: making them, finding their address, and telling who is asking.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;

use crate::{
    context::Context,
    error::{Error, Result},
    identity::{
        api_tokens,
        model::{Account, Grant, Role, SignInLink},
        queries::{self, NewAccount},
        tokens,
        viewer::{SignedIn, Viewer},
    },
    ids::{AccountId, SessionId, SignInLinkId},
    mail::EmailAddress,
    seal::TokenKind,
    vault::Class,
};

/// Scope of the hash that finds an account by its address.
const EMAIL_SCOPE: &[u8] = b"accounts.email";

/// The keyed hash an account is found by.
pub(super) fn email_hash(ctx: &Context, email: &EmailAddress) -> Vec<u8> {
    ctx.vault.keys().lookup_hash(EMAIL_SCOPE, &email.normalised())
}

/// Who asks with this token: an account that may sign in, with a session that has not ended; a program with an API token;
/// or somebody for whom the outside identity provider vouches.
pub async fn viewer_of_token(ctx: &Context, token: &str) -> Result<Viewer> {
    if api_tokens::is_one(token) {
        return super::api_tokens::viewer_of(ctx, token).await;
    }
    if let Some(provider) = ctx.provider.as_ref().filter(|provider| provider.has_issued(token)) {
        return super::outside::viewer_of(ctx, provider, token).await;
    }
    let bearer = tokens::verify(ctx, token).await?;
    let now = ctx.clock.now();
    let mut conn = ctx.db.get().await?;
    if !queries::sessions::is_live(&mut conn, bearer.session, bearer.account, now).await? {
        return Err(Error::Unauthenticated("This session has ended. Sign in again.".into()));
    }
    let grants = queries::grants(&mut conn, &[bearer.account], now).await?;
    let grants = grants.into_iter().map(|(_, grant)| grant).collect();
    Ok(Viewer::signed_in(SignedIn { account: bearer.account, session: bearer.session, grants }))
}

/// Somebody who acts by a link that was mailed to them, with the roles they have now; nothing where the account may not
/// sign in. They have no session.
pub async fn acting_as(
    conn: &mut AsyncPgConnection,
    account: &Account,
    now: DateTime<Utc>,
) -> Result<Option<Viewer>> {
    if account.disabled_at.is_some() {
        return Ok(None);
    }
    let grants = queries::grants(conn, &[account.id], now).await?;
    let grants = grants.into_iter().map(|(_, grant)| grant).collect();
    let session = SessionId(uuid::Uuid::nil());
    Ok(Some(Viewer::signed_in(SignedIn { account: account.id, session, grants })))
}

/// The account of an address.
pub async fn by_email(ctx: &Context, email: &EmailAddress) -> Result<Option<Account>> {
    queries::account_by_email(&mut *ctx.db.get().await?, &email_hash(ctx, email)).await
}

/// The account of `email`, made if there is none; a name that is there already stays.
pub(super) async fn find_or_make(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    email: &EmailAddress,
    display_name: &str,
) -> Result<AccountId> {
    let now = ctx.clock.now();
    let hash = email_hash(ctx, email);
    if let Some(account) = queries::account_by_email(conn, &hash).await? {
        return Ok(account.id);
    }
    let id = AccountId::new(now);
    let key = ctx.vault.key(Class::Account, None).await?;
    let email_sealed =
        Some(key.seal(Account::email_place(id), email.as_str().as_bytes()).map_err(Error::internal)?);
    let new = NewAccount { id, display_name, email_sealed, email_hash: Some(&hash), now };
    if let Some(id) = queries::insert_account(conn, new).await? {
        return Ok(id);
    }
    // Somebody made it at the same moment.
    let account = queries::account_by_email(conn, &hash).await?;
    account.map(|account| account.id).ok_or_else(|| Error::missing("account"))
}

/// Makes an account with a role, or gives the role to the account that is there.
pub async fn add_account(
    ctx: &Context,
    email: &EmailAddress,
    display_name: &str,
    grants: &[Grant],
) -> Result<AccountId> {
    // The data key is committed on a connection of its own, before one is held here.
    ctx.vault.key(Class::Account, None).await?;
    let mut conn = ctx.writer().await?;
    let id = find_or_make(ctx, &mut conn, email, display_name).await?;
    for grant in grants {
        queries::grant(&mut conn, id, grant, None, ctx.clock.now()).await?;
    }
    Ok(id)
}

/// Gives a role to an account, on behalf of whoever runs the service. Giving it twice changes nothing.
pub async fn give_role(ctx: &Context, account: AccountId, role: &Grant) -> Result<()> {
    queries::grant(&mut *ctx.db.get().await?, account, role, None, ctx.clock.now()).await
}

/// The first administrator, made under `email` where there is none, and whether they have signed in yet.
pub async fn ensure_first_administrator(ctx: &Context, email: &EmailAddress) -> Result<(AccountId, bool)> {
    let mut conn = ctx.db.get().await?;
    let known = queries::administrators(&mut conn, ctx.clock.now()).await?.into_iter().next();
    if let Some(account) = known {
        return Ok((account, queries::sessions::has_signed_in(&mut conn, account).await?));
    }
    drop(conn);
    let role = Grant { role: Role::Administrator, document_id: None };
    Ok((add_account(ctx, email, "Administrator", &[role]).await?, false))
}

/// Makes a sign-in link that is good for `lifetime`.
pub async fn make_link(ctx: &Context, account: AccountId, lifetime: TimeDelta) -> Result<SignInLinkId> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    queries::insert_link(&mut conn, account, now, now + lifetime).await
}

/// The link that is to be mailed, with whom it is for where somebody of that address may sign in.
pub async fn link_to_mail(ctx: &Context, link: SignInLinkId) -> Result<Option<SignInLink>> {
    let mut conn = ctx.db.get().await?;
    queries::address_link(&mut conn, link).await?;
    queries::link(&mut conn, link).await
}

/// Gives an unused link that has run out before it was mailed another `lifetime`.
pub async fn renew_link(ctx: &Context, link: SignInLinkId, lifetime: TimeDelta) -> Result<()> {
    queries::renew_link(&mut *ctx.db.get().await?, link, ctx.clock.now() + lifetime).await
}

/// The address of the page that a link opens.
pub fn sign_in_url(ctx: &Context, link: SignInLinkId, generation: i32) -> String {
    let token = ctx.vault.keys().token(TokenKind::SignIn, link.0, generation);
    ctx.link(&format!("/sign-in?token={token}"))
}

/// The e-mail address of an account, opened; nothing where it has none.
pub async fn address_of(ctx: &Context, account: &Account) -> Result<Option<EmailAddress>> {
    let Some(sealed) = &account.email_sealed else { return Ok(None) };
    let text = ctx.vault.open_text(Account::email_place(account.id), sealed).await?;
    EmailAddress::parse(&text).map(Some).map_err(Error::internal)
}

impl SignInLink {
    /// Whether it can still be used at this moment.
    pub fn is_good(&self, now: chrono::DateTime<chrono::Utc>) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}
