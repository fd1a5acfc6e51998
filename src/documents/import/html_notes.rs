//! Footnotes written in HTML become Markdown's.
//!
//! What is understood is what word processors and site generators leave in pages: a mark such as
//! `<sup id="fnr1"><a href="#fn1">1</a></sup>` (or the link around the `sup`), and an element with that id, usually an item of
//! a list at the end of the page, which may begin with its number and end with a link back. The mark becomes `[^1]`, the
//! text a definition at the top of the page (where nothing that was left open can swallow it), and a list that held nothing
//! else goes.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Report;
use super::elements::{Element, elements};
use super::text::{Edit, Text};
use super::to_markdown::to_markdown;
use crate::documents::markdown::clean;
use crate::markup::html::{Token, decode, tokens};

/// Travel through cleaning and writing around a label that refers to another note.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// Something that looks like a reference.
struct Mark {
    range: Range<usize>,
    /// The id it leads to.
    target: String,
    /// Its own ids, which links back lead to.
    ids: Vec<String>,
}

/// Rewrites all footnotes of a page. A mark without a text and a text that is empty are problems.
pub(super) fn convert(file: &str, text: &mut Text, report: &mut Report) {
    let tokens = text.tokens();
    let elements = elements(&tokens);
    let marks = marks(&elements, &tokens);
    let targets: HashSet<&str> = marks.iter().map(|mark| mark.target.as_str()).collect();
    let notes: Vec<(String, &Element<'_, '_>)> = elements
        .iter()
        .filter(|element| matches!(&*element.tag.name, "li" | "p" | "dd" | "div" | "aside"))
        .filter_map(|element| Some((element.tag.attribute("id")?, element)))
        .filter(|(id, element)| {
            targets.contains(id.as_str()) || (is_note(id) && leads_back(element, &tokens))
        })
        .collect();
    let known: HashSet<&str> = notes.iter().map(|(id, _)| id.as_str()).collect();

    let mut edits = Vec::new();
    for mark in &marks {
        let line = text.file_line_at(mark.range.start);
        if known.contains(mark.target.as_str()) {
            let reference = format!("[^{}]{}", label(&mark.target), shielded(text.body(), mark.range.end));
            let end = mark.range.end + usize::from(!reference.ends_with(']'));
            edits.push(Edit { range: mark.range.start..end, text: reference, line });
        } else if is_note(&mark.target) {
            report.refuse(
                file,
                Some(line),
                format!(
                    "the footnote {} is referred to, and nothing on the page has the id \u{201c}{}\u{201d} \u{2014} add its text or take out the mark",
                    label(&mark.target),
                    mark.target
                ),
            );
        }
    }

    let back: HashSet<&str> = marks.iter().flat_map(|mark| &mark.ids).map(String::as_str).collect();
    let by_start: HashMap<usize, &Mark> = marks.iter().map(|mark| (mark.range.start, mark)).collect();
    let mut removed = Vec::new();
    for (id, element) in &notes {
        let line = text.file_line_at(element.range.start);
        let label = label(id);
        let html = note_html(text.body(), element, &back, &by_start, &known, &label);
        match clean(&html).map(|html| to_markdown(html.trim())) {
            Some(markdown) if markdown.is_empty() => {
                report.refuse(
                    file,
                    Some(line),
                    format!("the footnote {label} has no text \u{2014} write it, or take the footnote out"),
                );
            }
            Some(markdown) => {
                let definition = definition(&label, &markdown.replace(OPEN, "[^").replace(CLOSE, "]"));
                edits.push(Edit { range: 0..0, text: definition, line });
            }
            None => report.refuse(
                file,
                Some(line),
                format!("the footnote {label} is too long or too deep to be shown \u{2014} shorten it"),
            ),
        }
        removed.push(element.range.clone());
    }
    edits.extend(emptied(text, &elements, removed));
    text.edit(merged(edits));
}

