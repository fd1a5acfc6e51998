//! What a mail server's refusal or silence means for the message, in words without anything private in them.
//!
//! The text of a reply is left out, because servers like to repeat the address, the name or a line of the message in
//! it; its code and enhanced status (RFC 3463) say which of the known reasons it is.

use std::error::Error as _;

use lettre::transport::smtp::{
    Error,
    response::{Code, Severity},
};

use crate::mail::SendError;

/// How far an exchange had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Reaching the server, its greeting and EHLO, TLS from the start.
    Connect,
    /// STARTTLS.
    Tls,
    /// User and password.
    Authenticate,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Announce,
    /// The message and the answer to it.
    Content,
}

/// What went wrong, and where.
pub(super) struct Failure {
    stage: Stage,
    /// Nothing where the server agreed to what it had not been asked.
    error: Option<Error>,
}

impl Failure {
    /// What turns an error of the library, met at `stage`, into a failure.
    pub fn at(stage: Stage) -> impl Fn(Error) -> Self {
        move |error| Self { stage, error: Some(error) }
    }

    /// A reply that does not fit what was asked at `stage`.
    pub fn out_of_step(stage: Stage) -> Self {
        Self { stage, error: None }
    }

    fn code(&self) -> Option<Code> {
        self.error.as_ref()?.status()
    }

    /// Whether the server is still in step: it refused in a well-formed reply and did not hang up.
    pub fn answered(&self) -> bool {
        self.code().is_some_and(|code| u16::from(code) != 421)
    }

    /// Whether the same message may go over another connection at once: this one broke before the server could have
    /// taken the message.
    pub fn may_repeat(&self) -> bool {
        !self.answered() && self.stage < Stage::Content
    }

    fn enhanced(&self) -> Option<String> {
        self.error.as_ref()?.source().map(ToString::to_string).and_then(|text| enhanced_status(&text))
    }

    /// Whether a refusal of the recipient says that there is no such mailbox. Where there is an enhanced status it counts
    /// alone: many a server says 550 of what it takes for spam.
    fn names_no_mailbox(&self) -> bool {
        match self.enhanced() {
            Some(status) => {
                matches!(
                    status.as_str(),
                    "5.1.0" | "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1"
                )
            }
            None => self.code().is_some_and(|code| matches!(u16::from(code), 550 | 551 | 553)),
        }
    }

    fn status(&self) -> Option<String> {
        let code = u16::from(self.code()?);
        let enhanced = self.enhanced();
        Some(match enhanced {
            Some(enhanced) => format!("{code} {enhanced}, {}", meaning(&enhanced)),
            None => code.to_string(),
        })
    }
}

impl From<Failure> for SendError {
    /// A refusal with a 5xx reply is for good where it is about this message. Before MAIL it is about the service and
    /// its settings, as is a demand for authentication at any stage: the message waits until they are put right.
    fn from(failure: Failure) -> Self {
        let Some(status) = failure.status() else {
            return Self::Temporary(broken(&failure));
        };
        let permanent = failure.stage >= Stage::Sender
            && failure.code().is_some_and(|code| {
                code.severity == Severity::PermanentNegativeCompletion
                    && !matches!(u16::from(code), 530 | 534 | 535 | 538)
            });
        let what = match failure.stage {
            Stage::Connect => "the connection",
            Stage::Tls => "STARTTLS",
            Stage::Authenticate => "the user and password of SMTP_URL",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Announce | Stage::Content => "the message",
        };
        if permanent && failure.stage == Stage::Recipient && failure.names_no_mailbox() {
            Self::NoMailbox(format!("The mail server refused {what} for good: {status}."))
        } else if permanent {
            Self::Permanent(format!("The mail server refused {what} for good: {status}."))
        } else {
            Self::Temporary(format!("The mail server refused {what} for now: {status}."))
        }
    }
}

fn broken(failure: &Failure) -> String {
    let Some(error) = &failure.error else {
        return "The mail server gave an answer that does not fit the question.".into();
    };
    // What the operating system or the TLS library says is about hosts and certificates, never about people.
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    let unreadable = error.is_response() && cause != "incomplete response";
    match failure.stage {
        _ if cause.contains("certificate") => format!(
            "The mail server's certificate was not accepted ({cause}). If its authority is your own, name it in SMTP_CA_FILE."
        ),
        Stage::Connect if error.is_client() || unreadable => {
            "What answers at the address in SMTP_URL does not speak SMTP, or wants TLS from the start (`smtps://`).".into()
        }
        Stage::Connect if error.is_response() => "The mail server hung up without a greeting.".into(),
        Stage::Connect => format!("The mail server could not be reached: {cause}."),
        Stage::Tls if error.is_client() => {
            "The mail server does not offer STARTTLS, which SMTP_URL requires, so nothing was sent.".into()
        }
        Stage::Tls => "The mail server and this service could not agree on TLS.".into(),
        Stage::Authenticate if error.is_client() => {
            "The mail server offers no way of signing in that this service knows (PLAIN and LOGIN).".into()
        }
        Stage::Content if !unreadable => {
            "The mail server hung up before it said whether it took the message; a second copy may arrive.".into()
        }
        _ if unreadable => "The mail server gave an answer that is not SMTP.".into(),
        _ => "The mail server hung up before it took the message.".into(),
    }
}

/// The enhanced status a reply begins with, such as `5.1.1`.
fn enhanced_status(text: &str) -> Option<String> {
    let word = text.split_whitespace().next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let known =
        parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts.iter().all(|part| number(part));
    known.then(|| word.to_owned())
}

fn meaning(enhanced: &str) -> &'static str {
    match enhanced.get(2..).unwrap_or_default() {
        "1.1" | "1.6" => "there is no such mailbox",
        "1.2" => "there is no such mail domain",
        "1.7" | "1.8" => "it does not take mail from this sender's address",
        "2.1" => "the mailbox is closed",
        "2.2" => "the mailbox is full",
        "2.3" | "3.4" => "the message is too large",
        rest => match rest.split('.').next() {
            Some("1") => "about an address",
            Some("2") => "about the mailbox",
            Some("3") => "about the mail system",
            Some("4") => "about the network or the routing",
            Some("5") => "about the protocol",
            Some("6") => "about the message's form",
            Some("7") => "about security or policy",
            _ => "for a reason it did not name",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_keeps_its_status_and_nothing_else() {
        assert_eq!(enhanced_status("5.1.1 <ana@example.org>: unknown").as_deref(), Some("5.1.1"));
        assert_eq!(enhanced_status("4.7.28 Slow down").as_deref(), Some("4.7.28"));
        for none in ["", "Hello", "ana@example.org 5.1.1", "5.1", "3.1.1", "5.1.1.1", "5.ana.1", "5.1.1234"] {
            assert_eq!(enhanced_status(none), None, "{none}");
        }
        assert_eq!(meaning("5.1.1"), "there is no such mailbox");
        assert_eq!(meaning("4.7.28"), "about security or policy");
        assert_eq!(meaning("4.0.0"), "for a reason it did not name");
    }
}
