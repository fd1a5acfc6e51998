//! What stands at the top level of a text becomes blocks, each with a key that follows its words through revisions.

use std::collections::HashMap;
use std::ops::Range;

use aws_lc_rs::digest::{SHA256, digest};
use comrak::nodes::{Node, NodeValue};
use data_encoding::BASE32_DNSSEC;

use super::marks::{Finished, without_marks};
use super::notes::Notes;
use super::parse::{MarkdownError, Source, line_of, options};
use super::{Block, BlockKind, safe};
use crate::markup::html::{Token, tokens};
use crate::markup::{fold, plain_text};

/// One thing at the top level, its footnote marks not yet placed.
pub(super) struct Piece {
    /// None for a line that only parts others.
    kind: Option<BlockKind>,
    markdown: String,
    pub(super) html: String,
    plain: String,
    marks: Range<usize>,
}

/// Renders and cleans each top-level node by itself, so that what is left open in one cannot reach into the next.
pub(super) fn pieces<'a>(
    root: Node<'a>,
    source: &Source,
    notes: &mut Notes<'a>,
) -> Result<Vec<Piece>, MarkdownError> {
    let mut pieces = Vec::new();
    for node in root.children() {
        let first_mark = notes.marks();
        notes.mark(node);
        let mut html = String::new();
        // Writing to a string cannot fail.
        let _ = comrak::format_html(node, &options(), &mut html);
        let html = safe::clean(&html).ok_or(MarkdownError::TooLarge { line: line_of(node) })?;
        let html = wrapped(html.trim());
        let plain = plain_text(&without_marks(&html));
        let marks = first_mark..notes.marks();
        let kind = kind_of(&node.data().value, &html, &plain, !marks.is_empty());
        if kind.is_some() || html == "<hr>" {
            let markdown = source.lines(node.data().sourcepos).to_owned();
            pieces.push(Piece { kind, markdown, html, plain, marks });
        }
    }
    Ok(pieces)
}

/// Raw HTML may be bare text at the top level, where only blocks belong.
fn wrapped(html: &str) -> String {
    const INLINE: [&str; 22] = [
        "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark",
        "q", "s", "small", "strong", "sub", "sup", "u",
    ];
    let inline = tokens(html).all(|(_, token)| match token {
        Token::Open(tag) => INLINE.contains(&&*tag.name),
        _ => true,
    });
    if inline && !html.is_empty() { format!("<p>{html}</p>") } else { html.to_owned() }
}

/// None for what shows nothing; a mark alone shows its number, and its note leads back to it.
fn kind_of(value: &NodeValue, html: &str, plain: &str, is_marked: bool) -> Option<BlockKind> {
    let mut shown = false;
    let mut first = None;
    let mut picture_alone = true;
    for (_, token) in tokens(html) {
        match token {
            Token::Open(tag) => {
                let picture = &*tag.name == "img";
                shown |= picture;
                picture_alone &= picture || matches!(&*tag.name, "p" | "a");
                first = first.or(Some(tag.name));
            }
            Token::Text(text) => picture_alone &= text.trim().is_empty(),
            _ => {}
        }
    }
    if plain.is_empty() && !shown && !is_marked {
        return None;
    }
    Some(match (value, first.as_deref()) {
        (NodeValue::CodeBlock(_), _) | (_, Some("pre")) => BlockKind::Code,
        (_, Some("ul" | "ol" | "dl")) => BlockKind::List,
        (_, Some("table")) => BlockKind::Table,
        (_, Some("blockquote")) => BlockKind::Quotation,
        (_, Some("figure")) => BlockKind::Figure,
        (_, Some("h1" | "h2" | "h3" | "h4" | "h5" | "h6")) => BlockKind::Heading,
        _ if shown && picture_alone => BlockKind::Figure,
        _ => BlockKind::Paragraph,
    })
}

/// The blocks of the pieces, keyed and numbered.
pub(super) fn finish(pieces: &[Piece], notes: &Finished) -> Vec<Block> {
    let mut paragraphs = 0;
    let mut times: HashMap<String, u32> = HashMap::new();
    let blocks = pieces.iter().filter_map(|piece| {
        let kind = piece.kind?;
        let number = (kind == BlockKind::Paragraph).then(|| {
            paragraphs += 1;
            paragraphs
        });
        Some(Block {
            key: key(&piece.plain, &piece.html, &mut times),
            kind,
            number,
            markdown: piece.markdown.clone(),
            html: notes.place_marks(&piece.html),
            plain: piece.plain.clone(),
        })
    });
    blocks.collect()
}

/// The key of the block in which each mark of the text stands.
pub(super) fn keys_by_mark(pieces: &[Piece], blocks: &[Block]) -> HashMap<usize, String> {
    let shown = pieces.iter().filter(|piece| piece.kind.is_some());
    shown
        .zip(blocks)
        .flat_map(|(piece, block)| piece.marks.clone().map(|mark| (mark, block.key.clone())))
        .collect()
}

/// Ten bytes of a digest are enough: keys are compared within a section and its revisions only.
fn key(plain: &str, html: &str, times: &mut HashMap<String, u32>) -> String {
    let words = fold(plain);
    // What has no words, such as a picture without a text, is known by what it is.
    let digest = digest(&SHA256, if words.is_empty() { html.as_bytes() } else { words.as_bytes() });
    let key = BASE32_DNSSEC.encode(&digest.as_ref()[..10]);
    let times = times.entry(key.clone()).or_insert(0);
    *times += 1;
    if *times == 1 { key } else { format!("{key}-{times}") }
}
