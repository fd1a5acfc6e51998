//! The letters to those who work here: what each kind says, in the reader's language. How they look is in `draft`.

mod digest;

pub(super) use digest::{DigestDocument, DigestItem, DigestTopic, digest};

use chrono::{DateTime, Utc};

use super::draft::{Draft, Letter};
use crate::{
    comments::{Comment, CommentState},
    locale::Words,
    outbox::Failure,
    phrase,
};

/// Where a letter about one thing leads.
#[derive(Clone, Copy)]
pub(super) struct Links<'a> {
    /// The desk.
    pub desk: &'a str,
    /// The page that decides without signing in.
    pub decide: Option<&'a str>,
    /// The page that stops such mail.
    pub stop: &'a str,
}

/// The links that decide, where there are any.
fn decide(draft: Draft, words: &Words, page: Option<&str>) -> Draft {
    let Some(page) = page else { return draft };
    draft
        .link(phrase!(words, "decide-approve"), &format!("{page}?choice=approve"))
        .link(phrase!(words, "decide-reject"), &format!("{page}?choice=reject"))
}

/// A comment waits for a moderator.
pub(super) fn comment_waits(
    words: &'static Words,
    document: &str,
    section: Option<&str>,
    author: &str,
    comment: &Comment,
    links: Links<'_>,
) -> Result<Letter, Failure> {
    let seen = comment.state == CommentState::Published;
    let received = words.moment(&comment.created_at);
    let subject = if seen {
        phrase!(words, "comment-waits-subject-seen", document = document)
    } else {
        phrase!(words, "comment-waits-subject", document = document)
    };
    let about = match section {
        Some(section) => phrase!(
            words,
            "comment-waits-about-section",
            author = author,
            received = received,
            section = section
        ),
        None => phrase!(words, "comment-waits-about-document", author = author, received = received),
    };
    let state =
        if seen { phrase!(words, "comment-waits-seen") } else { phrase!(words, "comment-waits-hidden") };
    let mut draft = Draft::new(words, subject).paragraph(about).quote(&comment.plain).paragraph(state);
    if links.decide.is_some() {
        draft = decide(draft, words, links.decide).paragraph(phrase!(words, "decide-hint"));
    }
    draft
        .button(phrase!(words, "comment-waits-open"), links.desk)
        .why(phrase!(words, "moderator-why", document = document))
        .footer_link(phrase!(words, "stop-document"), links.stop)
        .one_click(links.stop)
        .finish()
}

/// A submission waits for a moderator. Nothing of it is in the letter, not even who sent it.
pub(super) fn submission_waits(
    words: &'static Words,
    document: &str,
    received: DateTime<Utc>,
    links: Links<'_>,
) -> Result<Letter, Failure> {
    let received = words.moment(&received);
    Draft::new(words, phrase!(words, "submission-waits-subject", document = document))
        .paragraph(phrase!(words, "submission-waits-received", document = document, received = received))
        .paragraph(phrase!(words, "submission-waits-private"))
        .button(phrase!(words, "submission-waits-open"), links.desk)
        .why(phrase!(words, "moderator-why", document = document))
        .footer_link(phrase!(words, "stop-document"), links.stop)
        .one_click(links.stop)
        .finish()
}

/// The link that somebody asked for to sign in.
pub(super) fn sign_in(
    words: &'static Words,
    name: &str,
    link: &str,
    expires: DateTime<Utc>,
) -> Result<Letter, Failure> {
    Draft::new(words, phrase!(words, "sign-in-subject"))
        .paragraph(phrase!(words, "dear", name = name))
        .paragraph(phrase!(words, "sign-in-link", expires = words.moment(&expires)))
        .button(phrase!(words, "sign-in-open"), link)
        .why(phrase!(words, "sign-in-why"))
        .finish()
}

/// The invitation to moderate; `again` is where to ask for a further link.
pub(super) fn invitation(
    words: &'static Words,
    name: &str,
    by: &str,
    documents: Vec<String>,
    link: &str,
    expires: DateTime<Utc>,
    again: &str,
) -> Result<Letter, Failure> {
    let subject = match documents.as_slice() {
        [only] => phrase!(words, "invitation-subject-one", document = only.as_str()),
        _ => phrase!(words, "invitation-subject"),
    };
    let who = if by.is_empty() {
        phrase!(words, "invitation-by-nobody")
    } else {
        phrase!(words, "invitation-by", by = by)
    };
    Draft::new(words, subject)
        .paragraph(phrase!(words, "dear", name = name))
        .paragraph(who)
        .list(documents)
        .paragraph(phrase!(words, "invitation-link", expires = words.moment(&expires), again = again))
        .button(phrase!(words, "invitation-open"), link)
        .why(phrase!(words, "invitation-why"))
        .finish()
}

/// Something waits in a document that nobody moderates. To administrators, who do not see what it is.
pub(super) fn unmoderated(
    words: &'static Words,
    document: &str,
    id: &str,
    link: &str,
) -> Result<Letter, Failure> {
    Draft::new(words, phrase!(words, "unmoderated-subject", document = document))
        .paragraph(phrase!(words, "unmoderated-unread", document = document))
        .paragraph(phrase!(words, "unmoderated-invite", id = id))
        .button(phrase!(words, "unmoderated-open"), link)
        .why(phrase!(words, "unmoderated-why"))
        .finish()
}
