//! A page's text while it is worked on: it can be edited, and still knows which line of the file each of its lines was.

use std::ops::Range;

use comrak::nodes::NodeValue;
use comrak::{Arena, parse_document};

use crate::documents::markdown::{MarkdownError, Source, options};
use crate::markup::html::{Token, tokens};

/// Replace a range by a text that came from `line` of the file.
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
    pub(super) line: u32,
}

pub(super) struct Text {
    body: String,
    /// Where each line of `body` begins.
    starts: Vec<usize>,
    /// For each of them the line of the file it came from.
    lines: Vec<u32>,
}

impl Text {
    /// A text whose first line is `first` in its file.
    pub(super) fn new(text: &str, first: u32) -> Result<Self, MarkdownError> {
        let body = Source::new(text)?.text().to_owned();
        let starts = starts_of(&body);
        let lines = (first..).take(starts.len()).collect();
        Ok(Self { body, starts, lines })
    }

    pub(super) fn body(&self) -> &str {
        &self.body
    }

    /// The line of the file that the `line`th line of the text came from, both from 1.
    pub(super) fn file_line(&self, line: usize) -> u32 {
        let at = line.saturating_sub(1).min(self.lines.len().saturating_sub(1));
        self.lines.get(at).copied().unwrap_or(1)
    }

    /// The line of the file that the byte at `offset` came from.
    pub(super) fn file_line_at(&self, offset: usize) -> u32 {
        self.file_line(self.starts.partition_point(|start| *start <= offset))
    }

    /// Does all edits at once. Of two that overlap the one that begins first is done, of two that begin together the longer.
    pub(super) fn edit(&mut self, mut edits: Vec<Edit>) {
        edits.sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.range.end.cmp(&a.range.end)));
        let mut body = String::with_capacity(self.body.len());
        let mut lines = Vec::with_capacity(self.lines.len());
        let mut at = 0;
        for edit in &edits {
            if edit.range.start < at {
                continue;
            }
            self.copy(at..edit.range.start, &mut body, &mut lines);
            append(&edit.text, |_| edit.line, &mut body, &mut lines);
            at = edit.range.end;
        }
        self.copy(at..self.body.len(), &mut body, &mut lines);
        // The empty line behind the last line break.
        if lines.len() < starts_of(&body).len() {
            lines.push(self.lines.last().copied().unwrap_or(1));
        }
        self.starts = starts_of(&body);
        self.body = body;
        self.lines = lines;
    }

    fn copy(&self, range: Range<usize>, body: &mut String, lines: &mut Vec<u32>) {
        append(&self.body[range.clone()], |at| self.file_line_at(range.start + at), body, lines);
    }

    /// Where code stands: there, nothing is what it looks like.
    fn code(&self) -> Vec<Range<usize>> {
        let Ok(source) = Source::new(&self.body) else {
            return Vec::new();
        };
        let arena = Arena::new();
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for node in parse_document(&arena, &self.body, &options()).descendants() {
            let data = node.data();
            let position = data.sourcepos;
            let start = source.offset(position.start.line, position.start.column);
            match &data.value {
                // Indented code is left out: list items of raw HTML are often indented so far that they pass for it.
                NodeValue::CodeBlock(code) if code.fenced => {
                    ranges.push(start..source.offset(position.end.line, position.end.column + 1));
                }
                NodeValue::Code(_) => {
                    ranges.push(start..source.offset(position.end.line, position.end.column + 1));
                }
                _ => {}
            }
        }
        ranges.sort_by_key(|range| range.start);
        ranges
    }

    /// The tags and texts of the page; code is one text each.
    pub(super) fn tokens(&self) -> Vec<(Range<usize>, Token<'_>)> {
        let mut all = Vec::new();
        let mut at = 0;
        for code in self.code() {
            if code.start < at {
                continue;
            }
            all.extend(self.tokens_in(at..code.start));
            all.push((code.clone(), Token::Text(&self.body[code.clone()])));
            at = code.end;
        }
        all.extend(self.tokens_in(at..self.body.len()));
        all
    }

    fn tokens_in(&self, part: Range<usize>) -> impl Iterator<Item = (Range<usize>, Token<'_>)> {
        let start = part.start;
        tokens(&self.body[part]).map(move |(range, token)| (range.start + start..range.end + start, token))
    }
}

/// Appends a text, and for each line that begins in it the line of the file that `number` gives for its first byte.
fn append(text: &str, number: impl Fn(usize) -> u32, body: &mut String, lines: &mut Vec<u32>) {
    if text.is_empty() {
        return;
    }
    if body.is_empty() || body.ends_with('\n') {
        lines.push(number(0));
    }
    lines.extend(text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len()).map(number));
    body.push_str(text);
}

fn starts_of(body: &str) -> Vec<usize> {
    std::iter::once(0).chain(body.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_known_after_edits() {
        let mut text = Text::new("a\nbb\ncc\nd\ne", 5).expect("short");
        let at = |text: &Text, word: &str| text.file_line_at(text.body().find(word).expect("it is there"));
        text.edit(vec![
            Edit { range: 0..0, text: "x\n\n".to_owned(), line: 8 },
            Edit { range: 2..8, text: "y\nz".to_owned(), line: 6 },
        ]);
        assert_eq!(text.body(), "x\n\na\ny\nzd\ne");
        assert_eq!((at(&text, "a"), at(&text, "y"), at(&text, "e")), (5, 6, 9));
        assert_eq!(text.lines.len(), 6);
    }

    #[test]
    fn tags_in_code_are_text() {
        let text = Text::new("`<!--` <i>x</i>\n\n```\n<u>\n```\n", 1).expect("short");
        let tags: Vec<_> = text
            .tokens()
            .into_iter()
            .filter_map(|(range, token)| matches!(token, Token::Open(_)).then_some(range.start))
            .collect();
        assert_eq!(tags, [7]);
    }
}
