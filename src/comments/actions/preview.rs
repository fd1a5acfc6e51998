//! What would happen to a comment, told to its author before it is sent. Nothing is kept, and nobody outside is asked.

use super::submit::{arrival, locate};
use crate::{
    context::Context,
    contributors::Author,
    documents::{self, model::ModerationMode},
    error::{Error, Result, UserError},
    identity::Viewer,
    ids::AnyId,
    markup::{self, Markup},
    rules, text,
};

/// A comment that might be sent.
pub struct PreviewComment {
    /// What it is about.
    pub target: AnyId,
    /// The text.
    pub body: String,
    /// Who would write.
    pub author: Option<Author>,
}

/// What would happen to a comment.
#[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Everybody would see it at once.
    Published,
    /// A moderator would look at it first.
    Waits,
    /// A rule of the document would hold it for a moderator.
    Withheld,
    /// It would not be taken: something has to be put right first.
    Refused,
}

/// What an author is told beforehand.
pub struct Preview {
    /// The source in the form it would be kept.
    pub markdown: String,
    /// How it would be shown.
    pub shown: Markup,
    /// What would happen to it.
    pub expected: Expected,
    /// Whether it would be held if it were the first contribution of its address to the document.
    pub withheld_if_first: bool,
    /// Whether it would count only once the address is confirmed.
    pub needs_confirmation: bool,
    /// What has to be put right.
    pub problems: Vec<UserError>,
}

/// Tells what would happen. Everything that can be found out is, so that all of it can be put right at once.
pub async fn preview(ctx: &Context, viewer: &Viewer, input: PreviewComment) -> Result<Preview> {
    let mut problems = Vec::new();
    let markdown = text::body(&mut problems, &input.body, text::MAX_COMMENT, &["body"]);
    let readable = problems.is_empty();
    let shown = if readable { markup::comment_markup(&markdown) } else { markup::comment_markup("") };
    if readable {
        text::shows(&mut problems, &shown.plain, &["body"]);
    }
    if let Some(author) = &input.author {
        author.check(&mut problems);
    }
    let mut preview = Preview {
        markdown: if readable { markdown } else { String::new() },
        shown,
        expected: Expected::Refused,
        withheld_if_first: false,
        needs_confirmation: false,
        problems,
    };
    let place = match locate(ctx, viewer, input.target).await {
        Ok(place) => place,
        Err(Error::Refused(problems)) => {
            preview.problems.extend(problems);
            return Ok(preview);
        }
        Err(other) => return Err(other),
    };
    let document = place.document;
    preview.needs_confirmation = document.confirm_addresses;
    match documents::policy::takes_contributions(&document, ctx.clock.now(), &["targetId"]) {
        Ok(()) => {}
        Err(Error::Refused(problems)) => preview.problems.extend(problems),
        Err(other) => return Err(other),
    }
    if !readable {
        return Ok(preview);
    }
    let foreseen = rules::foresee(ctx, &arrival(document.id, &preview.markdown, &preview.shown)).await?;
    preview.problems.extend(foreseen.problems);
    preview.withheld_if_first = foreseen.withhold_first;
    preview.expected = match document.moderation {
        _ if !preview.problems.is_empty() => Expected::Refused,
        _ if foreseen.withhold => Expected::Withheld,
        ModerationMode::Pre => Expected::Waits,
        // What is not confirmed is not shown.
        ModerationMode::Post if document.confirm_addresses => Expected::Waits,
        ModerationMode::Post => Expected::Published,
    };
    Ok(preview)
}
