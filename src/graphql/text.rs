//! A text in its three forms, and how much of it one request may take.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Context, Object};

use super::errors::Result;
use crate::{db::SharedText, error::Error, markup};

/// How many bytes of text one answer may hold: the longest document several times over. Complexity cannot weigh this,
/// because it knows neither how long a text is nor how often an alias repeats it.
const MAX_TEXT: usize = 8 * 1024 * 1024;

/// How many parts of sections one answer may hold. Complexity knows how many a section has on the average, and not this one.
const MAX_PARTS: usize = 50_000;

/// How much an answer holds so far; one for each request.
#[derive(Default)]
pub(super) struct TextGiven {
    bytes: AtomicUsize,
    parts: AtomicUsize,
}

/// Shared with what it was read from: under however many names it is asked for, it is held once.
#[derive(Clone)]
pub(super) struct Text {
    pub markdown: SharedText,
    pub html: SharedText,
    pub plain: SharedText,
}

impl Text {
    /// What somebody wrote, as it is shown.
    pub(super) fn written(markdown: SharedText) -> Self {
        let shown = markup::comment_markup(&markdown);
        Self { markdown, html: shown.html.into(), plain: shown.plain.into() }
    }
}

/// A text in three forms that say the same.
#[Object]
impl Text {
    /// The source, in Markdown.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn markdown(&self, ctx: &Context<'_>) -> Result<&str> {
        give(ctx, &*self.markdown)
    }

    /// HTML that is safe to show as it is.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn html(&self, ctx: &Context<'_>) -> Result<&str> {
        give(ctx, &*self.html)
    }

    /// The words alone, without any markup.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn plain(&self, ctx: &Context<'_>) -> Result<&str> {
        give(ctx, &*self.plain)
    }
}

/// Counts a text that goes into the answer, and refuses what would be too much. Every text goes through here that can be long
/// and that somebody who has no office can have asked for.
pub(super) fn give<T: AsRef<str>>(ctx: &Context<'_>, text: T) -> Result<T> {
    count(ctx, text.as_ref().len())?;
    Ok(text)
}

/// Counts so many bytes of text that go into the answer.
pub(super) fn count(ctx: &Context<'_>, bytes: usize) -> Result<()> {
    let given = &ctx.data_unchecked::<TextGiven>().bytes;
    if given.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > MAX_TEXT {
        return Err(Error::BadRequest(format!(
            "The texts asked for have more than {} MiB together. Ask for one of their forms, or for smaller pages.",
            MAX_TEXT / 1024 / 1024
        ))
        .into());
    }
    Ok(())
}

/// Counts so many parts of a section that go into the answer.
pub(super) fn count_parts(ctx: &Context<'_>, parts: usize) -> Result<()> {
    let given = &ctx.data_unchecked::<TextGiven>().parts;
    if given.fetch_add(parts, Ordering::Relaxed).saturating_add(parts) > MAX_PARTS {
        let message = format!(
            "The blocks and footnotes asked for are more than {MAX_PARTS} together. Ask for fewer sections at a time."
        );
        return Err(Error::BadRequest(message).into());
    }
    Ok(())
}
