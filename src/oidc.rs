//! An outside identity provider: its keys, found by discovery and kept, and what its tokens say.
//!
//! Keys are read when the first token comes, when they are an hour old, and when a token names one that is not among
//! them; never more often than [`PAUSE`], so that nobody can have the provider asked by sending nonsense. While the
//! provider cannot be reached the keys that are known go on to be believed for a day.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    clock::Clock,
    config::{OidcSettings, is_safe},
    error::{Error, Result},
};

/// How long keys are used before they are read anew.
const FRESH: TimeDelta = TimeDelta::hours(1);
/// How long they are used while they cannot be.
const USABLE: TimeDelta = TimeDelta::hours(24);
/// How often the provider is asked at the most.
pub const PAUSE: TimeDelta = TimeDelta::seconds(30);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes an answer may have.
const MAX_ANSWER: usize = 256 * 1024;
/// How many bytes a token may have.
const MAX_TOKEN: usize = 16 * 1024;
/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// Somebody for whom the provider vouches.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them, always the same.
    pub subject: String,
    /// Their address, where the provider has verified it.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
    /// The roles that their claims give here, by name.
    pub roles: Vec<&'static str>,
}

/// The provider.
pub struct Provider {
    settings: OidcSettings,
    client: reqwest::Client,
    clock: Clock,
    known: RwLock<Known>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Arc<[Key]>,
    read_at: Option<DateTime<Utc>>,
    asked_at: Option<DateTime<Utc>>,
}

struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    verifies: DecodingKey,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

fn refused() -> Error {
    Error::Unauthenticated(
        "This token of your identity provider is not valid here. Sign in there again to get a new one."
            .into(),
    )
}

impl Provider {
    /// A provider that is asked when the first of its tokens comes.
    pub fn new(settings: OidcSettings, client: reqwest::Client, clock: Clock) -> Self {
        Self { settings, client, clock, known: RwLock::default(), asking: tokio::sync::Mutex::default() }
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// How long the roles that its claims give are held after somebody last came with a token of it.
    pub fn vouches_for(&self) -> TimeDelta {
        self.settings.role_period
    }

    /// Whether a token says of itself that it is this provider's; nothing of it is believed yet.
    pub fn has_issued(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        let claims =
            Some(token).filter(|token| token.len() <= MAX_TOKEN).and_then(|token| token.split('.').nth(1));
        let claims = claims.and_then(|claims| BASE64URL_NOPAD.decode(claims.as_bytes()).ok());
        let issued: Option<Issued> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        issued.is_some_and(|issued| issued.iss == self.settings.issuer)
    }

    /// Who a token is about; `Unauthenticated` for one that is not the provider's, not for us, or over.
    pub async fn verify(&self, token: &str) -> Result<Person> {
        if token.len() > MAX_TOKEN {
            return Err(refused());
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused())?;
        let is_usual = header.typ.as_deref().is_none_or(|typ| {
            ["jwt", "at+jwt", "application/at+jwt"].contains(&typ.to_ascii_lowercase().as_str())
        });
        if !is_usual || header.crit.is_some() || !self.settings.algorithms.contains(&header.alg) {
            return Err(refused());
        }
        let keys = self.keys(header.kid.as_deref()).await?;
        let key = find(&keys, header.kid.as_deref(), header.alg).ok_or_else(refused)?;
        // One algorithm, the one that was found to be among those configured and that the key is for.
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub"]);
        // The library asks the system for the time; ours is compared below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key.verifies, &validation)
            .map_err(|_| refused())?
            .claims;
        self.person(&claims)
    }

    fn person(&self, claims: &Map<String, Value>) -> Result<Person> {
        let seconds = |name: &str| claims.get(name).and_then(Value::as_f64);
        let text = |name: &str| {
            claims.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds since 1970 are exact for some millions of years"
        )]
        let at = |by: TimeDelta| (self.clock.now() + by).timestamp() as f64;
        let end = seconds("exp").ok_or_else(refused)?;
        if at(TimeDelta::zero()) >= end {
            return Err(Error::Unauthenticated(
                "This token of your identity provider has expired. Get a new one there.".into(),
            ));
        }
        let has_begun = ["nbf", "iat"]
            .into_iter()
            .all(|name| claims.get(name).is_none() || seconds(name).is_some_and(|begin| begin <= at(LEEWAY)));
        let subject = text("sub").filter(|_| has_begun).ok_or_else(refused)?;
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        Ok(Person {
            subject: subject.to_owned(),
            email: text("email").filter(|_| verified).map(str::to_owned),
            name: text("name").or_else(|| text("preferred_username")).map(str::to_owned),
            roles: self.roles(claims.get(&self.settings.role_claim)),
        })
    }

