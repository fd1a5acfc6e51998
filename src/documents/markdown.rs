//! Markdown of a section, rendered: safe HTML, plain text, blocks that a comment can point to, and footnotes.
//!
//! What goes through here is what officials write or import: CommonMark with tables, strikethrough, `[^1]` footnotes and
//! raw HTML that is made safe. Rendering is a function of the Markdown alone, so rendering what is stored gives again what
//! was stored. The steps have a file each: [`parse`] bounds and parses, [`blocks`] turns what stands at the top level into
//! [`Block`]s, [`safe`] cleans HTML, [`notes`] numbers the footnotes, [`marks`] writes their marks and links.
//!
//! The HTML carries no class and no id but those written here *after* cleaning: `footnote-ref`, `footnote-backref` and
//! `footnotes`, `fn-…` and `fnref-…`. They are unique within a section; a page that shows several sections makes them so
//! across them with [`scoped`].

mod blocks;
mod marks;
mod notes;
mod parse;
mod safe;

use serde::{Deserialize, Serialize};

pub(crate) use notes::{definition_source, labels_in, problems};
pub use parse::{MAX_BYTES, MarkdownError};
pub(crate) use parse::{Source, line_of, options};
pub(crate) use safe::clean;

use crate::markup::html::{Token, escape_attribute, tokens};
use crate::markup::word_count;

crate::text_enum! {
    /// What kind of thing a block is.
    pub enum BlockKind {
        /// Running text.
        Paragraph = "PARAGRAPH",
        /// A heading within a section's text.
        Heading = "HEADING",
        /// An ordered, unordered or definition list.
        List = "LIST",
        /// A table.
        Table = "TABLE",
        /// A block quotation.
        Quotation = "QUOTATION",
        /// An image that stands by itself.
        Figure = "FIGURE",
        /// Preformatted text.
        Code = "CODE",
    }
}

/// One thing at the top level of a section's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What names it within its revision: made from its words alone, so that it stays the same in every revision in
    /// which the words do, wherever it stands and however it is marked up. Equal blocks are told apart by a suffix.
    pub key: String,
    /// What it is.
    pub kind: BlockKind,
    /// Its place among the section's paragraphs, from 1; other kinds belong to the paragraph before them and have none.
    pub number: Option<u32>,
    /// Its source. Link definitions may stand elsewhere in the section.
    pub markdown: String,
    /// Safe HTML, with footnote marks.
    pub html: String,
    /// What a reader sees of it, without footnote marks: what the quotation of an anchor is looked for in.
    pub plain: String,
}

/// A note of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footnote {
    /// What the source calls it: `1` in `[^1]`.
    pub label: String,
    /// What its marks show: the label where all labels of the section are numbers, else its place in the section.
    pub mark: String,
    /// The id of the note in the section's HTML; the marks' links lead to it.
    pub id: String,
    /// Safe HTML, without the link back.
    pub html: String,
    /// Its text.
    pub plain: String,
    /// Its source, without the label.
    pub markdown: String,
    /// The keys of the blocks that refer to it, in reading order, each once. Empty when nothing does.
    pub references: Vec<String>,
}

/// A section's text in every form it is shown and searched in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Safe HTML of the whole: all blocks, then a list of the footnotes with links back to their marks.
    pub html: String,
    /// The blocks' text, parted by blank lines. Footnotes have their own.
    pub plain: String,
    /// In reading order.
    pub blocks: Vec<Block>,
    /// In the order in which they are first referred to, then those that nothing refers to.
    pub footnotes: Vec<Footnote>,
    /// Words of `plain`.
    pub word_count: u32,
}

/// Renders a section's Markdown.
///
/// Takes time in proportion to the length of the text. Fails when the text is longer than [`MAX_BYTES`], nested deeper
/// than anybody could read, or holds a table too wide to be shown; the error names the line.
pub fn render(markdown: &str) -> Result<Rendered, MarkdownError> {
    let source = Source::new(markdown)?;
    let arena = comrak::Arena::new();
    let root = source.parse(&arena)?;
    let mut notes = notes::Notes::collect(root, &source)?;
    let pieces = blocks::pieces(root, &source, &mut notes)?;
    let notes = notes.finish()?;

    let blocks = blocks::finish(&pieces, &notes);
    let mut html: Vec<String> = pieces.iter().map(|piece| notes.place_marks(&piece.html)).collect();
    html.extend(notes.list());
    let plain = blocks.iter().map(|block| block.plain.as_str()).collect::<Vec<_>>().join("\n\n");
    let footnotes = notes.into_footnotes(&blocks::keys_by_mark(&pieces, &blocks));
    let word_count = word_count(&plain);
    Ok(Rendered { html: html.join("\n"), plain, blocks, footnotes, word_count })
}

/// Prefixes the footnote ids of a section's HTML, and the links to them, so that several sections can stand on one page.
/// `scope` is the section's slug, or anything else that is unique on that page.
pub fn scoped(html: &str, scope: &str) -> String {
    let scope = escape_attribute(scope);
    let mut out = String::with_capacity(html.len() + html.len() / 8);
    for (range, token) in tokens(html) {
        let piece = &html[range];
        if matches!(token, Token::Open(tag) if matches!(&*tag.name, "a" | "li")) {
            let piece = piece.replace(" id=\"fn", &format!(" id=\"{scope}-fn"));
            out.push_str(&piece.replace(" href=\"#fn", &format!(" href=\"#{scope}-fn")));
        } else {
            out.push_str(piece);
        }
    }
    out
}

#[cfg(test)]
mod tests;
