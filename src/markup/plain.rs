//! Plain text from HTML that was made or cleaned here, and what is counted and compared in it.

use unicode_segmentation::UnicodeSegmentation;

use super::html::{Token, decode, tokens};

/// The text a reader of `html` sees: paragraphs are parted by a blank line, list items and table rows by a line break,
/// cells by a tab; space is collapsed except in `pre`; an image is its alternative text. List markers are not part of it,
/// because they are not part of the text that a browser selects.
///
/// `html` must be regular (cleaned, or written here).
pub fn plain_text(html: &str) -> String {
    let mut text = Text::default();
    let (mut preformatted, mut items) = (0_usize, 0_usize);
    for (_, token) in tokens(html) {
        match token {
            Token::Text(raw) if preformatted > 0 => text.push_verbatim(&decode(raw)),
            Token::Text(raw) => text.push(&decode(raw)),
            Token::Open(tag) => {
                if &*tag.name == "img" {
                    text.push(&tag.attribute("alt").unwrap_or_default());
                }
                text.part(breaks(&tag.name, true, items > 0));
                preformatted += usize::from(&*tag.name == "pre");
                items += usize::from(&*tag.name == "li");
            }
            Token::Close(name) => {
                if &*name == "pre" {
                    preformatted = preformatted.saturating_sub(1);
                    text.out.truncate(text.out.trim_end_matches('\n').len());
                }
                items = items.saturating_sub(usize::from(&*name == "li"));
                text.part(breaks(&name, false, items > 0));
            }
            Token::Other => {}
        }
    }
    text.out.truncate(text.out.trim_end().len());
    text.out
}

#[derive(Default)]
struct Text {
    out: String,
    pending: Part,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    #[default]
    Nothing,
    Space,
    Cell,
    Line,
    Paragraph,
}

impl Text {
    fn part(&mut self, part: Part) {
        self.pending = self.pending.max(part);
    }

    fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !self.out.is_empty() {
            self.out.push_str(match pending {
                Part::Nothing => "",
                Part::Space => " ",
                Part::Cell => "\t",
                Part::Line => "\n",
                Part::Paragraph => "\n\n",
            });
        }
    }

    fn push(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.part(Part::Space);
            } else {
                self.settle();
                self.out.push(c);
            }
        }
    }

    fn push_verbatim(&mut self, text: &str) {
        self.settle();
        self.out.push_str(text);
    }
}

fn breaks(name: &str, opening: bool, in_item: bool) -> Part {
    match name {
        "ul" | "ol" if in_item => Part::Line,
        "td" | "th" if opening => Part::Cell,
        "br" | "li" | "tr" | "dt" | "dd" | "caption" | "summary" | "figcaption" => Part::Line,
        "p" | "pre" | "blockquote" | "ul" | "ol" | "dl" | "table" | "figure" | "div" | "hr" | "details"
        | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "section" => Part::Paragraph,
        _ => Part::Nothing,
    }
}

/// The words of a plain text, by the Unicode rules for word boundaries.
pub fn word_count(plain: &str) -> u32 {
    u32::try_from(plain.unicode_words().count()).unwrap_or(u32::MAX)
}

/// Folds a text to what stays when only its layout, case or punctuation changes: lower-case words, one space between them.
pub fn fold(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for word in plain.unicode_words() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_becomes_line_breaks() {
        assert_eq!(plain_text("<p>One\n  <em>two</em></p>\n<p>three<br>four</p>"), "One two\n\nthree\nfour");
        assert_eq!(
            plain_text("<p>Do:</p><ul>\n<li>a</li>\n<li>b<ol><li>c</li></ol></li></ul>"),
            "Do:\n\na\nb\nc"
        );
        assert_eq!(
            plain_text("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"),
            "A\tB\n1\t2"
        );
    }

    #[test]
    fn preformatted_text_keeps_its_space() {
        assert_eq!(plain_text("<pre><code>a  b\n  c\n</code></pre><p>d</p>"), "a  b\n  c\n\nd");
    }

    #[test]
    fn entities_and_images_are_read() {
        assert_eq!(plain_text("<p>a&nbsp;&lt;b&gt; <img src=\"x\" alt=\"a map\"></p>"), "a <b> a map");
    }

    #[test]
    fn folding_keeps_words_alone() {
        assert_eq!(
            fold("The agency\u{2019}s  CIO\u{2014}in (1) place."),
            "the agency\u{2019}s cio in 1 place"
        );
        assert_eq!(word_count("Two words, n\u{1b7}o.  3.5"), 4);
    }
}
