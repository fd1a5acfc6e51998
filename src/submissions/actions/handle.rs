//! Handling a submission: what a moderator decides about it.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use uuid::Uuid;

use super::noted;
use crate::{
    context::Context,
    error::{Error, Result},
    identity::Viewer,
    ids::{ModerationActionId, SubmissionId},
    ledger::{self, Actor, Decision, Effect, ModerationAction, Ruling, Subject, UNDO_WINDOW},
    outbox, rules,
    submissions::{
        jobs::DecisionMade,
        model::{Standing, Submission},
        policy, queries,
    },
};

/// A ruling on what the moderator saw.
#[derive(Clone)]
pub struct HandleSubmission {
    /// Which submission.
    pub id: SubmissionId,
    /// The version that was on the screen.
    pub expected_version: i32,
    /// What is decided; setting aside needs reason and statement.
    pub ruling: Ruling,
    /// What is decided together with it, in one request.
    pub batch: Option<Uuid>,
}

/// Carries a ruling out and records it, in one transaction. `Conflict` if the submission has changed since the
/// moderator saw it; `NotFound` for everybody who does not moderate its document.
pub async fn handle(
    ctx: &Context,
    viewer: &Viewer,
    input: HandleSubmission,
) -> Result<(Submission, ModerationAction)> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| handle_within(conn, viewer, input, now).await?.record(conn).await).await
}

/// A decision on a submission that is still to be recorded.
pub type Unrecorded = ledger::Unrecorded<Submission>;

/// The same as part of a transaction that decides on more.
pub async fn handle_within(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    input: HandleSubmission,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let account = viewer.require()?.account;
    let submission = policy::readable(viewer, queries::lock(conn, input.id).await?)?;
    let subject = Subject::Submission(submission.id);
    let expected = input.expected_version;
    ledger::unchanged(conn, subject, expected, submission.version, submission.state.as_str()).await?;
    rules::cited(conn, submission.document_id, &input.ruling).await?;
    let state = policy::transition(submission.state, input.ruling.decision)?;
    let ruling = input.ruling.check()?;
    let standing = Standing { state, reason: ruling.reason, statement: ruling.statement.clone() };
    let after = queries::stand(conn, submission.id, &standing).await?;
    let action = ModerationActionId::new(now);
    let job = DecisionMade { submission: submission.id, action };
    outbox::enqueue(conn, now + UNDO_WINDOW, &job).await?;
    noted(conn, &after, now).await?;
    let effect = Effect { batch: input.batch, ..effect(&submission, &after, action) };
    Ok(Unrecorded { after, actor: Actor::Moderator(account), ruling, effect, now })
}

/// Takes a submission up again because an appeal was upheld, within a transaction that does more about it: whoever calls
/// this has established that it may be. That is final, and cannot be undone.
pub async fn uphold_within(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    actor: Actor,
    ruling: Ruling,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let submission = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
    let state = policy::transition(submission.state, ruling.decision)?;
    let ruling = ruling.check()?;
    let standing = Standing { state, reason: None, statement: ruling.statement.clone() };
    let after = queries::stand(conn, id, &standing).await?;
    noted(conn, &after, now).await?;
    let effect = Effect { before: None, ..effect(&submission, &after, ModerationActionId::new(now)) };
    Ok(Unrecorded { after, actor, ruling, effect, now })
}

/// Takes the moderator's own last decision back, within ten minutes.
pub async fn undo(
    ctx: &Context,
    viewer: &Viewer,
    id: SubmissionId,
    expected_version: i32,
) -> Result<(Submission, ModerationAction)> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let submission = policy::readable(viewer, queries::lock(conn, id).await?)?;
        let subject = Subject::Submission(id);
        ledger::unchanged(conn, subject, expected_version, submission.version, submission.state.as_str())
            .await?;
        let (_, before) = ledger::undoable(conn, subject, account, submission.version, now).await?;
        let after = queries::stand(conn, id, &serde_json::from_value::<Standing>(before)?).await?;
        noted(conn, &after, now).await?;
        let effect = Effect { before: None, ..effect(&submission, &after, ModerationActionId::new(now)) };
        let ruling = Ruling::plain(Decision::Undo);
        let action = ledger::record(conn, Actor::Moderator(account), ruling, effect, now).await?;
        Ok((after, action))
    })
    .await
}

/// Writes down what moderators tell each other about a submission. It changes nothing else, not even the version.
pub async fn note(
    ctx: &Context,
    viewer: &Viewer,
    id: SubmissionId,
    note: String,
) -> Result<(Submission, ModerationAction)> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let ruling = Ruling { note: Some(note), ..Ruling::plain(Decision::Note) };
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let submission = policy::readable(viewer, queries::lock(conn, id).await?)?;
        let ruling = ruling.check()?;
        let effect =
            Effect { before: None, ..effect(&submission, &submission, ModerationActionId::new(now)) };
        let action = ledger::record(conn, Actor::Moderator(account), ruling, effect, now).await?;
        Ok((submission, action))
    })
    .await
}

pub(super) fn effect(before: &Submission, after: &Submission, action: ModerationActionId) -> Effect {
    Effect {
        action,
        document: before.document_id,
        subject: Subject::Submission(before.id),
        from: before.state.as_str(),
        to: after.state.as_str(),
        version: after.version,
        detected: false,
        batch: None,
        before: serde_json::to_value(before.standing()).ok(),
    }
}
