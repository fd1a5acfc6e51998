//! One page: its front matter, and its text cut at its headings, each part with the footnotes and links it needs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use comrak::nodes::{Node, NodeValue};
use comrak::options::BrokenLinkReference;
use comrak::{Arena, parse_document};

use super::front_matter::{self, FrontMatter};
use super::heading::{self, Heading};
use super::html_notes::{self, definition};
use super::text::Text;
use super::tidy::tidy;
use super::{Report, Source as Files, SourceFile};
use crate::documents::markdown::{Source, definition_source, labels_in, line_of, options, problems};
use crate::markup::html::{Token, tokens};

/// Longer headings are paragraphs with a line of dashes below them.
const LONGEST_HEADING: usize = 300;

/// Files about a folder rather than in the document.
const FURNITURE: [&str; 12] = [
    "authors",
    "changelog",
    "code_of_conduct",
    "contributing",
    "copying",
    "governance",
    "licence",
    "license",
    "maintainers",
    "notice",
    "readme",
    "security",
];

/// What headings over nothing but notes are called.
const NOTE_HEADINGS: [&str; 12] = [
    "anmerkungen",
    "endnotes",
    "endnoten",
    "footnotes",
    "fu\u{df}noten",
    "nodiadau",
    "notes",
    "notes de bas de page",
    "references",
    "troednodiadau",
    "noten",
    "voetnoten",
];

/// A heading and the text below it, down to the next heading.
pub(super) struct Part {
    /// 1 to 6.
    pub(super) level: u8,
    pub(super) heading: Heading,
    /// Of the heading in the file.
    pub(super) line: u32,
    pub(super) markdown: String,
}

/// A page, cut into parts.
pub(super) struct Page {
    pub(super) file: String,
    /// The file's name without its extension, in lower case.
    pub(super) stem: String,
    pub(super) matter: FrontMatter,
    /// Text above the first heading, if there is any, with its line.
    pub(super) preamble: Option<(String, u32)>,
    pub(super) parts: Vec<Part>,
}

/// Reads all files that are pages of the document.
pub(super) fn read_all(files: &Files, report: &mut Report) -> Vec<Page> {
    let mut pages = Vec::new();
    for file in &files.files {
        let (matter, text, line) = front_matter::take(&file.name, &file.text, report);
        let stem = file.name.rsplit_once('.').map_or(file.name.as_str(), |(stem, _)| stem).to_lowercase();
        if files.is_folder && !matter.present && FURNITURE.contains(&stem.replace('-', "_").as_str()) {
            report.warn(&file.name, None, "is about the folder rather than part of the document, and was passed over \u{2014} give it front matter to take it in");
        } else if files.is_folder && matter.is_draft {
            report.warn(&file.name, None, "is marked as a draft in its front matter, and was passed over");
        } else {
            pages.extend(read(file, stem, matter, text, line, report));
        }
    }
    if pages.is_empty() && report.problems.is_empty() {
        report.refuse(&files.name, None, "there is no page in it \u{2014} name Markdown files that begin with a heading such as \u{201c}# Introduction\u{201d}");
    }
    pages
}

fn read(
    file: &SourceFile,
    stem: String,
    matter: FrontMatter,
    text: &str,
    line: u32,
    report: &mut Report,
) -> Option<Page> {
    let name = &file.name;
    let mut text = match Text::new(text, line) {
        Ok(text) => text,
        Err(error) => {
            report.refuse(name, error.line(), error.to_string());
            return None;
        }
    };
    html_notes::convert(name, &mut text, report);
    tidy(&mut text);
    let mut cut = cut(name, &text, report)?;
    let preamble = cut.preamble.take().filter(|(markdown, _)| !markdown.is_empty());
    if cut.parts.is_empty() && preamble.is_none() && !matter.present {
        report.refuse(name, Some(line), "there is no text in it \u{2014} write some, or take the file away");
        return None;
    }
    if preamble.is_some() && matter.title.is_none() {
        let what = if cut.parts.is_empty() {
            "there is no heading"
        } else {
            "there is text above the first heading"
        };
        let line = preamble.as_ref().map(|(_, line)| *line);
        report.refuse(
            name,
            line,
            format!("{what} \u{2014} begin the page with a heading such as \u{201c}# Introduction\u{201d}"),
        );
        return None;
    }
    Some(Page { file: name.clone(), stem, matter, preamble, parts: cut.parts })
}

