//! Which opening tag a closing one belongs to, in HTML as people write it.

use std::ops::Range;

use crate::markup::html::{Tag, Token};

/// An element with its tags.
pub(super) struct Element<'t, 'a> {
    pub(super) tag: &'t Tag<'a>,
    /// From its opening to its closing tag.
    pub(super) range: Range<usize>,
    /// Between them.
    pub(super) inner: Range<usize>,
    /// Its tokens between them, by their places in the list of all.
    pub(super) tokens: Range<usize>,
}

/// All elements that are closed, by a tag or by the beginning of the next item, in the order of their opening tags.
pub(super) fn elements<'t, 'a>(tokens: &'t [(Range<usize>, Token<'a>)]) -> Vec<Element<'t, 'a>> {
    let mut open: Vec<(usize, &Tag<'a>)> = Vec::new();
    let mut found = Vec::new();
    let close = |(at, tag): (usize, &'t Tag<'a>), by: usize, end: usize, found: &mut Vec<Element<'t, 'a>>| {
        let (start, inner) = (tokens[at].0.start, tokens[at].0.end);
        found.push(Element { tag, range: start..end, inner: inner..tokens[by].0.start, tokens: at + 1..by });
    };
    for (at, (range, token)) in tokens.iter().enumerate() {
        match token {
            Token::Open(tag) if !tag.is_void() => {
                if matches!(&*tag.name, "li" | "p" | "dt" | "dd" | "tr" | "td" | "th")
                    && open.last().is_some_and(|(_, last)| last.name == tag.name)
                    && let Some(last) = open.pop()
                {
                    close(last, at, range.start, &mut found);
                }
                open.push((at, tag));
            }
            Token::Close(name) => {
                // Looking far back for each stray closing tag would cost time for nothing.
                let near = open.len().saturating_sub(100);
                if let Some(found_at) = open[near..].iter().rposition(|(_, tag)| tag.name == *name) {
                    let mut inner = open.split_off(near + found_at).into_iter();
                    if let Some(own) = inner.next() {
                        close(own, at, range.end, &mut found);
                    }
                    for left in inner {
                        close(left, at, range.start, &mut found);
                    }
                }
            }
            _ => {}
        }
    }
    found.sort_by(|a, b| a.range.start.cmp(&b.range.start).then(b.range.end.cmp(&a.range.end)));
    found
}
