//! Rotating the keys that sign access tokens, with two instances at work.

use answerable::{
    identity::Role,
    signing::{KNOWN_FOR, PUBLISHED_BEFORE},
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::support::TestService;

const VIEWER: &str = "{ viewer { displayName } }";

async fn published(service: &TestService) -> Vec<String> {
    let response = service.anybody().get("/.well-known/jwks.json").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/jwk-set+json");
    let set: Value = response.json().await.unwrap();
    for key in set["keys"].as_array().unwrap() {
        assert_eq!(
            (&key["kty"], &key["crv"], &key["alg"]),
            (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
        );
        assert!(key.get("d").is_none(), "the private half stays here");
    }
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn kid(service: &TestService) -> String {
    let session = crate::identity::session(service).await.1;
    let header = session["accessToken"].as_str().unwrap().split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(header.as_bytes()).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_key_signs_while_old_tokens_are_still_believed_everywhere() {
    let one = TestService::start().await;
    // The second instance has a data directory of its own, so the key it was configured with would be another.
    let arguments = ["--no-worker", "--public-url", &one.base, "--mode", "development"];
    let two = TestService::beside(&one, &arguments).await;
    let first = published(&one).await;
    assert_eq!(first.len(), 1);
    let before = one.signed_in("Mair", Role::Editor, None).await;

    let rotated = one.ctx.signing.rotate(false).await.unwrap();
    assert_eq!(rotated.signs_from, one.clock.now() + PUBLISHED_BEFORE);
    one.advance_with(&two, KNOWN_FOR);
    let both = published(&one).await;
    assert_eq!(both, [first[0].clone(), rotated.kid.clone()]);
    assert_eq!(published(&two).await, both, "every instance publishes it before it signs");
    assert_eq!(kid(&one).await, first[0], "it does not sign yet");
    one.advance_with(&two, PUBLISHED_BEFORE - KNOWN_FOR);
    assert_eq!(kid(&one).await, rotated.kid);
    let after = one.signed_in("Mair", Role::Editor, None).await;
    let there = two.anybody();
    for mair in [&before, &after] {
        assert_eq!(mair.data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");
        let elsewhere = there.with_token(mair.token().unwrap());
        assert_eq!(elsewhere.data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");
    }
    assert_eq!(kid(&two).await, rotated.kid, "and it signs there as well");
    // Until the last token of the old key has ended, and not longer.
    one.advance_with(&two, rotated.others_until - one.clock.now());
    assert_eq!(published(&one).await, std::slice::from_ref(&rotated.kid));
    // Kept sealed, as every secret is.
    assert_eq!(one.count("FROM signing_keys WHERE private_sealed IS NOT NULL").await, 1);
    answerable::signing::purge(&mut one.ctx.db.get().await.unwrap(), one.clock.now()).await.unwrap();
    assert_eq!(one.count("FROM signing_keys").await, 1);
    one.clock.advance(KNOWN_FOR);
    assert_eq!(published(&one).await, [rotated.kid], "the configured key does not come back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_the_wrong_hands_ends_at_once() {
    let service = TestService::start().await;
    let arguments = ["--no-worker", "--public-url", &service.base, "--mode", "development"];
    let other = TestService::beside(&service, &arguments).await;
    let before = service.signed_in("Mair", Role::Editor, None).await;
    let elsewhere = other.anybody().with_token(before.token().unwrap());
    let (somebody, session) = crate::identity::session(&service).await;
    let pending = service.ctx.signing.rotate(false).await.unwrap();
    service.advance_with(&other, KNOWN_FOR);
    elsewhere.data(VIEWER, json!({})).await;
    let rotated = service.ctx.signing.rotate(true).await.unwrap();
    assert_eq!(before.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(
        published(&service).await,
        std::slice::from_ref(&rotated.kid),
        "{} was not used yet",
        pending.kid
    );
    // On the other instances as soon as they read the keys anew.
    service.advance_with(&other, KNOWN_FOR);
    assert_eq!(elsewhere.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // The session itself goes on.
    let refresh = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { session { accessToken } } }";
    let refreshed = somebody.data(refresh, json!({ "token": session["refreshToken"] })).await;
    let token = refreshed["refreshSession"]["session"]["accessToken"].as_str().unwrap();
    assert_eq!(somebody.with_token(token).data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_key_makes_nobody_read_the_database() {
    let service = TestService::start().await;
    let mair = service.signed_in("Mair", Role::Editor, None).await;
    mair.data(VIEWER, json!({})).await;
    let header = BASE64URL_NOPAD.encode(br#"{"alg":"EdDSA","typ":"at+jwt","kid":"unknown"}"#);
    let body = mair.token().unwrap().split_once('.').unwrap().1;
    let forged = service.anybody().with_token(&format!("{header}.{body}"));
    for _ in 0..5 {
        let answered = service.cost(forged.error(VIEWER, json!({}))).await;
        assert_eq!(answered, (0, "UNAUTHENTICATED".into()));
    }
}
