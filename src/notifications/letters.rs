//! The letters themselves: one template for the text part and one for the HTML part of each kind.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    comments::{Comment, CommentState},
    outbox::Failure,
};

/// How much of a comment a letter quotes, in characters; the rest is behind the link.
const MAX_QUOTE: usize = 1_500;

/// A letter without its address.
pub(super) struct Letter {
    pub subject: String,
    pub text: String,
    pub html: String,
}

fn letter(subject: String, text: &impl Template, html: &impl Template) -> Result<Letter, Failure> {
    let failed = |error: askama::Error| Failure::Retry(format!("a letter could not be composed: {error}"));
    Ok(Letter { subject, text: text.render().map_err(failed)?, html: html.render().map_err(failed)? })
}

/// How a moment is written in a letter.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// Declares the two templates of a letter over the same fields.
macro_rules! letter_templates {
    ($text:ident = $text_path:literal, $html:ident = $html_path:literal { $($field:ident: $ty:ty,)* }) => {
        #[derive(Template)]
        #[template(path = $text_path, escape = "none")]
        struct $text<'a> { $($field: $ty,)* }

        #[derive(Template)]
        #[template(path = $html_path)]
        struct $html<'a> { $($field: $ty,)* }
    };
}

letter_templates! {
    CommentText = "mail/comment_waits.txt", CommentHtml = "mail/comment_waits.html" {
        subject: &'a str,
        document: &'a str,
        section: Option<&'a str>,
        author: &'a str,
        received: &'a str,
        lines: &'a [String],
        cut: bool,
        seen_already: bool,
        link: &'a str,
    }
}

/// A comment waits for a moderator.
pub(super) fn comment_waits(
    document: &str,
    section: Option<&str>,
    author: &str,
    comment: &Comment,
    link: &str,
) -> Result<Letter, Failure> {
    let seen_already = comment.state == CommentState::Published;
    let subject = if seen_already {
        format!("New comment to review: {document}")
    } else {
        format!("A comment waits for you: {document}")
    };
    let quote: String = comment.plain.chars().take(MAX_QUOTE).collect();
    let cut = quote.len() < comment.plain.len();
    let lines: Vec<String> = quote.lines().map(str::to_owned).collect();
    let received = moment(comment.created_at);
    let lines = lines.as_slice();
    letter(
        subject.clone(),
        &CommentText {
            subject: &subject,
            document,
            section,
            author,
            received: &received,
            lines,
            cut,
            seen_already,
            link,
        },
        &CommentHtml {
            subject: &subject,
            document,
            section,
            author,
            received: &received,
            lines,
            cut,
            seen_already,
            link,
        },
    )
}

letter_templates! {
    SubmissionText = "mail/submission_waits.txt", SubmissionHtml = "mail/submission_waits.html" {
        subject: &'a str,
        document: &'a str,
        received: &'a str,
        link: &'a str,
    }
}

/// A submission waits for a moderator. Nothing of it is in the letter, not even who sent it.
pub(super) fn submission_waits(
    document: &str,
    received: DateTime<Utc>,
    link: &str,
) -> Result<Letter, Failure> {
    let subject = format!("Private submission received: {document}");
    let received = moment(received);
    letter(
        subject.clone(),
        &SubmissionText { subject: &subject, document, received: &received, link },
        &SubmissionHtml { subject: &subject, document, received: &received, link },
    )
}

letter_templates! {
    SignInText = "mail/sign_in.txt", SignInHtml = "mail/sign_in.html" {
        subject: &'a str,
        name: &'a str,
        expires: &'a str,
        link: &'a str,
    }
}

/// The link that somebody asked for to sign in.
pub(super) fn sign_in(name: &str, link: &str, expires: DateTime<Utc>) -> Result<Letter, Failure> {
    let subject = "Your sign-in link".to_owned();
    let expires = moment(expires);
    letter(
        subject.clone(),
        &SignInText { subject: &subject, name, expires: &expires, link },
        &SignInHtml { subject: &subject, name, expires: &expires, link },
    )
}

letter_templates! {
    InvitationText = "mail/invitation.txt", InvitationHtml = "mail/invitation.html" {
        subject: &'a str,
        name: &'a str,
        by: &'a str,
        documents: &'a [String],
        expires: &'a str,
        link: &'a str,
        again: &'a str,
    }
}

/// The invitation to moderate; `again` is where to ask for a further link.
pub(super) fn invitation(
    name: &str,
    by: &str,
    documents: &[String],
    link: &str,
    expires: DateTime<Utc>,
    again: &str,
) -> Result<Letter, Failure> {
    let subject = match documents {
        [only] => format!("You are invited to moderate: {only}"),
        _ => "You are invited to moderate".to_owned(),
    };
    let expires = moment(expires);
    letter(
        subject.clone(),
        &InvitationText { subject: &subject, name, by, documents, expires: &expires, link, again },
        &InvitationHtml { subject: &subject, name, by, documents, expires: &expires, link, again },
    )
}

letter_templates! {
    UnmoderatedText = "mail/unmoderated.txt", UnmoderatedHtml = "mail/unmoderated.html" {
        subject: &'a str,
        document: &'a str,
        id: &'a str,
        link: &'a str,
    }
}

/// Something waits in a document that nobody moderates. To administrators, who do not see what it is.
pub(super) fn unmoderated(document: &str, id: &str, link: &str) -> Result<Letter, Failure> {
    let subject = format!("Nobody moderates: {document}");
    letter(
        subject.clone(),
        &UnmoderatedText { subject: &subject, document, id, link },
        &UnmoderatedHtml { subject: &subject, document, id, link },
    )
}
