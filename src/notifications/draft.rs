//! How every letter is put together: parts in a row, from which one template makes the text and another the HTML. Whoever
//! writes a letter gives texts in the reader's language; escaping, wrapping and the look are settled here.

use askama::Template;

use crate::{locale::Words, outbox::Failure, phrase};

/// How much of a comment a letter quotes, in characters; the rest is behind the link.
const MAX_QUOTE: usize = 1_500;
/// How wide the lines of a text part are, in characters; an address is never broken.
const WIDTH: usize = 72;

/// A letter without its address.
pub struct Letter {
    /// The language it is written in, as a BCP 47 tag.
    pub language: &'static str,
    /// Its subject.
    pub subject: String,
    /// Its text part.
    pub text: String,
    /// Its HTML part, a whole document.
    pub html: String,
    /// Further headers, such as `List-Unsubscribe`.
    pub headers: Vec<(&'static str, String)>,
}

/// A letter that is being written. Its parts stand in the order they are added in.
#[must_use = "a draft says nothing before it is finished"]
pub struct Draft {
    words: &'static Words,
    subject: String,
    preview: Option<String>,
    parts: Vec<Part>,
    footer: Vec<Part>,
    headers: Vec<(&'static str, String)>,
}

/// One part of a letter.
enum Part {
    Heading(String),
    Paragraph(String),
    /// What somebody wrote, line by line.
    Quote(Vec<String>),
    List(Vec<String>),
    /// What is what.
    Facts(Vec<(String, String)>),
    /// The one thing to do next.
    Button {
        label: String,
        url: String,
    },
    Link {
        label: String,
        url: String,
    },
}

impl Draft {
    /// A letter in the language of `words`.
    pub fn new(words: &'static Words, subject: String) -> Self {
        Self { words, subject, preview: None, parts: Vec::new(), footer: Vec::new(), headers: Vec::new() }
    }

    /// What mail programs show beside the subject, where the first paragraph does not serve.
    pub fn preview(mut self, text: String) -> Self {
        self.preview = Some(text);
        self
    }

    /// A heading within the letter.
    pub fn heading(self, text: String) -> Self {
        self.with(Part::Heading(text))
    }

    /// A paragraph.
    pub fn paragraph(self, text: String) -> Self {
        self.with(Part::Paragraph(text))
    }

    /// The words of somebody, in plain text; long ones are cut.
    pub fn quote(self, plain: &str) -> Self {
        let shown: String = plain.chars().take(MAX_QUOTE).collect();
        let mut lines: Vec<String> = shown.lines().map(str::to_owned).collect();
        if shown.len() < plain.len() {
            lines.push("…".into());
        }
        self.with(Part::Quote(lines))
    }

    /// The words of somebody, in plain text, however long.
    pub fn whole(self, plain: &str) -> Self {
        self.with(Part::Quote(plain.lines().map(str::to_owned).collect()))
    }

    /// A list with a point for each.
    pub fn list(self, points: Vec<String>) -> Self {
        self.with(Part::List(points))
    }

    /// Facts, each with its name: a reference, a date, a ground.
    pub fn facts(self, facts: Vec<(String, String)>) -> Self {
        self.with(Part::Facts(facts))
    }

    /// The one thing to do next. A letter has one at the most.
    pub fn button(self, label: String, url: &str) -> Self {
        self.with(Part::Button { label, url: url.to_owned() })
    }

    /// A link of lesser weight, with its address in the text part.
    pub fn link(self, label: String, url: &str) -> Self {
        self.with(Part::Link { label, url: url.to_owned() })
    }

    /// Why this letter came, and how not to get another: small, at its end.
    pub fn why(mut self, text: String) -> Self {
        self.footer.push(Part::Paragraph(text));
        self
    }

    /// A link beside the reason why it came, such as that to unsubscribe.
    pub fn footer_link(mut self, label: String, url: &str) -> Self {
        self.footer.push(Part::Link { label, url: url.to_owned() });
        self
    }

    /// Says to mail programs how such letters are ended with one click (RFC 8058), at this address.
    pub fn one_click(mut self, url: &str) -> Self {
        self.headers.push(("List-Unsubscribe", format!("<{url}>")));
        self.headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        self
    }

