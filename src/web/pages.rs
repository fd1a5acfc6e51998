//! What each page shows, as plain fields. A struct here knows neither rows nor the schema; its template escapes everything.

mod appeal;
mod confirm;
mod decide;
mod explorer;
mod home;
mod mail;
mod problem;
mod receipt;
mod sign_in;
mod unsubscribe;

pub use appeal::{AppealPage, Reasons, ShownAppeal};
pub use confirm::{Confirm, ConfirmFailed, Confirmed};
pub use decide::{Choice, Decide, DecideClosed, Decided};
pub use explorer::{Example, Explorer};
pub use home::{Home, HomeDocument};
pub use mail::{MailList, MailPart, MailSummary, MailView, mail_frame};
pub use problem::{NotFound, ServerError, TooMuch};
pub use receipt::{ContributionKind, Receipt, ReceiptNotFound, ShownReply};
pub use sign_in::{SignInConfirm, SignInFailed, SignInRequest, SignInRequested, SignedIn};
pub use unsubscribe::{Unsubscribe, Unsubscribed};

/// What every page's test does to it.
#[cfg(test)]
mod nasty {
    use askama::Template;

    /// Breaks out of text and of attributes where escaping is missing.
    pub const MARKUP: &str = "\"'><script src=//evil.example></script><img onerror=alert(1)>&amp;";

    /// A name of one very long word.
    pub fn long_word() -> String {
        "Ll".repeat(2_000)
    }

    /// Renders, and holds the page to what every page promises.
    pub fn render(page: &impl Template) -> String {
        let html = page.render().unwrap();
        assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"), "{html}");
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        assert_eq!(html.matches("<title>").count(), 1, "{html}");
        assert!(
            html.contains("<a class=\"skip\" href=\"#main\">") && html.contains("<main id=\"main\""),
            "{html}"
        );
        assert!(!html.contains("<script src=//evil") && !html.contains("<img "), "{html}");
        for (at, _) in html.match_indices("<script") {
            assert!(html[at..].starts_with("<script type=\"module\" src=\"/assets/"), "{html}");
        }
        for (at, _) in html.match_indices("/assets/") {
            let url = html[at..].split('"').next().unwrap();
            assert!(crate::web::assets::has(url), "{url}");
        }
        for inline in [" style=", " onclick=", " onload=", "<style", "javascript:", "http://", "//cdn"] {
            assert!(!html.contains(inline), "{inline} in {html}");
        }
        html
    }

    /// How [`MARKUP`] must come out.
    pub const ESCAPED: &str = "&#34;&#39;&#62;&#60;script src=//evil.example&#62;&#60;/script&#62;&#60;img onerror=alert(1)&#62;&#38;amp;";
}
