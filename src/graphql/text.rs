//! A text in its three forms, and how much of it one request may take.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Context, Object};

use super::errors::Result;
use crate::error::Error;

/// How many bytes of text one answer may hold: the longest document several times over. Complexity cannot weigh this,
/// because it knows neither how long a text is nor how often an alias repeats it.
const MAX_TEXT: usize = 8 * 1024 * 1024;

/// How many bytes of text an answer holds so far; one for each request.
#[derive(Default)]
pub(super) struct TextGiven(AtomicUsize);

#[derive(Clone)]
pub(super) struct Text {
    pub markdown: String,
    pub html: String,
    pub plain: String,
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
        give(ctx, &self.markdown)
    }

    /// HTML that is safe to show as it is.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn html(&self, ctx: &Context<'_>) -> Result<&str> {
        give(ctx, &self.html)
    }

    /// The words alone, without any markup.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn plain(&self, ctx: &Context<'_>) -> Result<&str> {
        give(ctx, &self.plain)
    }
}

/// Counts a text that goes into the answer, and refuses what would be too much.
fn give<'a>(ctx: &Context<'_>, text: &'a str) -> Result<&'a str> {
    let given = &ctx.data_unchecked::<TextGiven>().0;
    if given.fetch_add(text.len(), Ordering::Relaxed) + text.len() > MAX_TEXT {
        return Err(Error::BadRequest(format!(
            "The texts asked for have more than {} MiB together. Ask for one of their forms, or for smaller pages.",
            MAX_TEXT / 1024 / 1024
        ))
        .into());
    }
    Ok(text)
}
