//! Cleaned HTML written as Markdown: the text of a footnote, or of a heading.

use crate::markup::html::{Token, decode, tokens};

/// Writes cleaned HTML as Markdown that renders to the same. Emphasis, links, code and line breaks become Markdown's;
/// what Markdown has no mark for, or would read differently where it stands, stays HTML.
pub(super) fn to_markdown(html: &str) -> String {
    let mut writer = Writer::default();
    let mut in_code = false;
    for (range, token) in tokens(html) {
        match token {
            Token::Text(text) if in_code => writer.code.push_str(&decode(text)),
            Token::Text(text) => writer.text(&decode(text)),
            Token::Open(tag) => match &*tag.name {
                "em" | "i" => writer.open("*", &html[range]),
                "strong" | "b" => writer.open("**", &html[range]),
                "code" if !in_code => in_code = true,
                "a" => writer.open_link(tag.attribute("href")),
                "br" => writer.pieces.push(Piece::Break),
                "img" => writer.text(&tag.attribute("alt").unwrap_or_default()),
                "li" => {
                    writer.pieces.push(Piece::Paragraph);
                    writer.push("- ");
                }
                name if is_block(name) => writer.pieces.push(Piece::Paragraph),
                _ => writer.push(&html[range]),
            },
            Token::Close(name) => match &*name {
                "em" | "i" => writer.close("*", &html[range]),
                "strong" | "b" => writer.close("**", &html[range]),
                "code" => {
                    in_code = false;
                    writer.close_code();
                }
                "a" => writer.close_link(),
                name if is_block(name) => writer.pieces.push(Piece::Paragraph),
                _ => writer.push(&html[range]),
            },
            Token::Other => {}
        }
    }
    writer.finish()
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "li"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "blockquote"
            | "pre"
            | "table"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

enum Piece {
    Text(String),
    /// A mark, and the tag it may have to be instead.
    Open(&'static str, String),
    Close(&'static str, String),
    Break,
    Paragraph,
}

#[derive(Default)]
struct Writer {
    pieces: Vec<Piece>,
    code: String,
    /// Addresses of the links that are open, and where their text begins.
    links: Vec<(Option<String>, usize)>,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.pieces.push(Piece::Text(text.to_owned()));
    }

    fn text(&mut self, text: &str) {
        let mut out = String::with_capacity(text.len());
        let mut before = None;
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let next = rest.peek().copied();
            let within_word =
                before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric);
            let marks = match c {
                '\\' | '*' | '`' | '[' | ']' | '<' | '~' => true,
                '_' => !within_word,
                '&' => next.is_some_and(|c| c == '#' || c.is_ascii_alphabetic()),
                _ => false,
            };
            if marks {
                out.push('\\');
            }
            out.push(if c == '\n' || c == '\t' { ' ' } else { c });
            before = Some(c);
        }
        self.pieces.push(Piece::Text(out));
    }

    fn open(&mut self, mark: &'static str, tag: &str) {
        self.pieces.push(Piece::Open(mark, tag.to_owned()));
    }

    fn close(&mut self, mark: &'static str, tag: &str) {
        self.pieces.push(Piece::Close(mark, tag.to_owned()));
    }

    fn close_code(&mut self) {
        let code = std::mem::take(&mut self.code).replace('\n', " ");
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest + 1);
        let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
        if !code.trim().is_empty() {
            self.push(&format!("{fence}{pad}{code}{pad}{fence}"));
        }
    }

    fn open_link(&mut self, href: Option<String>) {
        self.links.push((href, self.pieces.len()));
    }

    fn close_link(&mut self) {
        let Some((Some(href), at)) = self.links.pop() else { return };
        let only = match &self.pieces[at..] {
            [Piece::Text(text)] => Some(text.as_str()),
            _ => None,
        };
        let absolute = href.starts_with("https://") || href.starts_with("http://");
        if absolute && only == Some(&*href) && !href.contains(['<', '>', ' ']) {
            self.pieces.truncate(at);
            self.push(&format!("<{href}>"));
            return;
        }
        self.pieces.insert(at, Piece::Text("[".to_owned()));
        let address = if href.is_empty() || href.contains([' ', '(', ')', '<', '>', '\\']) {
            comrak::escape_commonmark_link_destination(&href)
        } else {
            href
        };
        self.push(&format!("]({address})"));
    }

    fn finish(mut self) -> String {
        let marked = self.marked();
        let mut out = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => push_text(&mut out, text),
                Piece::Open(mark, tag) | Piece::Close(mark, tag) => {
                    out.push_str(if marked[at] { mark } else { tag });
                }
                Piece::Break if out.is_empty() || out.ends_with('\n') => {}
                Piece::Break => {
                    trim_end(&mut out);
                    out.push_str("\\\n");
                }
                Piece::Paragraph => {
                    trim_end(&mut out);
                    out.truncate(out.trim_end_matches("\\\n").len());
                    if !out.is_empty() && !out.ends_with("\n\n") {
                        out.push_str("\n\n");
                    }
                }
            }
        }
        self.pieces.clear();
        out.trim().trim_end_matches("\\\n").trim_end_matches('\\').trim_end().to_owned()
    }

    /// For each piece whether it can be Markdown's mark: the text inside begins and ends with a word or a mark of
    /// punctuation, and outside stands space, punctuation or nothing. Anything less clear stays a tag.
    fn marked(&self) -> Vec<bool> {
        let mut marked = vec![false; self.pieces.len()];
        let mut open = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Open(..) => open.push(at),
                Piece::Close(..) => {
                    let Some(start) = open.pop() else { continue };
                    let first = self.text_at(start + 1).and_then(|text| text.chars().next());
                    let last = at
                        .checked_sub(1)
                        .and_then(|at| self.text_at(at))
                        .and_then(|text| text.chars().next_back());
                    let inside = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
                    let outside =
                        |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '*' && c != '_');
                    let before = start.checked_sub(1).is_none_or(|at| outside(self.edge(at, true)));
                    let after = self.pieces.get(at + 1).is_none_or(|_| outside(self.edge(at + 1, false)));
                    let fits = inside(first) && inside(last) && before && after;
                    marked[start] = fits;
                    marked[at] = fits;
                }
                _ => {}
            }
        }
        marked
    }

    fn text_at(&self, at: usize) -> Option<&str> {
        match self.pieces.get(at)? {
            Piece::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The character of a piece that stands beside a mark; another mark counts as one that does not fit.
    fn edge(&self, at: usize, last: bool) -> Option<char> {
        match &self.pieces[at] {
            Piece::Text(text) if last => text.chars().next_back(),
            Piece::Text(text) => text.chars().next(),
            Piece::Open(..) | Piece::Close(..) => Some('*'),
            Piece::Break | Piece::Paragraph => None,
        }
    }
}

/// Space is collapsed, and what would begin a list, a heading or a quotation at the start of a line is escaped.
fn push_text(out: &mut String, text: &str) {
    for c in text.chars() {
        if c == ' ' && (out.is_empty() || out.ends_with([' ', '\n'])) {
            continue;
        }
        let begins = out.is_empty() || out.ends_with('\n');
        let special = match c {
            '#' | '>' | '+' | '=' | '|' | ':' => begins,
            '-' => begins && text != "- ",
            '.' | ')' => is_number_line(out),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Whether the last line is nothing but a few figures, as before the text of a list's item.
fn is_number_line(out: &str) -> bool {
    let digits = out.bytes().rev().take(10).take_while(u8::is_ascii_digit).count();
    (1..10).contains(&digits) && (out.len() == digits || out.as_bytes()[out.len() - digits - 1] == b'\n')
}

fn trim_end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::markdown::render;

    #[test]
    fn marks_stand_where_they_can_be_read() {
        let cases = [
            ("<em>See</em> Section 6.", "*See* Section 6."),
            ("<em>Licensing.</em> Office of Mgmt. & Budget", "*Licensing.* Office of Mgmt. & Budget"),
            ("un<em>believ</em>able", "un<em>believ</em>able"),
            ("<strong> x</strong> y", "<strong> x</strong> y"),
            ("<a href=\"https://a.example/\">https://a.example/</a>.", "<https://a.example/>."),
            (
                "<a href=\"https://a.example/(b)\">the <em>page</em></a>",
                "[the *page*](<https://a.example/(b)>)",
            ),
            (
                "2 * 3 * 4 [sic] a_b &lt;c&gt; &amp;amp; Q&amp;A",
                "2 \\* 3 \\* 4 \\[sic\\] a_b \\<c> \\&amp; Q\\&A",
            ),
            ("1. not a list", "1\\. not a list"),
            ("a<br>\n- b", "a\\\n\\- b"),
            ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
            ("<code>a`b</code>", "``a`b``"),
            ("H<sub>2</sub>O", "H<sub>2</sub>O"),
        ];
        for (html, markdown) in cases {
            assert_eq!(to_markdown(html), markdown, "{html}");
        }
    }

    #[test]
    fn what_is_written_renders_to_what_was_read() {
        let texts = [
            "<em>a</em><strong>b</strong> c",
            "<em><strong>x</strong> y</em>",
            "a <em>b <strong>c</strong></em>, d",
            "(<em>e.g.</em>, f)",
            "see <a href=\"https://a.example/?b=1&amp;c=2\">b &amp; <code>c*d</code></a>",
            "snake_case_word and _private_ and *starred*",
            "# no heading",
            "<u>x</u><sup>2</sup>",
            "&lt;script&gt;",
            "C:\\path",
            "~not struck~ `not code`",
        ];
        for html in texts {
            let again = render(&to_markdown(html)).expect("it renders").html;
            assert_eq!(again, format!("<p>{html}</p>"), "{}", to_markdown(html));
        }
    }
}
