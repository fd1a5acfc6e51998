//! `/sign-in`: ask for a link, press the one button it leads to, get an access token.
//!
//! Following the link changes nothing, because mail scanners follow links; only the button signs in.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::{assets, words};

/// `GET /sign-in` without a token, and the answer to an address that is none.
#[derive(Template)]
#[template(path = "web/sign_in_request.html")]
pub struct SignInRequest {
    /// What was typed before, to be put right; empty at first.
    pub email: String,
    /// What is wrong with it.
    pub problem: Option<String>,
}

/// The answer to an address: the same whether or not it belongs to an account.
#[derive(Template)]
#[template(path = "web/sign_in_requested.html")]
pub struct SignInRequested {
    /// How many minutes a link is good for.
    pub minutes: u64,
    /// Whether to point at the mail folder under `/dev/mail`.
    pub development: bool,
}

/// `GET /sign-in?token=…`: one button.
#[derive(Template)]
#[template(path = "web/sign_in_confirm.html")]
pub struct SignInConfirm {
    /// The token of the link, to be sent back by `POST /sign-in` as `token`.
    pub token: String,
}

/// The answer to the button: the token to work with.
#[derive(Template)]
#[template(path = "web/signed_in.html")]
pub struct SignedIn {
    /// The account's name.
    pub name: String,
    /// The bearer token.
    pub access_token: String,
    /// When it stops being accepted.
    pub expires_at: DateTime<Utc>,
    /// The explorer with the item that a mail led to, where one did.
    pub item: Option<String>,
}

impl SignedIn {
    /// The explorer with the token in the fragment, which browsers do not send.
    fn explorer(&self) -> String {
        let explorer = self.item.as_deref().unwrap_or("/explorer");
        format!("{explorer}#token={}", words::component(&self.access_token))
    }
}

/// The link is not valid, was used, or has expired.
#[derive(Template)]
#[template(path = "web/sign_in_failed.html")]
pub struct SignInFailed {
    /// What is wrong with it, as a sentence.
    pub reason: String,
    /// Whether it is good, but for the browser that asked for it.
    pub elsewhere: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    #[test]
    fn the_form_keeps_what_was_typed_and_names_the_problem() {
        let first = nasty::render(&SignInRequest { email: String::new(), problem: None });
        assert!(
            first.contains("<form method=\"post\" action=\"/sign-in/link\"")
                && !first.contains("aria-invalid")
        );
        let again =
            SignInRequest { email: nasty::MARKUP.to_owned(), problem: Some(nasty::MARKUP.to_owned()) };
        let again = nasty::render(&again);
        assert_eq!(again.matches(nasty::ESCAPED).count(), 2);
        assert!(
            again.contains("aria-invalid=\"true\" aria-describedby=\"problem\"")
                && again.contains("id=\"problem\"")
        );
    }

    #[test]
    fn the_link_leads_to_one_button() {
        let html = nasty::render(&SignInConfirm { token: nasty::MARKUP.to_owned() });
        assert!(html.contains(&format!("name=\"token\" value=\"{}\"", nasty::ESCAPED)));
        assert_eq!(html.matches("<button").count(), 1);
        assert!(html.contains("<form method=\"post\" action=\"/sign-in\""));
    }

    #[test]
    fn the_token_reaches_the_explorer_by_the_fragment_alone() {
        let mut page = SignedIn {
            name: nasty::MARKUP.to_owned(),
            access_token: "a.b\"&c".to_owned(),
            expires_at: "2026-03-05T09:07:00Z".parse().unwrap(),
            item: None,
        };
        let html = nasty::render(&page);
        assert!(html.contains(nasty::ESCAPED) && html.contains("a.b&#34;&#38;c"));
        assert!(html.contains("href=\"/explorer#token=a.b%22%26c\"") && html.contains("09:07 UTC"));
        page.item = Some("/explorer?query=q".to_owned());
        let html = nasty::render(&page);
        assert!(html.contains("href=\"/explorer?query=q#token=a.b%22%26c\"") && html.contains("the mail"));
    }

    #[test]
    fn what_happens_next_is_said() {
        let sent = nasty::render(&SignInRequested { minutes: 15, development: false });
        assert!(
            sent.contains("belongs to an account")
                && sent.contains("15 minutes")
                && !sent.contains("/dev/mail")
        );
        let failed = nasty::render(&SignInFailed { reason: nasty::MARKUP.to_owned(), elsewhere: false });
        assert!(failed.contains(nasty::ESCAPED) && failed.contains("href=\"/sign-in\""));
        assert!(failed.contains("it may have been cut"));
        let elsewhere = nasty::render(&SignInFailed { reason: String::new(), elsewhere: true });
        assert!(elsewhere.contains("still good there") && !elsewhere.contains("it may have been cut"));
    }
}