struct Cut {
    preamble: Option<(String, u32)>,
    parts: Vec<Part>,
}

/// A footnote's definition, taken out of the text to be put back where it is referred to.
struct Note {
    label: String,
    markdown: String,
    /// In the file.
    line: u32,
    refers_to: Vec<String>,
}

/// One stretch of lines and the footnotes it refers to.
struct Stretch<'a> {
    heading: Option<Node<'a>>,
    /// Of the text, from 1; the heading's first and last, and the last of all.
    first: usize,
    last_of_heading: usize,
    last: usize,
    refers_to: Vec<String>,
}

fn cut(file: &str, text: &Text, report: &mut Report) -> Option<Cut> {
    let parsed = Source::new(text.body()).and_then(|source| {
        let arena = Arena::new();
        let root = source.parse(&arena)?;
        Ok(cut_tree(file, text, &source, root, report))
    });
    parsed
        .map_err(|error| {
            report.refuse(file, error.line().map(|line| text.file_line(line as usize)), error.to_string());
        })
        .ok()
}

fn cut_tree(file: &str, text: &Text, source: &Source, root: Node<'_>, report: &mut Report) -> Cut {
    let at = |line: u32| Some(text.file_line(line as usize));
    for problem in problems(root) {
        report.refuse(file, problem.line().and_then(at), problem.to_string());
    }
    remark_on_links(file, text, root, report);

    let mut notes: BTreeMap<String, Note> = BTreeMap::new();
    let mut taken = HashSet::new();
    let mut stretches =
        vec![Stretch { heading: None, first: 0, last_of_heading: 0, last: 0, refers_to: Vec::new() }];
    for node in root.children() {
        let position = node.data().sourcepos;
        if let NodeValue::FootnoteDefinition(note) = &node.data().value {
            taken.extend(position.start.line..=position.end.line);
            let (label, markdown) = (note.name.clone(), definition_source(node, source));
            let note = Note {
                label,
                markdown,
                line: text.file_line(position.start.line),
                refers_to: references(node),
            };
            notes.entry(note.label.to_lowercase()).or_insert(note);
        } else if is_heading(node) && begins_section(file, text, node, report) {
            stretches.push(Stretch {
                heading: Some(node),
                first: position.start.line,
                last_of_heading: position.end.line,
                last: 0,
                refers_to: references(node),
            });
        } else if let Some(stretch) = stretches.last_mut() {
            stretch.refers_to.extend(references(node));
        }
    }
    let lines: Vec<&str> = text.body().split('\n').collect();
    let firsts: Vec<usize> =
        stretches.iter().skip(1).map(|stretch| stretch.first - 1).chain([lines.len()]).collect();
    for (stretch, last) in stretches.iter_mut().zip(firsts) {
        stretch.last = last;
    }
    place_unused(file, text, &notes, &mut stretches, report);

    let links = LinkDefinitions::find(&lines);
    let mut cut = Cut { preamble: None, parts: Vec::new() };
    for stretch in &stretches {
        let body = without_lines(&lines, stretch.last_of_heading..stretch.last, &taken);
        let bare = body.is_empty();
        let markdown = with_notes(links.complete(body), &stretch.refers_to, &notes);
        let Some(node) = stretch.heading else {
            let line = lines
                .iter()
                .enumerate()
                .position(|(at, line)| !line.trim().is_empty() && !taken.contains(&(at + 1)));
            cut.preamble = (!bare).then(|| (markdown, text.file_line(line.unwrap_or(0) + 1)));
            continue;
        };
        let heading = heading::read(node);
        let line = text.file_line(stretch.first);
        let until = if stretch.last < lines.len() { text.file_line(stretch.last + 1) } else { u32::MAX };
        let over_notes = bare && notes.values().any(|note| note.line >= line && note.line < until);
        if over_notes && NOTE_HEADINGS.contains(&heading.title.to_lowercase().trim_end_matches(':')) {
            continue;
        }
        let level = if let NodeValue::Heading(heading) = &node.data().value { heading.level } else { 1 };
        cut.parts.push(Part { level, heading, line, markdown });
    }
    cut
}

