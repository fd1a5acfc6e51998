//! Access tokens: short-lived JWTs (RFC 7519) signed with Ed25519 (`EdDSA`, RFC 8037).

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Result},
    ids::{AccountId, SessionId},
    seal,
};

/// How long an access token is good.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// Whom the tokens are for.
const AUDIENCE: &str = "answerable";

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
pub fn issue(ctx: &Context, bearer: Bearer) -> Result<(String, DateTime<Utc>)> {
    let now = ctx.clock.now();
    let expires_at = now + LIFETIME;
    let claims = Claims {
        iss: ctx.public_url.to_string(),
        aud: AUDIENCE.into(),
        sub: bearer.account.to_string(),
        sid: bearer.session.to_string(),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: expires_at.timestamp(),
    };
    let header = Header {
        kid: Some(seal::key_id(&ctx.loaded_keys.signing_public)),
        typ: Some("at+jwt".into()),
        ..Header::new(Algorithm::EdDSA)
    };
    let key = EncodingKey::from_ed_der(&ctx.loaded_keys.signing_pkcs8);
    let token = jsonwebtoken::encode(&header, &claims, &key).map_err(Error::internal)?;
    Ok((token, expires_at))
}

/// Reads a token; `Unauthenticated` for one that is not ours, altered, or over.
pub fn verify(ctx: &Context, token: &str) -> Result<Bearer> {
    let refused = || {
        Error::Unauthenticated("The access token is not valid here. Sign in again to get a new one.".into())
    };
    let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
    if header.kid != Some(seal::key_id(&ctx.loaded_keys.signing_public)) {
        return Err(refused());
    }
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[&*ctx.public_url]);
    // The library asks the system for the time; ours is compared below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let key = DecodingKey::from_ed_der(&ctx.loaded_keys.signing_public);
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| refused())?.claims;
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
