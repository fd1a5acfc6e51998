//! An outside identity provider: a real issuer on this machine that signs with keys of its own, changes them, and can be
//! out of order.

mod roles;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use answerable::identity::Role;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use poem::{EndpointExt, Route, Server, get, handler, http::StatusCode, listener::TcpAcceptor, web::Data};
use serde_json::{Value, json};

use crate::support::{Actor, TestService};

const VIEWER: &str = "{ viewer { id displayName email roles { role document { slug } } } }";

/// A key that the provider signs with.
struct ProviderKey {
    kid: String,
    private: Vec<u8>,
    public: Vec<u8>,
}

impl ProviderKey {
    fn new(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let private = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
        Self { kid: kid.to_owned(), private, public: pair.public_key().as_ref().to_vec() }
    }

    fn jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(&self.public);
        json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.kid, "x": x })
    }
}

/// The provider.
#[derive(Clone)]
struct Issuer {
    base: String,
    keys: Arc<Mutex<Vec<Value>>>,
    /// Who it says it is and where it says that its keys are, if not as it is.
    says: Arc<Mutex<[Option<String>; 2]>>,
    is_out: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

#[handler]
fn discovery(Data(issuer): Data<&Issuer>) -> (StatusCode, String) {
    let [name, keys] = issuer.says.lock().unwrap().clone();
    let keys = keys.unwrap_or_else(|| format!("{}/jwks", issuer.base));
    issuer.answer(&json!({ "issuer": name.as_ref().unwrap_or(&issuer.base), "jwks_uri": keys }))
}

#[handler]
fn jwks(Data(issuer): Data<&Issuer>) -> (StatusCode, String) {
    issuer.asked.fetch_add(1, Ordering::SeqCst);
    let keys = issuer.keys.lock().unwrap().clone();
    issuer.answer(&json!({ "keys": keys }))
}

impl Issuer {
    fn start(keys: &[&ProviderKey]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut listed: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        // What a provider may have beside: for encryption, of a kind nobody knows, and shared.
        listed.push(json!({ "kty": "OKP", "crv": "X25519", "use": "enc", "kid": "enc", "x": "AAAA" }));
        listed.push(json!({ "kty": "NEW", "kid": "new" }));
        listed.push(
            json!({ "kty": "oct", "kid": "shared", "k": BASE64URL_NOPAD.encode(b"a secret that is known") }),
        );
        let issuer = Self {
            base,
            keys: Arc::new(Mutex::new(listed)),
            says: Arc::default(),
            is_out: Arc::default(),
            asked: Arc::default(),
        };
        let routes = Route::new()
            .at("/.well-known/openid-configuration", get(discovery))
            .at("/jwks", get(jwks))
            .data(issuer.clone());
        let acceptor = TcpAcceptor::from_std(listener).unwrap();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        issuer
    }