fn is_heading(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Heading(_))
}

fn begins_section(file: &str, text: &Text, node: Node<'_>, report: &mut Report) -> bool {
    let line = Some(text.file_line(line_of(node) as usize));
    let title = heading::read(node).title;
    if title.is_empty() {
        report.warn(file, line, "is a heading without text, and was passed over");
        return false;
    }
    if title.chars().count() > LONGEST_HEADING {
        report.refuse(
            file,
            line,
            format!("is a heading of more than {LONGEST_HEADING} characters \u{2014} leave a blank line above the dashes below it if it is a paragraph"),
        );
    }
    for label in references(node) {
        report.warn(
            file,
            line,
            format!("the mark of the footnote [^{label}] stands in a heading and is not shown there; the note is listed below the section"),
        );
    }
    true
}

/// The labels of the footnotes that are referred to below a node, in reading order.
fn references(top: Node<'_>) -> Vec<String> {
    let mut labels = Vec::new();
    for node in top.descendants() {
        match &node.data().value {
            NodeValue::FootnoteReference(reference) => labels.push(reference.name.to_lowercase()),
            NodeValue::HtmlBlock(block) => {
                for (_, token) in tokens(&block.literal) {
                    if let Token::Text(text) = token {
                        labels.extend(labels_in(text).map(|(_, label)| label.to_lowercase()));
                    }
                }
            }
            _ => {}
        }
    }
    labels
}

/// A note that nothing refers to stays where it was written.
fn place_unused(
    file: &str,
    text: &Text,
    notes: &BTreeMap<String, Note>,
    stretches: &mut [Stretch<'_>],
    report: &mut Report,
) {
    let used: HashSet<&String> = stretches
        .iter()
        .flat_map(|stretch| &stretch.refers_to)
        .chain(notes.values().flat_map(|note| &note.refers_to))
        .collect();
    let unused: Vec<_> = notes.iter().filter(|(key, _)| !used.contains(key)).collect();
    for (key, note) in unused {
        report.warn(
            file,
            Some(note.line),
            format!("nothing refers to the footnote [^{}]; it is listed below its section \u{2014} add a mark where it belongs", note.label),
        );
        let home = stretches
            .iter()
            .rposition(|stretch| stretch.heading.is_none() || text.file_line(stretch.first) <= note.line);
        // Where a page ends with a heading over its notes, that heading goes: the section before it is their home.
        let home = home.unwrap_or(0);
        let home = stretches[..=home].iter().rposition(|stretch| !is_over_notes(stretch)).unwrap_or(home);
        stretches[home].refers_to.push(key.clone());
    }
}

fn is_over_notes(stretch: &Stretch<'_>) -> bool {
    stretch.heading.is_some_and(|node| {
        NOTE_HEADINGS.contains(&heading::read(node).title.to_lowercase().trim_end_matches(':'))
    })
}

fn without_lines(lines: &[&str], range: std::ops::Range<usize>, taken: &HashSet<usize>) -> String {
    let mut out = String::new();
    let mut after_taken = false;
    for at in range {
        let Some(line) = lines.get(at) else { break };
        if taken.contains(&(at + 1)) {
            after_taken = true;
        } else if !(after_taken && line.trim().is_empty()) {
            after_taken = false;
            out.push_str(line);
            out.push('\n');
        }
    }
    // Leading spaces may make code of the first line; only blank lines go.
    let first = out.find(|c: char| !c.is_whitespace()).unwrap_or(out.len());
    let start = out[..first].rfind('\n').map_or(0, |at| at + 1);
    out[start..].trim_end().to_owned()
}

/// Puts below a text the notes it refers to, and those that they refer to.
fn with_notes(mut markdown: String, refers_to: &[String], notes: &BTreeMap<String, Note>) -> String {
    let mut done = HashSet::new();
    let mut waiting: std::collections::VecDeque<&String> = refers_to.iter().collect();
    while let Some(key) = waiting.pop_front() {
        if let Some(note) = notes.get(key)
            && done.insert(key)
        {
            if !markdown.is_empty() {
                markdown.push_str("\n\n");
            }
            markdown.push_str(definition(&note.label, &note.markdown).trim_end());
            waiting.extend(&note.refers_to);
        }
    }
    markdown
}

/// `[label]: address` lines of a page: what a link in one part means may be written in another.
struct LinkDefinitions<'a> {
    by_label: HashMap<String, &'a str>,
}

