//! What the author does with a comment by its receipt: put it into other words, or take it back.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;

use super::{
    moderate::{decide_within, effect, locked, withhold},
    noted,
    submit::arrival,
};
use crate::{
    comments::{
        jobs::CommentReceived,
        model::{Comment, CommentState, Standing},
        policy,
        queries::{self, Counted},
    },
    context::Context,
    documents::{self, model::Document},
    error::{Error, Result},
    idempotency::{Claim, Claimed},
    ids::{CommentId, ModerationActionId},
    ledger::{self, Actor, Decision, Effect, Ruling, Subject},
    markup, outbox, rules, text,
};

/// Gives a comment another text; once for a claim. Whoever calls this has the receipt. `Conflict` if it has changed since the
/// author saw it; refused with what to do where it cannot be changed any more.
pub async fn amend(
    ctx: &Context,
    id: CommentId,
    body: &str,
    expected_version: i32,
    claim: Option<Claim>,
) -> Result<Comment> {
    let mut problems = Vec::new();
    let body = text::body(&mut problems, body, text::MAX_COMMENT, &["body"]);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let shown = markup::comment_markup(&body);
    text::shows(&mut problems, &shown.plain, &["body"]);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let now = ctx.clock.now();
    let (seen, document) = find(ctx, id).await?;
    if let Some(claim) = &claim
        && claim.find(&mut *ctx.db.get().await?).await?.is_some()
    {
        return Ok(seen);
    }
    check(&seen, &document, expected_version, now)?;
    let assessed = rules::assess(ctx, &arrival(document.id, &body, &shown)).await?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = queries::lock_text(conn, id).await?.ok_or_else(|| Error::missing("comment"))?;
        if let Some(claim) = claim
            && let Claimed::Before(_) = claim.take(conn, id.0, now).await?
        {
            return Ok(comment);
        }
        check(&comment, &document, expected_version, now)?;
        let verdict = assessed.settle(conn, Subject::Comment(id), comment.contributor_id, now).await?;
        policy::has_room_for_another(queries::count_earlier(conn, id).await?)?;
        queries::keep_text(conn, &comment, now).await?;
        let standing = amended(&comment);
        let after = queries::amend(conn, id, &body, &shown, &standing, now).await?;
        outbox::enqueue(conn, now, &CommentReceived { comment: id }).await?;
        let effect = Effect { before: None, ..effect(&comment, &after, ModerationActionId::new(now), None) };
        let mut counted = Counted::default();
        let withheld =
            if verdict.withhold { Some(withhold(conn, &after, &mut counted, now).await?) } else { None };
        counted.apply(conn).await?;
        noted(conn, Some(&comment), &after, now).await?;
        ledger::record(conn, Actor::Author, Ruling::plain(Decision::Amend), effect, now).await?;
        match withheld {
            Some(withheld) => Ok(withheld.record(conn).await?.0),
            None => Ok(after),
        }
    })
    .await
}

/// Takes a comment back; what was public leaves a tombstone, and its replies stay. Whoever calls this has the receipt. What
/// was taken back or erased before stays as it is.
pub async fn withdraw(ctx: &Context, id: CommentId) -> Result<Comment> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = locked(conn, id).await?;
        if matches!(comment.state, CommentState::Withdrawn | CommentState::Erased) {
            return Ok(comment);
        }
        Ok(decide_within(conn, id, Actor::Author, Ruling::plain(Decision::Withdraw), now).await?.0)
    })
    .await
}

async fn find(ctx: &Context, id: CommentId) -> Result<(Comment, Document)> {
    let mut conn = ctx.db.get().await?;
    let comment = queries::by_id(&mut conn, id).await?.ok_or_else(|| Error::missing("comment"))?;
    let document = documents::queries::by_ids(&mut conn, &[comment.document_id]).await?.pop();
    Ok((comment, document.ok_or_else(|| Error::missing("document"))?))
}

fn check(comment: &Comment, document: &Document, expected: i32, now: DateTime<Utc>) -> Result<()> {
    if comment.version != expected {
        return Err(Error::Conflict(format!(
            "Your comment has changed since you saw it: it is {} now, version {}. Look at it again before you change it.",
            comment.state.as_str(),
            comment.version
        )));
    }
    policy::may_amend(comment, document, now)
}

/// How a comment stands with other words: what was said about the earlier ones is about nothing any more.
fn amended(comment: &Comment) -> Standing {
    Standing {
        state: if comment.is_published() { CommentState::Published } else { CommentState::Pending },
        reason: None,
        statement: None,
        reviewed_at: None,
        redacted_markdown: None,
        redacted_html: None,
        redacted_plain: None,
        changes_requested_at: None,
        ..comment.standing()
    }
}
