//! The running service of one test.

use std::{sync::Arc, time::Duration};

use answerable::{
    app::{Service, work_until},
    clock::Clock,
    config::Config,
    context::Context,
    events::Hub,
    identity::{Role, actions, model::Grant},
    ids::DocumentId,
    mail::EmailAddress,
};
use chrono::TimeDelta;
use clap::Parser;
use serde_json::json;
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use super::{
    Actor,
    patience::{in_time, until},
    postgres,
    smtp::SmtpServer,
};

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// The settings of a service on this database and data directory, with further arguments.
pub fn config(database_url: &str, data_dir: &std::path::Path, further: &[&str]) -> Config {
    let data_dir = data_dir.to_str().unwrap();
    let own =
        ["answerable", "--listen", "127.0.0.1:0", "--database-url", database_url, "--data-dir", data_dir];
    let usual = USUAL.into_iter().filter(|(flag, _)| !further.contains(flag));
    Settings::parse_from(
        own.into_iter().chain(usual.flat_map(|(flag, value)| [flag, value])).chain(further.iter().copied()),
    )
    .config
}

/// What holds where a test says nothing else.
const USUAL: [(&str, &str); 16] = [
    // Few connections, because many tests run at once.
    ("--pool-size", "5"),
    ("--retry-base-ms", "50"),
    // Everything comes from one address here: what is limited is limited by the test that is about it.
    ("--contributions-per-hour", "1000000"),
    ("--writes-per-hour", "1000000"),
    ("--sign-ins-per-hour", "1000000"),
    ("--receipts-per-hour", "1000000"),
    ("--query-cost-per-minute", "4000000000"),
    // On a busy machine anything may take its time: nothing is given up on but by the test that is about it.
    ("--smtp-timeout-seconds", "60"),
    ("--query-timeout-ms", "60000"),
    ("--statement-timeout-ms", "60000"),
    ("--header-timeout-seconds", "600"),
    ("--body-timeout-seconds", "600"),
    ("--write-timeout-seconds", "600"),
    ("--answer-timeout-seconds", "3600"),
    ("--socket-init-seconds", "60"),
    ("--keep-alive-seconds", "120"),
];

