//! How the server misbehaves when told to.

use std::time::Duration;

use tokio::sync::watch;

/// A point of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Before the greeting.
    Connect,
    /// At EHLO.
    Hello,
    /// At AUTH, before the password is looked at.
    Auth,
    /// At MAIL FROM.
    Mail,
    /// At RCPT TO.
    Rcpt,
    /// At DATA, before the message.
    Data,
    /// At the end of the message, before it is taken.
    Content,
    /// At the end of the message, which was taken; the client does not know yet.
    Taken,
}

/// What happens there.
#[derive(Clone, Debug)]
pub enum Act {
    /// The reply: a code and its text.
    Reply(u16, String),
    /// Nothing more is said, and the connection stays.
    Hang,
    /// The connection ends without a word.
    Drop,
    /// The right thing, after this long.
    Slow(Duration),
    /// The right thing, once this is true.
    Until(watch::Receiver<bool>),
}

/// One piece of misbehaviour.
#[derive(Clone, Debug)]
pub struct Rule {
    at: At,
    act: Act,
    left: Option<usize>,
    recipient: Option<String>,
}

impl Rule {
    /// Do this there, every time.
    pub fn new(at: At, act: Act) -> Self {
        Self { at, act, left: None, recipient: None }
    }

    /// Refuse there with this code, and with a text that gives the recipient away, as real servers do.
    pub fn refuse(at: At, code: u16, enhanced: &str) -> Self {
        Self::new(
            at,
            Act::Reply(code, format!("{enhanced} <{{recipient}}>: {{recipient}} is not served here")),
        )
    }

    /// Whether it is about this point.
    pub fn is_at(&self, at: At) -> bool {
        self.at == at
    }

    /// Only the next `n` times.
    pub fn times(mut self, n: usize) -> Self {
        self.left = Some(n);
        self
    }

    /// Only for mail to this address; it is known from RCPT on.
    pub fn to(mut self, recipient: &str) -> Self {
        self.recipient = Some(recipient.to_owned());
        self
    }
}

/// What the first fitting rule says, using it up by one.
pub fn apply(rules: &mut [Rule], at: At, recipients: &[String]) -> Option<Act> {
    let fits = |rule: &&mut Rule| {
        rule.at == at
            && rule.left != Some(0)
            && rule
                .recipient
                .as_ref()
                .is_none_or(|wanted| recipients.iter().any(|known| known.eq_ignore_ascii_case(wanted)))
    };
    let rule = rules.iter_mut().find(fits)?;
    rule.left = rule.left.map(|left| left - 1);
    Some(match &rule.act {
        Act::Reply(code, text) => {
            let recipient = recipients.first().map_or("nobody@example.org", String::as_str);
            Act::Reply(*code, text.replace("{recipient}", recipient))
        }
        other => other.clone(),
    })
}
