//! Deciding on a comment: by a moderator, a rule, its author, or the service itself. One way for all of them, so that
//! state, counters and ledger never part.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use crate::{
    comments::{
        model::{Comment, CommentState},
        policy,
        queries::{self, Decided},
    },
    context::Context,
    contributors,
    error::{Error, Result},
    identity::Viewer,
    ids::CommentId,
    ledger::{self, Actor, Decision, Effect, ModerationAction, Ruling, Subject},
};

/// A ruling on what the moderator saw.
pub struct ModerateComment {
    /// Which comment.
    pub id: CommentId,
    /// The version that was on the screen.
    pub expected_version: i32,
    /// What is decided; rejecting and hiding need reason and statement.
    pub ruling: Ruling,
}

/// Carries a moderator's ruling out and records it, in one transaction. `Conflict` if the comment has changed since the
/// moderator saw it; `Forbidden` for those who see it and do not moderate its document, `NotFound` for those who do not
/// see it.
pub async fn moderate(
    ctx: &Context,
    viewer: &Viewer,
    input: ModerateComment,
) -> Result<(Comment, ModerationAction)> {
    let actor = Actor::Moderator(viewer.require()?.account);
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = locked(conn, input.id).await?;
        policy::may_moderate(viewer, &comment)?;
        ledger::unchanged("comment", input.expected_version, comment.version, comment.state.as_str())?;
        carry_out(conn, &comment, actor, input.ruling, now).await
    })
    .await
}

/// Carries out what nobody sees on a screen first: a rule that withholds, an author who withdraws, the service that
/// erases. Whoever calls this has established that it may be.
pub async fn decide(
    ctx: &Context,
    id: CommentId,
    actor: Actor,
    decision: Decision,
) -> Result<(Comment, ModerationAction)> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = locked(conn, id).await?;
        carry_out(conn, &comment, actor, Ruling::plain(decision), now).await
    })
    .await
}

async fn locked(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Comment> {
    queries::lock(conn, id).await?.ok_or_else(|| Error::missing("comment"))
}

async fn carry_out(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
    actor: Actor,
    ruling: Ruling,
    now: DateTime<Utc>,
) -> Result<(Comment, ModerationAction)> {
    let state = policy::transition(comment, ruling.decision)?;
    let ruling = ruling.check()?;
    let published_now = state == CommentState::Published && !comment.is_published();
    let reviewed = matches!(actor, Actor::Moderator(_)) && state != CommentState::Pending;
    let decided = Decided {
        state,
        reason: ruling.reason,
        statement: ruling.statement.as_deref(),
        published_at: comment.published_at.or(published_now.then_some(now)),
        reviewed_at: if reviewed { Some(now) } else { None },
    };
    let mut after = queries::decide(conn, comment.id, decided).await?;
    if published_now {
        queries::count_published(conn, &after).await?;
    } else if comment.is_published() && !after.is_published() {
        queries::count_unpublished(conn, &after).await?;
    }
    if state == CommentState::Erased {
        after = queries::blank(conn, comment.id).await?;
        contributors::queries::erase(conn, comment.contributor_id, now).await?;
    }
    let effect = Effect {
        document: comment.document_id,
        subject: Subject::Comment(comment.id),
        from: comment.state.as_str(),
        to: after.state.as_str(),
        version: after.version,
    };
    let action = ledger::record(conn, actor, ruling, effect, now).await?;
    Ok((after, action))
}
