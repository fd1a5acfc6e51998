//! The order of pages: what they say of it, else what a reader expects.

use super::heading::leading_figure;
use super::page::Page;

/// File names, and beginnings of them, of what comes first.
const OPENINGS: [&str; 16] = [
    "index",
    "document",
    "introduction",
    "intro",
    "preface",
    "foreword",
    "summary",
    "executive-summary",
    "overview",
    "about",
    "cyflwyniad",
    "rhagair",
    "crynodeb",
    "einleitung",
    "vorwort",
    "avant-propos",
];
/// And of what comes last.
const CLOSINGS: [&str; 12] = [
    "appendix",
    "appendices",
    "annex",
    "annexe",
    "schedule",
    "glossary",
    "bibliography",
    "atodiad",
    "anhang",
    "anlage",
    "bijlage",
    "glossar",
];

/// Sorts pages by: `order` in the front matter, or the number at the beginning of the file's name, or that of the first
/// heading; before the numbered ones what opens a document (or is its site's front page), after them pages without any
/// number, then appendices; and where that leaves two together, by file name.
pub(super) fn sort(pages: &mut [Page]) {
    pages.sort_by(|a, b| {
        let (a_group, a_number) = place(a);
        let (b_group, b_number) = place(b);
        a_group
            .cmp(&b_group)
            .then(a_number.total_cmp(&b_number))
            .then_with(|| name(a).cmp(&name(b)))
            .then_with(|| a.file.cmp(&b.file))
    });
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Opening,
    Numbered,
    Unnumbered,
    Closing,
}

fn place(page: &Page) -> (Group, f64) {
    if let Some(order) = page.matter.order.or_else(|| number_of_name(&page.stem).map(f64::from)) {
        return (Group::Numbered, order);
    }
    let name = page.stem.trim_start_matches('_').replace('_', "-");
    let first = page.parts.first();
    let number = first.and_then(|part| part.heading.number.as_deref());
    let kind = number.map(str::to_lowercase).unwrap_or_default();
    let title = first.map(|part| part.heading.title.to_lowercase()).unwrap_or_default();
    if page.matter.is_home || begins_with(&name, &OPENINGS) {
        return (
            Group::Opening,
            if page.matter.is_home || name == "index" || name == "document" { 0.0 } else { 1.0 },
        );
    }
    if begins_with(&name, &CLOSINGS) || begins_with(&kind, &CLOSINGS) || begins_with(&title, &CLOSINGS) {
        return (Group::Closing, 0.0);
    }
    match number.and_then(leading_figure) {
        Some(figure) => (Group::Numbered, f64::from(figure)),
        None => (Group::Unnumbered, 0.0),
    }
}

/// Whether a name is one of the words, alone or with something that is no letter behind it; a single letter may follow
/// directly, as in "appendixa".
fn begins_with(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| {
        name.strip_prefix(word).is_some_and(|rest| {
            let letters = rest.chars().take_while(|c| c.is_alphabetic()).count();
            letters == 0 || (letters == 1 && rest.chars().count() == 1)
        })
    })
}

/// `3` for `03-scope`, `3_scope` and `3`; none for `2027-plan`, which begins with a year.
fn number_of_name(stem: &str) -> Option<u32> {
    let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
    let parted = stem[digits.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    if (1..=3).contains(&digits.len()) && parted { digits.parse().ok() } else { None }
}

/// What is compared when nothing else decides: appendices by their number where the heading has one.
fn name(page: &Page) -> String {
    let number = page.parts.first().and_then(|part| part.heading.number.as_deref());
    match place(page).0 {
        Group::Closing => number.map_or_else(|| page.stem.clone(), str::to_lowercase),
        _ => page.stem.clone(),
    }
}
