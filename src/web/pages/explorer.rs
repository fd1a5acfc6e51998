//! `/explorer`: the service's own GraphQL console.

use askama::Template;
use serde::Serialize;

use crate::{
    error::{Error, Result},
    web::assets,
};

/// A query that is ready to run.
#[derive(Clone, Debug, Serialize)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// One GraphQL operation.
    pub query: String,
    /// Its variables; `Null` when it has none.
    pub variables: serde_json::Value,
}

/// The console. The first example is loaded and, when it is a query, run as the page opens.
#[derive(Template)]
#[template(path = "web/explorer.html")]
pub struct Explorer {
    examples: Vec<Example>,
    examples_json: String,
}

impl Explorer {
    /// The console with these examples.
    ///
    /// # Errors
    /// `Internal` when the examples cannot be written as JSON.
    pub fn new(examples: Vec<Example>) -> Result<Self> {
        let examples_json = serde_json::to_string(&examples).map_err(Error::internal)?;
        Ok(Self { examples, examples_json })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    #[test]
    fn examples_reach_the_script_as_data() {
        let example = Example {
            title: nasty::MARKUP.to_owned(),
            query: format!("{{ a(b: \"{}\") }}", nasty::MARKUP),
            variables: serde_json::json!({ "x": nasty::MARKUP, "y": nasty::long_word() }),
        };
        let html = nasty::render(&Explorer::new(vec![example]).unwrap());
        // Once as data for the script, and readable without it.
        assert!(html.contains("data-examples=\"[{&#34;title&#34;:&#34;"));
        assert!(html.contains(&format!("<h3>{}</h3>", nasty::ESCAPED)));
    }

    #[test]
    fn it_opens_without_examples() {
        let html = nasty::render(&Explorer::new(vec![]).unwrap());
        assert!(html.contains("data-examples=\"[]\""));
    }
}
