//! One message to one person, and its form on the wire.

use std::{fmt, time::SystemTime};

use chrono::{DateTime, Utc};
use lettre::{
    Address,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};

use super::{EmailAddress, SendError, clean};

/// The longest subject that goes out, in characters; more is cut, with an ellipsis.
const MAX_SUBJECT: usize = 200;
/// The longest name of a person that goes out, in characters.
const MAX_NAME: usize = 100;
/// The longest value of a further header, in octets: a header's line may not exceed 998 (RFC 5322, 2.1.1).
const MAX_VALUE: usize = 900;
/// The headers composed here, which no further header may replace.
const OWN_HEADERS: [&str; 15] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-language",
    "auto-submitted",
    "x-auto-response-suppress",
];

/// Whom a message is to.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The name to show beside the address, as the person gave it.
    pub name: Option<String>,
    /// The address; one that is not an [`EmailAddress`] makes sending fail for good.
    pub address: String,
}

/// One message to one person, as text and as HTML. Debug output shows which message it is and nothing that is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Whom it is to.
    pub to: Recipient,
    /// What it is about; folded into one line, cut at 200 characters.
    pub subject: String,
    /// The text part, which must say everything the HTML part says.
    pub text: String,
    /// The HTML part, a whole document.
    pub html: String,
    /// What makes a second copy recognisable: the same for every attempt of one job, without angle brackets. Made by
    /// [`message_id`](super::Mailer::message_id).
    pub message_id: String,
    /// When it was written, to the second.
    pub date: DateTime<Utc>,
    /// Further headers, such as `List-Unsubscribe`: the value goes out as given, so it must already be in the form
    /// its header asks for; at most 900 octets.
    pub headers: Vec<(&'static str, String)>,
    /// Whether no person pressed "send": asks automatic responders to be quiet (RFC 3834).
    pub auto_submitted: bool,
    /// The language of both parts, as a BCP 47 tag such as `en` or `cy`.
    pub language: String,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipient(…)")
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("message_id", &self.message_id)
            .field("date", &self.date)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// Who every message is from, and where answers go.
#[derive(Clone)]
pub(super) struct Sender {
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
}

/// A message in its form on the wire: ASCII, in lines of at most 998 octets that end with CR LF.
pub(super) struct Composed {
    pub from: Address,
    pub to: Address,
    pub message_id: String,
    pub date: DateTime<Utc>,
    pub bytes: Vec<u8>,
}

impl Message {
    /// Puts the message into its form on the wire. It fails for good, because the same message would fail again.
    pub(super) fn compose(&self, sender: &Sender) -> Result<Composed, SendError> {
        let to = EmailAddress::parse(&self.to.address).map_err(|why| match why {
            super::InvalidAddress::NotAscii => refused("the recipient's address has letters before its at sign that need SMTPUTF8, which this service does not use"),
            _ => refused("the recipient's address is not one that mail can be sent to"),
        })?;
        let to = Mailbox::new(display_name(self.to.name.as_deref()), envelope_address(&to)?);
        if !is_message_id(&self.message_id) {
            return Err(refused("its Message-ID is not well-formed; `Mailer::message_id` makes one that is"));
        }

        let mut builder = lettre::Message::builder()
            .from(sender.from.clone())
            .to(to.clone())
            .subject(clean::line(&self.subject, MAX_SUBJECT))
            .date(wire_date(self.date))
            .message_id(Some(format!("<{}>", self.message_id)));
        if let Some(reply_to) = &sender.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let language: String =
            self.language.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(35).collect();
        if !language.is_empty() {
            builder = builder.raw_header(header("Content-Language", &language)?);
        }
        if self.auto_submitted {
            builder = builder
                .raw_header(header("Auto-Submitted", "auto-generated")?)
                .raw_header(header("X-Auto-Response-Suppress", "All")?);
        }
        for (name, value) in &self.headers {
            if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(refused("a further header has the name of one that is composed"));
            }
            builder = builder.raw_header(header(name, value)?);
        }
        let parts = MultiPart::alternative_plain_html(clean::body(&self.text), clean::body(&self.html));
        let message = builder.multipart(parts).map_err(|_| refused("it could not be composed"))?;
        Ok(Composed {
            from: sender.from.email.clone(),
            to: to.email,
            message_id: self.message_id.clone(),
            date: self.date,
            bytes: message.formatted(),
        })
    }
}

/// The name to show beside an address, cleaned, or none.
pub(super) fn display_name(name: Option<&str>) -> Option<String> {
    name.map(|name| clean::line(name, MAX_NAME)).filter(|name| !name.is_empty())
}

/// The same address in the type that SMTP commands and headers are made from.
pub(super) fn envelope_address(address: &EmailAddress) -> Result<Address, SendError> {
    Address::new(address.local_part(), address.domain())
        .map_err(|_| refused("the recipient's address is not one that mail can be sent to"))
}

/// Whether a text can stand as a Message-ID and as part of a file's name.
pub(super) fn is_message_id(text: &str) -> bool {
    let part = |part: &str, more: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    text.len() <= 150 && text.split_once('@').is_some_and(|(id, host)| part(id, "._-+=") && part(host, ".-"))
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, SendError> {
    let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let value = clean::fold(value);
    if !named || value.is_empty() || value.len() > MAX_VALUE {
        return Err(refused(
            "a further header has an impossible name, no value, or one of more than 900 octets",
        ));
    }
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|_| refused("a further header has an impossible name"))?;
    Ok(HeaderValue::new(name, value))
}

/// The date as the composer takes it, which knows the years 1970 to 9999 only.
fn wire_date(date: DateTime<Utc>) -> SystemTime {
    let seconds = u64::try_from(date.timestamp()).unwrap_or(0).min(253_402_300_799);
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}

fn refused(why: &str) -> SendError {
    SendError::Permanent(format!("The message was not sent: {why}."))
}
