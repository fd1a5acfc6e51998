//! Signing in by mailed link, tokens, invitations.

mod desk;

use answerable::{
    db::Target,
    identity::{Role, actions},
    ids::AccountId,
};
use aws_lc_rs::signature::Ed25519KeyPair;
use data_encoding::BASE64URL_NOPAD;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use crate::{
    limits::comes_about,
    support::{Actor, TestService, contributions::text, postgres, smtp::SmtpServer},
};

const REQUEST: &str =
    "mutation($email: String!) { requestSignInLink(input: { email: $email }) { sent errors { code } } }";
const ASK: &str = "mutation($email: String!, $secret: String) {
  requestSignInLink(input: { email: $email, secret: $secret }) { sent secret errors { code path } } }";
const SIGN_IN: &str =
    "mutation($token: String!, $secret: String) { signIn(input: { token: $token, secret: $secret }) {
  session { accessToken accessTokenExpiresAt refreshToken } account { displayName } errors { code } } }";
const REFRESH: &str = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
  session { accessToken refreshToken } errors { code } } }";
const VIEWER: &str = "{ viewer { id displayName email roles { role document { slug } } } }";

async fn mailed_token(smtp: &SmtpServer, mails: usize) -> String {
    let mails = smtp.wait_for(mails).await;
    let link = mails.last().unwrap().read().link("/sign-in?token=");
    link.split_once("token=").unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailed_link_signs_in_once() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    service.signed_in("Mair Rees", Role::Editor, None).await;
    let somebody = service.anybody();
    let known = somebody.ask(REQUEST, json!({ "email": "Mair.Rees@EXAMPLE.org" })).await;
    let unknown = somebody.ask(REQUEST, json!({ "email": "nobody@example.org" })).await;
    assert_eq!(known, unknown, "nobody learns who has an account");
    mailed_token(&smtp, 1).await;
    let asked = somebody.data(ASK, json!({ "email": "mair.rees@example.org" })).await;
    let token = mailed_token(&smtp, 2).await;
    let secret = text(&asked["requestSignInLink"]["secret"]);

    let signed_in = somebody.data(SIGN_IN, json!({ "token": token, "secret": secret })).await;
    assert_eq!(signed_in["signIn"]["account"]["displayName"], "Mair Rees");
    assert_eq!(signed_in["signIn"]["session"]["accessTokenExpiresAt"], "2027-03-01T09:15:00Z");
    let mair = somebody.with_token(&text(&signed_in["signIn"]["session"]["accessToken"]));
    let viewer = mair.data(VIEWER, json!({})).await;
    assert_eq!(viewer["viewer"]["email"], "mair.rees@example.org");
    assert_eq!(viewer["viewer"]["roles"], json!([{ "role": "EDITOR", "document": null }]));

    assert_eq!(
        somebody.refusals(SIGN_IN, json!({ "token": token, "secret": secret })).await,
        ["INVALID_TOKEN"],
        "a link works once"
    );
    assert_eq!(somebody.data(VIEWER, json!({})).await["viewer"], Value::Null);
    assert_eq!(smtp.messages().len(), 2, "nobody else was written to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_use_a_link_at_once_one_is_signed_in() {
    let service = TestService::start().await;
    service.signed_in("Mair", Role::Editor, None).await;
    let email = answerable::mail::EmailAddress::parse("mair@example.org").unwrap();
    let account = actions::by_email(&service.ctx, &email).await.unwrap().unwrap();
    let link = actions::make_link(&service.ctx, account.id, chrono::TimeDelta::hours(1)).await.unwrap();
    let url = actions::sign_in_url(&service.ctx, link, 0);
    let token = json!({ "token": url.split_once("token=").unwrap().1 });
    let mut held = Target::parse(&service.database_url, None).unwrap().dial(None).await.unwrap();
    held.batch_execute("BEGIN; SELECT 1 FROM sign_in_links FOR UPDATE").await.unwrap();
    let somebody = service.anybody();
    let (one, two, ()) =
        tokio::join!(somebody.data(SIGN_IN, token.clone()), somebody.data(SIGN_IN, token.clone()), async {
            let both_wait = "FROM (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                             AND wait_event_type = 'Lock' HAVING count(*) = 2) AS both_wait";
            comes_about(&service, both_wait).await;
            held.batch_execute("COMMIT").await.unwrap();
        });
    let signed_in = [&one, &two].map(|answer| answer["signIn"]["session"].is_object());
    assert!(signed_in[0] != signed_in[1], "{one:#} {two:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_leaves_the_same_whether_there_is_an_account_or_not() {
    let service = TestService::start().await;
    service.signed_in("Mair", Role::Editor, None).await;
    let before = service.count("FROM sign_in_links").await;
    let mut cost = Vec::new();
    for email in ["mair@example.org", "nobody@example.org"] {
        // Each from a place of its own: a place has its share of links.
        let mut least = u64::MAX;
        for place in 11..14 {
            let there = service.anybody().at_address(&format!("127.0.0.{place}"));
            least = least.min(service.cost(there.data(ASK, json!({ "email": email }))).await.0);
        }
        cost.push(least);
    }
    assert_eq!(cost[0], cost[1], "the same statements");
    assert_eq!(service.count("FROM sign_in_links").await, before + 6);
    assert_eq!(service.count("FROM jobs WHERE kind = 'identity.send_sign_in_link'").await, 6);
    assert_eq!(
        service.count("FROM sign_in_links WHERE secret_hash IS NOT NULL AND account_id IS NOT NULL").await,
        0
    );
    service.work().await;
    assert_eq!(
        service.count("FROM sign_in_links WHERE secret_hash IS NOT NULL AND account_id IS NOT NULL").await,
        3
    );
    // More than five in ten minutes are answered alike and come to nothing, for whoever it is.
    for email in ["mair@example.org", "nobody@example.org"] {
        for _ in 0..6 {
            assert_eq!(
                service.anybody().data(ASK, json!({ "email": email })).await["requestSignInLink"]["sent"],
                true
            );
        }
    }
    assert_eq!(service.count("FROM sign_in_links").await, before + 16);
    // Whoever asks from elsewhere gets theirs even so.
    service.anybody().at_address("127.0.0.2").data(ASK, json!({ "email": "mair@example.org" })).await;
    assert_eq!(service.count("FROM sign_in_links").await, before + 17);
    // Wherever it is asked from, nobody is sent more than thirty.
    for place in 3..9 {
        let there = service.anybody().at_address(&format!("127.0.0.{place}"));
        for _ in 0..5 {
            there.data(ASK, json!({ "email": "mair@example.org" })).await;
        }
    }
    assert_eq!(service.count("FROM sign_in_links").await, before + 17 + 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_only_for_the_client_that_asked() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    service.signed_in("Mair", Role::Editor, None).await;
    let somebody = service.anybody();
    let ask = async |secret: Option<&str>| {
        let asked = somebody.data(ASK, json!({ "email": "mair@example.org", "secret": secret })).await;
        text(&asked["requestSignInLink"]["secret"])
    };
    let secret = ask(None).await;
    let token = mailed_token(&smtp, 1).await;
    let elsewhere = ask(None).await;
    assert_ne!(secret, elsewhere);
    // Before the third is asked for: two that are sent at the same time come in any order.
    mailed_token(&smtp, 2).await;
    for wrong in [Value::Null, json!(""), json!(elsewhere), json!("A".repeat(43))] {
        let refused = somebody.refusals(SIGN_IN, json!({ "token": token, "secret": wrong })).await;
        assert_eq!(refused, ["OTHER_CLIENT"], "{wrong}");
    }
    // Nothing of that used the link up, and a client that asks twice can use either link.
    assert_eq!(ask(Some(&secret)).await, secret);
    let second = mailed_token(&smtp, 3).await;
    for token in [second, token] {
        let signed_in = somebody.data(SIGN_IN, json!({ "token": token, "secret": secret })).await;
        assert_eq!(signed_in["signIn"]["account"]["displayName"], "Mair", "{signed_in}");
    }
    // A secret of somebody's own choosing is none.
    let chosen = json!({ "email": "mair@example.org", "secret": "hunter2" });
    assert_eq!(somebody.refusals(ASK, chosen).await, ["INVALID_TOKEN"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_works_for_ten_minutes_and_only_the_whole_of_it() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    service.signed_in("Mair", Role::Editor, None).await;
    let somebody = service.anybody();
    let asked = somebody.data(ASK, json!({ "email": "mair@example.org" })).await;
    let secret = text(&asked["requestSignInLink"]["secret"]);
    let token = mailed_token(&smtp, 1).await;
    for wrong in ["", &token[..20], &token.to_lowercase(), &"A".repeat(48)] {
        assert_eq!(somebody.refusals(SIGN_IN, json!({ "token": wrong })).await, ["INVALID_TOKEN"], "{wrong}");
    }
    service.clock.advance(chrono::TimeDelta::minutes(10));
    assert_eq!(
        somebody.refusals(SIGN_IN, json!({ "token": token, "secret": secret })).await,
        ["INVALID_TOKEN"]
    );
    assert_eq!(somebody.refusals(REQUEST, json!({ "email": "mair" })).await, ["INVALID_EMAIL"; 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_the_link_changes_nothing_and_the_button_signs_in() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    service.signed_in("Mair", Role::Editor, None).await;
    let somebody = service.anybody();
    let asked = somebody.post("/sign-in/link").form(&[("email", "mair@example.org")]).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let cookie = asked.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split_once(';').unwrap().0;
    let token = mailed_token(&smtp, 1).await;
    for _ in 0..3 {
        let page = somebody.get(&format!("/sign-in?token={token}")).send().await.unwrap();
        assert_eq!(page.status(), 200);
    }
    // In another browser it says what to do, and stays good.
    let elsewhere = somebody.post("/sign-in").form(&[("token", &token)]).send().await.unwrap();
    assert_eq!(elsewhere.status(), 400);
    let elsewhere = elsewhere.text().await.unwrap();
    assert!(elsewhere.contains("asked for in another browser") && elsewhere.contains("still good there"));
    let press =
        || somebody.post("/sign-in").header("cookie", format!("a=b; {cookie}")).form(&[("token", &token)]);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let page = press().header("user-agent", firefox).send().await.unwrap();
    assert_eq!(
        (page.status().as_u16(), page.headers()["cache-control"].to_str().unwrap()),
        (200, "no-store")
    );
    assert!(page.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"), "the secret is done with");
    let page = page.text().await.unwrap();
    assert!(page.contains("Mair") && page.contains("/explorer#token="), "{page}");
    assert_eq!(service.count("FROM sessions WHERE device = 'Firefox on Linux'").await, 1);
    assert_eq!(press().send().await.unwrap().status(), 400);
}

/// The parts of a token, to be put together differently.
fn parts(token: &str) -> (Value, Value, String) {
    let mut parts = token.split('.');
    let mut json = || {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(parts.next().unwrap().as_bytes()).unwrap()).unwrap()
    };
    let (header, claims) = (json(), json());
    (header, claims, parts.next().unwrap().to_owned())
}

fn put_together(header: &Value, claims: &Value, signature: &str) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}.{signature}", encode(header), encode(claims))
}

pub async fn session(service: &TestService) -> (Actor, Value) {
    service.signed_in("Mair", Role::Editor, None).await;
    let email = answerable::mail::EmailAddress::parse("mair@example.org").unwrap();
    let account = answerable::identity::actions::by_email(&service.ctx, &email).await.unwrap().unwrap();
    let link =
        answerable::identity::actions::make_link(&service.ctx, account.id, chrono::TimeDelta::hours(1))
            .await
            .unwrap();
    let url = answerable::identity::actions::sign_in_url(&service.ctx, link, 0);
    let token = url.split_once("token=").unwrap().1;
    let somebody = service.anybody();
    let signed_in = somebody.data(SIGN_IN, json!({ "token": token })).await;
    (somebody, signed_in["signIn"]["session"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_was_tampered_with_is_refused() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let token = text(&session["accessToken"]);
    let (header, claims, signature) = parts(&token);
    assert_eq!(header["alg"], "EdDSA");
    assert_eq!(claims["aud"], "answerable");
    let other = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        put_together(&header, &claims, &signature)
    };
    let mut none = header.clone();
    none["alg"] = json!("none");
    let mut symmetric = header.clone();
    symmetric["alg"] = json!("HS256");
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        put_together(&header, &claims, &signature)
    };
    for forged in [
        other("sub", json!(AccountId::new(service.clock.now()).to_string())),
        other("exp", json!(4_000_000_000_i64)),
        put_together(&none, &claims, ""),
        put_together(&symmetric, &claims, &signature),
        with("typ", json!("JWT")),
        with("kid", json!("another")),
        with("kid", Value::Null),
        with("crit", json!(["b64"])),
        format!("{token}x"),
        "nonsense".to_owned(),
    ] {
        let response = somebody
            .with_token(&forged)
            .post("/graphql")
            .json(&json!({ "query": VIEWER }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 401, "{forged}");
        assert!(response.headers().contains_key("www-authenticate"));
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        assert!(answer.get("data").is_none());
    }
    // The token itself is good for a quarter of an hour, by our clock.
    let mair = somebody.with_token(&token);
    assert_eq!(mair.data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");
    service.clock.advance(chrono::TimeDelta::minutes(15));
    assert_eq!(mair.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_we_signed_for_something_else_is_refused() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let (header, claims, _) = parts(&text(&session["accessToken"]));
    let key = service.ctx.signing.signer().await.unwrap();
    let key = Ed25519KeyPair::from_pkcs8(key.private()).unwrap();
    let signed = |header: &Value, claims: &Value| {
        let whole = put_together(header, claims, "");
        let signature = key.sign(whole.trim_end_matches('.').as_bytes());
        somebody.with_token(&format!("{whole}{}", BASE64URL_NOPAD.encode(signature.as_ref())))
    };
    let with = |of: &Value, name: &str, value: Value| {
        let mut of = of.clone();
        of[name] = value;
        of
    };
    let now = service.clock.now().timestamp();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("answerable-checkpoint+jwt")),
        ("typ", Value::Null),
        ("crit", json!(["b64"])),
        ("kid", Value::Null),
    ] {
        let refused = signed(&with(&header, name, value.clone()), &claims).error(VIEWER, json!({})).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{name} {value}");
    }
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", Value::Null),
        ("iss", json!("https://other.example")),
        ("iss", Value::Null),
        ("exp", json!(now)),
        ("exp", Value::Null),
        ("nbf", json!(now + 31)),
        ("sid", json!("session_01h455vb4pex5vsknk084sn02q")),
        ("sub", json!(AccountId::new(service.clock.now()).to_string())),
    ] {
        let refused = signed(&header, &with(&claims, name, value.clone())).error(VIEWER, json!({})).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{name} {value}");
    }
    // The clock of another machine may be a little ahead; and signed like this the genuine one is good.
    for claims in [with(&claims, "nbf", json!(now + 30)), claims.clone()] {
        assert_eq!(signed(&header, &claims).data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_is_exchanged_once_and_its_theft_ends_the_session() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let first = text(&session["refreshToken"]);
    let refreshed = somebody.data(REFRESH, json!({ "token": first })).await;
    let second = text(&refreshed["refreshSession"]["session"]["refreshToken"]);
    let mair = somebody.with_token(&text(&refreshed["refreshSession"]["session"]["accessToken"]));
    assert_eq!(mair.data(VIEWER, json!({})).await["viewer"]["displayName"], "Mair");

    service.clock.advance(chrono::TimeDelta::seconds(20));
    assert_eq!(somebody.refusals(REFRESH, json!({ "token": first })).await, ["INVALID_TOKEN"]);
    assert_eq!(mair.error(VIEWER, json!({})).await, "UNAUTHENTICATED", "the session has ended");
    assert_eq!(somebody.refusals(REFRESH, json!({ "token": second })).await, ["INVALID_TOKEN"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_lost_the_answer_is_given_it_once_more() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let first = text(&session["refreshToken"]);
    let refresh = async |token: &str| {
        let data = somebody.data(REFRESH, json!({ "token": token })).await;
        data["refreshSession"]["session"]["refreshToken"].as_str().map(str::to_owned)
    };
    let second = refresh(&first).await.unwrap();
    service.clock.advance(chrono::TimeDelta::seconds(19));
    assert_eq!(
        refresh(&first).await.as_ref(),
        Some(&second),
        "the same successor: nobody gets one of their own"
    );
    // Again is once too often: somebody else has it.
    assert_eq!(refresh(&first).await, None);
    assert_eq!(refresh(&second).await, None, "the session has ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_last_token_exchanged_is_answered_again() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let mut tokens = vec![text(&session["refreshToken"])];
    for _ in 0..2 {
        let data = somebody.data(REFRESH, json!({ "token": tokens.last().unwrap() })).await;
        tokens.push(text(&data["refreshSession"]["session"]["refreshToken"]));
    }
    assert_eq!(somebody.refusals(REFRESH, json!({ "token": tokens[0] })).await, ["INVALID_TOKEN"]);
    assert_eq!(somebody.refusals(REFRESH, json!({ "token": tokens[2] })).await, ["INVALID_TOKEN"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_looks_like_a_refresh_token_ends_nothing() {
    let service = TestService::start().await;
    let (somebody, session) = session(&service).await;
    let good = text(&session["refreshToken"]);
    let mut forged = BASE64URL_NOPAD.decode(good.as_bytes()).unwrap();
    forged[20] ^= 1;
    assert_eq!(
        somebody.refusals(REFRESH, json!({ "token": BASE64URL_NOPAD.encode(&forged) })).await,
        ["INVALID_TOKEN"]
    );
    let refreshed = somebody.data(REFRESH, json!({ "token": good })).await;
    assert!(refreshed["refreshSession"]["session"].is_object(), "{refreshed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_out_ends_the_session_at_once() {
    let service = TestService::start().await;
    let editor = service.signed_in("Mair", Role::Editor, None).await;
    let sign_out = "mutation { signOut { signedOut errors { code } } }";
    assert_eq!(editor.data(sign_out, json!({})).await["signOut"]["signedOut"], true);
    assert_eq!(editor.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(service.anybody().error(sign_out, json!({})).await, "UNAUTHENTICATED");
}

const INVITE: &str = "mutation($input: InviteModeratorInput!) { inviteModerator(input: $input) {
  account { displayName email roles { role document { slug } } } errors { code path } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_administrator_invites() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let invite = |email: &str, documents: &[String]| json!({ "input": { "email": email, "displayName": "Ann Example", "documentIds": documents } });
    let good = invite("ann@example.org", &[document.to_string()]);
    assert_eq!(service.anybody().error(INVITE, good.clone()).await, "UNAUTHENTICATED");
    assert_eq!(service.moderator(document).await.error(INVITE, good.clone()).await, "FORBIDDEN");
    assert_eq!(
        service.signed_in("Ed", Role::Administrator, Some(document)).await.error(INVITE, good.clone()).await,
        "FORBIDDEN"
    );
    let administrator = service.administrator().await;
    for (input, code) in [
        (invite("ann", &[document.to_string()]), "INVALID_EMAIL"),
        (invite("ann@example.org", &[]), "BLANK"),
        (invite("ann@example.org", &["document_01h455vb4pex5vsknk084sn02q".into()]), "TARGET_NOT_FOUND"),
    ] {
        assert_eq!(administrator.refusals(INVITE, input).await, [code]);
    }
    assert_eq!(service.count("FROM jobs").await, 0);
    for _ in 0..2 {
        let invited = administrator.data(INVITE, good.clone()).await;
        assert_eq!(
            invited["inviteModerator"]["account"],
            json!({ "displayName": "Ann Example", "email": "ann@example.org", "roles": [{ "role": "MODERATOR", "document": { "slug": "bridges" } }] })
        );
    }
    // Whoever was kept out does not come back in by it.
    let disabled = "UPDATE accounts SET disabled_at = now() WHERE display_name = 'Ann Example'";
    postgres::order(&service.database_url, disabled).await;
    let before = service.count("FROM jobs").await;
    assert_eq!(administrator.refusals(INVITE, good).await, ["INVALID_COMBINATION"]);
    assert_eq!(service.count("FROM jobs").await, before);
}
