//! A heading's title, and the number and id that may be written with it.

use comrak::nodes::{Node, NodeValue};

use crate::markup::html::Token;
use crate::markup::html::tokens;

/// What a heading says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    /// As printed, without closing punctuation.
    pub(super) number: Option<String>,
    /// Plain text, without number and id. Empty when the heading has no text.
    pub(super) title: String,
    /// From `{#id}`.
    pub(super) id: Option<String>,
}

/// Words that a number may follow, as in "Appendix A: Maps".
const KINDS: [&str; 24] = [
    "annex",
    "annexe",
    "appendix",
    "article",
    "chapter",
    "clause",
    "part",
    "schedule",
    "section",
    "title",
    "atodiad",
    "pennod",
    "rhan",
    "adran",
    "anhang",
    "anlage",
    "abschnitt",
    "kapitel",
    "teil",
    "artikel",
    "chapitre",
    "partie",
    "titre",
    "bijlage",
];

/// Reads a heading; line breaks in it become spaces.
pub(super) fn read(node: Node<'_>) -> Heading {
    let mut text = String::new();
    for inner in node.descendants() {
        match &inner.data().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak => text.push(' '),
            NodeValue::LineBreak => text.push('\n'),
            NodeValue::HtmlInline(html)
                if tokens(html).any(|(_, token)| matches!(token, Token::Open(tag) if &*tag.name == "br")) =>
            {
                text.push('\n');
            }
            _ => {}
        }
    }
    parse(&text)
}

fn parse(text: &str) -> Heading {
    let (text, id) = without_attributes(text);
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    // A reference number on a line of its own, such as "M-16-21".
    if let [first, rest @ ..] = &lines[..]
        && !rest.is_empty()
        && first.len() <= 20
        && !first.contains(' ')
        && first.bytes().any(|b| b.is_ascii_digit())
    {
        let number = first.trim_end_matches(['.', ':', ')']);
        return Heading { number: Some(number.to_owned()), title: rest.join(" "), id };
    }
    let text = lines.join(" ");
    match numbered(&text) {
        Some((number, title)) => Heading { number: Some(number), title: title.to_owned(), id },
        None => Heading { number: None, title: text, id },
    }
}

/// Takes `{#id .class}` or `{: #id}` off the end.
fn without_attributes(text: &str) -> (&str, Option<String>) {
    let trimmed = text.trim_end();
    let Some(at) = trimmed.strip_suffix('}').and_then(|rest| rest.rfind('{')) else {
        return (trimmed, None);
    };
    let inner = trimmed[at + 1..trimmed.len() - 1].trim_start_matches(':').trim();
    let words: Vec<_> = inner.split_whitespace().collect();
    if words.is_empty() || !words.iter().all(|word| word.starts_with(['#', '.']) || word.contains('=')) {
        return (trimmed, None);
    }
    let id = words.iter().find_map(|word| word.strip_prefix('#')).map(ToOwned::to_owned);
    (trimmed[..at].trim_end(), id)
}

/// Parts "6. Costs", "3.1 Costs", "A. Costs", "IV) Costs" and "Appendix A: Costs"; a title that merely begins with a figure
/// ("20 questions", "2.5 million trees") has no number.
fn numbered(text: &str) -> Option<(String, &str)> {
    let (first, rest) = text.split_once(' ')?;
    let rest = rest.trim_start();
    if KINDS.contains(&first.to_lowercase().as_str()) {
        let (word, after) =
            rest.split_once(' ').map_or((rest, ""), |(word, after)| (word, after.trim_start()));
        let bare = word.trim_end_matches(['.', ':', ')', '\u{2014}', '\u{2013}']);
        let (separated, title) = match after.strip_prefix(['-', '\u{2013}', '\u{2014}', ':']) {
            Some(title) => (true, title.trim_start()),
            None => (bare.len() < word.len(), after),
        };
        return (separated && is_number(bare, true) && begins_title(title))
            .then(|| (format!("{first} {bare}"), title));
    }
    let first = first.strip_prefix('\u{a7}').unwrap_or(first);
    let bare = first.trim_end_matches(['.', ')', ':']);
    let dash = rest
        .strip_prefix(['\u{2013}', '\u{2014}', '-'])
        .map(str::trim_start)
        .filter(|_| rest.starts_with(['\u{2013}', '\u{2014}']) || rest.starts_with("- "));
    let marked = bare.len() < first.len() || dash.is_some();
    let title = dash.unwrap_or(rest);
    let of_levels = bare.contains('.');
    (is_number(bare, marked) && (marked || of_levels) && begins_title(title))
        .then(|| (bare.to_owned(), title))
}

