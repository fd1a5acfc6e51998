//! `/receipts/{token}`: what a contributor keeps.

use askama::Template;
use chrono::{DateTime, Utc};

use super::appeal::Reasons;
use crate::web::{assets, words};

/// What was contributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContributionKind {
    /// A public remark.
    Comment,
    /// A private one.
    Submission,
}

/// The receipt of one comment or submission, as its author sees it.
#[derive(Template)]
#[template(path = "web/receipt.html")]
pub struct Receipt {
    /// The reference number to quote.
    pub reference: String,
    /// Comment or submission.
    pub kind: ContributionKind,
    /// The moderation or handling state as the API spells it, or the intake state when that is not CONFIRMED.
    pub state: String,
    /// On which ground it was decided against, as the API spells it.
    pub reason: Option<String>,
    /// What its author is told about that.
    pub statement: Option<String>,
    /// The last decision against it, with what can be done about it.
    pub reasons: Option<Reasons>,
    /// The exact text held, as Markdown source; nothing once it is erased.
    pub text: Option<String>,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// When its text or state last changed, if it has since.
    pub changed_at: Option<DateTime<Utc>>,
    /// What it is about.
    pub document_title: String,
    /// That title's language, as a BCP 47 tag.
    pub document_language: String,
    /// Where the document can be read, when there is such a page.
    pub document_href: Option<String>,
    /// Number and title of the section, when it is about one.
    pub section: Option<String>,
    /// The whole address of this page, as it was handed out.
    pub link: String,
    /// The files of a submission: what each is called, and how large it is.
    pub files: Vec<(String, String)>,
    /// How many replies a comment has.
    pub reply_count: u64,
    /// The first of them.
    pub replies: Vec<ShownReply>,
}

/// A reply to a comment, as everybody can read it.
pub struct ShownReply {
    /// Who wrote it.
    pub author: String,
    /// What they wrote, as plain text.
    pub text: String,
    /// When it could be read first.
    pub published_at: DateTime<Utc>,
}

impl Receipt {
    fn state_words(&self) -> (String, &'static str) {
        words::state(&self.state)
    }

    fn is_private(&self) -> bool {
        self.kind == ContributionKind::Submission
    }
}

/// No receipt has this link.
#[derive(Template)]
#[template(path = "web/receipt_not_found.html")]
pub struct ReceiptNotFound;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    fn receipt() -> Receipt {
        let hostile = || nasty::MARKUP.to_owned();
        Receipt {
            reference: hostile(),
            kind: ContributionKind::Submission,
            state: "RECEIVED".to_owned(),
            reason: Some("OFF_TOPIC".to_owned()),
            statement: Some(hostile()),
            reasons: None,
            text: Some(format!("\n  {}\n{}", nasty::MARKUP, nasty::long_word())),
            received_at: "2026-03-05T09:07:00Z".parse().unwrap(),
            changed_at: None,
            document_title: hostile(),
            document_language: "en".to_owned(),
            document_href: None,
            section: Some(hostile()),
            link: "/receipts/secret".to_owned(),
            files: vec![(hostile(), "12 KiB".to_owned())],
            reply_count: 1,
            replies: vec![ShownReply {
                author: hostile(),
                text: hostile(),
                published_at: "2026-03-06T10:00:00Z".parse().unwrap(),
            }],
        }
    }

    #[test]
    fn it_shows_what_is_held_to_the_letter() {
        let html = nasty::render(&receipt());
        assert_eq!(html.matches(nasty::ESCAPED).count(), 9);
        // A line break right after <pre> is dropped by browsers, so one of ours stands before theirs.
        assert!(html.contains(&format!("dir=\"auto\">\n\n  {}\n", nasty::ESCAPED)));
        assert!(
            html.contains("Received")
                && html.contains("Submission")
                && html.contains("5 March 2026, 09:07 UTC")
        );
        assert!(html.contains("noindex"));
    }

    #[test]
    fn an_erased_text_is_gone_and_said_to_be() {
        let erased = Receipt { text: None, state: "ERASED".to_owned(), replies: Vec::new(), ..receipt() };
        let html = nasty::render(&erased);
        assert!(html.contains("No text is held") && !html.contains("<pre"));
    }

    #[test]
    fn an_unknown_link_tells_nothing() {
        let html = nasty::render(&ReceiptNotFound);
        assert!(html.contains("No receipt") && html.contains("noindex"));
    }
}
