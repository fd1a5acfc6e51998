//! Access tokens: short-lived JWTs (RFC 7519) signed with Ed25519 (`EdDSA`, RFC 8037).

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Result},
    ids::{AccountId, SessionId},
    signing::{SigningKey, TOKEN_LIFETIME},
};

/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// Whom the tokens are for.
const AUDIENCE: &str = "answerable";
/// The media type of access tokens (RFC 9068, section 2.1): no other token of ours is one.
const TYPE: &str = "at+jwt";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Who signed in.
    pub account: AccountId,
    /// With which session.
    pub session: SessionId,
}

/// Signs a token for `bearer` and says when it ends.
pub fn issue(ctx: &Context, key: &SigningKey, bearer: Bearer) -> Result<(String, DateTime<Utc>)> {
    let now = ctx.clock.now();
    let expires_at = now + TOKEN_LIFETIME;
    let claims = Claims {
        iss: ctx.public_url.to_string(),
        aud: AUDIENCE.into(),
        sub: bearer.account.to_string(),
        sid: bearer.session.to_string(),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: expires_at.timestamp(),
    };
    let header =
        Header { kid: Some(key.kid.clone()), typ: Some(TYPE.into()), ..Header::new(Algorithm::EdDSA) };
    let secret = EncodingKey::from_ed_der(key.private());
    let token = jsonwebtoken::encode(&header, &claims, &secret).map_err(Error::internal)?;
    Ok((token, expires_at))
}

/// Reads a token; `Unauthenticated` for one that is not ours, altered, or over.
pub async fn verify(ctx: &Context, token: &str) -> Result<Bearer> {
    let refused = || {
        Error::Unauthenticated("The access token is not valid here. Sign in again to get a new one.".into())
    };
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
    // A client that must understand an extension (RFC 7515, 4.1.11) understands none here.
    let is_ours = header.alg == Algorithm::EdDSA
        && header.typ.as_deref().is_some_and(|given| is_type(given, TYPE))
        && header.crit.is_none();
    let Some(kid) = header.kid.filter(|_| is_ours) else { return Err(refused()) };
    let key = ctx.signing.verifier(&kid).await?.ok_or_else(refused)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[&*ctx.public_url]);
    validation.set_required_spec_claims(&["aud", "iss"]);
    // The library asks the system for the time; ours is compared below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let public = DecodingKey::from_ed_der(&key.public);
    let claims = jsonwebtoken::decode::<Claims>(token, &public, &validation).map_err(|_| refused())?.claims;
    let now = ctx.clock.now();
    if now.timestamp() >= claims.exp {
        return Err(Error::Unauthenticated(
            "The access token has expired. Exchange the refresh token for a new one, or sign in again."
                .into(),
        ));
    }
    if (now + LEEWAY).timestamp() < claims.nbf {
        return Err(refused());
    }
    Ok(Bearer {
        account: claims.sub.parse().map_err(|_| refused())?,
        session: claims.sid.parse().map_err(|_| refused())?,
    })
}

/// Whether a header's `typ` names this type, with or without `application/` before it (RFC 7515, 4.1.9).
fn is_type(given: &str, wanted: &str) -> bool {
    let given = given.to_ascii_lowercase();
    given.strip_prefix("application/").unwrap_or(&given) == wanted
}
