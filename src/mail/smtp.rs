//! Mail over SMTP: one message at a time over a connection that is kept for the next.

mod failure;
mod parked;
mod server;

use std::{fmt, path::Path, time::Duration};

use lettre::transport::smtp::{
    authentication::Mechanism,
    client::AsyncSmtpConnection,
    commands::{Data, Mail, Rcpt},
    extension::ClientId,
    response::Severity,
};
use tokio::time::timeout;

use self::{
    failure::{Failure, Stage},
    parked::Parked,
    server::{Security, Server},
};
use super::{SendError, message::Composed};
use crate::config::ConfigError;

/// Speaks to one mail server.
pub(super) struct Smtp {
    server: Server,
    hello: ClientId,
    /// What a whole send may take, from the first octet to the last.
    patience: Duration,
    parked: Parked,
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.server.fmt(f)
    }
}

impl Smtp {
    /// The server that `url` names, told that `host` is speaking; a send takes `patience` at the most.
    pub fn new(
        url: &str,
        ca_file: Option<&Path>,
        host: Option<&str>,
        patience: Duration,
    ) -> Result<Self, ConfigError> {
        let server = Server::parse(url, ca_file)?;
        // Without a name of its own the machine's is used, or an address literal: servers refuse other things.
        let hello = match host {
            Some(host) => ClientId::Domain(host.to_owned()),
            None => match ClientId::default() {
                ClientId::Domain(name) if !name.contains('.') => {
                    ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST)
                }
                known => known,
            },
        };
        Ok(Self { server, hello, patience, parked: Parked::new(parked::IDLE_LIMIT) })
    }

    /// Sends one message, or says why not. Nothing, hanging servers included, makes it take longer than the patience
    /// it was made with.
    pub async fn send(&self, mail: &Composed) -> Result<(), SendError> {
        match timeout(self.patience, self.deliver(mail)).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(SendError::Temporary(format!(
                "The mail server did not finish within the {} s that ANSWERABLE_SMTP_TIMEOUT_SECONDS allows.",
                self.patience.as_secs()
            ))),
        }
    }

    /// Takes leave of the server.
    pub async fn close(&self) {
        self.parked.close().await;
    }

    async fn deliver(&self, mail: &Composed) -> Result<(), Failure> {
        if let Some(mut conn) = self.parked.take() {
            // A server that hung up answers at once; one that vanished without a word must not cost the whole patience.
            let probe = (self.patience / 4).min(Duration::from_secs(3));
            if timeout(probe, conn.test_connected()).await == Ok(true) {
                match self.exchange(conn, mail).await {
                    Err(failure) if failure.may_repeat() => {}
                    outcome => return outcome,
                }
            }
            self.parked.forget();
        }
        let conn = self.connect().await?;
        self.exchange(conn, mail).await
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let implicit = match &self.server.security {
            Security::Implicit(tls) => Some(tls.clone()),
            _ => None,
        };
        let address = (self.server.host.as_str(), self.server.port);
        // Half the patience for an address that does not answer leaves time for the host's next one.
        let mut conn = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(self.patience / 2),
            &self.hello,
            implicit,
            None,
        )
        .await
        .map_err(Failure::at(Stage::Connect))?;
        match &self.server.security {
            Security::Required(tls) => {
                conn.starttls(tls.clone(), &self.hello).await.map_err(Failure::at(Stage::Tls))?;
            }
            Security::Opportunistic(tls) if conn.can_starttls() => {
                conn.starttls(tls.clone(), &self.hello).await.map_err(Failure::at(Stage::Tls))?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.server.credentials {
            conn.auth(&[Mechanism::Plain, Mechanism::Login], credentials)
                .await
                .map_err(Failure::at(Stage::Authenticate))?;
        }
        Ok(conn)
    }

    async fn exchange(&self, mut conn: AsyncSmtpConnection, mail: &Composed) -> Result<(), Failure> {
        match transact(&mut conn, mail).await {
            Ok(()) => {
                self.parked.park(conn);
                Ok(())
            }
            Err(failure) => {
                if failure.answered() {
                    parked::part(conn);
                }
                Err(failure)
            }
        }
    }
}

/// One mail transaction (RFC 5321, 3.3). The message is ASCII and so is the envelope, so that no extension is needed.
async fn transact(conn: &mut AsyncSmtpConnection, mail: &Composed) -> Result<(), Failure> {
    conn.command(Mail::new(Some(mail.from.clone()), Vec::new())).await.map_err(Failure::at(Stage::Sender))?;
    conn.command(Rcpt::new(mail.to.clone(), Vec::new())).await.map_err(Failure::at(Stage::Recipient))?;
    // Sent to a server that does not expect it, a message would be read as commands.
    if !conn.command(Data).await.map_err(Failure::at(Stage::Announce))?.has_code(354) {
        return Err(Failure::out_of_step(Stage::Announce));
    }
    let answer = conn.message(&mail.bytes).await.map_err(Failure::at(Stage::Content))?;
    if answer.code().severity == Severity::PositiveCompletion {
        Ok(())
    } else {
        Err(Failure::out_of_step(Stage::Content))
    }
}
