//! Staying signed in, seeing where one is signed in, and signing out.

use chrono::TimeDelta;
use diesel_async::AsyncConnection;

use super::sign_in::{SignedIn, signed_in};
use crate::{
    context::Context,
    error::{Error, Result, UserErrorCode},
    identity::{
        model::Session,
        queries::sessions as queries,
        viewer::{self, Viewer},
    },
    ids::SessionId,
    seal::{self, PresentedToken, TokenKind},
};

/// How many used refresh tokens back a stolen one is recognised.
const REUSE_WINDOW: i32 = 1000;
/// How long after an exchange a client that lost the answer is given it again, once.
const RETRY: TimeDelta = TimeDelta::seconds(20);

/// Exchanges a refresh token for a new pair. A token that was exchanged before ends its session: either it or its
/// successor is in the wrong hands.
///
/// Only the last token exchanged, once more and within [`RETRY`], is answered as the first time: the client may not have
/// heard the answer. It gets the same successor, so that whichever of two holders exchanges that one second is found out
/// all the same.
pub async fn refresh(ctx: &Context, token: &str) -> Result<SignedIn> {
    let presented = PresentedToken::parse(token.trim()).ok_or_else(bad_refresh)?;
    let id = SessionId(presented.id);
    let now = ctx.clock.now();
    let key = ctx.signing.signer().await?;
    let mut conn = ctx.writer().await?;
    let refreshed = conn
        .transaction(async |conn| -> Result<Option<SignedIn>> {
            let session = queries::lock_session(conn, id).await?.ok_or_else(bad_refresh)?;
            let is_live = queries::is_live(conn, id, session.account_id, now).await?;
            if session.ended_at.is_some() || session.expires_at <= now || !is_live {
                return Err(bad_refresh());
            }
            let of = |generation| ctx.vault.keys().is_genuine(TokenKind::Refresh, &presented, generation);
            if !of(session.generation) {
                if session.retried_at.is_none()
                    && now < session.refreshed_at + RETRY
                    && session.generation > 0
                    && of(session.generation - 1)
                {
                    queries::note_retry(conn, id, now).await?;
                    return signed_in(ctx, &key, session.account_id, id, session.generation).map(Some);
                }
                if was_exchanged(&session, of) {
                    queries::end_session(conn, id, now).await?;
                    return Ok(None);
                }
                return Err(bad_refresh());
            }
            let next = session.generation + 1;
            let signed_in = signed_in(ctx, &key, session.account_id, id, next)?;
            let hash = seal::digest(&[signed_in.refresh_token.as_bytes()]);
            queries::rotate_session(conn, id, next, &hash, now, signed_in.refresh_expires_at).await?;
            Ok(Some(signed_in))
        })
        .await?;
    refreshed.ok_or_else(bad_refresh)
}

fn was_exchanged(session: &Session, of: impl Fn(i32) -> bool) -> bool {
    let oldest = (session.generation - REUSE_WINDOW).max(0);
    (oldest..session.generation).any(of)
}

/// The session that is asking; `BadRequest` for whoever is signed in by other means.
fn own_session(signed_in: &viewer::SignedIn) -> Result<SessionId> {
    if signed_in.session.0.is_nil() {
        let message =
            "You are signed in by your identity provider, which has no session here. Sign out there.";
        return Err(Error::BadRequest(message.into()));
    }
    Ok(signed_in.session)
}

/// Ends the viewer's session: its access tokens are refused from now on.
pub async fn sign_out(ctx: &Context, viewer: &Viewer) -> Result<()> {
    let session = own_session(viewer.require_person()?)?;
    let mut conn = ctx.writer().await?;
    queries::end_session(&mut conn, session, ctx.clock.now()).await
}

/// The viewer's own sessions, the one used last first.
pub async fn sessions_of(ctx: &Context, viewer: &Viewer) -> Result<Vec<Session>> {
    let account = viewer.require_person()?.account;
    queries::live(&mut *ctx.db.get().await?, account, ctx.clock.now()).await
}

/// Ends one of the viewer's sessions.
pub async fn end_session(ctx: &Context, viewer: &Viewer, session: SessionId) -> Result<()> {
    let account = viewer.require_person()?.account;
    let mut conn = ctx.writer().await?;
    if queries::end_own(&mut conn, session, account, ctx.clock.now()).await? {
        return Ok(());
    }
    Err(Error::missing("session"))
}

/// Ends every session of the viewer but the one that is asking, and says how many.
pub async fn end_others(ctx: &Context, viewer: &Viewer) -> Result<usize> {
    let signed_in = viewer.require_person()?;
    let mut conn = ctx.writer().await?;
    queries::end_all(&mut conn, signed_in.account, Some(signed_in.session), ctx.clock.now()).await
}

fn bad_refresh() -> Error {
    Error::refused(
        UserErrorCode::InvalidToken,
        "This refresh token is not valid: it was used, has expired, or its session has ended. Sign in again.",
        &["refreshToken"],
    )
}
