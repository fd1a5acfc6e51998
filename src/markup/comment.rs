//! The small, safe subset of Markdown for what strangers write: paragraphs, emphasis, links, lists, quotations and code.
//!
//! Every tag in the result is written here, one by one, from the parsed tree; what was typed only ever becomes text or a
//! checked address. That is why no sanitiser runs over it (and the tests hold that one would change nothing). Raw HTML
//! is shown as the text it is, an image as its alternative text, a heading as a strong paragraph; a link to anything but
//! `http`, `https` and `mailto` keeps its words and loses its link. Line breaks are kept, bare addresses become links.

use comrak::nodes::{ListType, Node, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::html::{escape, escape_attribute};
use super::plain::plain_text;

/// Quotations and lists nested deeper than this are flattened into the one around them.
const DEEPEST_BLOCK: usize = 6;
/// Emphasis and links nested deeper than this are only text.
const DEEPEST_INLINE: usize = 12;

/// A text in the two forms it is shown in.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Markup {
    /// Safe to put into a page as it is. No ids, no classes, no styles.
    pub html: String,
    /// What a reader sees, without marks; empty when the text shows nothing at all.
    pub plain: String,
}

/// Renders a contributor's text. It takes any input and grows in time and size with its length alone; callers bound
/// that (50 KB takes a few milliseconds).
pub fn comment_markup(text: &str) -> Markup {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.autolink = true;
    // PostgreSQL has no place for a NUL, and HTML none either.
    let root = parse_document(&arena, &text.replace('\0', "\u{fffd}"), &options);
    let mut writer = Writer::default();
    writer.write(root);
    let html = writer.out.trim_end().to_owned();
    let plain = plain_text(&html);
    Markup { html, plain }
}

enum Step<'a> {
    Enter(Node<'a>),
    Leave(Left),
}

/// What is to be written, and counted back, when a node's children are done.
#[derive(Clone, Copy)]
struct Left {
    closing: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Quotation,
    List,
    Inline,
    Link,
    Plain,
}

#[derive(Default)]
struct Writer {
    out: String,
    blocks: usize,
    inlines: usize,
    links: usize,
    /// Of the lists open now, whether each is written as one.
    lists: Vec<bool>,
}

