//! How mail leaves.

use std::path::PathBuf;

use secrecy::SecretString;

/// The mail server and the sender.
#[derive(Clone, Debug, clap::Args)]
pub struct MailSettings {
    /// The mail server, as `smtp://`, `smtp://…?tls=required` or `smtps://user:password@host:port`; without it mail goes to files
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// A PEM file of certificate authorities to trust for the mail server, beside the public ones
    #[arg(long, env = "SMTP_CA_FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Who the service's mail is from
    #[arg(long, env = "ANSWERABLE_MAIL_FROM", default_value = "Answerable <answerable@answerable.example>")]
    pub mail_from: String,
    /// Where replies to the service's mail go; the sender's address when not given
    #[arg(long, env = "ANSWERABLE_MAIL_REPLY_TO")]
    pub mail_reply_to: Option<String>,
    /// After how many seconds a mail server that does not answer is given up on for now
    #[arg(long, env = "ANSWERABLE_SMTP_TIMEOUT_SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=300))]
    pub smtp_timeout_seconds: u16,
    /// How many mails at once a moderator gets about one document within an hour; what comes beyond that is collected each hour, until it is quiet again
    #[arg(long, env = "ANSWERABLE_MAIL_BURST", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub mail_burst: u16,
}

impl MailSettings {
    /// The mail server's address, where one was given.
    pub fn smtp_url(&self) -> Option<&str> {
        super::given(self.smtp_url.as_ref())
    }
}
