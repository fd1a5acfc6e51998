//! What is shown when there is nothing to show.

use askama::Template;

use crate::web::assets;

/// 404.
#[derive(Template)]
#[template(path = "web/not_found.html")]
pub struct NotFound {
    /// What was looked for, as a sentence of its own; when not given, a page in general.
    pub what: Option<String>,
}

/// 429.
#[derive(Template)]
#[template(path = "web/too_much.html")]
pub struct TooMuch {
    /// What was too much, and when to try again.
    pub message: String,
}

/// 500.
#[derive(Template)]
#[template(path = "web/server_error.html")]
pub struct ServerError {
    /// What to quote so that the log entry can be found.
    pub trace_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    #[test]
    fn each_says_what_to_do() {
        let missing = nasty::render(&NotFound { what: Some(nasty::MARKUP.to_owned()) });
        assert!(missing.contains(nasty::ESCAPED) && missing.contains("href=\"/\""));
        assert!(nasty::render(&NotFound { what: None }).contains("no page at this address"));
        let much = nasty::render(&TooMuch { message: nasty::MARKUP.to_owned() });
        assert!(much.contains(nasty::ESCAPED) && much.contains("Nothing was lost"));
        let broken = nasty::render(&ServerError { trace_id: Some(nasty::MARKUP.to_owned()) });
        assert!(broken.contains(nasty::ESCAPED) && broken.contains("try again"));
        assert!(!nasty::render(&ServerError { trace_id: None }).contains("<code>"));
    }
}
