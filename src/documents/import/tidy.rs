//! Puts right what other Markdown processors let pass and CommonMark reads differently.
//!
//! - A line of nothing but `<br/>` parts paragraphs: it becomes a blank line, lest it make raw HTML of the text below it.
//! - A heading in HTML becomes a Markdown heading; one with line breaks in it is a letterhead rather than a heading and
//!   becomes paragraphs.
//! - Raw HTML lists and tables lose their blank lines and indentation (at a blank line CommonMark would end the HTML and
//!   take what follows for code), and are parted from the text below them.
//! - Lines of attributes for a site generator (`{: .wide}`, `{:toc}`) go.

use super::elements::elements;
use super::text::{Edit, Text};
use super::to_markdown::to_markdown;
use crate::documents::markdown::clean;
use crate::markup::html::Token;

pub(super) fn tidy(text: &mut Text) {
    text.edit(elements_apart(text));
    text.edit(lone_lines(text));
}

fn elements_apart(text: &Text) -> Vec<Edit> {
    let body = text.body();
    let tokens = text.tokens();
    let mut edits = Vec::new();
    let mut done = 0;
    for element in elements(&tokens) {
        let range = element.range.clone();
        if range.start < done || !begins_line(body, range.start) {
            continue;
        }
        let line = text.file_line_at(range.start);
        match &*element.tag.name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = element.tag.name.bytes().last().map_or(2, |digit| usize::from(digit - b'0'));
                let Some(markdown) = clean(&body[element.inner.clone()]).map(|html| to_markdown(&html))
                else {
                    continue;
                };
                let id = element
                    .tag
                    .attribute("id")
                    .filter(|id| !id.is_empty() && !id.contains(['{', '}', ' ', '\n']));
                let markdown = if markdown.contains("\\\n") {
                    // Two line breaks in a row are how a letterhead parts its paragraphs.
                    paragraphs(&body[element.inner.clone()])
                } else {
                    format!(
                        "{} {markdown}{}",
                        "#".repeat(level),
                        id.map(|id| format!(" {{#{id}}}")).unwrap_or_default()
                    )
                };
                done = range.end;
                let before =
                    if body[..range.start].ends_with("\n\n") || range.start == 0 { "" } else { "\n" };
                let after = if body[range.end..].starts_with("\n\n") { "" } else { "\n" };
                edits.push(Edit { range, text: format!("{before}{markdown}{after}"), line });
            }
            "ol" | "ul" | "dl" | "table" => {
                done = range.end;
                edits.extend(closed_up(text, &range));
                let rest = &body[range.end..];
                let on_line = rest.split('\n').next().unwrap_or_default();
                let below = rest.split('\n').nth(1).unwrap_or_default().trim_start();
                if on_line.trim().is_empty() && !below.is_empty() && !below.starts_with('<') {
                    edits.push(Edit { range: range.end..range.end, text: "\n".to_owned(), line });
                }
            }
            "pre" | "blockquote" => done = range.end,
            _ => {}
        }
    }
    edits
}

/// Whether nothing but up to three spaces stands before it on its line; the line may be as long as the page.
fn begins_line(body: &str, at: usize) -> bool {
    let before = &body.as_bytes()[..at];
    let spaces = before.iter().rev().take(4).take_while(|b| **b == b' ').count();
    spaces <= 3 && before[..at - spaces].last().is_none_or(|b| *b == b'\n')
}

fn paragraphs(html: &str) -> String {
    let mut parts = vec![String::new()];
    let mut breaks = 0;
    for (range, token) in crate::markup::html::tokens(html) {
        let piece = &html[range];
        let is_break = matches!(&token, Token::Open(tag) if &*tag.name == "br");
        if !is_break && piece.trim().is_empty() {
            continue;
        }
        breaks = if is_break { breaks + 1 } else { 0 };
        if breaks == 2 {
            parts.push(String::new());
        } else if breaks < 2
            && let Some(last) = parts.last_mut()
        {
            last.push_str(piece);
        }
    }
    let parts = parts
        .iter()
        .filter_map(|part| clean(part))
        .map(|html| to_markdown(&html))
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n\n")
}

