//! The service from its first breath to its last: listen, work, drain, stop.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{sync::watch, task::JoinSet};

use super::{App, Purpose, StartError, worker_settings};
use crate::{
    clock::Clock,
    config::{Config, ConfigError, Mode, Origins},
    context::Context,
    db::{DbError, end_overdue},
    error::Result,
    events::{self, Hub},
    graphql::{Api, persisted::Documents},
    http::{self, Live, Served, Unread},
    idempotency, identity, moderation, notifications,
    outbox::{self, Registry, Settings},
    privacy, signing, telemetry,
    web::{ExampleSection, Site},
};

/// How long requests under way may take to end after the service was told to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// How long websockets and event streams may take to close after that.
const DRAIN_STREAMS: Duration = Duration::from_secs(5);
/// How long changes under way may take after that, whose clients have gone: a few statements, each with its time limit.
const DRAIN_WRITES: Duration = Duration::from_secs(20);
/// How long jobs under way may take after that; what is not done by then is done after the next start.
const DRAIN_JOBS: Duration = Duration::from_secs(25);
/// How long jobs that were carried out stay in the table.
const KEEP_JOBS: TimeDelta = TimeDelta::days(7);
/// How long it is kept what has happened: longer than a process that lost the database is believed to have missed nothing.
const KEEP_EVENTS: TimeDelta = TimeDelta::hours(6);
/// How long a public write that is sent again is recognised.
const KEEP_KEYS: TimeDelta = TimeDelta::days(7);
/// How long links in mail that have run out say so, and it is known how a mail was sent.
const KEEP_MAIL: TimeDelta = TimeDelta::days(30);
/// How long sign-in links are kept after they have run out.
const KEEP_LINKS: TimeDelta = TimeDelta::days(1);

/// A service that is ready to answer.
pub struct Service {
    /// What it works with.
    pub app: App,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where what happens is heard of while it runs.
    pub hub: Hub,
    /// From where on that is.
    heard_from: events::Place,
    listener: TcpListener,
    config: Config,
    api: Api,
    documents: Documents,
    origins: Origins,
}