/// A definition with its later lines indented, as they must be.
pub(super) fn definition(label: &str, markdown: &str) -> String {
    let body = markdown
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("    {line}") })
        .collect::<Vec<_>>();
    format!("[^{label}]: {}\n\n", body.join("\n").trim_start())
}

/// Definitions all stand at the top: they become one edit, in their order.
fn merged(edits: Vec<Edit>) -> Vec<Edit> {
    let (top, mut rest): (Vec<_>, Vec<_>) = edits.into_iter().partition(|edit| edit.range == (0..0));
    rest.extend(top);
    rest
}

fn marks(elements: &[Element<'_, '_>], tokens: &[(Range<usize>, Token<'_>)]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for element in elements {
        if marks.last().is_some_and(|last| element.range.start < last.range.end) {
            continue;
        }
        let within = &tokens[element.tokens.clone()];
        let mut links = within.iter().filter_map(|(_, token)| match token {
            Token::Open(tag) if &*tag.name == "a" => Some(tag),
            _ => None,
        });
        let own = |tag: &crate::markup::html::Tag<'_>| tag.attribute("id").or_else(|| tag.attribute("name"));
        let (link, mut ids) = match &*element.tag.name {
            "sup" => match (links.next(), links.next()) {
                (Some(link), None) => (link, vec![own(element.tag), own(link)]),
                _ => continue,
            },
            "a" if only_sup(within) => (element.tag, vec![own(element.tag)]),
            _ => continue,
        };
        if let Token::Open(tag) = &within.first().map_or(Token::Other, |(_, token)| token.clone()) {
            ids.push(own(tag));
        }
        if let Some(target) = link.attribute("href").and_then(|href| Some(href.strip_prefix('#')?.to_owned()))
        {
            let ids = ids.into_iter().flatten().filter(|id| !id.is_empty()).collect();
            marks.push(Mark { range: element.range.clone(), target, ids });
        }
    }
    marks
}

/// Whether a link holds a `sup` and nothing beside it.
fn only_sup(within: &[(Range<usize>, Token<'_>)]) -> bool {
    let mut depth = 0_usize;
    let mut seen = false;
    for (_, token) in within {
        match token {
            Token::Open(tag) if &*tag.name == "sup" => {
                depth += 1;
                seen = true;
            }
            Token::Close(name) if &**name == "sup" => depth = depth.saturating_sub(1),
            Token::Text(text) if depth == 0 && !text.trim().is_empty() => return false,
            _ => {}
        }
    }
    seen
}

/// What ids of footnotes are usually called.
fn is_note(id: &str) -> bool {
    let id = id.to_ascii_lowercase();
    let rest =
        ["_ftn", "_edn", "footnote", "endnote", "fn", "note"].iter().find_map(|start| id.strip_prefix(start));
    rest.is_some_and(|rest| {
        rest.starts_with(['-', ':', '_', '.']) || rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// `1` for `fn1`, `fn:1` and `footnote-1`; the whole id where that leaves nothing a label can be.
fn label(id: &str) -> String {
    let lower = id.to_ascii_lowercase();
    let start =
        ["_ftn", "_edn", "footnote", "endnote", "fn", "note"].iter().find(|start| lower.starts_with(**start));
    let rest = start.filter(|_| is_note(id)).and_then(|start| id.get(start.len()..)).unwrap_or(id);
    let rest = rest.trim_start_matches(['-', ':', '_', '.']);
    let label: String =
        rest.chars().map(|c| if c.is_alphanumeric() || "-_.:".contains(c) { c } else { '-' }).collect();
    if label.is_empty() { "note".to_owned() } else { label }
}

/// A colon, bracket or parenthesis right behind a reference would make something else of it.
fn shielded(body: &str, at: usize) -> &'static str {
    match body.as_bytes().get(at) {
        Some(b':') => "&#58;",
        Some(b'(') => "&#40;",
        Some(b'[') => "&#91;",
        _ => "",
    }
}

fn leads_back(element: &Element<'_, '_>, tokens: &[(Range<usize>, Token<'_>)]) -> bool {
    tokens[element.tokens.clone()].iter().any(
        |(_, token)| matches!(token, Token::Open(tag) if &*tag.name == "a" && tag.attribute("href").is_some_and(|href| href.starts_with('#'))),
    )
}

/// The inside of a note without its number and its links back; marks of other notes keep their place.
fn note_html(
    body: &str,
    element: &Element<'_, '_>,
    back: &HashSet<&str>,
    marks: &HashMap<usize, &Mark>,
    known: &HashSet<&str>,
    label: &str,
) -> String {
    let inner = &body[element.inner.clone()];
    let mut out = String::with_capacity(inner.len());
    let (mut link_back, mut skip_to) = (false, 0);
    for (range, token) in tokens(inner) {
        let at = range.start + element.inner.start;
        if at < skip_to {
            continue;
        }
        if let Some(mark) = marks
            .get(&at)
            .filter(|mark| known.contains(mark.target.as_str()) && !back.contains(mark.target.as_str()))
        {
            out.push(OPEN);
            out.push_str(&self::label(&mark.target));
            out.push(CLOSE);
            skip_to = mark.range.end;
            continue;
        }
        match &token {
            Token::Open(tag) if &*tag.name == "a" => {
                let href = tag.attribute("href").unwrap_or_default();
                let text = inner[range.end..].split('<').next().unwrap_or_default();
                let arrow = !decode(text).chars().any(char::is_alphanumeric) && !text.trim().is_empty();
                link_back = href.strip_prefix('#').is_some_and(|id| back.contains(id) || arrow);
                if link_back {
                    continue;
                }
            }
            Token::Close(name) if &**name == "a" && link_back => {
                link_back = false;
                continue;
            }
            _ => {}
        }
        if !link_back {
            out.push_str(&inner[range]);
        }
    }
    without_number(&out, label)
}

/// The number that a note repeats before its text, as `<sup>1</sup>`.
fn without_number(html: &str, label: &str) -> String {
    let trimmed = html.trim_start();
    let Some(rest) = trimmed.strip_prefix("<sup>") else {
        return html.replace("<sup></sup>", "");
    };
    match rest.split_once("</sup>") {
        Some((number, rest))
            if number.trim().trim_matches(['[', ']', '.', '(', ')']) == label || number.trim().is_empty() =>
        {
            rest.to_owned()
        }
        _ => html.to_owned(),
    }
}

/// Lists and sections that hold nothing but removed notes go with them.
fn emptied(text: &Text, elements: &[Element<'_, '_>], mut removed: Vec<Range<usize>>) -> Vec<Edit> {
    let mut wrappers: Vec<_> = elements
        .iter()
        .filter(|element| {
            matches!(&*element.tag.name, "ul" | "ol" | "dl" | "div" | "section" | "footer" | "aside")
        })
        .collect();
    wrappers.sort_by_key(|element| element.range.len());
    removed.sort_by_key(|range| range.start);
    for wrapper in wrappers {
        let from = removed.partition_point(|range| range.start < wrapper.inner.start);
        let within: Vec<_> =
            removed[from..].iter().take_while(|range| range.end <= wrapper.inner.end).cloned().collect();
        if within.is_empty() {
            continue;
        }
        let mut left = String::new();
        let mut at = wrapper.inner.start;
        for range in &within {
            left.push_str(&text.body()[at.min(range.start)..range.start]);
            at = at.max(range.end);
        }
        left.push_str(&text.body()[at..wrapper.inner.end]);
        let nothing = tokens(&left).all(|(_, token)| match token {
            Token::Text(text) => text.trim().is_empty(),
            Token::Open(tag) => matches!(&*tag.name, "hr" | "br"),
            _ => true,
        });
        if nothing {
            removed.splice(from..from + within.len(), [wrapper.range.clone()]);
        }
    }
    removed
        .into_iter()
        .map(|range| Edit { line: text.file_line_at(range.start), range, text: String::new() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(page: &str) -> (String, Report) {
        let mut report = Report::default();
        let mut text = Text::new(page, 1).expect("short");
        convert("a.md", &mut text, &mut report);
        (text.body().to_owned(), report)
    }

    #[test]
    fn marks_and_lists_become_markdown() {
        let (text, report) = converted(
            "A.<sup id=\"fnr1\"><a href=\"#fn1\">1</a></sup> B<sup id=\"fnr2\"><a href=\"#fn2\">2</a></sup>\n\n### Footnotes\n\n<ul style=\"x\">\n\n\t<li id=\"fn1\"><sup>1</sup> <em>See</em> <a href=\"https://a.example/\">https://a.example/</a>. <a href=\"#fnr1\">&#8617;</a></li>\n\n\t<li id=\"fn2\"><sup>2</sup>Two.<a href=\"#fnr2\">&#8617;</a></li>\n</ul>\n",
        );
        assert_eq!(report.problems, []);
        assert_eq!(
            text,
            "[^1]: *See* <https://a.example/>.\n\n[^2]: Two.\n\nA.[^1] B[^2]\n\n### Footnotes\n\n\n"
        );
    }

    #[test]
    fn other_forms_are_understood() {
        for (mark, note) in [
            (
                r##"<a href="#fn:n" id="r"><sup>n</sup></a>"##,
                r##"<section class="footnotes"><hr /><ol><li id="fn:n"><p>Text. <a href="#r">↩</a></p></li></ol></section>"##,
            ),
            (
                r##"<sup class="x"><a id="r" href="#footnote-n">[1]</a></sup>"##,
                r##"<p id="footnote-n"><a href="#r">1.</a> Text.</p>"##,
            ),
            (
                r"<SUP><A HREF='#_ftn_n' NAME=r>1</A></SUP>",
                r##"<div id=_ftn_n><p><a href="#r"><sup>1</sup></a> Text.</p></div>"##,
            ),
        ] {
            let (text, report) = converted(&format!("A{mark}.\n\n{note}\n"));
            assert_eq!(report.problems, []);
            assert_eq!(text.trim_end(), "[^n]: Text.\n\nA[^n].", "{mark}");
        }
    }

    #[test]
    fn what_is_missing_or_empty_is_named() {
        let (_, report) = converted("A\nb<sup><a href=\"#fn7\">7</a></sup>\n");
        assert_eq!(report.problems[0].line, Some(2));
        assert!(
            report.problems[0].text.starts_with("the footnote 7 is referred to"),
            "{}",
            report.problems[0]
        );
        let (_, report) = converted(
            "b<sup id=r><a href=\"#fn7\">7</a></sup>\n\n<ol>\n<li id=fn7><sup>7</sup> <a href=#r>↩</a></li></ol>",
        );
        assert_eq!(
            report.problems[0].to_string(),
            "a.md:4: the footnote 7 has no text \u{2014} write it, or take the footnote out"
        );
    }

    #[test]
    fn a_note_may_refer_to_a_note_and_lists_keep_other_items() {
        let (text, _) = converted(
            "A<sup id=r1><a href=#fn1>1</a></sup>: b\n\n<ol><li>Item</li><li id=fn1>See<sup id=r2><a href=#fn2>2</a></sup> <a href=#r1>↩</a></li><li id=fn2>Two</li></ol>",
        );
        assert_eq!(text, "[^1]: See[^2]\n\n[^2]: Two\n\nA[^1]&#58; b\n\n<ol><li>Item</li></ol>");
    }

    #[test]
    fn ordinary_superscripts_and_code_stay() {
        let page =
            "m<sup>2</sup>, see<sup><a href=\"#maps\">map</a></sup> `<sup><a href=\"#fn1\">1</a></sup>`\n";
        let (text, report) = converted(page);
        assert_eq!(text, page);
        assert_eq!(report.problems, []);
    }
}
