//! Composition: how the parts are put together into a running service, and how it ends.

mod database;
mod demo;
mod service;

use std::{net::SocketAddr, sync::Arc};

pub use database::{Database, Purpose};
pub use demo::{example, load as load_demo};
pub use service::{Service, work_until};

use crate::{
    attachments,
    clock::Clock,
    config::{Config, ConfigError},
    context::Context,
    db::{Db, DbError, Target},
    error::Error,
    files::Files,
    installation, intake,
    limits::Limits,
    mail::Mailer,
    notifications::Post,
    oidc::Provider,
    outbox::{Registry, Settings, Wake},
    privacy, rekey,
    seal::Keys,
    signing::Signing,
    vault::{Ring, Vault},
};

/// The service cannot start, or a command cannot be carried out; the text is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Something that came up on the way.
    #[error("{}", .0.report())]
    Other(#[from] Error),
    /// The address cannot be listened on.
    #[error(
        "{0} cannot be listened on: {1}. Is another service running there? Choose another address with --listen."
    )]
    Listen(SocketAddr, std::io::Error),
}

/// Everything that is needed to act: what `serve`, `worker` and the commands share.
pub struct App {
    /// The surroundings of every action.
    pub ctx: Context,
    /// How mail leaves.
    pub mailer: Mailer,
    /// How many mails at once a moderator is sent about one document within an hour.
    pub mail_burst: u32,
    /// The database, where this process runs it.
    pub database: Database,
}

impl App {
    /// Opens the database, brings it to this program's schema and proves that the keys are the ones it was begun with.
    /// `bound` is the address that the service listens on, where it does.
    pub async fn open(
        config: &Config,
        clock: Clock,
        purpose: Purpose,
        bound: Option<SocketAddr>,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, StartError> {
        let public_url = config.http.public_url(bound.unwrap_or(config.http.listen))?;
        let mailer = Mailer::new(&config.mail, &config.storage.data_dir, host_of(&public_url))?;
        let database = Database::open(&config.storage, purpose, progress).await?;
        let opened = Self::on(&database, config, clock, public_url, progress).await;
        match opened {
            Ok(ctx) => Ok(Self { ctx, mailer, mail_burst: config.mail.mail_burst.into(), database }),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn on(
        database: &Database,
        config: &Config,
        clock: Clock,
        public_url: String,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Context, StartError> {
        let target = Target::parse(database.url(), config.storage.database_ca_file.as_deref())?;
        let run = crate::db::migrate(&target).await?;
        if run > 0 {
            progress(&format!("Migrated the database: {run} step{}.", if run == 1 { "" } else { "s" }));
        }
        let timeout = std::time::Duration::from_millis(config.storage.statement_timeout_ms.into());
        let db = Db::connect(target, config.storage.pool_size.into(), timeout).await?;
        let mut conn = db.get().await?;
        let is_new = installation::is_new(&mut conn).await?;
        let loaded_keys = Arc::new(config.keys.load(&config.storage.data_dir, is_new)?);
        let Some(root) = installation::prove(&mut conn, &loaded_keys.masters, clock.now()).await? else {
            return Err(ConfigError(
                "The master key is not the one this database is sealed with; nothing was changed. Give that key as ANSWERABLE_MASTER_KEY, or the data directory it is kept in."
                    .into(),
            )
            .into());
        };
        let (key_config, data_dir) = (config.keys.clone(), config.storage.data_dir.clone());
        let ring = Ring::new(loaded_keys.masters.clone(), move || key_config.masters(&data_dir, false).ok());
        let keys = Arc::new(Keys::of(&root));
        let vault = Vault::new(db.clone(), clock.clone(), keys, Arc::new(ring));
        drop(conn);
        let limits = Arc::new(Limits::new(&config.limits, &clock));
        let outside = crate::context::outside_client()?;
        let signing = Signing::new(db.clone(), clock.clone(), vault.clone(), loaded_keys.clone());
        let provider = config.oidc.settings()?;
        let provider =
            provider.map(|settings| Arc::new(Provider::new(settings, outside.clone(), clock.clone())));
        let files = Arc::new(Files::open(&config.files, config.http.mode(), &config.storage.data_dir)?);
        Ok(Context {
            db,
            clock,
            vault,
            loaded_keys,
            signing,
            provider,
            wake: Wake::default(),
            limits,
            files,
            moderation: config.moderation.clone(),
            confirm_within: config.intake.confirm_within(),
            public_url: public_url.into(),
            classifiers: Arc::new(config.classifiers.read(config.http.mode())?),
            outside,
        })
    }

    /// Which code carries out which job.
    pub fn registry(&self) -> Registry {
        let registry =
            Post::new(self.ctx.clone(), self.mailer.clone(), self.mail_burst).register(Registry::default());
        let registry = rekey::register(self.ctx.clone(), registry);
        let registry = attachments::jobs::register(self.ctx.clone(), registry);
        let registry = privacy::register(self.ctx.clone(), registry);
        intake::register(self.ctx.clone(), registry)
    }

    /// Gives everything back: connections, then the server that this process started.
    pub async fn close(self) {
        self.mailer.close().await;
        self.ctx.db.close();
        self.database.close().await;
    }
}

/// How the worker is to work, as configured.
pub fn worker_settings(config: &Config) -> Settings {
    let smtp = std::time::Duration::from_secs(config.mail.smtp_timeout_seconds.into());
    Settings {
        concurrency: config.worker.worker_concurrency.into(),
        // A job is ended at four fifths of its lease, which must not cut a mail server's patience short.
        lease: config.worker.lease().max(smtp * 2),
        retry_base: config.worker.retry_base(),
        max_attempts: config.worker.max_attempts.into(),
        poll: std::time::Duration::from_secs(1),
    }
}

/// The host in an address, without its port.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_found_in_every_address() {
        assert_eq!(host_of("https://consult.example.org"), "consult.example.org");
        assert_eq!(host_of("http://127.0.0.1:8000/path"), "127.0.0.1");
        assert_eq!(host_of("http://[::1]:8000"), "[::1]");
        assert_eq!(host_of("https://user@a.example/"), "a.example");
    }
}
