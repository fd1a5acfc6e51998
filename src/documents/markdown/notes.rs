//! Footnotes: finding them, what may be wrong with them, and numbering them. What they look like is in `marks`.

use std::collections::{HashMap, VecDeque};

use comrak::nodes::{Node, NodeValue};

use super::marks::{CLOSE, Finished, Note, OPEN};
use super::parse::{MarkdownError, Source, line_of, options};
use super::safe;
use crate::markup::html::{Token, tokens};

struct Definition<'a> {
    label: String,
    node: Node<'a>,
    line: u32,
    markdown: String,
    uses: u32,
}

/// The footnotes of a text while it is rendered.
pub(super) struct Notes<'a> {
    definitions: Vec<Definition<'a>>,
    by_label: HashMap<String, usize>,
    /// Definitions in the order in which they were first referred to.
    order: Vec<usize>,
    /// For each mark its definition, and which of that definition's marks it is, from 1.
    marks: Vec<(usize, u32)>,
}

/// Labels are the same whatever their case, as CommonMark has it for links.
fn folded(label: &str) -> String {
    label.to_lowercase()
}

/// The labels of what looks like a reference in a text that is not parsed as Markdown, with where each stands.
pub(crate) fn labels_in(text: &str) -> impl Iterator<Item = (std::ops::Range<usize>, &str)> {
    text.match_indices("[^").filter_map(|(at, _)| {
        let rest = &text[at + 2..];
        let end = rest.find(|c: char| c == ']' || c == '[' || c.is_whitespace())?;
        (end > 0 && end <= 100 && rest[end..].starts_with(']')).then(|| (at..at + end + 3, &rest[..end]))
    })
}

impl<'a> Notes<'a> {
    /// Takes the definitions out of the tree.
    pub(super) fn collect(root: Node<'a>, source: &Source) -> Result<Self, MarkdownError> {
        if let Some(problem) = problems(root).into_iter().next() {
            return Err(problem);
        }
        let mut notes =
            Self { definitions: Vec::new(), by_label: HashMap::new(), order: Vec::new(), marks: Vec::new() };
        for (label, node) in definitions(root) {
            notes.by_label.insert(folded(&label), notes.definitions.len());
            let markdown = definition_source(node, source);
            notes.definitions.push(Definition { label, node, line: line_of(node), markdown, uses: 0 });
            node.detach();
        }
        Ok(notes)
    }

    /// Replaces the references below a node by marks.
    pub(super) fn mark(&mut self, top: Node<'a>) {
        for node in top.descendants().collect::<Vec<_>>() {
            let mut data = node.data_mut();
            let replaced = match &data.value {
                NodeValue::FootnoteReference(reference) => {
                    self.next_mark(&reference.name).map(|mark| NodeValue::Text(mark.into()))
                }
                NodeValue::HtmlBlock(block) => {
                    let mut block = block.clone();
                    block.literal = self.mark_html(&block.literal);
                    Some(NodeValue::HtmlBlock(block))
                }
                _ => None,
            };
            if let Some(value) = replaced {
                data.value = value;
            }
        }
    }

    /// How many marks there are so far.
    pub(super) fn marks(&self) -> usize {
        self.marks.len()
    }

    fn next_mark(&mut self, label: &str) -> Option<String> {
        let index = *self.by_label.get(&folded(label))?;
        let definition = &mut self.definitions[index];
        definition.uses += 1;
        if definition.uses == 1 {
            self.order.push(index);
        }
        self.marks.push((index, definition.uses));
        Some(format!("{OPEN}{}{CLOSE}", self.marks.len() - 1))
    }

    /// Markdown does not look into raw HTML; footnotes do.
    fn mark_html(&mut self, html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        for (range, token) in tokens(html) {
            let piece = &html[range];
            let mut done = 0;
            if matches!(token, Token::Text(_)) {
                for (at, label) in labels_in(piece) {
                    if let Some(mark) = self.next_mark(label) {
                        out.push_str(&piece[done..at.start]);
                        out.push_str(&mark);
                        done = at.end;
                    }
                }
            }
            out.push_str(&piece[done..]);
        }
        out
    }

    /// Renders the definitions; they may refer to one another.
    pub(super) fn finish(mut self) -> Result<Finished, MarkdownError> {
        let mut html: Vec<Option<String>> = vec![None; self.definitions.len()];
        let mut waiting: VecDeque<usize> = self.order.iter().copied().collect();
        let mut unused = 0..self.definitions.len();
        while let Some(index) = waiting.pop_front().or_else(|| unused.next()) {
            if html[index].is_some() {
                continue;
            }
            let (node, line) = (self.definitions[index].node, self.definitions[index].line);
            let known = self.order.len();
            self.mark(node);
            waiting.extend(&self.order[known..]);
            html[index] = Some(render(node).ok_or(MarkdownError::TooLarge { line })?);
        }
        let unused: Vec<usize> =
            (0..self.definitions.len()).filter(|index| self.definitions[*index].uses == 0).collect();
        self.order.extend(unused);
        Ok(self.named(html))
    }