impl Service {
    /// Listens, and opens everything. Nothing is answered before [`Service::run`].
    pub async fn start(
        config: Config,
        clock: Clock,
        progress: &(dyn Fn(&str) + Sync),
    ) -> std::result::Result<Self, StartError> {
        // First, because it is what fails most often and what is cheapest to find out.
        let failed = |error| StartError::Listen(config.http.listen, error);
        let listener = TcpListener::bind(config.http.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        telemetry::metrics();
        let origins = config.delivery.origins()?;
        let app = App::open(&config, clock, Purpose::Serve, Some(address), progress).await?;
        if app.database.is_embedded() {
            // The server began with this process, so whoever claimed a job before is gone. A worker beside it that has
            // outlived the last service can at most send a second copy, under the same Message-ID.
            outbox::release(&mut *app.ctx.db.get().await?).await?;
        }
        // Whoever listens as soon as they can misses nothing: it is heard from here on, however long connecting takes.
        let heard_from = events::now(&mut *app.ctx.db.get().await?).await?;
        let api = Api::new(app.ctx.clone(), config.queries.clone());
        let documents = match documents(&config, &api).await {
            Ok(documents) => documents,
            Err(error) => {
                app.close().await;
                return Err(error.into());
            }
        };
        let hub = Hub::default();
        Ok(Self { app, address, hub, heard_from, listener, config, api, documents, origins })
    }

    /// The mode it runs in.
    pub fn mode(&self) -> Mode {
        self.config.http.mode()
    }

    /// Answers and works until `stop` is ready or the embedded database has ended by itself, which is the error; then
    /// drains and stops.
    pub async fn run(
        self,
        example: Option<ExampleSection>,
        stop: impl Future<Output = ()> + Send,
    ) -> std::result::Result<(), StartError> {
        // Two flags: the worker goes on while the last requests end, so that what they enqueue is carried out as well.
        let (stop_server, server_stopped) = watch::channel(false);
        let (stop_worker, worker_stopped) = watch::channel(false);
        let development = self.mode() == Mode::Development;
        let ctx = self.app.ctx.clone();
        let site = Site {
            api: self.api.clone(),
            development,
            over_tls: ctx.public_url.starts_with("https://"),
            mail_folder: self.app.mailer.folder().map(|path| Arc::new(path.to_owned())),
            origin: None,
            example: example.map(Arc::new),
        };
        let metrics_token = self.config.http.metrics_token().map(|token| Arc::new(token.clone()));
        let trusted_proxies: Arc<[_]> = self.config.http.trusted_proxies.clone().into();
        let live = Live::new(
            self.config.subscriptions.clone(),
            self.hub.clone(),
            (self.config.storage.pool_size.into(), self.config.connections.max_connections),
            server_stopped.clone(),
        );
        let connections = self.config.connections.clone();
        let routes = http::routes(Served {
            ctx: ctx.clone(),
            site,
            live: live.clone(),
            metrics_token,
            trusted_proxies: trusted_proxies.clone(),
            documents: self.documents,
            origins: Arc::new(self.origins),
            cache_seconds: self.config.delivery.cache_seconds,
            unread: Unread::new(&connections),
            body_timeout: connections.body_timeout(),
        });
        let listener = tokio::net::TcpListener::from_std(self.listener)
            .map_err(|error| StartError::Listen(self.address, error))?;
        let server = tokio::spawn(async move {
            http::serve(listener, routes, &connections, trusted_proxies, is_set(server_stopped), DRAIN).await
        });
        let mut background = JoinSet::new();
        background.spawn(outbox::announce(ctx.wake.clone(), ctx.db.clone()));
        let (db, clock, wake) = (ctx.db.clone(), ctx.clock.clone(), ctx.wake.clone());
        background.spawn(events::follow(db, clock, wake, self.hub, self.heard_from));
        background.spawn(keep_house(ctx.clone()));
        if self.app.database.is_embedded() {
            let limit = Duration::from_millis(self.config.storage.statement_timeout_ms.into());
            background.spawn(end_overdue(ctx.db.target().clone(), limit));
        }
        let worker = (!self.config.worker.no_worker).then(|| {
            let settings = worker_settings(&self.config);
            tokio::spawn(work(ctx.clone(), self.app.registry(), settings, is_set(worker_stopped)))
        });
        let outcome = tokio::select! {
            () = stop => Ok(()),
            error = self.app.database.died() => Err(StartError::Database(error)),
        };
        let _ = stop_server.send(true);
        if let Ok(Err(error)) = server.await {
            tracing::error!(%error, "The server ended with an error.");
        }
        // Websockets are not the server's any more once they are open.
        let _ = tokio::time::timeout(DRAIN_STREAMS, live.closed()).await;
        // Whoever asked for a change may have gone before it is made.
        if tokio::time::timeout(DRAIN_WRITES, self.api.written()).await.is_err() {
            tracing::warn!(
                "Changes are under way that take too long. What they have not committed is not made."
            );
        }
        let _ = stop_worker.send(true);
        if let Some(worker) = worker {
            let _ = tokio::time::timeout(DRAIN_JOBS, worker).await;
        }
        background.shutdown().await;
        self.app.close().await;
        outcome
    }
}

/// The documents that can be asked for by name, as configured.
async fn documents(config: &Config, api: &Api) -> std::result::Result<Documents, ConfigError> {
    if let Some(file) = &config.delivery.trusted_documents {
        return Documents::trusted(file, api).await;
    }
    let mebibytes = usize::try_from(config.delivery.persisted_queries_mib).unwrap_or(0);
    Ok(Documents::any(mebibytes * 1024 * 1024))
}

/// Runs a worker alone until `stop` is ready.
pub async fn work_until(
    app: App,
    config: &Config,
    stop: impl Future<Output = ()> + Send,
) -> std::result::Result<(), DbError> {
    let (stopping, stopped) = watch::channel(false);
    let worker =
        tokio::spawn(work(app.ctx.clone(), app.registry(), worker_settings(config), is_set(stopped)));
    let outcome = tokio::select! {
        () = stop => Ok(()),
        error = app.database.died() => Err(error),
    };
    let _ = stopping.send(true);
    let _ = tokio::time::timeout(DRAIN_JOBS, worker).await;
    app.close().await;
    outcome
}

async fn work(ctx: Context, registry: Registry, settings: Settings, stop: impl Future<Output = ()>) {
    outbox::work(ctx.db, ctx.clock, ctx.wake, registry, settings, stop).await;
}

async fn is_set(mut flag: watch::Receiver<bool>) {
    // An error means that the sender is gone, which ends things as well.
    let _ = flag.wait_for(|set| *set).await;
}

/// Throws away, once an hour, what nobody needs any more.
async fn keep_house(ctx: Context) {
    loop {
        if let Err(error) = tidy(&ctx).await {
            tracing::warn!(error = %error.report(), "Old jobs and keys could not be thrown away.");
        }
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}

async fn tidy(ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    ctx.limits.forget_the_past();
    let mut conn = ctx.db.get().await?;
    outbox::purge(&mut conn, now - KEEP_JOBS).await?;
    events::purge(&mut conn, now - KEEP_EVENTS).await?;
    idempotency::purge(&mut conn, now - KEEP_KEYS).await?;
    moderation::claims::queries::purge(&mut conn, now).await?;
    notifications::purge(&mut conn, now - KEEP_MAIL).await?;
    identity::queries::purge_links(&mut conn, now - KEEP_LINKS).await?;
    signing::purge(&mut conn, now).await?;
    drop(conn);
    privacy::tidy(ctx).await?;
    Ok(())
}
