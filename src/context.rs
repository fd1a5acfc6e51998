//! What every action is handed: the database, the clock, the vault, and where the service is found. Built once in
//! `app`; cheap to clone.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;

use crate::{
    clock::Clock,
    config::{Classifiers, LoadedKeys, ModerationConfig},
    db::{Connection, Db},
    error::{Error, Result},
    files::Files,
    limits::Limits,
    oidc::Provider,
    outbox::Wake,
    signing::Signing,
    vault::Vault,
};

/// The surroundings of an action.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Keys, sealing and opening.
    pub vault: Vault,
    /// The keys as loaded: checkpoints are signed with these, and access tokens until their keys are rotated.
    pub loaded_keys: Arc<LoadedKeys>,
    /// The keys that sign access tokens.
    pub signing: Signing,
    /// The outside identity provider whose tokens are believed, where there is one.
    pub provider: Option<Arc<Provider>>,
    /// Rouses the workers.
    pub wake: Wake,
    /// How moderators work together.
    pub moderation: ModerationConfig,
    /// How often people may do what others could be harmed with.
    pub limits: Arc<Limits>,
    /// The files of submissions.
    pub files: Arc<Files>,
    /// How long whoever contributes has time to confirm an address, where the document asks for it.
    pub confirm_within: TimeDelta,
    /// The service's public address, without a slash at its end.
    pub public_url: Arc<str>,
    /// Where classifiers may be.
    pub classifiers: Arc<Classifiers>,
    /// Speaks to services outside, such as classifiers.
    pub outside: reqwest::Client,
}

/// A client for services outside: it follows no redirect, goes through no proxy and trusts the known authorities.
pub fn outside_client() -> Result<reqwest::Client> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("answerable/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(Error::internal)
}

impl Context {
    /// A connection to write with. When it is given back, after the commit, the workers are roused: what a
    /// transaction enqueued is then carried out without waiting for a timer.
    pub async fn writer(&self) -> Result<Writer> {
        Ok(Writer { connection: self.db.get().await?, wake: self.wake.clone() })
    }

    /// The address of a page of this service; `path` begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

/// A connection that rouses the workers when it is given back.
pub struct Writer {
    connection: Connection,
    wake: Wake,
}

impl Deref for Writer {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.wake.rouse();
    }
}