    fn named(self, html: Vec<Option<String>>) -> Finished {
        let numeric = self
            .definitions
            .iter()
            .all(|note| note.label.len() < 7 && note.label.bytes().all(|b| b.is_ascii_digit()));
        let mut ids = HashMap::new();
        let mut place = vec![0; self.definitions.len()];
        for (position, index) in self.order.iter().enumerate() {
            place[*index] = position;
        }
        let mut definitions: Vec<_> = self.definitions.into_iter().zip(html).enumerate().collect();
        definitions.sort_by_key(|(index, _)| place[*index]);
        let notes = definitions
            .into_iter()
            .enumerate()
            .map(|(position, (_, (definition, html)))| {
                let id = unique_id(&definition.label, &mut ids);
                let mark = if numeric { definition.label.clone() } else { (position + 1).to_string() };
                Note {
                    html: html.unwrap_or_default(),
                    label: definition.label,
                    mark,
                    id,
                    markdown: definition.markdown,
                    uses: definition.uses,
                }
            })
            .collect();
        let marks = self.marks.into_iter().map(|(index, use_)| (place[index], use_)).collect();
        Finished::new(notes, marks, numeric)
    }
}

/// What is wrong with the footnotes below a root, in reading order.
pub(crate) fn problems(root: Node<'_>) -> Vec<MarkdownError> {
    let mut problems = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (label, node) in definitions(root) {
        let line = line_of(node);
        let says_something = node.descendants().any(|inner| {
            !matches!(
                inner.data().value,
                NodeValue::FootnoteDefinition(_) | NodeValue::Paragraph | NodeValue::SoftBreak
            )
        });
        if !says_something {
            problems.push(MarkdownError::NoteEmpty { label: label.clone(), line });
        }
        if !seen.insert(folded(&label)) {
            problems.push(MarkdownError::NoteTwice { label, line });
        }
    }
    for node in root.descendants() {
        if let NodeValue::Text(text) = &node.data().value {
            problems.extend(labels_in(text).map(|(_, label)| MarkdownError::NoteMissing {
                label: label.to_owned(),
                line: line_of(node),
            }));
        }
    }
    problems.sort_by_key(MarkdownError::line);
    problems
}

fn definitions(root: Node<'_>) -> Vec<(String, Node<'_>)> {
    root.descendants()
        .filter_map(|node| match &node.data().value {
            NodeValue::FootnoteDefinition(definition) => Some((definition.name.clone(), node)),
            _ => None,
        })
        .collect()
}

/// A definition's source without its label, its later lines moved to the margin.
pub(crate) fn definition_source(node: Node<'_>, source: &Source) -> String {
    let top_level = node.parent().is_some_and(|parent| matches!(parent.data().value, NodeValue::Document));
    let text = source.lines(node.data().sourcepos);
    if top_level && let Some((_, text)) = text.split_once("]:") {
        let mut lines = text.trim_start().lines();
        let first = lines.next().unwrap_or_default().to_owned();
        return lines.fold(first, |mut out, line| {
            out.push('\n');
            out.push_str(unindented(line));
            out
        });
    }
    // Inside a quotation the lines carry its marks: write the note anew.
    let mut out = String::new();
    for child in node.children() {
        // Writing to a string cannot fail.
        let _ = comrak::format_commonmark(child, &options(), &mut out);
    }
    out.trim().to_owned()
}

fn unindented(line: &str) -> &str {
    let spaces = line.bytes().take(4).take_while(|b| *b == b' ').count();
    line.strip_prefix('\t').unwrap_or(&line[spaces..])
}

fn render(definition: Node<'_>) -> Option<String> {
    // As a footnote it would be given links back by comrak; as a document of its own it is only its text.
    definition.data_mut().value = NodeValue::Document;
    let mut html = String::new();
    // Writing to a string cannot fail.
    let _ = comrak::format_html(definition, &options(), &mut html);
    let clean = safe::clean(&html)?;
    let clean = clean.trim();
    let inner = clean
        .strip_prefix("<p>")
        .and_then(|rest| rest.strip_suffix("</p>"))
        .filter(|inner| !inner.contains("<p>"));
    Some(inner.unwrap_or(clean).to_owned())
}

fn unique_id(label: &str, taken: &mut HashMap<String, u32>) -> String {
    let readable: String =
        label.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let times = taken.entry(readable.clone()).or_insert(0);
    *times += 1;
    if *times == 1 { format!("fn-{readable}") } else { format!("fn-{readable}__{times}") }
}
