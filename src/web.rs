//! The pages a person meets in a browser: templates, what they show, and the files they load.
//!
//! A page is a struct of plain fields in [`pages`]; whoever fills it owns the reading. Nothing here knows the database
//! or the schema. Every page works without script except the explorer, which says so, and none loads anything
//! from elsewhere: [`headers`] holds the policy that makes a browser insist on it.

pub mod assets;
mod confirm;
mod cookie;
mod decide;
mod dev_mail;
mod examples;
mod handlers;
pub mod headers;
pub mod pages;
mod site;
mod unsubscribe;
pub mod words;

pub use handlers::pages_on;
pub use site::{ExampleSection, Site, not_found};

use askama::Template;
use poem::{Response, http::StatusCode};

use crate::error::{Error, Result};

/// Renders a page that may be kept by the browser but is asked for again each time.
///
/// # Errors
/// `Internal` when the template cannot be written out, which only a failing `Display` could cause.
pub fn page(status: StatusCode, page: &impl Template) -> Result<Response> {
    respond(status, page, "no-cache")
}

/// Renders a page that shows something secret (a token, a receipt, mail): nothing on the way may keep it.
///
/// # Errors
/// As [`page`].
pub fn private_page(status: StatusCode, page: &impl Template) -> Result<Response> {
    respond(status, page, headers::NO_STORE)
}

fn respond(status: StatusCode, page: &impl Template, cache: &'static str) -> Result<Response> {
    let body = page.render().map_err(Error::internal)?;
    Ok(Response::builder()
        .status(status)
        .content_type("text/html; charset=utf-8")
        .header("cache-control", cache)
        .body(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_page_is_never_stored() {
        let shown = pages::NotFound { what: None };
        let private = private_page(StatusCode::NOT_FOUND, &shown).unwrap();
        assert_eq!(private.status(), StatusCode::NOT_FOUND);
        assert_eq!(private.header("cache-control"), Some("no-store"));
        assert_eq!(private.header("content-type"), Some("text/html; charset=utf-8"));
        let public = page(StatusCode::OK, &shown).unwrap();
        assert_eq!(public.header("cache-control"), Some("no-cache"));
    }
}
