//! Signing in by mailed link, staying signed in, signing out.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;

use super::accounts::email_hash;
use crate::{
    context::Context,
    error::{Error, Result, UserErrorCode},
    identity::{
        jobs::SendSignInLink,
        model::Session,
        queries,
        tokens::{self, Bearer},
        viewer::Viewer,
    },
    ids::{AccountId, SessionId, SignInLinkId},
    outbox, seal,
    seal::{PresentedToken, TokenKind},
    text,
};

/// How many minutes a mailed link can be used.
pub const LINK_MINUTES: u8 = 10;
const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(LINK_MINUTES as i64);
/// How many links one account is sent within [`LINK_LIFETIME`]; more would only fill the inbox.
const MAX_LINKS: i64 = 5;
/// How long a session lasts without being refreshed.
const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How many used refresh tokens back a stolen one is recognised.
const REUSE_WINDOW: i32 = 1000;

/// What signing in gives.
#[derive(Debug)]
pub struct SignedIn {
    /// Who has signed in.
    pub account: AccountId,
    /// To be sent as `Authorization: Bearer …`.
    pub access_token: String,
    /// Until when it is good.
    pub access_expires_at: DateTime<Utc>,
    /// To be exchanged for the next pair, once.
    pub refresh_token: String,
    /// Until when that is possible.
    pub refresh_expires_at: DateTime<Utc>,
}

/// Mails a link to the account of this address, if there is one. The answer is the same if there is none, so that
/// nobody learns who has an account.
pub async fn request_link(ctx: &Context, address: &str) -> Result<()> {
    let mut problems = Vec::new();
    let Some(email) = text::email(&mut problems, address, &["email"]) else {
        return Err(Error::Refused(problems));
    };
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        // Locked, so that of many who ask at once no more than the limit are served.
        let account = queries::lock_account_by_email(conn, &email_hash(ctx, &email)).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else { return Ok(()) };
        if queries::links_since(conn, account.id, now - LINK_LIFETIME).await? >= MAX_LINKS {
            return Ok(());
        }
        let link = queries::insert_link(conn, account.id, now, now + LINK_LIFETIME).await?;
        outbox::enqueue(conn, now, &SendSignInLink { link }).await?;
        Ok(())
    })
    .await
}

/// Exchanges the token of a mailed link for a session.
pub async fn sign_in(ctx: &Context, token: &str) -> Result<SignedIn> {
    let presented = PresentedToken::parse(token.trim()).ok_or_else(bad_link)?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let id = SignInLinkId(presented.id);
        let link = queries::link(conn, id).await?.ok_or_else(bad_link)?;
        let genuine = ctx.vault.keys().is_genuine(TokenKind::SignIn, &presented, link.generation);
        if !genuine || !queries::use_link(conn, id, now).await? {
            return Err(bad_link());
        }
        let accounts = queries::accounts(conn, &[link.account_id]).await?;
        if accounts.iter().all(|account| account.disabled_at.is_some()) {
            return Err(bad_link());
        }
        // The link has reached them, so mail does.
        queries::set_bounced(conn, link.account_id, None).await?;
        let session = SessionId::new(now);
        let signed_in = signed_in(ctx, link.account_id, session, 0)?;
        let hash = seal::digest(&[signed_in.refresh_token.as_bytes()]);
        queries::insert_session(conn, session, link.account_id, &hash, now, signed_in.refresh_expires_at)
            .await?;
        Ok(signed_in)
    })
    .await
}

/// Exchanges a refresh token for a new pair. A token that was exchanged before ends its session: either it or its
/// successor is in the wrong hands.
pub async fn refresh(ctx: &Context, token: &str) -> Result<SignedIn> {
    let presented = PresentedToken::parse(token.trim()).ok_or_else(bad_refresh)?;
    let id = SessionId(presented.id);
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let refreshed = conn
        .transaction(async |conn| -> Result<Option<SignedIn>> {
            let session = queries::lock_session(conn, id).await?.ok_or_else(bad_refresh)?;
            if session.ended_at.is_some() || session.expires_at <= now {
                return Err(bad_refresh());
            }
            if !ctx.vault.keys().is_genuine(TokenKind::Refresh, &presented, session.generation) {
                if was_exchanged(ctx, &presented, &session) {
                    queries::end_session(conn, id, now).await?;
                    return Ok(None);
                }
                return Err(bad_refresh());
            }
            if !queries::is_live(conn, id, session.account_id, now).await? {
                return Err(bad_refresh());
            }
            let signed_in = signed_in(ctx, session.account_id, id, session.generation + 1)?;
            let hash = seal::digest(&[signed_in.refresh_token.as_bytes()]);
            let until = signed_in.refresh_expires_at;
            queries::rotate_session(conn, id, session.generation + 1, &hash, now, until).await?;
            Ok(Some(signed_in))
        })
        .await?;
    refreshed.ok_or_else(bad_refresh)
}

/// Ends the viewer's session: its access tokens are refused from now on.
pub async fn sign_out(ctx: &Context, viewer: &Viewer) -> Result<()> {
    let session = viewer.require()?.session;
    let mut conn = ctx.writer().await?;
    queries::end_session(&mut conn, session, ctx.clock.now()).await
}

fn was_exchanged(ctx: &Context, presented: &PresentedToken, session: &Session) -> bool {
    let oldest = (session.generation - REUSE_WINDOW).max(0);
    (oldest..session.generation)
        .any(|generation| ctx.vault.keys().is_genuine(TokenKind::Refresh, presented, generation))
}

fn signed_in(ctx: &Context, account: AccountId, session: SessionId, generation: i32) -> Result<SignedIn> {
    let (access_token, access_expires_at) = tokens::issue(ctx, Bearer { account, session })?;
    Ok(SignedIn {
        account,
        access_token,
        access_expires_at,
        refresh_token: ctx.vault.keys().token(TokenKind::Refresh, session.0, generation),
        refresh_expires_at: ctx.clock.now() + SESSION_LIFETIME,
    })
}

fn bad_link() -> Error {
    Error::refused(
        UserErrorCode::InvalidToken,
        "This sign-in link is not valid: it was used, has expired or was not copied whole. Ask for a new one.",
        &["token"],
    )
}

fn bad_refresh() -> Error {
    Error::refused(
        UserErrorCode::InvalidToken,
        "This refresh token is not valid: it was used, has expired, or its session has ended. Sign in again.",
        &["refreshToken"],
    )
}