impl Writer {
    /// Walks the tree with a stack of its own: what is typed must not decide how deep ours grows.
    fn write(&mut self, root: Node<'_>) {
        let mut steps = vec![Step::Enter(root)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(node) => {
                    if let Some(left) = self.enter(node) {
                        steps.push(Step::Leave(left));
                        steps.extend(node.reverse_children().map(Step::Enter));
                    }
                }
                Step::Leave(left) => self.leave(left),
            }
        }
    }

    fn leave(&mut self, left: Left) {
        self.out.push_str(left.closing);
        match left.kind {
            Kind::Quotation => self.blocks -= 1,
            Kind::List => {
                self.blocks -= 1;
                self.lists.pop();
            }
            Kind::Inline => self.inlines -= 1,
            Kind::Link => {
                self.inlines -= 1;
                self.links -= 1;
            }
            Kind::Plain => {}
        }
    }

    /// Writes what opens a node; `None` when its children are not to be visited.
    fn enter(&mut self, node: Node<'_>) -> Option<Left> {
        let plain = |closing| Some(Left { closing, kind: Kind::Plain });
        match &node.data().value {
            NodeValue::Text(text) => {
                self.out.push_str(&escape(text));
                None
            }
            NodeValue::SoftBreak | NodeValue::LineBreak => self.leaf("<br>\n"),
            NodeValue::Code(code) => self.element("<code>", &code.literal, "</code>"),
            NodeValue::CodeBlock(code) => self.element("<pre><code>", &code.literal, "</code></pre>\n"),
            NodeValue::HtmlInline(raw) => self.element("", raw, ""),
            NodeValue::HtmlBlock(block) => {
                let lines: Vec<_> = block.literal.trim().lines().map(escape).collect();
                self.out.push_str(&format!("<p>{}</p>\n", lines.join("<br>\n")));
                None
            }
            NodeValue::ThematicBreak => self.leaf("<hr>\n"),
            NodeValue::Heading(_) => {
                self.out.push_str("<p><strong>");
                plain("</strong></p>\n")
            }
            NodeValue::Paragraph if self.is_bare(node) => plain("\n"),
            NodeValue::Paragraph => {
                self.out.push_str("<p>");
                plain("</p>\n")
            }
            NodeValue::BlockQuote => {
                Some(self.container(Kind::Quotation, "<blockquote>\n", "</blockquote>\n"))
            }
            NodeValue::List(list) if list.list_type == ListType::Bullet => {
                Some(self.container(Kind::List, "<ul>\n", "</ul>\n"))
            }
            NodeValue::List(list) if list.start == 1 => Some(self.container(Kind::List, "<ol>\n", "</ol>\n")),
            NodeValue::List(list) => {
                Some(self.container(Kind::List, &format!("<ol start=\"{}\">\n", list.start), "</ol>\n"))
            }
            NodeValue::Item(_) if self.lists.last() == Some(&false) => plain(""),
            NodeValue::Item(_) => {
                self.out.push_str("<li>");
                plain("</li>\n")
            }
            NodeValue::Emph => Some(self.inline("<em>", "</em>")),
            NodeValue::Strong => Some(self.inline("<strong>", "</strong>")),
            NodeValue::Link(link) => Some(self.link(&link.url)),
            _ => plain(""),
        }
    }

    fn leaf(&mut self, html: &str) -> Option<Left> {
        self.out.push_str(html);
        None
    }

    fn element(&mut self, opening: &str, text: &str, closing: &str) -> Option<Left> {
        self.out.push_str(opening);
        self.out.push_str(&escape(text));
        self.out.push_str(closing);
        None
    }

    fn container(&mut self, kind: Kind, opening: &str, closing: &'static str) -> Left {
        self.blocks += 1;
        let written = self.blocks <= DEEPEST_BLOCK;
        if kind == Kind::List {
            self.lists.push(written);
        }
        self.out.push_str(if written { opening } else { "" });
        Left { closing: if written { closing } else { "" }, kind }
    }

    fn inline(&mut self, opening: &str, closing: &'static str) -> Left {
        self.inlines += 1;
        if self.inlines > DEEPEST_INLINE {
            return Left { closing: "", kind: Kind::Inline };
        }
        self.out.push_str(opening);
        Left { closing, kind: Kind::Inline }
    }

    fn link(&mut self, url: &str) -> Left {
        let allowed = self.links == 0 && is_allowed(url);
        self.links += 1;
        self.inlines += 1;
        if !allowed {
            return Left { closing: "", kind: Kind::Link };
        }
        self.out.push_str(&format!("<a href=\"{}\" rel=\"nofollow ugc noopener\">", escape_attribute(url)));
        Left { closing: "</a>", kind: Kind::Link }
    }

    /// Whether a paragraph stands in the item of a tight list, which has no paragraphs of its own.
    fn is_bare(&self, paragraph: Node<'_>) -> bool {
        let item = paragraph.parent().filter(|item| matches!(item.data().value, NodeValue::Item(_)));
        let list = item.and_then(comrak::arena_tree::Node::parent);
        list.is_some_and(|list| matches!(&list.data().value, NodeValue::List(list) if list.tight))
            && self.lists.last() == Some(&true)
    }
}

/// An address is taken as it was typed, or not at all: no space or control character may hide its scheme.
fn is_allowed(url: &str) -> bool {
    let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    let scheme = url.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    plain
        && match scheme {
            Some((scheme, rest)) if scheme == "http" || scheme == "https" => {
                rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty())
            }
            Some((scheme, rest)) => scheme == "mailto" && rest.contains('@'),
            None => false,
        }
}

#[cfg(test)]
mod tests;
