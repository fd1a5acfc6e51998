//! What footnotes look like: their marks in the text and the list with its links back.
//!
//! A mark travels through rendering and cleaning as a number between two private characters, and becomes markup at the
//! very end. So the sanitiser never meets our ids, and nobody but us writes any.

use std::collections::HashMap;

use super::Footnote;
use crate::markup::html::{Token, escape, tokens};
use crate::markup::plain_text;

/// Stands before the number of a mark.
pub(super) const OPEN: char = '\u{e000}';
/// Stands after it.
pub(super) const CLOSE: char = '\u{e001}';

/// A footnote, rendered and named.
pub(super) struct Note {
    pub(super) label: String,
    pub(super) mark: String,
    pub(super) id: String,
    /// With marks not yet placed.
    pub(super) html: String,
    pub(super) markdown: String,
    pub(super) uses: u32,
}

/// The footnotes of a text, each rendered and named, in the order they are listed.
pub(super) struct Finished {
    notes: Vec<Note>,
    marks: Vec<(usize, u32)>,
    numeric: bool,
}

impl Finished {
    /// `marks` has for each mark its note and which of that note's marks it is, from 1.
    pub(super) fn new(notes: Vec<Note>, marks: Vec<(usize, u32)>, numeric: bool) -> Self {
        Self { notes, marks, numeric }
    }

    /// Writes the marks into cleaned HTML. A mark within a link stands behind it: links do not nest.
    pub(super) fn place_marks(&self, html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        let (mut in_link, mut held) = (false, String::new());
        for (range, token) in tokens(html) {
            let piece = &html[range];
            match token {
                Token::Text(text) if text.contains(OPEN) => {
                    for (text, mark) in split_marks(text) {
                        out.push_str(text);
                        let mark = mark.map(|mark| self.reference(mark)).unwrap_or_default();
                        if in_link { held.push_str(&mark) } else { out.push_str(&mark) }
                    }
                }
                Token::Open(tag) => {
                    in_link |= &*tag.name == "a";
                    out.push_str(&without_marks(piece));
                }
                Token::Close(name) if &*name == "a" => {
                    in_link = false;
                    out.push_str(piece);
                    out.push_str(&std::mem::take(&mut held));
                }
                _ => out.push_str(piece),
            }
        }
        out + &held
    }

    fn reference(&self, mark: usize) -> String {
        let Some((note, times)) = self.marks.get(mark).map(|(note, times)| (&self.notes[*note], *times))
        else {
            return String::new();
        };
        format!(
            "<sup class=\"footnote-ref\"><a href=\"#{}\" id=\"{}\" role=\"doc-noteref\">{}</a></sup>",
            note.id,
            back(&note.id, times),
            escape(&note.mark)
        )
    }

    /// The list of all footnotes, with links back to every mark; none when there are no footnotes.
    pub(super) fn list(&self) -> Option<String> {
        if self.notes.is_empty() {
            return None;
        }
        let mut out = String::from("<section class=\"footnotes\" role=\"doc-endnotes\">\n<ol>\n");
        for note in &self.notes {
            let value = if self.numeric { format!(" value=\"{}\"", note.mark) } else { String::new() };
            let links: String = (1..=note.uses)
                .map(|times| {
                    format!(
                        " <a href=\"#{}\" class=\"footnote-backref\" role=\"doc-backlink\" aria-label=\"{}\">\u{21a9}</a>",
                        back(&note.id, times),
                        if times == 1 { escape(&note.mark) } else { format!("{} ({times})", escape(&note.mark)) }
                    )
                })
                .collect();
            let html = self.place_marks(&note.html);
            let body = match html.strip_suffix("</p>") {
                Some(start) => format!("{start}{links}</p>"),
                None => format!("{html}{links}"),
            };
            out.push_str(&format!("<li id=\"{}\"{value}>{body}</li>\n", note.id));
        }
        Some(out + "</ol>\n</section>")
    }

    /// The footnotes as they are kept; `keys` has the block of each mark in the text.
    pub(super) fn into_footnotes(self, keys: &HashMap<usize, String>) -> Vec<Footnote> {
        let mut references: Vec<Vec<String>> = vec![Vec::new(); self.notes.len()];
        for (mark, (note, _)) in self.marks.iter().enumerate() {
            if let Some(key) = keys.get(&mark)
                && !references[*note].contains(key)
            {
                references[*note].push(key.clone());
            }
        }
        let html: Vec<_> = self.notes.iter().map(|note| self.place_marks(&note.html)).collect();
        let of_note = self.notes.into_iter().zip(html).zip(references);
        of_note
            .map(|((note, html), references)| Footnote {
                plain: plain_text(&without_marks(&note.html)),
                label: note.label,
                mark: note.mark,
                id: note.id,
                html,
                markdown: note.markdown,
                references,
            })
            .collect()
    }
}

/// The id of a note's mark.
fn back(id: &str, times: u32) -> String {
    let name = id.strip_prefix("fn-").unwrap_or(id);
    if times == 1 { format!("fnref-{name}") } else { format!("fnref-{name}_{times}") }
}

fn split_marks(text: &str) -> impl Iterator<Item = (&str, Option<usize>)> {
    text.split_inclusive(CLOSE).map(|piece| match piece.split_once(OPEN) {
        Some((text, number)) => (text, number.trim_end_matches(CLOSE).parse().ok()),
        None => (piece, None),
    })
}

/// The same without any mark.
pub(super) fn without_marks(html: &str) -> String {
    split_marks(html).map(|(text, _)| text).collect()
}
