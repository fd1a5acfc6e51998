//! Parsing within bounds: how long a section's source may be, how deep it may nest, how wide its tables are.

use comrak::nodes::{Node, NodeValue, Sourcepos};
use comrak::{Arena, Options, parse_document};

/// The longest source that is taken, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// Counts every quotation, list, item, paragraph and emphasis around a text; fifteen lists in each other reach it.
const DEEPEST: usize = 64;
const MOST_COLUMNS: usize = 100;

/// Why a text cannot be rendered. Each says what to do, and where, counting lines from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// Longer than [`MAX_BYTES`].
    #[error("the text is longer than 2 MiB \u{2014} divide it into several")]
    TooLong,
    /// Nested deeper than anybody could read.
    #[error("lists, quotations or tags are nested too deep \u{2014} take out some levels")]
    TooDeep {
        /// Where the outermost of them begins.
        line: u32,
    },
    /// A table with very many columns.
    #[error("the table has more than {MOST_COLUMNS} columns \u{2014} divide it")]
    TooWide {
        /// Where the table begins.
        line: u32,
    },
    /// One block that becomes a very long page by itself.
    #[error("this block is too long to be shown \u{2014} divide it with blank lines")]
    TooLarge {
        /// Where the block begins.
        line: u32,
    },
    /// A footnote is referred to and not there.
    #[error(
        "there is no footnote [^{label}] \u{2014} add a line \u{201c}[^{label}]: \u{2026}\u{201d} with its text, or write \\[^{label}] if no footnote is meant"
    )]
    NoteMissing {
        /// As in the source.
        label: String,
        /// Where it is referred to.
        line: u32,
    },
    /// A footnote says nothing.
    #[error(
        "the footnote [^{label}] has no text \u{2014} write it after the colon, or take the footnote out"
    )]
    NoteEmpty {
        /// As in the source.
        label: String,
        /// Where it stands.
        line: u32,
    },
    /// Two footnotes have one label.
    #[error("the footnote [^{label}] is there twice \u{2014} give one of them another label")]
    NoteTwice {
        /// As in the source.
        label: String,
        /// Where it stands the second time.
        line: u32,
    },
}

impl MarkdownError {
    /// The line it is about, from 1; none when it is about the whole.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::TooLong => None,
            Self::TooDeep { line }
            | Self::TooWide { line }
            | Self::TooLarge { line }
            | Self::NoteMissing { line, .. }
            | Self::NoteEmpty { line, .. }
            | Self::NoteTwice { line, .. } => Some(*line),
        }
    }
}

/// A source with its lines, regular enough to be parsed: `\n` ends lines, and what marks stand for is not in it.
#[derive(Debug)]
pub(crate) struct Source {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(markdown: &str) -> Result<Self, MarkdownError> {
        if markdown.len() > MAX_BYTES {
            return Err(MarkdownError::TooLong);
        }
        // The private characters are how a footnote's mark travels through the sanitiser: see `marks`.
        let text = markdown
            .trim_start_matches('\u{feff}')
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .replace(['\0', super::marks::OPEN, super::marks::CLOSE], "\u{fffd}");
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { text, starts })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The lines that a node spans, without the blank ones at its end.
    pub(crate) fn lines(&self, position: Sourcepos) -> &str {
        let start = self.start_of(position.start.line);
        let end = self.start_of(position.end.line + 1).max(start);
        self.text[start..end].trim_end()
    }

    /// The byte at which a position of comrak's (from 1, columns in bytes) lies.
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        self.text.floor_char_boundary(self.start_of(line) + column.saturating_sub(1))
    }

    fn start_of(&self, line: usize) -> usize {
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    /// Parses it, and refuses what is nested too deep or too wide.
    pub(crate) fn parse<'a>(&self, arena: &'a Arena<'a>) -> Result<Node<'a>, MarkdownError> {
        let root = parse_document(arena, &self.text, &options());
        for top in root.children() {
            let mut stack = vec![(top, 1_usize)];
            while let Some((node, depth)) = stack.pop() {
                if depth > DEEPEST {
                    return Err(MarkdownError::TooDeep { line: line_of(top) });
                }
                if matches!(&node.data().value, NodeValue::Table(table) if table.num_columns > MOST_COLUMNS) {
                    return Err(MarkdownError::TooWide { line: line_of(node) });
                }
                stack.extend(node.children().map(|child| (child, depth + 1)));
            }
        }
        Ok(root)
    }
}

/// How documents are read and written.
pub(crate) fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.footnotes = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.parse.leave_footnote_definitions = true;
    // So that `\[^1]` can be told from a reference to a footnote that is missing.
    options.parse.escaped_char_spans = true;
    // Raw HTML passes here because everything is cleaned afterwards.
    options.render.r#unsafe = true;
    options
}

/// The line a node begins on, from 1.
pub(crate) fn line_of(node: Node<'_>) -> u32 {
    u32::try_from(node.data().sourcepos.start.line).unwrap_or(u32::MAX)
}
