//! Turning what people write into safe HTML and plain text: the parts that documents and comments share.
//!
//! Two ways lead through here. A *comment* is a stranger's text: [`comment_markup`] takes a small subset of Markdown and
//! writes every tag itself, so nothing that was typed can become a tag. A *document* is an official's text, with tables,
//! footnotes and raw HTML: `documents::markdown` renders it, cleans it, and uses [`html`] and [`plain`] from here.
//!
//! Nothing here fails and nothing here does I/O. Whoever accepts text bounds its length first.

pub mod comment;
pub mod html;
pub mod plain;

pub use comment::{Markup, comment_markup};
pub use plain::{fold, plain_text, word_count};
