//! `/dev/mail`: what would have been mailed, for whoever develops against this. Never served in production.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::{assets, words};

/// The folder, newest first.
#[derive(Template)]
#[template(path = "web/mail_list.html")]
pub struct MailList {
    /// The messages, in the order to show them.
    pub messages: Vec<MailSummary>,
}

/// One line of the folder.
pub struct MailSummary {
    /// The file's name, which addresses it.
    pub name: String,
    /// The decoded subject; may be empty.
    pub subject: String,
    /// Who it is for.
    pub to: String,
    /// When it was written.
    pub at: DateTime<Utc>,
}

impl MailSummary {
    fn href(&self) -> String {
        format!("/dev/mail/{}", words::component(&self.name))
    }
}

/// Which part of a message is on show, chosen by `?part=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailPart {
    /// `?part=html`
    Html,
    /// `?part=text`
    Text,
    /// `?part=headers`
    Headers,
}

impl MailPart {
    /// The part that `?part=` names; when it names none, the HTML if there is any.
    #[must_use]
    pub fn chosen(name: Option<&str>, has_html: bool) -> Self {
        match name {
            Some("html") => Self::Html,
            Some("text") => Self::Text,
            Some("headers") => Self::Headers,
            _ if has_html => Self::Html,
            _ => Self::Text,
        }
    }
}

/// One message.
#[derive(Template)]
#[template(path = "web/mail_view.html")]
pub struct MailView {
    /// The file's name, which addresses it.
    pub name: String,
    /// The decoded subject; may be empty.
    pub subject: String,
    /// Who it is from.
    pub from: String,
    /// Who it is for.
    pub to: String,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// All headers in their order, decoded.
    pub headers: Vec<(String, String)>,
    /// The text part, if there is one.
    pub text: Option<String>,
    /// Whether there is an HTML part for `/dev/mail/{name}/html`.
    pub has_html: bool,
    /// What is on show.
    pub part: MailPart,
}

impl MailView {
    fn href(&self) -> String {
        format!("/dev/mail/{}", words::component(&self.name))
    }
}

/// The HTML part as `/dev/mail/{name}/html` answers it: its links open a new tab, because the frame may not navigate.
///
/// Served with [`MAIL_HTML_POLICY`](crate::web::headers::MAIL_HTML_POLICY), which is what makes it harmless.
#[must_use]
pub fn mail_frame(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    // ASCII only, so that places in the copy are places in the original.
    let lower = html.to_ascii_lowercase();
    let after = |tag: &str| {
        let at = lower.find(tag)?;
        matches!(lower.as_bytes().get(at + tag.len())?, b'>' | b' ' | b'\n' | b'\r' | b'\t')
            .then(|| lower[at..].find('>').map(|end| at + end + 1))?
    };
    let at = ["<head", "<html", "<!doctype"].into_iter().find_map(after).unwrap_or(0);
    format!("{}{BASE}{}", &html[..at], &html[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    fn view(part: MailPart) -> MailView {
        let hostile = || nasty::MARKUP.to_owned();
        MailView {
            name: "a/../\"b.eml".to_owned(),
            subject: hostile(),
            from: hostile(),
            to: nasty::long_word(),
            at: "2026-03-05T09:07:00Z".parse().unwrap(),
            headers: vec![(hostile(), hostile())],
            text: Some(format!("{} https://a.example/\"x", nasty::MARKUP)),
            has_html: true,
            part,
        }
    }

    #[test]
    fn the_folder_escapes_what_strangers_wrote() {
        let at = "2026-03-05T09:07:00Z".parse().unwrap();
        let message = MailSummary {
            name: "a/\"b".to_owned(),
            subject: nasty::MARKUP.to_owned(),
            to: nasty::MARKUP.to_owned(),
            at,
        };
        let blank = MailSummary { name: "c".to_owned(), subject: String::new(), to: nasty::long_word(), at };
        let html = nasty::render(&MailList { messages: vec![message, blank] });
        assert_eq!(html.matches(nasty::ESCAPED).count(), 2);
        assert!(html.contains("href=\"/dev/mail/a%2F%22b\"") && html.contains("(no subject)"));
        assert!(nasty::render(&MailList { messages: vec![] }).contains("No mail yet"));
    }

    #[test]
    fn every_part_of_a_message_is_escaped_or_sandboxed() {
        let headers = nasty::render(&view(MailPart::Headers));
        assert_eq!(headers.matches(nasty::ESCAPED).count(), 5);
        let text = nasty::render(&view(MailPart::Text));
        assert!(text.contains(&format!("{} <a href=\"https://a.example/\"", nasty::ESCAPED)));
        assert!(!text.contains("<iframe"));
        let html = nasty::render(&view(MailPart::Html));
        let frame = "<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" src=\"/dev/mail/a%2F..%2F%22b.eml/html\"";
        assert!(html.contains(frame), "{html}");
    }

    #[test]
    fn a_missing_part_is_said_to_be_missing() {
        let bare = || MailView { text: None, has_html: false, ..view(MailPart::Text) };
        assert!(nasty::render(&bare()).contains("no text part"));
        let html = nasty::render(&MailView { part: MailPart::Html, ..bare() });
        assert!(html.contains("no HTML part") && !html.contains("<iframe"));
        assert_eq!(MailPart::chosen(None, false), MailPart::Text);
        assert_eq!(MailPart::chosen(Some("x"), true), MailPart::Html);
    }

    #[test]
    fn links_of_framed_mail_open_elsewhere() {
        let base = "<base target=\"_blank\">";
        assert_eq!(mail_frame("<p>é"), format!("{base}<p>é"));
        assert_eq!(mail_frame("<!DOCTYPE html><P>"), format!("<!DOCTYPE html>{base}<P>"));
        let whole = mail_frame("<!doctype html><html><HEAD lang=en><title>x</title></head><header>");
        assert_eq!(
            whole,
            format!("<!doctype html><html><HEAD lang=en>{base}<title>x</title></head><header>")
        );
        assert_eq!(mail_frame("<header>İ<"), format!("{base}<header>İ<"));
    }
}
