//! What the server took, and what a person would read in it.

use mail_parser::{HeaderValue, MessageParser};

/// A message as it came over the wire.
#[derive(Clone, Debug)]
pub struct Received {
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: Vec<String>,
    /// The octets, with dots unstuffed.
    pub raw: Vec<u8>,
    /// Whether the connection was protected by TLS.
    pub encrypted: bool,
    /// Who had signed in.
    pub user: Option<String>,
}

/// A message as a mail program shows it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The address and the name in `From`.
    pub from: (String, Option<String>),
    /// The address and the name in `To`.
    pub to: (String, Option<String>),
    /// The subject, decoded.
    pub subject: String,
    /// The text part, with LF for line ends.
    pub text: String,
    /// The HTML part, with LF for line ends.
    pub html: String,
    /// Every header of the message, unfolded, in its order.
    pub headers: Vec<(String, String)>,
}

impl Received {
    /// Whether it is the receipt of a contribution.
    pub fn is_receipt(&self) -> bool {
        let head = String::from_utf8_lossy(&self.raw[..self.raw.len().min(2_000)]).into_owned();
        ["Receipt for your", "Derbynneb am eich"]
            .iter()
            .any(|begin| head.contains(&format!("\nSubject: {begin}")))
    }

    /// Writes both parts into a folder, to be looked at: a file each for every kind of letter and language.
    pub fn lay_out(&self, folder: &std::path::Path) {
        let mail = self.read();
        let about = mail.subject.split(':').next().unwrap_or_default();
        let name: String = about.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let path = folder.join(format!("{}-{name}", mail.header("Content-Language").unwrap_or("xx")));
        std::fs::create_dir_all(folder).expect("a folder for letters");
        std::fs::write(path.with_extension("html"), &mail.html).expect("a letter");
        std::fs::write(path.with_extension("txt"), &mail.text).expect("a letter");
    }

    /// Reads the message; it must have exactly a text and an HTML part, one sender and one recipient.
    pub fn read(&self) -> Mail {
        let message = MessageParser::default().parse(&self.raw).expect("a message");
        let address = |all: Option<&mail_parser::Address<'_>>| {
            let all: Vec<_> = all.expect("an address").iter().collect();
            assert_eq!(all.len(), 1, "one address is expected: {all:?}");
            (all[0].address().expect("an address").to_owned(), all[0].name().map(str::to_owned))
        };
        let subtypes: Vec<_> = message
            .parts
            .iter()
            .filter_map(|part| {
                match part.headers.iter().find(|header| header.name.as_str() == "Content-Type") {
                    Some(header) => match &header.value {
                        HeaderValue::ContentType(kind) if kind.c_type == "text" => kind.c_subtype.as_deref(),
                        _ => None,
                    },
                    None => None,
                }
            })
            .collect();
        assert_eq!(subtypes, ["plain", "html"], "a text and an HTML part are expected");
        let lines = |text: std::borrow::Cow<'_, str>| text.replace("\r\n", "\n");
        Mail {
            from: address(message.from()),
            to: address(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: lines(message.body_text(0).expect("a text part")),
            html: lines(message.body_html(0).expect("an HTML part")),
            headers: message
                .headers_raw()
                .map(|(name, value)| {
                    (name.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" "))
                })
                .collect(),
        }
    }
}

impl Mail {
    /// The value of a header; a message that has it twice fails the test.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }

    /// Every link of the text part.
    pub fn links(&self) -> Vec<String> {
        urls(&self.text)
    }

    /// Every link of the HTML part.
    pub fn html_links(&self) -> Vec<String> {
        self.html
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(|url| url.replace("&amp;", "&"))
            .collect()
    }

    /// The one link of the text part that contains `part`; the HTML part must have it too.
    pub fn link(&self, part: &str) -> String {
        let found: Vec<_> = self.links().into_iter().filter(|url| url.contains(part)).collect();
        assert_eq!(found.len(), 1, "one link with {part} is expected in {}", self.text);
        assert!(self.html_links().contains(&found[0]), "{} is not in the HTML part", found[0]);
        found[0].clone()
    }
}

fn urls(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')'))
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?']).to_owned())
        .collect()
}