    /// A further header.
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The letter.
    pub fn finish(self) -> Result<Letter, Failure> {
        let copy = phrase!(self.words, "copy-address");
        let first = self.parts.iter().find_map(|part| match part {
            Part::Paragraph(text) => Some(text.as_str()),
            _ => None,
        });
        let html = Html {
            language: self.words.tag(),
            subject: &self.subject,
            preview: self.preview.as_deref().or(first).unwrap_or_default(),
            copy: &copy,
            parts: &self.parts,
            footer: &self.footer,
        };
        let failed =
            |error: askama::Error| Failure::Retry(format!("a letter could not be composed: {error}"));
        Ok(Letter {
            language: self.words.tag(),
            html: html.render().map_err(failed)?,
            text: text(&self.subject, &self.parts, &self.footer),
            subject: self.subject,
            headers: self.headers,
        })
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    language: &'a str,
    subject: &'a str,
    preview: &'a str,
    copy: &'a str,
    parts: &'a [Part],
    footer: &'a [Part],
}

fn text(subject: &str, parts: &[Part], footer: &[Part]) -> String {
    let mut out = format!("{}\n\n", wrapped(subject, "", ""));
    for part in parts {
        out.push_str(&part.text());
        out.push_str("\n\n");
    }
    out.push_str("--\n");
    for part in footer {
        out.push_str(&part.text());
        out.push_str("\n\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Heading(text) => {
                let rule = "-".repeat(text.chars().count().min(WIDTH));
                format!("{}\n{rule}", wrapped(text, "", ""))
            }
            Self::Paragraph(text) => wrapped(text, "", ""),
            Self::Quote(lines) => {
                lines.iter().map(|line| wrapped(line, "> ", "> ")).collect::<Vec<_>>().join("\n")
            }
            Self::List(points) => {
                points.iter().map(|point| wrapped(point, "- ", "  ")).collect::<Vec<_>>().join("\n")
            }
            Self::Facts(facts) => facts
                .iter()
                .map(|(name, value)| wrapped(&format!("{name}: {value}"), "", "  "))
                .collect::<Vec<_>>()
                .join("\n"),
            Self::Button { label, url } | Self::Link { label, url } => format!("{label}:\n{url}"),
        }
    }
}

/// The text in lines of [`WIDTH`], the first after `first`, the others after `next`.
fn wrapped(text: &str, first: &str, next: &str) -> String {
    let mut out = first.to_owned();
    let mut width = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !fresh && width + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(next);
            width = next.chars().count();
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
        fresh = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale;

    #[test]
    fn lines_are_wrapped_and_addresses_kept() {
        let link = format!("https://example.org/{}", "x".repeat(90));
        let text = wrapped(&format!("{} {link} end", "word ".repeat(20)), "> ", "> ");
        assert!(text.lines().all(|line| line.starts_with("> ")), "{text}");
        assert!(text.contains(&link));
        assert!(text.lines().filter(|line| !line.contains(&link)).all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn what_people_wrote_is_text_in_both_parts() {
        let nasty = "<script>alert(1)</script> & \"quotes\" \u{2019}";
        let letter = Draft::new(locale::words("cy"), nasty.into())
            .paragraph(nasty.into())
            .quote(&format!("{nasty}\n\n--\nsecond"))
            .list(vec![nasty.into()])
            .facts(vec![("Name".into(), nasty.into())])
            .button(nasty.into(), "https://example.org/?a=1&b=2")
            .why(nasty.into())
            .finish()
            .unwrap();
        assert_eq!(letter.text.matches(nasty).count(), 7, "{}", letter.text);
        assert!(letter.text.contains("\n> --\n> second\n"), "{}", letter.text);
        assert!(!letter.html.contains("<script"), "{}", letter.html);
        assert!(letter.html.contains("lang=\"cy\""));
        assert!(letter.html.contains("href=\"https://example.org/?a=1&#38;b=2\""), "{}", letter.html);
        assert!(
            !letter.html.chars().chain(letter.text.chars()).any(|c| matches!(c, '\u{2066}'..='\u{2069}'))
        );
    }

    #[test]
    fn a_long_quote_is_cut() {
        let letter =
            Draft::new(locale::words("en"), "S".into()).quote(&"word ".repeat(1_000)).finish().unwrap();
        assert!(letter.text.chars().count() < MAX_QUOTE + 200 && letter.text.contains("> …"));
    }
}
