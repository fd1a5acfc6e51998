//! `/`: what this is, where to begin, and what can be read now.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::web::{assets, words};

/// The front door.
#[derive(Template)]
#[template(path = "web/home.html")]
pub struct Home {
    /// What the public can read, in the order to show it.
    pub documents: Vec<HomeDocument>,
    /// Whether to mention the mail folder under `/dev/mail`.
    pub development: bool,
}

/// One document in the list.
pub struct HomeDocument {
    /// Its title.
    pub title: String,
    /// Its title's and summary's language, as a BCP 47 tag.
    pub language: String,
    /// A sentence or two of plain text; may be empty.
    pub summary: String,
    /// Where it can be read, when there is such a page.
    pub href: Option<String>,
    /// Its phase as the API spells it: `OPEN`.
    pub phase: String,
    /// From when contributions are taken.
    pub opens_at: Option<DateTime<Utc>>,
    /// Until when contributions are taken.
    pub closes_at: Option<DateTime<Utc>>,
    /// How many sections it has.
    pub sections: u64,
    /// How many comments are public.
    pub comments: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    fn document(title: &str) -> HomeDocument {
        HomeDocument {
            title: title.to_owned(),
            language: "cy".to_owned(),
            summary: nasty::MARKUP.to_owned(),
            href: Some("/documents/a\"b".to_owned()),
            phase: "OPEN".to_owned(),
            opens_at: None,
            closes_at: Some("2026-04-01T16:00:00Z".parse().unwrap()),
            sections: 1,
            comments: 1_204,
        }
    }

    #[test]
    fn documents_are_listed_with_their_closing_time_and_counts() {
        let documents = vec![document(nasty::MARKUP), document(&nasty::long_word())];
        let html = nasty::render(&Home { documents, development: false });
        assert_eq!(html.matches(nasty::ESCAPED).count(), 3);
        assert!(html.contains("href=\"/documents/a&#34;b\"") && html.contains("lang=\"cy\""));
        assert!(html.contains("<time datetime=\"2026-04-01T16:00:00Z\">1 April 2026, 16:00 UTC</time>"));
        assert!(html.contains("1 section") && html.contains("1,204 comments"));
        assert!(!html.contains("/dev/mail"));
    }

    #[test]
    fn an_empty_service_says_so() {
        let html = nasty::render(&Home { documents: vec![], development: true });
        assert!(html.contains("Nothing is published yet") && html.contains("href=\"/dev/mail\""));
    }
}
