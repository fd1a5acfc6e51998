//! `/decide/{token}`: a comment, and the button that decides on it.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::{assets, words};

/// What can be decided by a link in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Publishing it.
    Approve,
    /// Not publishing it.
    Reject,
}

impl Choice {
    /// As the API spells it.
    pub fn decision(self) -> &'static str {
        match self {
            Self::Approve => "APPROVE",
            Self::Reject => "REJECT",
        }
    }

    fn rejects(self) -> bool {
        self == Self::Reject
    }
}

/// `GET`, and the answer to a form that has to be put right.
#[derive(Template)]
#[template(path = "web/decide.html")]
pub struct Decide {
    /// The token of the link.
    pub token: String,
    /// What would be decided.
    pub choice: Choice,
    /// As whom.
    pub moderator: String,
    /// Until when the link can be followed.
    pub expires_at: DateTime<Utc>,
    /// What the comment is about.
    pub document_title: String,
    /// That title's language, as a BCP 47 tag.
    pub document_language: String,
    /// Number and title of the section, when it is about one.
    pub section: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// Where it stands, as the API spells it.
    pub state: String,
    /// The comment without markup.
    pub text: String,
    /// The grounds there are: as the API spells them, and in words.
    pub reasons: Vec<(&'static str, String)>,
    /// The ground that was chosen before, to be put right.
    pub reason: String,
    /// The statement that was typed before, to be put right.
    pub statement: String,
    /// What is wrong with them.
    pub problem: Option<String>,
    /// The comment at the desk.
    pub desk: String,
}

/// The answer to the button.
#[derive(Template)]
#[template(path = "web/decided.html")]
pub struct Decided {
    /// What was decided.
    pub choice: Choice,
    /// Where the comment stands now, as the API spells it.
    pub state: String,
    /// The comment at the desk.
    pub desk: String,
}

/// The link works no more, or the comment has changed.
#[derive(Template)]
#[template(path = "web/decide_closed.html")]
pub struct DecideClosed {
    /// Why, as a sentence.
    pub message: String,
    /// Where to look at the comment as it is now, by the same link.
    pub again: Option<String>,
    /// The comment at the desk.
    pub desk: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    fn page(choice: Choice, problem: Option<&str>) -> Decide {
        let at = "2026-03-05T09:07:00Z".parse().unwrap();
        Decide {
            token: "t".into(),
            choice,
            moderator: nasty::MARKUP.into(),
            expires_at: at,
            document_title: nasty::MARKUP.into(),
            document_language: "en".into(),
            section: Some(nasty::MARKUP.into()),
            author: nasty::MARKUP.into(),
            received_at: at,
            state: "PENDING".into(),
            text: format!("\n{}\n", nasty::MARKUP),
            reasons: vec![("SPAM", "spam".into()), ("OTHER", "another".into())],
            reason: "OTHER".into(),
            statement: nasty::MARKUP.into(),
            problem: problem.map(Into::into),
            desk: "/desk/comment_x".into(),
        }
    }

    #[test]
    fn approving_is_one_button_below_the_comment() {
        let html = nasty::render(&page(Choice::Approve, None));
        assert_eq!(html.matches(nasty::ESCAPED).count(), 5, "{html}");
        assert_eq!(html.matches("<button").count(), 1);
        assert!(html.contains("name=\"choice\" value=\"approve\"") && !html.contains("<textarea"), "{html}");
        assert!(html.contains("href=\"/decide/t?choice=reject\"") && html.contains("noindex"));
    }

    #[test]
    fn rejecting_asks_for_its_grounds_and_keeps_what_was_typed() {
        let html = nasty::render(&page(Choice::Reject, Some(nasty::MARKUP)));
        assert_eq!(html.matches(nasty::ESCAPED).count(), 7, "{html}");
        assert!(html.contains("name=\"choice\" value=\"reject\"") && html.contains("id=\"problem\""));
        assert!(
            html.contains("<option value=\"OTHER\" selected>") && html.contains("<option value=\"SPAM\">")
        );
    }

    #[test]
    fn what_happened_is_said() {
        let desk = || "/desk/comment_x".to_owned();
        let done =
            nasty::render(&Decided { choice: Choice::Approve, state: "PUBLISHED".into(), desk: desk() });
        assert!(done.contains("Published") && done.contains("/desk/comment_x"), "{done}");
        let closed =
            DecideClosed { message: nasty::MARKUP.into(), again: Some("/decide/t".into()), desk: None };
        let closed = nasty::render(&closed);
        assert!(closed.contains(nasty::ESCAPED) && closed.contains("href=\"/decide/t\""), "{closed}");
    }
}
