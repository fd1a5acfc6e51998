//! Mail: what a message is, its form on the wire, and the ways it can leave. Which mail is written, when and in what
//! words belongs to `notifications`.
//!
//! Sending never fails with [`crate::error::Error`]: [`SendError`] says whether to try again, in words that name
//! nobody, so that they can stand in a log and in the table of jobs.
//!
//! There is no form in memory: tests that look at mail read the folder or speak SMTP, over the code that runs in
//! production.

mod address;
mod clean;
mod file;
pub mod folder;
mod message;
mod smtp;

use std::{fmt, path::Path, sync::Arc, time::Duration};

use lettre::message::Mailbox;

pub use self::{
    address::{EmailAddress, InvalidAddress},
    message::{Message, Recipient},
};
use self::{file::Folder, message::Sender, smtp::Smtp};
use crate::config::{ConfigError, MailSettings};

/// Why a message did not leave. The text is one sentence for a log; it holds no address and nothing of the message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may leave later: nobody answered, something broke half-way, or what has to be put right is a setting.
    #[error("{0}")]
    Temporary(String),
    /// There is no such mailbox, or it is closed: no message to this address will ever leave.
    #[error("{0}")]
    NoMailbox(String),
    /// The same message to the same address will never leave.
    #[error("{0}")]
    Permanent(String),
}

/// Sends messages the way the settings say. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Mailer {
    sender: Sender,
    /// What a Message-ID ends with.
    host: String,
    transport: Arc<Transport>,
}

enum Transport {
    Smtp(Smtp),
    File(Folder),
}

/// Says where mail goes, without credentials, for the log at the start.
impl fmt::Display for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.transport {
            Transport::Smtp(smtp) => write!(f, "mail server {smtp}"),
            Transport::File(folder) => write!(f, "files in {}", folder.path.display()),
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailer({self})")
    }
}

impl Mailer {
    /// A mailer for these settings. Without a mail server, mail goes to files under `data_dir`. `public_host` is the
    /// host of the service's public address, without its port: where it is a proper domain name it stands in
    /// Message-IDs and in the greeting of mail servers. Nothing is connected to yet.
    ///
    /// # Errors
    /// A setting that cannot work, in one line that names it and never shows a password.
    pub fn new(settings: &MailSettings, data_dir: &Path, public_host: &str) -> Result<Self, ConfigError> {
        let (from, from_domain) = mailbox("ANSWERABLE_MAIL_FROM", &settings.mail_from)?;
        let reply_to = settings.mail_reply_to.as_deref().filter(|text| !text.trim().is_empty());
        let reply_to = reply_to.map(|text| mailbox("ANSWERABLE_MAIL_REPLY_TO", text)).transpose()?;
        let own_name = Some(public_host).filter(|host| is_domain_name(host)).map(str::to_ascii_lowercase);
        let transport = match settings.smtp_url() {
            Some(url) => Transport::Smtp(Smtp::new(
                url,
                settings.smtp_ca_file.as_deref().filter(|path| !path.as_os_str().is_empty()),
                own_name.as_deref(),
                Duration::from_secs(settings.smtp_timeout_seconds.into()),
            )?),
            None => Transport::File(Folder { path: folder::path(data_dir) }),
        };
        Ok(Self {
            sender: Sender { from, reply_to: reply_to.map(|(mailbox, _)| mailbox) },
            host: own_name.unwrap_or(from_domain),
            transport: Arc::new(transport),
        })
    }

    /// The Message-ID of the mail that `job` sends: the same at every attempt, unlike any other. Ends with the public
    /// host, or with the sender's domain while the service runs under no proper name.
    pub fn message_id(&self, job: impl fmt::Display) -> String {
        format!("{job}@{}", self.host)
    }

    /// Sends one message. Over SMTP it has left when the server has taken responsibility for it; dropping the call
    /// half-way leaves open whether it did.
    ///
    /// # Errors
    /// Whether to try again, and why it did not leave.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        let composed = message.compose(&self.sender)?;
        match &*self.transport {
            Transport::Smtp(smtp) => smtp.send(&composed).await,
            Transport::File(folder) => folder.send(composed).await,
        }
    }

    /// The folder mail is written to, where it is.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &*self.transport {
            Transport::Smtp(_) => None,
            Transport::File(folder) => Some(&folder.path),
        }
    }

    /// Takes leave of the mail server, for the end of the process; at most a second for each open connection.
    pub async fn close(&self) {
        if let Transport::Smtp(smtp) = &*self.transport {
            smtp.close().await;
        }
    }
}

/// Reads `Name <address>` or a bare address from the setting of that name; with the address's domain.
fn mailbox(setting: &str, text: &str) -> Result<(Mailbox, String), ConfigError> {
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => (Some(name.trim().trim_matches('"')), address),
        None => (None, text),
    };
    let wrong = || {
        ConfigError(format!(
            "{setting} is `{}`; it must look like `Answerable <answerable@example.org>`.",
            clean::fold(text)
        ))
    };
    let address = EmailAddress::parse(address).map_err(|_| wrong())?;
    let mailbox =
        Mailbox::new(message::display_name(name), message::envelope_address(&address).map_err(|_| wrong())?);
    Ok((mailbox, address.domain().to_ascii_lowercase()))
}

/// Whether a host is a name that others can know: with a dot, and not a numeric address.
fn is_domain_name(host: &str) -> bool {
    host.contains('.')
        && EmailAddress::parse(&format!("postmaster@{host}")).is_ok_and(|known| known.domain() == host)
}