/// A service that runs until this value goes.
pub struct TestService {
    pub ctx: Context,
    hub: Hub,
    pub base: String,
    pub clock: Clock,
    pub database_url: String,
    pub data_dir: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl TestService {
    /// The service with its mail going to files and nobody working on the outbox: what a test does not ask for does
    /// not happen in the background.
    pub async fn start() -> Self {
        Self::with(&["--no-worker"]).await
    }

    /// The service with a worker, its mail going to this server.
    pub async fn mailing_to(smtp: &SmtpServer) -> Self {
        Self::with(&["--smtp-url", &smtp.url()]).await
    }

    /// The service with further arguments.
    pub async fn with(further: &[&str]) -> Self {
        let database_url = postgres::fresh_database().await;
        Self::on(database_url, Arc::new(tempfile::tempdir().unwrap()), further).await
    }

    /// The service on a database and data directory that are there.
    pub async fn on(database_url: String, data_dir: Arc<TempDir>, further: &[&str]) -> Self {
        let clock = Clock::fixed(now());
        let config = config(&database_url, data_dir.path(), further);
        let service = Service::start(config, clock.clone(), &|_| {}).await.unwrap();
        let (ctx, hub) = (service.app.ctx.clone(), service.hub.clone());
        let base = format!("http://{}", service.address);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            service.run(None, async { drop(stopped.await) }).await.unwrap();
        });
        Self { ctx, hub, base, clock, database_url, data_dir, stop: Some(stop), running: Some(running) }
    }

    /// A second instance on the same database, with the same master key and a data directory of its own.
    pub async fn beside(other: &Self, further: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("keys")).unwrap();
        let key = "keys/master.key";
        std::fs::copy(other.data_dir.path().join(key), folder.path().join(key)).unwrap();
        Self::on(other.database_url.clone(), Arc::new(folder), further).await
    }

    /// Moves the clocks of both instances.
    pub fn advance_with(&self, other: &Self, by: TimeDelta) {
        self.clock.advance(by);
        other.clock.advance(by);
    }

    /// Ends the service in an orderly way and gives back what it was on.
    pub async fn stop(mut self) -> (String, Arc<TempDir>) {
        let _ = self.stop.take().unwrap().send(());
        self.running.take().unwrap().await.unwrap();
        (self.database_url.clone(), self.data_dir.clone())
    }

    /// Carries out what waits in the outbox until nothing is left that is due.
    pub async fn work(&self) {
        self.work_with(&[]).await;
    }

    /// The same, with further arguments.
    pub async fn work_with(&self, further: &[&str]) {
        let config = config(&self.database_url, self.data_dir.path(), further);
        let listen = self.base.strip_prefix("http://").unwrap().parse().unwrap();
        let purpose = answerable::app::Purpose::Command;
        let app = answerable::app::App::open(&config, self.clock.clone(), purpose, Some(listen), &|_| {})
            .await
            .unwrap();
        work_until(app, &config, self.settled()).await.unwrap();
    }

    /// How many jobs wait that are due, or are under way.
    pub async fn jobs_due(&self) -> i64 {
        self.count(&format!("FROM jobs WHERE state = 'WAITING' AND run_at <= '{}'", self.clock.now())).await
    }

    /// Waits until nothing is left in the outbox that is due or under way, where there is a worker.
    pub async fn settled(&self) {
        let settling = async {
            while self.jobs_due().await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        in_time("the outbox settles", settling).await;
    }

    /// Waits until so many listen to a document: what happens before is not told.
    pub async fn heard_by(&self, listeners: usize, document: DocumentId) {
        until("all listen", async || self.hub.listeners(document) == listeners).await;
    }

    /// How many listen to a document.
    pub fn listeners(&self, document: DocumentId) -> usize {
        self.hub.listeners(document)
    }

    /// Waits until the service does nothing by itself, such as rousing workers.
    pub async fn is_quiet(&self) {
        let (mut calm, mut before) = (0, 0);
        until("the service is quiet", async || {
            let now = self.ctx.db.statements();
            calm = if now == before && self.ctx.db.lent() == 0 { calm + 1 } else { 0 };
            before = now;
            calm > 20
        })
        .await;
    }

    /// How many statements something costs, and what comes of it.
    pub async fn cost<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        self.is_quiet().await;
        let before = self.ctx.db.statements();
        let done = work.await;
        (self.ctx.db.statements() - before, done)
    }

    /// Moves the clock on from now on, a little at a time: what waits to be tried again comes to be due.
    pub fn advance_steadily(&self) -> JoinHandle<()> {
        let clock = self.clock.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                clock.advance(TimeDelta::milliseconds(200));
            }
        })
    }

    /// Moves the clock to this moment.
    pub fn until(&self, at: &str) {
        self.clock.advance(at.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - self.clock.now());
    }

    /// A count of rows: `FROM … WHERE …`.
    pub async fn count(&self, from: &str) -> i64 {
        self.number(&format!("SELECT count(*) AS count {from}")).await
    }

    /// What a query says whose one column is called `count`.
    pub async fn number(&self, query: &str) -> i64 {
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let mut conn = self.ctx.db.get().await.unwrap();
        let found: Count = diesel::sql_query(query).get_result(&mut conn).await.unwrap();
        found.count
    }

    /// Somebody who has not signed in.
    pub fn anybody(&self) -> Actor {
        Actor::new(&self.base, None)
    }

    /// Somebody signed in with this role, for one document or for all.
    pub async fn signed_in(&self, name: &str, role: Role, document: Option<DocumentId>) -> Actor {
        let email = format!("{}@example.org", name.to_lowercase().replace(' ', "."));
        let email = EmailAddress::parse(&email).unwrap();
        let grant = Grant { role, document_id: document };
        let account = actions::add_account(&self.ctx, &email, name, &[grant]).await.unwrap();
        let link = actions::make_link(&self.ctx, account, TimeDelta::hours(1)).await.unwrap();
        let token = actions::sign_in_url(&self.ctx, link, 0).split_once("token=").unwrap().1.to_owned();
        self.sign_in(&token).await
    }

    /// Somebody signed in with the token of a sign-in link.
    pub async fn sign_in(&self, token: &str) -> Actor {
        let query = "mutation($token: String!) { signIn(input: { token: $token }) { session { accessToken } errors { message } } }";
        let data = self.anybody().data(query, json!({ "token": token })).await;
        let token = data["signIn"]["session"]["accessToken"].as_str().unwrap_or_else(|| panic!("{data:#}"));
        self.anybody().with_token(token)
    }

    /// A moderator of one document.
    pub async fn moderator(&self, document: DocumentId) -> Actor {
        self.signed_in("Moderator", Role::Moderator, Some(document)).await
    }

    /// An administrator, who moderates nothing.
    pub async fn administrator(&self) -> Actor {
        self.signed_in("Administrator", Role::Administrator, None).await
    }
}

impl Drop for TestService {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// The moment at which tests take place.
pub fn now() -> chrono::DateTime<chrono::Utc> {
    "2027-03-01T09:00:00Z".parse().unwrap()
}
