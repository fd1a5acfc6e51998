//! A real mail server on a socket of this machine, which keeps what it is given and misbehaves when told to.

#[path = "smtp/certificate.rs"]
mod certificate;
#[path = "smtp/received.rs"]
mod received;
#[path = "smtp/rules.rs"]
mod rules;
#[path = "smtp/session.rs"]
mod session;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

pub use self::{
    received::Received,
    rules::{Act, At, Rule},
};
use super::patience::PATIENCE;

const MAX_CONNECTIONS: usize = 256;
const MAX_MESSAGES: usize = 10_000;

/// What the server offers for protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// None.
    #[default]
    None,
    /// STARTTLS.
    Starttls,
    /// TLS from the first octet.
    Implicit,
}

/// What kind of server it is.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its protection.
    pub tls: Tls,
    /// The user and password without which it takes nothing.
    pub credentials: Option<(String, String)>,
    /// The line that offers ways to sign in.
    pub mechanisms: &'static str,
    /// Where it listens; port 0 is any.
    pub address: SocketAddr,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: Tls::None,
            credentials: None,
            mechanisms: "AUTH PLAIN LOGIN",
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        }
    }
}

/// How often what was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections taken.
    pub connections: usize,
    /// Passwords looked at.
    pub sign_ins: usize,
    /// MAIL commands, which is how often sending a message was tried.
    pub mails: usize,
    /// Messages heard to their end, whatever became of them.
    pub contents: usize,
    /// Goodbyes.
    pub quits: usize,
    /// The name in the last EHLO.
    pub hello: String,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    counts: Counts,
    messages: Vec<Received>,
    receipts: Vec<Received>,
    faults: Vec<String>,
}

/// What every conversation shares.
struct Shared {
    options: Options,
    acceptor: TlsAcceptor,
    state: Mutex<State>,
    /// How many messages there are.
    arrived: watch::Sender<usize>,
    hang_up: watch::Sender<()>,
}

/// The server. It ends, with every connection, when it is dropped.
pub struct SmtpServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    authority: PathBuf,
    _dir: tempfile::TempDir,
    task: JoinHandle<()>,
}

impl SmtpServer {
    /// A server without TLS and passwords.
    pub async fn start() -> Self {
        Self::with(Options::default()).await
    }

    /// A server of another kind.
    pub async fn with(options: Options) -> Self {
        let listener = TcpListener::bind(options.address).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (acceptor, pem) = certificate::acceptor();
        let dir = tempfile::tempdir().expect("a directory");
        let authority = dir.path().join("ca.pem");
        std::fs::write(&authority, pem).expect("a file");
        let shared = Arc::new(Shared {
            options,
            acceptor,
            state: Mutex::default(),
            arrived: watch::Sender::new(0),
            hang_up: watch::Sender::new(()),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Self { shared, address, authority, _dir: dir, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its `SMTP_URL`, with the user and password it asks for.
    pub fn url(&self) -> String {
        let user = match &self.shared.options.credentials {
            Some((user, password)) => format!("{}:{}@", percent_encoded(user), percent_encoded(password)),
            None => String::new(),
        };
        let scheme = if self.shared.options.tls == Tls::Implicit { "smtps" } else { "smtp" };
        format!("{scheme}://{user}{}", self.address)
    }

    /// The PEM file of the authority its certificate comes from, for `SMTP_CA_FILE`.
    pub fn ca_file(&self) -> PathBuf {
        self.authority.clone()
    }

    /// Adds a rule; of several that fit, the one added first counts.
    pub fn rule(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Takes back the rules about this point.
    pub fn behave_at(&self, at: At) {
        self.shared.state().rules.retain(|rule| !rule.is_at(at));
    }

    /// Takes every rule back.
    pub fn behave(&self) {
        self.shared.state().rules.clear();
    }

    /// Ends every connection that waits for its next message, without a word.
    pub fn hang_up(&self) {
        self.shared.hang_up.send_replace(());
    }

    /// The messages taken so far. A client that broke the protocol fails the test.
    pub fn messages(&self) -> Vec<Received> {
        let state = self.shared.state();
        assert!(state.faults.is_empty(), "the client broke the protocol: {:?}", state.faults);
        state.messages.clone()
    }

    /// The receipts that contributors were sent. They stand apart, because nearly every test makes one and hardly any is
    /// about them.
    pub fn receipts(&self) -> Vec<Received> {
        self.shared.state().receipts.clone()
    }

    /// The messages, once there are `n` of them; fails the test if they do not come.
    pub async fn wait_for(&self, n: usize) -> Vec<Received> {
        let mut arrived = self.shared.arrived.subscribe();
        let enough = tokio::time::timeout(PATIENCE, arrived.wait_for(|count| *count >= n)).await.is_ok();
        let messages = self.messages();
        let receipts = self.receipts().len();
        assert!(enough, "{n} messages were awaited, {} came, and {receipts} receipts", messages.len());
        messages
    }

    /// How often what was tried.
    pub fn counts(&self) -> Counts {
        self.shared.state().counts.clone()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.state().counts);
    }

    fn fault(&self, what: &str) {
        self.state().faults.push(what.to_owned());
    }

    fn rule(&self, at: At, recipients: &[String]) -> Option<Act> {
        rules::apply(&mut self.state().rules, at, recipients)
    }

    fn keep(&self, message: Received) -> bool {
        if let Some(folder) = std::env::var_os("ANSWERABLE_LETTERS_TO") {
            message.lay_out(folder.as_ref());
        }
        let mut state = self.state();
        if state.messages.len() >= MAX_MESSAGES {
            return false;
        }
        if message.is_receipt() {
            state.receipts.push(message);
            return true;
        }
        state.messages.push(message);
        self.arrived.send_replace(state.messages.len());
        true
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped with this task, the set ends every conversation.
    let mut conversations = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let Ok(place) = room.clone().acquire_owned().await else { return };
        while conversations.try_join_next().is_some() {}
        shared.count(|counts| counts.connections += 1);
        let shared = shared.clone();
        conversations.spawn(async move {
            session::converse(shared, stream).await;
            drop(place);
        });
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