impl<'a> LinkDefinitions<'a> {
    fn find(lines: &[&'a str]) -> Self {
        let mut by_label = HashMap::new();
        for line in lines {
            let trimmed = line.trim_start_matches(' ');
            if line.len() - trimmed.len() <= 3
                && trimmed.starts_with('[')
                && !trimmed.starts_with("[^")
                && let Some((label, address)) = trimmed[1..].split_once("]:")
                && !address.trim().is_empty()
            {
                by_label.entry(normalized(label)).or_insert(trimmed);
            }
        }
        Self { by_label }
    }

    /// Adds the definitions that a text uses and does not have.
    fn complete(&self, mut markdown: String) -> String {
        if self.by_label.is_empty() {
            return markdown;
        }
        let missing = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&missing);
        let mut options = options();
        options.parse.broken_link_callback = Some(Arc::new(move |link: BrokenLinkReference<'_>| {
            seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(normalized(link.original));
            None
        }));
        parse_document(&Arena::new(), &markdown, &options);
        let missing = missing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut done = HashSet::new();
        let mut first = true;
        for label in missing.iter().filter(|label| done.insert(*label)) {
            if let Some(definition) = self.by_label.get(label) {
                markdown.push_str(if first { "\n\n" } else { "\n" });
                markdown.push_str(definition);
                first = false;
            }
        }
        markdown
    }
}

fn normalized(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Addresses that only meant something beside the page.
fn remark_on_links(file: &str, text: &Text, root: Node<'_>, report: &mut Report) {
    for node in root.descendants() {
        let line = Some(text.file_line(line_of(node) as usize));
        match &node.data().value {
            NodeValue::Link(link) if is_relative(&link.url) => remark(file, line, "link", &link.url, report),
            NodeValue::Image(image) if is_relative(&image.url) => {
                remark(file, line, "picture", &image.url, report);
            }
            NodeValue::HtmlBlock(block) => {
                for (_, token) in tokens(&block.literal) {
                    if let Token::Open(tag) = token {
                        remark_on_tag(file, line, &tag, report);
                    }
                }
            }
            NodeValue::HtmlInline(html) => {
                if let Some((_, Token::Open(tag))) = tokens(html).next() {
                    remark_on_tag(file, line, &tag, report);
                }
            }
            NodeValue::Text(words) if words.contains("{{") || words.contains("{%") => {
                report.warn(file, line, "a tag of a site generator ({{ or {%) is shown as it stands \u{2014} write what it stood for");
            }
            _ => {}
        }
    }
}

fn remark_on_tag(file: &str, line: Option<u32>, tag: &crate::markup::html::Tag<'_>, report: &mut Report) {
    let (attribute, kind) = match &*tag.name {
        "a" => ("href", "link"),
        "img" => ("src", "picture"),
        _ => return,
    };
    if let Some(address) = tag.attribute(attribute).filter(|address| is_relative(address)) {
        remark(file, line, kind, &address, report);
    }
}

fn remark(file: &str, line: Option<u32>, kind: &str, address: &str, report: &mut Report) {
    let address: String = address.chars().take(120).collect();
    report.warn(file, line, format!("the {kind} \u{201c}{address}\u{201d} leads to a file beside the page \u{2014} write the full address, beginning with https://"));
}

fn is_relative(address: &str) -> bool {
    let scheme = address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-')
    });
    !address.is_empty() && !address.starts_with('#') && !address.starts_with("//") && !scheme
}
