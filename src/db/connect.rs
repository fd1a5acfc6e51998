//! How a connection is made: TLS, the statement timeout, and what goes wrong.

use std::{path::Path, sync::Arc, time::Duration};

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DbError;

/// A database that can be connected to.
#[derive(Clone)]
pub struct Target {
    config: tokio_postgres::Config,
    tls: Option<MakeRustlsConnect>,
}

impl Target {
    /// Reads a connection string. TLS: `sslmode=require` demands a certificate that one of the known authorities
    /// signed; `prefer`, the default, does the same for another machine and needs none for this one; `disable` sends
    /// everything in clear.
    pub fn parse(url: &str, ca_file: Option<&Path>) -> Result<Self, DbError> {
        let mut config: tokio_postgres::Config = url.parse().map_err(|_| {
            DbError(
                "DATABASE_URL is not a PostgreSQL address; it must look like `postgres://user:password@host:5432/database`."
                    .into(),
            )
        })?;
        if config.get_hosts().is_empty() || config.get_dbname().is_none() {
            return Err(DbError(
                "DATABASE_URL must name a host and a database, as in `postgres://user:password@host:5432/database`.".into(),
            ));
        }
        config.application_name("answerable").connect_timeout(Duration::from_secs(5));
        let wanted = match config.get_ssl_mode() {
            SslMode::Disable => false,
            SslMode::Prefer => config.get_hosts().iter().any(is_elsewhere),
            _ => true,
        };
        config.ssl_mode(if wanted { SslMode::Require } else { SslMode::Disable });
        let tls = wanted.then(|| tls(ca_file)).transpose()?;
        Ok(Self { config, tls })
    }

    /// A connection of diesel's, its statements bounded in time.
    pub async fn dial(&self, statement_timeout: Option<Duration>) -> ConnectionResult<AsyncPgConnection> {
        let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(describe(&error));
        let mut connection = if let Some(tls) = &self.tls {
            let (client, connection) = self.config.connect(tls.clone()).await.map_err(bad)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        } else {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(bad)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await?
        };
        if let Some(timeout) = statement_timeout {
            let settings = format!(
                "SET statement_timeout = {0}; SET idle_in_transaction_session_timeout = {0}; SET application_name = '{1}'",
                timeout.as_millis(),
                super::watchdog::BOUNDED
            );
            connection.batch_execute(&settings).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        }
        Ok(connection)
    }

    /// Connects once, and says what is wrong in one line if that does not work.
    pub async fn probe(&self) -> Result<(), DbError> {
        self.dial(None).await.map(drop).map_err(|error| {
            let reason = match error {
                ConnectionError::BadConnection(text) => text,
                other => other.to_string(),
            };
            DbError(format!(
                "The database at {} cannot be used: {reason}. Check DATABASE_URL, and that the server runs and lets you in.",
                self.address()
            ))
        })
    }

    /// Host, port and database: what may be shown.
    fn address(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "?".into(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        format!("{host}:{port}/{}", self.config.get_dbname().unwrap_or("?"))
    }
}

fn is_elsewhere(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name != "localhost" && !name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

/// The server's own words where it said anything, without the address it was asked at.
pub(super) fn describe(error: &tokio_postgres::Error) -> String {
    if let Some(said) = error.as_db_error() {
        return said.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text.trim_end_matches('.').to_owned()
}

fn tls(ca_file: Option<&Path>) -> Result<MakeRustlsConnect, DbError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        let unreadable = |cause: &dyn std::fmt::Display| {
            DbError(format!("ANSWERABLE_DATABASE_CA_FILE: {} cannot be used: {cause}.", path.display()))
        };
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))? {
            let certificate = certificate.map_err(|error| unreadable(&error))?;
            roots.add(certificate).map_err(|error| unreadable(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| DbError(format!("TLS cannot be set up: {error}.")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
