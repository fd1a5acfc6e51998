//! The public halves of the keys that sign access tokens, for whoever verifies them elsewhere (RFC 7517, RFC 8037).

use data_encoding::BASE64URL_NOPAD;
use poem::{Response, handler, http::StatusCode, web::Data};
use serde_json::json;

use super::Served;
use crate::signing::KNOWN_FOR;

/// `GET /.well-known/jwks.json`
#[handler]
pub(super) async fn published(Data(served): Data<&Served>) -> Response {
    let keys = match served.ctx.signing.published().await {
        Ok(keys) => keys,
        Err(error) => {
            tracing::error!(error = %error.report(), "The signing keys could not be read.");
            return Response::builder().status(StatusCode::SERVICE_UNAVAILABLE).finish();
        }
    };
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            let x = BASE64URL_NOPAD.encode(&key.public);
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid, "x": x })
        })
        .collect();
    // A new key is published for longer than this before it signs.
    let cache = format!("public, max-age={}", KNOWN_FOR.num_seconds());
    Response::builder()
        .content_type("application/jwk-set+json")
        .header("cache-control", cache)
        .body(json!({ "keys": keys }).to_string())
}
