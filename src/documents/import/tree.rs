//! Pages become the tree of sections, named and rendered.

use super::heading::Heading;
use super::page::{Page, Part};
use super::slug::Slugs;
use super::{MAX_SECTIONS, ParsedSection, Report};
use crate::documents::markdown::{Rendered, render};

/// Puts all parts of all pages in place: a heading's parent is the last heading above it of a higher level on its page.
pub(super) fn grow(pages: Vec<Page>, document_title: &str, report: &mut Report) -> Vec<ParsedSection> {
    let mut tree = Tree { sections: Vec::new(), slugs: Slugs::default() };
    for page in pages {
        for (level, part) in arranged(page.parts, page.preamble, page.matter.title.as_deref(), document_title)
        {
            if tree.sections.len() == MAX_SECTIONS {
                report.refuse(
                    &page.file,
                    Some(part.line),
                    format!("a document has at most {MAX_SECTIONS} sections \u{2014} divide it into several"),
                );
                return Vec::new();
            }
            tree.add(&page.file, level, part);
        }
        tree.end_page();
    }
    if !report.problems.is_empty() {
        // What is wrong has been named where it is; rendering would only name it again.
        return Vec::new();
    }
    let mut sections: Vec<_> = tree.sections.into_iter().map(|(_, section)| section).collect();
    for section in &mut sections {
        match render(&section.markdown) {
            Ok(rendered) => section.rendered = rendered,
            Err(error) => {
                report.refuse(&section.file, Some(section.line), format!("in this section, {error}"));
            }
        }
    }
    sections
}

/// The parts of a page with their levels, as a reader sees them.
///
/// A page's only first-level heading that is the document's title is that and no section; where text stands directly below it,
/// it is a section beside those it would have held. Text above the first heading is a section with the page's title.
fn arranged(
    mut parts: Vec<Part>,
    preamble: Option<(String, u32)>,
    page_title: Option<&str>,
    document_title: &str,
) -> Vec<(u8, Part)> {
    let mut out = Vec::new();
    if let (Some((markdown, line)), Some(title)) = (preamble, page_title) {
        // Beside the page's sections if it is named like the document, above them if it is named for itself.
        let level = if title == document_title { lowest(&parts) } else { 0 };
        let heading = Heading { title: title.to_owned(), ..Heading::default() };
        out.push((level, Part { level, heading, line, markdown }));
    }
    let only_first = parts.iter().filter(|part| part.level == 1).count() == 1
        && parts.first().is_some_and(|part| part.level == 1);
    if only_first && parts.len() > 1 && parts.first().is_some_and(|part| part.heading.title == document_title)
    {
        let first = parts.remove(0);
        if !first.markdown.is_empty() {
            out.push((lowest(&parts), first));
        }
    }
    out.extend(parts.into_iter().map(|part| (part.level, part)));
    out
}

fn lowest(parts: &[Part]) -> u8 {
    parts.iter().map(|part| part.level).min().unwrap_or(1)
}

struct Tree {
    /// With the level each had on its page; pages that are done have closed theirs.
    sections: Vec<(Option<u8>, ParsedSection)>,
    slugs: Slugs,
}

impl Tree {
    fn add(&mut self, file: &str, level: u8, part: Part) {
        let mut parent = None;
        let mut at = self.sections.len();
        while at > 0 {
            at -= 1;
            match self.sections[at].0 {
                Some(above) if above < level => {
                    parent = Some(at);
                    break;
                }
                Some(_) => {}
                None => break,
            }
        }
        let depth = parent.map_or(0, |at| self.sections[at].1.depth + 1);
        let above = parent.map(|at| self.sections[at].1.slug.clone());
        let wanted = part.heading.id.as_deref().unwrap_or(&part.heading.title);
        let slug = self.slugs.next(wanted, above.as_deref());
        let section = ParsedSection {
            parent,
            depth,
            slug,
            number: part.heading.number,
            title: part.heading.title,
            markdown: part.markdown,
            rendered: Rendered {
                html: String::new(),
                plain: String::new(),
                blocks: Vec::new(),
                footnotes: Vec::new(),
                word_count: 0,
            },
            file: file.to_owned(),
            line: part.line,
        };
        self.sections.push((Some(level), section));
    }

    fn end_page(&mut self) {
        // From the end: all before the last finished page are finished.
        for (level, _) in self.sections.iter_mut().rev() {
            if level.take().is_none() {
                break;
            }
        }
    }
}
