//! A tolerant reader of HTML tags, for finding things in HTML and never for deciding what is safe.
//!
//! It serves two inputs: HTML that was cleaned (regular, so that reading it is exact) and HTML as found in a Markdown
//! page (anything at all, so that what is no tag is text). The time it takes grows with the length of the input alone.

use std::borrow::Cow;
use std::ops::Range;

/// Tags longer than this are read up to their first `>`, whatever quotes say.
const LONGEST_TAG: usize = 4096;

/// One piece of HTML.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Token<'a> {
    /// Text as it stands, with its entities.
    Text(&'a str),
    /// An opening tag.
    Open(Tag<'a>),
    /// A closing tag, by its name in lower case.
    Close(Cow<'a, str>),
    /// A comment, declaration or processing instruction.
    Other,
}

/// An opening tag.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Tag<'a> {
    /// In lower case.
    pub name: Cow<'a, str>,
    attributes: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute, decoded; empty when it has none. The first of several counts.
    pub fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end =
                rest.find(|c: char| c.is_ascii_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
            // A stray `=` is part of a name, as in browsers.
            let end = if end == 0 { 1 } else { end };
            let (name, after) = rest.split_at(end);
            let after = after.trim_start();
            let (value, after) = match after.strip_prefix('=') {
                Some(value) => split_value(value.trim_start()),
                None => ("", after),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(decode(value).into_owned());
            }
            rest = after;
        }
    }

    /// Whether this element never has content, such as `<br>`.
    pub fn is_void(&self) -> bool {
        matches!(
            &*self.name,
            "area"
                | "base"
                | "br"
                | "col"
                | "embed"
                | "hr"
                | "img"
                | "input"
                | "link"
                | "meta"
                | "source"
                | "track"
                | "wbr"
        )
    }
}

fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace()).unwrap_or(text.len()))
}

/// Reads `html` from its beginning to its end; the ranges cover it without a gap.
pub fn tokens(html: &str) -> Tokens<'_> {
    Tokens { html, at: 0, unclosed_comment: false, unclosed_tag: false }
}

/// See [`tokens`].
pub struct Tokens<'a> {
    html: &'a str,
    at: usize,
    // Once looking for an end has failed, looking again would only cost time.
    unclosed_comment: bool,
    unclosed_tag: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Range<usize>, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = self.html.get(start..).filter(|rest| !rest.is_empty())?;
        if rest.starts_with('<')
            && let Some((length, token)) = self.markup(rest)
        {
            self.at = start + length;
            return Some((start..self.at, token));
        }
        // The first character is text, whatever it is: either no `<`, or one that opens nothing.
        let length = rest.get(1..).and_then(|tail| tail.find('<')).map_or(rest.len(), |found| found + 1);
        let length = if rest.is_char_boundary(1) { length } else { rest.find('<').unwrap_or(rest.len()) };
        self.at = start + length;
        Some((start..self.at, Token::Text(&rest[..length])))
    }
}

impl<'a> Tokens<'a> {
    fn markup(&mut self, rest: &'a str) -> Option<(usize, Token<'a>)> {
        let bytes = rest.as_bytes();
        match bytes.get(1)? {
            b'!' if rest.starts_with("<!--") && !self.unclosed_comment => {
                let end = rest.find("-->");
                self.unclosed_comment = end.is_none();
                end.map(|end| (end + 3, Token::Other))
            }
            b'!' | b'?' if !rest.starts_with("<!--") => self.tag_end(rest).map(|end| (end + 1, Token::Other)),
            b'/' if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => {
                let end = self.tag_end(rest)?;
                Some((end + 1, Token::Close(lower(name_of(&rest[2..end])))))
            }
            letter if letter.is_ascii_alphabetic() => {
                let end = self.tag_end(rest)?;
                let name = name_of(&rest[1..end]);
                let attributes = &rest[1 + name.len()..end];
                Some((end + 1, Token::Open(Tag { name: lower(name), attributes })))
            }
            _ => None,
        }
    }

    fn tag_end(&mut self, rest: &str) -> Option<usize> {
        if self.unclosed_tag {
            return None;
        }
        let mut quote = None;
        for (at, byte) in rest.bytes().enumerate().take(LONGEST_TAG) {
            match (quote, byte) {
                (None, b'>') => return Some(at),
                (None, b'"' | b'\'') if rest[..at].trim_end().ends_with('=') => quote = Some(byte),
                (Some(open), byte) if byte == open => quote = None,
                _ => {}
            }
        }
        let end = rest.find('>');
        self.unclosed_tag = end.is_none();
        end
    }
}

fn name_of(tag: &str) -> &str {
    &tag[..tag.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(tag.len())]
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

/// Replaces the entities that cleaned HTML uses, and numeric ones, by what they stand for. Others stay as they are.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|b| b == b';');
        if let Some((c, end)) = end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end))) {
            out.push(c);
            rest = &rest[end + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out.into()
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

/// Writes text so that it is text between tags.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes text so that it is text inside a double-quoted attribute.
pub fn escape_attribute(text: &str) -> String {
    escape(text).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(html: &str) -> String {
        tokens(html)
            .map(|(_, token)| match token {
                Token::Text(text) => format!("{text:?} "),
                Token::Open(tag) => format!("<{}> ", tag.name),
                Token::Close(name) => format!("</{name}> "),
                Token::Other => "<!> ".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_is_no_tag_is_text() {
        assert_eq!(shape("a < b <3 <é </ <B x>c</B>"), r#""a " "< b " "<3 " "<é " "</ " <b> "c" </b> "#);
        assert_eq!(shape("<a <b"), r#""<a " "<b" "#);
        assert_eq!(shape("é<br/>ü"), r#""é" <br> "ü" "#);
    }

    #[test]
    fn comments_and_quotes_hide_what_is_in_them() {
        assert_eq!(shape("<!-- <b> --><a title='>' href=\">\">x"), r#"<!> <a> "x" "#);
        assert_eq!(shape("<!-- never ends <b>"), r#""<!-- never ends " <b> "#);
        assert_eq!(shape("<p class=a's>x</p>"), r#"<p> "x" </p> "#);
    }

    #[test]
    fn ranges_cover_everything() {
        let html = "x<p>é</p><!--c-->&amp;<";
        let joined: String = tokens(html).map(|(range, _)| &html[range]).collect();
        assert_eq!(joined, html);
    }

    #[test]
    fn attributes_are_found_in_any_form() {
        let Some((_, Token::Open(tag))) =
            tokens(r#"<a data-id=1 HREF='#fn:1' id=x title="a &quot;b&quot;" =y hidden>"#).next()
        else {
            panic!("a tag");
        };
        assert_eq!(tag.attribute("href").as_deref(), Some("#fn:1"));
        assert_eq!(tag.attribute("id").as_deref(), Some("x"));
        assert_eq!(tag.attribute("title").as_deref(), Some("a \"b\""));
        assert_eq!(tag.attribute("hidden").as_deref(), Some(""));
        assert_eq!(tag.attribute("class"), None);
    }

    #[test]
    fn entities_are_decoded_and_unknown_ones_kept() {
        assert_eq!(
            decode("&lt;&#8617;&#x21A9;&amp;lt; &fish; & &#xD800;"),
            "<\u{21a9}\u{21a9}&lt; &fish; & &#xD800;"
        );
    }

    #[test]
    fn unclosed_tags_do_not_cost_time_squared() {
        for piece in ["<a ", "<!--", "<a x=\"", "<?", "</b "] {
            assert!(tokens(&piece.repeat(200_000)).count() > 0, "{piece}");
        }
    }
}
