//! `/unsubscribe/{token}`: one button, and what it did.

use askama::Template;

use crate::web::{assets, words};

/// `GET`: one button.
#[derive(Template)]
#[template(path = "web/unsubscribe.html")]
pub struct Unsubscribe {
    /// The token of the link.
    pub token: String,
    /// The document whose mail it stops; nothing where it is about all of a moderator.
    pub document: Option<String>,
    /// Whether it is about replies to what somebody wrote.
    pub replies: bool,
}

/// The answer to the button.
#[derive(Template)]
#[template(path = "web/unsubscribed.html")]
pub struct Unsubscribed {
    /// The token of the link.
    pub token: String,
    /// The document whose mail was stopped; nothing where it was that about all of a moderator.
    pub document: Option<String>,
    /// Whether it was about replies to what somebody wrote.
    pub replies: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    #[test]
    fn one_button_stops_what_is_named() {
        let page =
            Unsubscribe { token: nasty::MARKUP.into(), document: Some(nasty::MARKUP.into()), replies: false };
        let html = nasty::render(&page);
        assert_eq!(html.matches(nasty::ESCAPED).count(), 1, "the document; the token is encoded: {html}");
        assert_eq!(html.matches("<button").count(), 1);
        assert!(html.contains("<form method=\"post\" action=\"/unsubscribe/%22%27"), "{html}");
        let all = nasty::render(&Unsubscribe { token: "t".into(), document: None, replies: false });
        assert!(all.contains("all documents"), "{all}");
    }

    #[test]
    fn it_says_what_was_stopped_and_how_to_get_it_back() {
        let page = Unsubscribed { token: "t".into(), document: Some(nasty::MARKUP.into()), replies: false };
        let html = nasty::render(&page);
        assert!(html.contains(nasty::ESCAPED) && html.contains("setMailPreferences"), "{html}");
        let page = Unsubscribed { token: "t".into(), document: Some("A plan".into()), replies: true };
        let replies = nasty::render(&page);
        assert!(replies.contains("replies") && !replies.contains("setMailPreferences"), "{replies}");
        assert!(replies.contains("action=\"/unsubscribe/t/undo\""), "{replies}");
    }
}
