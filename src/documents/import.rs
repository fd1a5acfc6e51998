//! From a Markdown file, or a folder of them, to a document: its particulars and its sections in reading order.
//!
//! The way goes path → [`Source`] (files read, within bounds) → [`ParsedDocument`] (pure text work, no I/O). Nothing here
//! knows the database; whoever stores the result compares [`ParsedSection::content_hash`] with what is stored, so that
//! importing again makes revisions only of sections that changed.
//!
//! A page is worked on in this order, a file for each step: `front_matter` is taken off; `html_notes` turns footnotes
//! written in HTML into Markdown's; `tidy` puts right what other Markdown processors let pass (raw HTML lists with blank
//! lines, headings in HTML, lone `<br/>`); `page` cuts it at its headings; `heading` parts numbers and ids from titles.
//! Then `order` sorts the pages, `particulars` finds out what the document is called and when it is open, `slug` names
//! the sections, `tree` puts them in place and renders them.
//!
//! All that is wrong is found before anything is refused: [`ImportError`] lists every problem with its file and line.
//! What could be taken in spite of something odd has a warning. There is nothing in between: a document is parsed whole.

mod elements;
mod front_matter;
mod heading;
mod html_notes;
mod order;
mod page;
mod particulars;
mod slug;
mod source;
mod text;
mod tidy;
mod to_markdown;
mod tree;

use std::fmt;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};

pub use source::{Source, SourceFile};

use super::markdown::Rendered;
use super::phase::{ModerationMode, Phase};

/// The longest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;
/// All files of a document together, in bytes.
pub const MAX_DOCUMENT_BYTES: u64 = 20 * 1024 * 1024;
/// Files of a document.
pub const MAX_FILES: usize = 1_000;
/// Sections of a document.
pub const MAX_SECTIONS: usize = 2_000;

/// A document as its files say it is. What they do not say is `None`, and is left as it was when importing again.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedDocument {
    /// Names it in addresses: from the front matter, else made from the title.
    pub slug: String,
    /// Never empty.
    pub title: String,
    /// A few sentences of plain text.
    pub summary: Option<String>,
    /// A language tag such as `en` or `cy`.
    pub language: Option<String>,
    /// The body that publishes it.
    pub owner: Option<String>,
    /// Where it stands.
    pub phase: Option<Phase>,
    /// A bare date means the start of that day, UTC.
    pub opens_at: Option<DateTime<Utc>>,
    /// A bare date means the last second of that day, UTC. Always after `opens_at`.
    pub closes_at: Option<DateTime<Utc>>,
    /// When comments become public.
    pub moderation: Option<ModerationMode>,
    /// In reading order; at least one, at most [`MAX_SECTIONS`].
    pub sections: Vec<ParsedSection>,
    /// What whoever imports should know.
    pub warnings: Vec<Remark>,
}

/// A section as parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedSection {
    /// Where its parent is in the document's sections: always before it.
    pub parent: Option<usize>,
    /// 0 at the top.
    pub depth: u32,
    /// Unique within the document; made from the title, so that it stays while the title does.
    pub slug: String,
    /// As printed, without closing punctuation: `6`, `7.1`, `Appendix A`.
    pub number: Option<String>,
    /// Plain text, without the number.
    pub title: String,
    /// The text below the heading; footnotes that it refers to are defined at its end.
    pub markdown: String,
    /// What rendering `markdown` gives.
    pub rendered: Rendered,
    /// The file it came from.
    pub file: String,
    /// The line of its heading there, from 1.
    pub line: u32,
}

impl ParsedSection {
    /// A digest of what a revision holds: two imports with the same digest need no new revision.
    pub fn content_hash(&self) -> [u8; 32] {
        content_hash(&self.title, &self.markdown)
    }
}

/// The digest of a revision's title and Markdown. How it is rendered is no part of it.
pub fn content_hash(title: &str, markdown: &str) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(title.as_bytes());
    context.update(b"\0");
    context.update(markdown.as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

/// Something to tell whoever imports, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The file, as named in its folder.
    pub file: String,
    /// From 1; none when it is about the whole file.
    pub line: Option<u32>,
    /// What is odd or wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

/// Why nothing was imported: every problem, in the order of files and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportError {
    /// At least one.
    pub problems: Vec<Remark>,
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if at == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for ImportError {}

impl From<ImportError> for crate::error::Error {
    fn from(error: ImportError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

/// Reads and parses what is at `path`. Blocks while it reads: call it where that may be.
pub fn read(path: &Path) -> Result<ParsedDocument, ImportError> {
    parse(&Source::read(path)?)
}

/// Parses files that were read.
pub fn parse(source: &Source) -> Result<ParsedDocument, ImportError> {
    let mut report = Report { warnings: source.warnings.clone(), problems: Vec::new() };
    let mut pages = page::read_all(source, &mut report);
    order::sort(&mut pages);
    let document = particulars::find(source, &mut pages, &mut report);
    let sections = tree::grow(pages, &document.title, &mut report);
    report.into_result(document, sections)
}

/// What was noticed on the way.
#[derive(Default)]
struct Report {
    warnings: Vec<Remark>,
    problems: Vec<Remark>,
}

impl Report {
    fn warn(&mut self, file: &str, line: Option<u32>, text: impl Into<String>) {
        self.warnings.push(Remark { file: file.to_owned(), line, text: text.into() });
    }

    fn refuse(&mut self, file: &str, line: Option<u32>, text: impl Into<String>) {
        self.problems.push(Remark { file: file.to_owned(), line, text: text.into() });
    }

    fn into_result(
        mut self,
        particulars: particulars::Particulars,
        sections: Vec<ParsedSection>,
    ) -> Result<ParsedDocument, ImportError> {
        if !self.problems.is_empty() {
            self.problems.sort();
            self.problems.dedup();
            return Err(ImportError { problems: self.problems });
        }
        self.warnings.sort();
        self.warnings.dedup();
        Ok(ParsedDocument {
            slug: particulars.slug,
            title: particulars.title,
            summary: particulars.summary,
            language: particulars.language,
            owner: particulars.owner,
            phase: particulars.phase,
            opens_at: particulars.opens_at,
            closes_at: particulars.closes_at,
            moderation: particulars.moderation,
            sections,
            warnings: self.warnings,
        })
    }
}

#[cfg(test)]
mod tests;