    fn answer(&self, body: &Value) -> (StatusCode, String) {
        if self.is_out.load(Ordering::SeqCst) {
            return (StatusCode::SERVICE_UNAVAILABLE, String::new());
        }
        (StatusCode::OK, body.to_string())
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn set(&self, keys: &[&ProviderKey]) {
        *self.keys.lock().unwrap() = keys.iter().map(|key| key.jwk()).collect();
    }

    async fn service(&self) -> TestService {
        self.service_with(&[]).await
    }

    async fn service_with(&self, further: &[&str]) -> TestService {
        let usual = [
            "--no-worker",
            "--oidc-issuer",
            &self.base,
            "--oidc-audience",
            "answerable-test",
            "--oidc-role-claim",
            "groups",
            "--oidc-roles",
            "desk=MODERATOR,office=EDITOR,chief=ADMINISTRATOR",
        ];
        TestService::with(&[&usual, further].concat()).await
    }
}

fn claims(issuer: &Issuer, service: &TestService) -> Value {
    let now = service.clock.now().timestamp();
    json!({
        "iss": issuer.base, "aud": "answerable-test", "sub": "person-1", "iat": now, "exp": now + 600,
        "name": "Mair Rees", "email": "mair@example.org", "email_verified": true, "groups": ["desk", "others"],
    })
}

fn sign(key: &ProviderKey, claims: &Value) -> String {
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&key.private)).unwrap()
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

fn bearing(service: &TestService, key: &ProviderKey, claims: &Value) -> Actor {
    service.anybody().with_token(&sign(key, claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_the_provider_vouches_for_is_known_by_who_they_are_there() {
    let key = ProviderKey::new("one");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service().await;
    let good = claims(&issuer, &service);
    let mair = bearing(&service, &key, &good);
    let viewer = mair.data(VIEWER, json!({})).await["viewer"].clone();
    assert_eq!(
        (&viewer["displayName"], &viewer["email"], &viewer["roles"]),
        (
            &json!("Mair Rees"),
            &json!("mair@example.org"),
            &json!([{ "role": "MODERATOR", "document": null }])
        )
    );
    mair.data("{ moderationQueue { totalCount } }", json!({})).await;
    // Again, and with other claims: the same account, with the roles that the claims give now.
    let moved = with(&with(&good, "groups", json!("office")), "email", json!("other@example.org"));
    let again = bearing(&service, &key, &moved).data(VIEWER, json!({})).await["viewer"].clone();
    assert_eq!((&again["id"], &again["email"]), (&viewer["id"], &viewer["email"]));
    assert_eq!(again["roles"], json!([{ "role": "EDITOR", "document": null }]));
    // A role that was given here stays.
    let account = crate::people::id_of(&mair).await;
    let grant =
        "mutation($id: ID!) { grantRole(input: { accountId: $id, role: PARTICIPANT }) { errors { code } } }";
    service.administrator().await.data(grant, json!({ "id": account })).await;
    let none = bearing(&service, &key, &with(&good, "groups", json!([])));
    assert_eq!(
        none.data(VIEWER, json!({})).await["viewer"]["roles"],
        json!([{ "role": "PARTICIPANT", "document": null }])
    );

    // An address that the provider does not vouch for, or that an account has already, is not theirs here.
    service.signed_in("Ann", Role::Administrator, None).await;
    for (subject, email, verified) in [
        ("person-2", "bo@example.org", json!(false)),
        ("person-3", "cy@example.org", json!("true")),
        ("person-4", "ann@example.org", json!(true)),
        ("person-5", "no address", json!(true)),
    ] {
        let other = with(
            &with(&with(&good, "sub", json!(subject)), "email", json!(email)),
            "email_verified",
            verified,
        );
        let other = with(&other, "groups", Value::Null);
        let seen = bearing(&service, &key, &other).data(VIEWER, json!({})).await["viewer"].clone();
        assert_eq!((&seen["email"], &seen["roles"]), (&Value::Null, &json!([])), "{subject}: {seen}");
        assert_ne!(seen["id"], viewer["id"]);
    }
    assert_eq!(service.count("FROM external_identities").await, 5);
    // Disabled here, they are out whatever the provider says.
    let disable = "mutation($id: ID!) { disableAccount(input: { id: $id }) { errors { code } } }";
    service.administrator().await.data(disable, json!({ "id": account })).await;
    assert_eq!(mair.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    // Our own tokens go on beside it.
    service.signed_in("Ann", Role::Administrator, None).await.data(VIEWER, json!({})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_the_providers_or_not_for_us_is_refused() {
    let key = ProviderKey::new("one");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service().await;
    let good = claims(&issuer, &service);
    let now = service.clock.now().timestamp();
    bearing(&service, &key, &good).data(VIEWER, json!({})).await;
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", json!(["another", "third"])),
        ("aud", Value::Null),
        ("exp", json!(now)),
        ("exp", json!("later")),
        ("exp", Value::Null),
        ("nbf", json!(now + 120)),
        ("nbf", json!("soon")),
        ("iat", json!(now + 120)),
        ("sub", json!("")),
        ("sub", Value::Null),
        ("iss", json!("https://other.example")),
    ] {
        let refused =
            bearing(&service, &key, &with(&good, name, value.clone())).error(VIEWER, json!({})).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{name} {value}");
    }
    let among = with(&good, "aud", json!(["another", "answerable-test"]));
    bearing(&service, &key, &among).data(VIEWER, json!({})).await;
    // Signed by somebody else under the same name, by nobody, and with the public key or a known one as a shared secret.
    let impostor = ProviderKey { kid: "one".into(), ..ProviderKey::new("two") };
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let body = encode(&good);
    let none = encode(&json!({ "alg": "none", "kid": "one" }));
    let symmetric = |kid: &str, secret: &[u8]| {
        let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &good, &EncodingKey::from_secret(secret)).unwrap()
    };
    let token = sign(&key, &good);
    let mut signature = BASE64URL_NOPAD.decode(token.rsplit_once('.').unwrap().1.as_bytes()).unwrap();
    signature[0] ^= 1;
    let logout =
        Header { kid: Some("one".into()), typ: Some("logout+jwt".into()), ..Header::new(Algorithm::EdDSA) };
    let critical =
        Header { kid: Some("one".into()), crit: Some(vec!["b64".into()]), ..Header::new(Algorithm::EdDSA) };
    let private = EncodingKey::from_ed_der(&key.private);
    let eddsa = |header: &Header| jsonwebtoken::encode(header, &good, &private).unwrap();
    for forged in [
        sign(&impostor, &good),
        format!("{none}.{body}."),
        symmetric("one", &key.public),
        symmetric("one", BASE64URL_NOPAD.encode(&key.public).as_bytes()),
        symmetric("shared", b"a secret that is known"),
        format!("{}.{}", token.rsplit_once('.').unwrap().0, BASE64URL_NOPAD.encode(&signature)),
        format!(
            "{}.{}.{}",
            encode(&json!({ "alg": "RS256", "kid": "one" })),
            body,
            token.rsplit_once('.').unwrap().1
        ),
        eddsa(&logout),
        eddsa(&critical),
        format!("{token}.{}", "A".repeat(20_000)),
    ] {
        let refused = service.anybody().with_token(&forged).error(VIEWER, json!({})).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{forged:.300}");
    }
    assert_eq!(service.count("FROM external_identities").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_change_and_the_provider_fails_and_people_stay_signed_in() {
    let (one, two, three) = (ProviderKey::new("one"), ProviderKey::new("two"), ProviderKey::new("three"));
    let issuer = Issuer::start(&[&one]);
    let service = issuer.service().await;
    let good = with(&claims(&issuer, &service), "exp", json!(service.clock.now().timestamp() + 400_000));
    let works = async |key: &ProviderKey| {
        bearing(&service, key, &good).ask(VIEWER, json!({})).await["errors"].is_null()
    };
    assert!(works(&one).await && works(&one).await);
    assert_eq!(issuer.asked(), 1, "asked once and remembered");
    // A new key is found when it is first used; nonsense does not have the provider asked again and again.
    issuer.set(&[&one, &two]);
    assert!(!works(&two).await, "asked a moment ago");
    service.clock.advance(TimeDelta::seconds(30));
    assert!(works(&two).await);
    assert_eq!(issuer.asked(), 2);
    for _ in 0..5 {
        assert!(!works(&three).await);
    }
    assert_eq!(issuer.asked(), 2);
    service.clock.advance(TimeDelta::seconds(30));
    for _ in 0..5 {
        assert!(!works(&three).await);
    }
    assert_eq!(issuer.asked(), 3, "once in half a minute at the most");
    // A key that the provider has taken back is believed until the keys are read anew.
    issuer.set(&[&two]);
    service.clock.advance(TimeDelta::hours(1));
    assert!(!works(&one).await && works(&two).await);
    // Through an outage, for a day.
    issuer.is_out.store(true, Ordering::SeqCst);
    for _ in 0..4 {
        service.clock.advance(TimeDelta::hours(5));
        assert!(works(&two).await);
        assert!(!works(&three).await);
    }
    service.clock.advance(TimeDelta::hours(4));
    assert!(!works(&two).await, "after a day nobody knows what has become of the keys");
    issuer.is_out.store(false, Ordering::SeqCst);
    service.clock.advance(TimeDelta::seconds(30));
    assert!(works(&two).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_verifies_what_it_is_for_and_nothing_else() {
    let [one, two, sealing, another] = ["one", "two", "sealing", "another"].map(ProviderKey::new);
    let issuer = Issuer::start(&[&one, &two]);
    let for_encryption = with(&sealing.jwk(), "use", json!("enc"));
    let for_es256 = with(&another.jwk(), "alg", json!("ES256"));
    issuer.keys.lock().unwrap().extend([for_encryption, for_es256]);
    let service = issuer.service().await;
    let good = claims(&issuer, &service);
    for (key, is_good) in [(&one, true), (&two, true), (&sealing, false), (&another, false)] {
        let answer = bearing(&service, key, &good).ask(VIEWER, json!({})).await;
        assert_eq!(answer["errors"].is_null(), is_good, "{}", key.kid);
    }
    // Which of two it was nobody can tell who does not name it.
    let header = Header::new(Algorithm::EdDSA);
    let unnamed = jsonwebtoken::encode(&header, &good, &EncodingKey::from_ed_der(&one.private)).unwrap();
    let unnamed = service.anybody().with_token(&unnamed);
    assert_eq!(unnamed.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    issuer.set(&[&one]);
    service.clock.advance(TimeDelta::hours(1));
    let later = json!(service.clock.now().timestamp() + 600);
    let fresh =
        jsonwebtoken::encode(&header, &with(&good, "exp", later), &EncodingKey::from_ed_der(&one.private));
    service.anybody().with_token(&fresh.unwrap()).data(VIEWER, json!({})).await;
    // Nor by an algorithm that is not among those configured, whatever keys the provider has.
    let service = issuer.service_with(&["--oidc-algorithms", "RS256,ES256"]).await;
    assert_eq!(bearing(&service, &one, &good).error(VIEWER, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_taken_from_the_provider_itself_and_from_a_safe_address() {
    let key = ProviderKey::new("one");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service().await;
    let good = with(&claims(&issuer, &service), "exp", json!(service.clock.now().timestamp() + 6_000));
    let elsewhere = issuer.base.replace("127.0.0.1", "0.0.0.0");
    for says in [
        [Some("https://other.example".into()), None],
        [Some(format!("{}/", issuer.base)), None],
        [None, Some(format!("{elsewhere}/jwks"))],
    ] {
        *issuer.says.lock().unwrap() = says.clone();
        let refused = bearing(&service, &key, &good).error(VIEWER, json!({})).await;
        assert_eq!(refused, "UNAUTHENTICATED", "{says:?}");
        service.clock.advance(TimeDelta::seconds(30));
    }
    *issuer.says.lock().unwrap() = [None, None];
    bearing(&service, &key, &good).data(VIEWER, json!({})).await;
}