    fn roles(&self, claim: Option<&Value>) -> Vec<&'static str> {
        let has = |wanted: &str| match claim {
            Some(Value::String(text)) => {
                text.split_whitespace().any(|value| value == wanted) || text == wanted
            }
            Some(Value::Array(values)) => values.iter().any(|value| value.as_str() == Some(wanted)),
            _ => false,
        };
        let mut roles: Vec<_> =
            self.settings.roles.iter().filter(|(value, _)| has(value)).map(|(_, role)| *role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// The keys, read anew where they are old or have none of this name.
    async fn keys(&self, kid: Option<&str>) -> Result<Arc<[Key]>> {
        let known = self.known();
        let now = self.clock.now();
        let age = known.read_at.map(|at| now - at);
        let has_it = kid.is_none_or(|kid| known.keys.iter().any(|key| key.id.as_deref() == Some(kid)));
        let is_usable = age.is_some_and(|age| age < USABLE);
        if has_it && age.is_some_and(|age| age < FRESH) {
            return Ok(known.keys);
        }
        // Whoever has a key that will do does not wait for somebody else who asks already.
        let asking =
            if has_it && is_usable { self.asking.try_lock().ok() } else { Some(self.asking.lock().await) };
        let known = self.known();
        let may_ask = known.asked_at.is_none_or(|at| now - at >= PAUSE);
        if asking.is_some() && may_ask {
            self.ask(now).await;
        }
        let known = self.known();
        if known.read_at.is_some_and(|at| now - at < USABLE) {
            return Ok(known.keys);
        }
        Err(Error::Unauthenticated(
            "The identity provider cannot be asked for its keys now, so its tokens cannot be believed. Try again in a minute."
                .into(),
        ))
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the keys, and keeps those known where that fails.
    async fn ask(&self, now: DateTime<Utc>) {
        let read =
            tokio::time::timeout(PATIENCE, self.read()).await.unwrap_or(Err("it did not answer in time"));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.asked_at = Some(now);
        match read {
            Ok(keys) => {
                known.keys = keys.into();
                known.read_at = Some(now);
            }
            Err(why) => {
                tracing::warn!(
                    why,
                    "The keys of the identity provider could not be read; those known are kept for a day."
                );
            }
        }
    }

    async fn read(&self) -> std::result::Result<Vec<Key>, &'static str> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let found: Discovery = self.get(&format!("{issuer}/.well-known/openid-configuration")).await?;
        if found.issuer != self.settings.issuer {
            return Err("it calls itself otherwise than ANSWERABLE_OIDC_ISSUER does");
        }
        if !is_safe(&found.jwks_uri) {
            return Err("its keys are not at an https address");
        }
        let set: KeySet = self.get(&found.jwks_uri).await?;
        // What we do not understand, such as keys for encryption, is nothing to verify with.
        let keys: Vec<Key> = set.keys.into_iter().filter_map(key).collect();
        if keys.is_empty() { Err("it has no key to verify with") } else { Ok(keys) }
    }

    async fn get<T: DeserializeOwned>(&self, url: &str) -> std::result::Result<T, &'static str> {
        let unreached = |_| "no connection to it could be made, or it broke";
        let mut response = self.client.get(url).send().await.map_err(unreached)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err("it answers with an error");
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreached)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err("its answer is too long");
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|_| "its answer is not what it should be")
    }
}

/// A key to verify with. One that is shared is none: whoever verifies with it could sign with it.
fn key(given: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(given).ok()?;
    let is_shared = matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_));
    let signs = !matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature);
    let verifies = DecodingKey::from_jwk(&jwk).ok().filter(|_| signs && !is_shared)?;
    Some(Key {
        id: jwk.common.key_id,
        algorithm: jwk.common.key_algorithm.map(|name| format!("{name:?}")),
        verifies,
    })
}

/// The key of this name, or the only one there is where none is named, if it is for this algorithm.
fn find<'a>(keys: &'a [Key], kid: Option<&str>, algorithm: Algorithm) -> Option<&'a Key> {
    let wanted = format!("{algorithm:?}");
    let mut fitting = keys.iter().filter(|key| {
        kid.is_none_or(|kid| key.id.as_deref() == Some(kid))
            && key.algorithm.as_ref().is_none_or(|algorithm| *algorithm == wanted)
    });
    let first = fitting.next();
    if kid.is_none() && fitting.next().is_some() { None } else { first }
}