/// Figures with points between them, a capital letter, or a Roman numeral.
fn is_number(text: &str, marked: bool) -> bool {
    let figures = text.split('.').all(|part| {
        (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            || (part.len() == 1 && text.len() > 1 && part.bytes().all(|b| b.is_ascii_alphabetic()))
            || (part.len() <= 4
                && part.len() > 1
                && part.ends_with(|c: char| c.is_ascii_alphabetic())
                && part[..part.len() - 1].bytes().all(|b| b.is_ascii_digit()))
    });
    let letter = text.len() == 1 && text.bytes().all(|b| b.is_ascii_uppercase());
    let roman = text.len() <= 7 && !text.is_empty() && text.bytes().all(|b| b"IVXLC".contains(&b));
    (figures && text.bytes().any(|b| b.is_ascii_digit())) || (marked && (letter || roman))
}

/// A title begins with anything but a small letter: "2.5 million trees" is no section 2.5.
fn begins_title(title: &str) -> bool {
    title.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| !c.is_lowercase())
}

/// The first figure of a number, for sorting pages.
pub(super) fn leading_figure(number: &str) -> Option<u32> {
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    let rest = &number[digits.len()..];
    if rest.is_empty() || rest.starts_with('.') { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parted_from_titles() {
        let cases = [
            ("6.  Exceptions to Reuse", Some("6"), "Exceptions to Reuse"),
            ("7.1 Roles and Responsibilities", Some("7.1"), "Roles and Responsibilities"),
            ("3.1.2. Costs", Some("3.1.2"), "Costs"),
            ("A. Secure Rights", Some("A"), "Secure Rights"),
            ("IV) Costs", Some("IV"), "Costs"),
            ("2a. Costs", Some("2a"), "Costs"),
            ("4 \u{2013} Costs", Some("4"), "Costs"),
            ("\u{a7} 3 Costs", None, "\u{a7} 3 Costs"),
            ("Appendix A: Definitions", Some("Appendix A"), "Definitions"),
            ("Annex 2 \u{2014} Maps", Some("Annex 2"), "Maps"),
            ("PART IV. Costs", Some("PART IV"), "Costs"),
            ("Chapter 3", None, "Chapter 3"),
            ("Part of the plan", None, "Part of the plan"),
            ("Part A of the plan", None, "Part A of the plan"),
            ("Section 4 of the Act", None, "Section 4 of the Act"),
            ("20 questions", None, "20 questions"),
            ("2.5 million trees", None, "2.5 million trees"),
            ("2027. A year", None, "2027. A year"),
            ("A plan", None, "A plan"),
            ("I. Introduction", Some("I"), "Introduction"),
            ("M-16-21\nMEMORANDUM FOR ALL", Some("M-16-21"), "MEMORANDUM FOR ALL"),
            ("A long\nheading", None, "A long heading"),
            ("7.", None, "7."),
        ];
        for (text, number, title) in cases {
            let heading = parse(text);
            assert_eq!((heading.number.as_deref(), heading.title.as_str()), (number, title), "{text}");
        }
    }

    #[test]
    fn ids_are_taken_off() {
        for text in ["1. Aims {#aims}", "1. Aims {#aims .wide}", "1. Aims {: #aims}"] {
            let heading = parse(text);
            assert_eq!((heading.title.as_str(), heading.id.as_deref()), ("Aims", Some("aims")), "{text}");
        }
        assert_eq!(parse("Sets {a, b}").title, "Sets {a, b}");
        assert_eq!(parse("Wide {.wide}"), Heading { number: None, title: "Wide".to_owned(), id: None });
    }

    #[test]
    fn pages_are_sorted_by_figures() {
        assert_eq!(leading_figure("6"), Some(6));
        assert_eq!(leading_figure("7.1"), Some(7));
        assert_eq!(leading_figure("M-16-21"), None);
        assert_eq!(leading_figure("2a"), None);
    }
}