/// Takes out blank lines and indentation, if after every blank line a tag follows; else Markdown is meant there.
fn closed_up(text: &Text, range: &std::ops::Range<usize>) -> Vec<Edit> {
    let source = &text.body()[range.clone()];
    let mut edits = Vec::new();
    let mut at = range.start;
    let mut blank_from = None;
    let mut has_blank = false;
    for line in source.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.is_empty() {
            blank_from = blank_from.or(Some(at));
            has_blank = true;
        } else {
            if blank_from.is_some() && !trimmed.starts_with('<') {
                return Vec::new();
            }
            let from = blank_from.take().unwrap_or(at);
            if from < at + indent {
                edits.push(Edit {
                    range: from..at + indent,
                    text: String::new(),
                    line: text.file_line_at(at),
                });
            }
        }
        at += line.len();
    }
    if has_blank { edits } else { Vec::new() }
}

fn lone_lines(text: &Text) -> Vec<Edit> {
    let body = text.body();
    let tokens = text.tokens();
    let inside: Vec<_> = elements(&tokens)
        .into_iter()
        .filter(|element| {
            matches!(
                &*element.tag.name,
                "ol" | "ul" | "dl" | "table" | "pre" | "blockquote" | "p" | "td" | "div"
            )
        })
        .map(|element| element.range)
        .collect();
    let mut edits = Vec::new();
    let mut code = tokens.iter().filter(|(range, token)| {
        matches!(token, Token::Text(_)) && body[range.clone()].starts_with(['`', '~'])
    });
    let mut next_code = code.next().map(|(range, _)| range.clone());
    let mut next_inside = 0;
    let mut covered = 0;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let trimmed = line.trim();
        while next_code.as_ref().is_some_and(|code| code.end <= at) {
            next_code = code.next().map(|(range, _)| range.clone());
        }
        while inside.get(next_inside).is_some_and(|range| range.start <= at) {
            covered = covered.max(inside[next_inside].end);
            next_inside += 1;
        }
        let hidden = next_code.as_ref().is_some_and(|code| code.start <= at) || at < covered;
        let indented = line.starts_with("    ") || line.starts_with('\t');
        let attributes = trimmed.starts_with("{:") && trimmed.ends_with('}');
        if !hidden && !trimmed.is_empty() && ((attributes && !indented) || is_breaks(trimmed)) {
            let end = at + line.trim_end_matches('\n').len();
            edits.push(Edit { range: at..end, text: String::new(), line: text.file_line_at(at) });
        }
        at += line.len();
    }
    edits
}

fn is_breaks(line: &str) -> bool {
    crate::markup::html::tokens(line).all(|(_, token)| match token {
        Token::Open(tag) => &*tag.name == "br",
        Token::Close(name) => &*name == "br",
        Token::Text(text) => text.trim().is_empty(),
        Token::Other => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(page: &str) -> String {
        let mut text = Text::new(page, 1).expect("short");
        tidy(&mut text);
        text.body().to_owned()
    }

    #[test]
    fn lone_breaks_and_attribute_lines_become_blank() {
        assert_eq!(tidied("a\n\n<br/>\nb<br>c\n<br /><BR>\n{: .x}\n"), "a\n\n\nb<br>c\n\n\n");
        assert_eq!(tidied("```\n<br>\n{: .x}\n```\n"), "```\n<br>\n{: .x}\n```\n");
        assert_eq!(tidied("<p>\na\n<br>\nb</p>\n"), "<p>\na\n<br>\nb</p>\n");
    }

    #[test]
    fn headings_in_html_become_markdown() {
        assert_eq!(tidied("<h2 id=\"aim\">Our <em>aim</em></h2>\ntext"), "## Our *aim* {#aim}\n\ntext");
        assert_eq!(
            tidied("<h3> FROM: <br/>The Clerk<br/>Town Hall<br/><br/>The Mayor</h3>\n"),
            "FROM:\\\nThe Clerk\\\nTown Hall\n\nThe Mayor\n\n"
        );
    }

    #[test]
    fn lists_in_html_hold_together() {
        assert_eq!(
            tidied("<ul>\n\n\t<li>a</li>\n\n\t<li>b</li>\n\n</ul>\ntext"),
            "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n\ntext"
        );
        let with_markdown = "<ul>\n<li>\n\n*a*\n\n</li>\n</ul>\n";
        assert_eq!(tidied(with_markdown), with_markdown);
    }
}
