//! What the document is called, in which language it is, who owns it and when it is open.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::page::Page;
use super::slug::slugify;
use super::{Report, Source};
use crate::documents::phase::{ModerationMode, Phase};

/// Everything about a document but its sections.
pub(super) struct Particulars {
    pub(super) slug: String,
    pub(super) title: String,
    pub(super) summary: Option<String>,
    pub(super) language: Option<String>,
    pub(super) owner: Option<String>,
    pub(super) phase: Option<Phase>,
    pub(super) opens_at: Option<DateTime<Utc>>,
    pub(super) closes_at: Option<DateTime<Utc>>,
    pub(super) moderation: Option<ModerationMode>,
}

/// Files that are about the whole document, the most telling first.
const SPEAKERS: [&str; 3] = ["_document", "document", "index"];

/// Between the title of a site and that of a page.
const SEPARATORS: [&str; 4] = [" | ", " \u{b7} ", " :: ", " \u{2014} "];

/// Finds the particulars, and leaves in each page's front matter the title of that page alone.
///
/// One page speaks for the document: a file, or in a folder `_document.md`, `document.md` or `index.md`, else the first page
/// that says more than its own title. What other pages say of the document is passed over with a warning.
pub(super) fn find(source: &Source, pages: &mut [Page], report: &mut Report) -> Particulars {
    let speaker = speaker(pages, source.is_folder);
    let shared = shared_title(pages);
    for page in pages.iter_mut() {
        if let Some(title) = &mut page.matter.title {
            *title = own_title(title, shared.as_deref());
        }
    }
    for (at, page) in pages.iter().enumerate() {
        if Some(at) != speaker {
            for (key, line) in &page.matter.lines {
                let spokesman = speaker.and_then(|at| pages.get(at)).map_or("", |page| page.file.as_str());
                report.warn(
                    &page.file,
                    Some(*line),
                    format!("{key} was passed over: {spokesman} speaks for the document"),
                );
            }
        }
    }
    let matter = speaker.and_then(|at| pages.get(at)).map(|page| page.matter.clone()).unwrap_or_default();
    let title = shared
        .or_else(|| matter.title.clone())
        .or_else(|| heading_title(pages, speaker))
        .unwrap_or_else(|| humanised(&source.name));
    let speaks_alone = !source.is_folder || speaker.and_then(|at| pages.get(at)).is_some_and(is_spokesman);
    let slug = matter.slug.unwrap_or_else(|| slugify(&title));
    Particulars {
        slug: if slug.is_empty() { "document".to_owned() } else { slug },
        title,
        summary: matter.summary.or_else(|| matter.description.filter(|_| speaks_alone)),
        language: matter.language.or_else(|| pages.iter().find_map(|page| page.matter.language.clone())),
        owner: matter.owner,
        phase: matter.phase,
        opens_at: matter.opens,
        closes_at: matter.closes,
        moderation: matter.moderation,
    }
}

fn is_spokesman(page: &Page) -> bool {
    SPEAKERS.contains(&page.stem.as_str())
}

fn speaker(pages: &[Page], is_folder: bool) -> Option<usize> {
    if !is_folder {
        return Some(0);
    }
    let named = SPEAKERS.iter().find_map(|name| pages.iter().position(|page| page.stem == *name));
    named.or_else(|| pages.iter().position(|page| !page.matter.lines.is_empty()))
}

/// "Plan" when most titles are "Plan | Introduction", "Plan | Scope" or the other way round, or one page alone has such a
/// title.
fn shared_title(pages: &[Page]) -> Option<String> {
    let titles: Vec<&str> = pages.iter().filter_map(|page| page.matter.title.as_deref()).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for title in &titles {
        if let Some((left, right)) = split(title) {
            *times.entry(left).or_default() += 1;
            if left != right {
                *times.entry(right).or_default() += 1;
            }
        }
    }
    if let [only] = titles[..]
        && pages.len() == 1
    {
        return split(only).map(|(left, _)| left.to_owned());
    }
    let most = times
        .into_iter()
        .filter(|(_, times)| *times >= 2 && *times * 2 > titles.len())
        .max_by_key(|(title, times)| (*times, title.len()));
    most.map(|(title, _)| title.to_owned())
}

fn split(title: &str) -> Option<(&str, &str)> {
    let (left, right) = SEPARATORS.iter().find_map(|separator| title.split_once(separator))?;
    let (left, right) = (left.trim(), right.trim());
    (!left.is_empty() && !right.is_empty()).then_some((left, right))
}

fn own_title(title: &str, shared: Option<&str>) -> String {
    match (split(title), shared) {
        (Some((left, right)), Some(shared)) if left == shared => right.to_owned(),
        (Some((left, right)), Some(shared)) if right == shared => left.to_owned(),
        _ => title.to_owned(),
    }
}

/// The one heading of the highest level that begins the speaking page.
fn heading_title(pages: &[Page], speaker: Option<usize>) -> Option<String> {
    let page = speaker.and_then(|at| pages.get(at))?;
    let first = page.parts.first()?;
    (first.level == 1 && page.parts.iter().filter(|part| part.level == 1).count() == 1)
        .then(|| first.heading.title.clone())
}

fn humanised(name: &str) -> String {
    let words = name.replace(['-', '_'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Document".to_owned(),
    }
}
