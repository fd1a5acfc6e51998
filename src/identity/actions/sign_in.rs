//! Signing in by mailed link. Asking for one costs the same and answers the same whether there is an account or not: whom
//! it is for is found out when it is mailed.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel_async::AsyncConnection;

use super::accounts::email_hash;
use crate::{
    context::Context,
    error::{Error, Result, UserErrorCode},
    identity::{
        jobs::SendSignInLink,
        queries,
        tokens::{self, Bearer},
        viewer::Viewer,
    },
    ids::{AccountId, SessionId, SignInLinkId},
    outbox, seal,
    seal::{PresentedToken, TokenKind},
    signing::SigningKey,
    text,
};

/// How many minutes a mailed link can be used.
pub const LINK_MINUTES: u8 = 10;
const LINK_LIFETIME: TimeDelta = TimeDelta::minutes(LINK_MINUTES as i64);
/// How many links one address is sent within [`LINK_LIFETIME`], whoever asks; more would only fill the inbox.
const MAX_LINKS: i64 = 30;
/// How long a session lasts without being refreshed.
const SESSION_LIFETIME: TimeDelta = TimeDelta::days(30);
/// How many bytes the secret of the client that asks for a link has.
const SECRET_BYTES: usize = 32;

/// What signing in gives.
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

/// Mails a link to the account of this address, if there is one, and returns the secret that the link works with: the one
/// given, from an earlier request of the same client, or a new one. Whoever reads the mail elsewhere does not have it.
///
/// One place gets few links for one address, so that it cannot use up what all places together get for it: then its owner
/// could not sign in. Beyond either the answer is the same, and nothing is mailed.
pub async fn request_link(
    ctx: &Context,
    viewer: &Viewer,
    address: &str,
    secret: Option<&str>,
) -> Result<String> {
    let mut problems = Vec::new();
    let Some(email) = text::email(&mut problems, address, &["email"]) else {
        return Err(Error::Refused(problems));
    };
    let secret = match secret {
        Some(given) if is_secret(given) => given.to_owned(),
        Some(_) => {
            let message = "This is no secret that an earlier request was answered with. Leave it out.";
            return Err(Error::refused(UserErrorCode::InvalidToken, message, &["secret"]));
        }
        None => BASE64URL_NOPAD.encode(&seal::random::<SECRET_BYTES>().map_err(Error::internal)?),
    };
    let now = ctx.clock.now();
    let hash = email_hash(ctx, &email);
    let place = viewer.origin().map(|origin| [&origin.0, hash.as_slice()].concat());
    if place.is_some_and(|place| ctx.limits.links.count(&place, "").is_err()) {
        return Ok(secret);
    }
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if queries::links_since(conn, &hash, now - LINK_LIFETIME).await? >= MAX_LINKS {
            return Ok(secret);
        }
        let digest = secret_hash(&secret);
        let link = queries::request_link(conn, &hash, &digest, now, now + LINK_LIFETIME).await?;
        outbox::enqueue(conn, now, &SendSignInLink { link }).await?;
        Ok(secret)
    })
    .await
}

/// Exchanges the token of a mailed link for a session. A link that somebody asked for works with the secret that their
/// client was given; without it nothing happens to the link.
pub async fn sign_in(ctx: &Context, viewer: &Viewer, token: &str, secret: Option<&str>) -> Result<SignedIn> {
    let presented = PresentedToken::parse(token.trim()).ok_or_else(bad_link)?;
    let now = ctx.clock.now();
    let key = ctx.signing.signer().await?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let id = SignInLinkId(presented.id);
        let link = queries::link(conn, id).await?.ok_or_else(bad_link)?;
        let genuine = ctx.vault.keys().is_genuine(TokenKind::SignIn, &presented, link.generation);
        let Some(account) = link.account_id.filter(|_| genuine && link.is_good(now)) else {
            return Err(bad_link());
        };
        if let Some(wanted) = &link.secret_hash {
            // Digests of 256 random bits: how far they agree says nothing about either.
            if secret.is_none_or(|given| secret_hash(given) != *wanted) {
                return Err(other_client());
            }
        }
        if !queries::use_link(conn, id, now).await? {
            return Err(bad_link());
        }
        let accounts = queries::accounts(conn, &[account]).await?;
        if accounts.iter().all(|account| account.disabled_at.is_some()) {
            return Err(bad_link());
        }
        // The link has reached them, so mail does.
        queries::set_bounced(conn, account, None).await?;
        let session = SessionId::new(now);
        let signed_in = signed_in(ctx, &key, account, session, 0)?;
        let hash = seal::digest(&[signed_in.refresh_token.as_bytes()]);
        let until = signed_in.refresh_expires_at;
        queries::sessions::insert_session(conn, session, account, &hash, viewer.device(), now, until).await?;
        Ok(signed_in)
    })
    .await
}

/// A fresh access token, and the refresh token of this generation.
pub(super) fn signed_in(
    ctx: &Context,
    key: &SigningKey,
    account: AccountId,
    session: SessionId,
    generation: i32,
) -> Result<SignedIn> {
    let (access_token, access_expires_at) = tokens::issue(ctx, key, Bearer { account, session })?;
    Ok(SignedIn {
        account,
        access_token,
        access_expires_at,
        refresh_token: ctx.vault.keys().token(TokenKind::Refresh, session.0, generation),
        refresh_expires_at: ctx.clock.now() + SESSION_LIFETIME,
    })
}

/// Whether this has the form of a secret that a request for a link is answered with.
pub fn is_secret(given: &str) -> bool {
    given.len() == BASE64URL_NOPAD.encode_len(SECRET_BYTES)
        && BASE64URL_NOPAD.decode(given.as_bytes()).is_ok()
}

fn secret_hash(secret: &str) -> Vec<u8> {
    seal::digest(&[b"sign-in secret", secret.trim().as_bytes()])
}

fn bad_link() -> Error {
    Error::refused(
        UserErrorCode::InvalidToken,
        "This sign-in link is not valid: it was used, has expired or was not copied whole. Ask for a new one.",
        &["token"],
    )
}

fn other_client() -> Error {
    Error::refused(
        UserErrorCode::OtherClient,
        "This link was asked for in another browser or program, and works only there. Copy its address and open it where you asked, or ask for a new link here. If you did not ask for it, do nothing.",
        &["secret"],
    )
}
