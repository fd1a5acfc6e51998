//! Cleaning HTML: what an official's page may hold, and how deep it may nest before the sanitiser looks at it.

use std::borrow::Cow;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use crate::markup::html::{Token, tokens};

/// Elements nested deeper than this are refused: building their tree takes time that grows with the square of the depth.
const DEEPEST: usize = 100;
/// The longest HTML of one block that is cleaned, in bytes.
const LONGEST: usize = 1024 * 1024;

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        // What structures a page belongs to the page this is shown in.
        .rm_tags([
            "area", "map", "nav", "header", "footer", "article", "aside", "hgroup", "center", "div", "span",
        ])
        .add_tags(["tfoot"])
        .add_clean_content_tags([
            "iframe", "object", "noscript", "noembed", "noframes", "template", "textarea", "title", "select",
        ])
        .add_generic_attributes(["dir"])
        .add_tag_attributes("ol", ["type", "reversed"])
        .add_tag_attributes("li", ["value"])
        .rm_tag_attributes("img", ["align"])
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            // A picture beside the page was not imported with it; without an address its alternative text is shown.
            ("img", "src") if !value.starts_with("https://") && !value.starts_with("http://") => None,
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// How often what was cleaned is read again, at the most.
const READINGS: usize = 4;

/// Safe HTML, whatever `html` is; well formed, regular, without ids and classes. `None` when it is too much to be cleaned.
pub(crate) fn clean(html: &str) -> Option<String> {
    if html.len() > LONGEST || is_deep(html) {
        return None;
    }
    let mut cleaned = CLEANER.clean(html).to_string();
    // Links that are nested wrongly within tables are written so that a browser reads something else. What it reads then is
    // what is kept.
    for _ in 0..READINGS {
        let again = CLEANER.clean(&cleaned).to_string();
        if again == cleaned {
            return Some(cleaned);
        }
        cleaned = again;
    }
    None
}

fn is_deep(html: &str) -> bool {
    let mut open: Vec<Cow<'_, str>> = Vec::new();
    for (_, token) in tokens(html) {
        match token {
            Token::Open(tag) if !tag.is_void() => {
                let implied = matches!(&*tag.name, "p" | "li" | "dt" | "dd" | "tr" | "td" | "th" | "option");
                if implied && open.last() == Some(&tag.name) {
                    open.pop();
                }
                open.push(tag.name);
            }
            Token::Close(name) => {
                if let Some(at) = open.iter().rposition(|open| *open == name) {
                    open.truncate(at);
                }
            }
            _ => {}
        }
        if open.len() > DEEPEST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(html: &str) -> String {
        clean(html).expect("not too much")
    }

    #[test]
    fn scripts_handlers_ids_and_classes_go() {
        assert_eq!(
            cleaned("<p id=a class=b style='x' onclick=x>a<script>x</script><b>c</b></p>"),
            "<p>a<b>c</b></p>"
        );
        assert_eq!(cleaned("<a href=\"java&#115;cript:x\" target=_blank>a</a>"), "<a>a</a>");
        assert_eq!(
            cleaned("<a href=\"data:text/html,x\">a</a><a href=\"VBScript:x\">b</a>"),
            "<a>a</a><a>b</a>"
        );
        assert_eq!(
            cleaned("<svg><style><img src=x onerror=y></style></svg><math><mi>x</mi></math>"),
            "<img>"
        );
    }

    #[test]
    fn lists_keep_their_kind_and_pictures_without_an_address_their_text() {
        assert_eq!(
            cleaned("<ol type=i start=3><li value=4>x"),
            "<ol type=\"i\" start=\"3\"><li value=\"4\">x</li></ol>"
        );
        assert_eq!(cleaned("<img src=map.png alt=Map>"), "<img alt=\"Map\">");
        assert_eq!(
            cleaned("<img src=\"https://a.example/m.png\" alt=Map>"),
            "<img src=\"https://a.example/m.png\" alt=\"Map\">"
        );
    }

    #[test]
    fn what_was_cleaned_is_read_as_it_is_written() {
        let cleaned =
            cleaned("<ul><a href=\"javascript:x\"><table><a href=\"javascript:x\">--></a></table></ul>");
        assert_eq!(clean(&cleaned).as_ref(), Some(&cleaned));
        assert!(!cleaned.contains("<a><a>"), "{cleaned}");
    }

    #[test]
    fn what_would_take_seconds_is_refused() {
        assert_eq!(clean(&"<div>".repeat(20_000)), None);
        assert_eq!(clean(&"<ul><li>".repeat(20_000)), None);
        assert_eq!(clean(&"<i></b>".repeat(20_000)), None);
        assert_eq!(clean(&"x".repeat(LONGEST + 1)), None);
        assert!(clean(&format!("<ul>{}</ul>", "<li>x".repeat(500))).is_some());
    }
}
