//! The side effects of reports and appeals, and what follows here from decisions. What mail they become is decided in
//! `notifications`.

use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};

use super::{
    reports::{self, ReportOutcome},
    statements,
};
use crate::{
    context::Context,
    error::Result,
    ids::{AppealId, CommentId, JobId, ModerationActionId},
    ledger::{self, ActorKind, ModerationAction, Subject, UNDO_WINDOW},
    outbox::{self, Job},
};

/// Reports were answered by a decision: who left an address is to be told.
#[derive(Serialize, Deserialize)]
pub struct ReportsClosed {
    /// The decision.
    pub action: ModerationActionId,
}

impl Job for ReportsClosed {
    const KIND: &'static str = "moderation.reports_closed";
}

/// A reader has reported a comment that nobody had reported since a moderator last looked: moderators are to know.
#[derive(Serialize, Deserialize)]
pub struct CommentReported {
    /// The comment.
    pub comment: CommentId,
}

impl Job for CommentReported {
    const KIND: &'static str = "moderation.comment_reported";
}

/// An author challenges a decision: moderators are to know.
#[derive(Serialize, Deserialize)]
pub struct AppealLodged {
    /// The appeal.
    pub appeal: AppealId,
}

impl Job for AppealLodged {
    const KIND: &'static str = "moderation.appeal_lodged";
}

/// An appeal was decided: its author is to know.
#[derive(Serialize, Deserialize)]
pub struct AppealDecided {
    /// The appeal.
    pub appeal: AppealId,
}

impl Job for AppealDecided {
    const KIND: &'static str = "moderation.appeal_decided";
}

/// Answers the reports of a comment with the decision by which it stands, once that can no longer be undone. Whatever
/// decision this was called for: what counts may be an earlier one, that came back when a later one was undone. `parent` is
/// the job that calls.
pub async fn close_reports(ctx: &Context, parent: JobId, comment: CommentId) -> Result<()> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let actions = ledger::queries::of_subjects(conn, &[Subject::Comment(comment)]).await?;
        let answers = |action: &ModerationAction| ReportOutcome::of(action.action).is_some();
        let Some(last) = statements::last_effective(&actions, answers) else { return Ok(()) };
        let Some(outcome) = ReportOutcome::of(last.action) else { return Ok(()) };
        if last.actor_kind == ActorKind::Moderator && last.created_at + UNDO_WINDOW > now {
            // It has a job of its own, which comes then.
            return Ok(());
        }
        let closed = reports::queries::close(conn, last, outcome, now).await?;
        if closed > 0 && !reports::queries::to_answer(conn, last.id).await?.is_empty() {
            let told = vec![(last.id.0, ReportsClosed { action: last.id })];
            outbox::enqueue_children(conn, now, parent, told).await?;
        }
        Ok(())
    })
    .await
}
