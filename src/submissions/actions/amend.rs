//! What the sender does with a submission by its receipt: put it into other words, or take it back.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;

use super::{arrival, handle::effect, noted, text_of};
use crate::{
    attachments,
    comments::policy::has_room_for_another,
    context::Context,
    documents::{self, model::Document},
    error::{Error, Result},
    idempotency::{Claim, Claimed},
    ids::{self, AttachmentId, ModerationActionId, SubmissionId},
    ledger::{self, Actor, Decision, Effect, Ruling, Subject},
    markup, outbox, rules,
    submissions::{
        jobs::{DecisionMade, SubmissionReceived},
        model::{EarlierText, Standing, Submission, SubmissionState},
        policy, queries,
    },
    text,
    vault::Class,
};

/// How a submission is to be from now on.
pub struct Amendment {
    /// The version its sender saw.
    pub expected_version: i32,
    /// The text.
    pub body: String,
    /// The tokens of files to be added.
    pub add: Vec<String>,
    /// Files to be taken away, for good.
    pub remove: Vec<AttachmentId>,
    /// With one it is done once.
    pub claim: Option<Claim>,
}

/// Gives a submission another text and other files; it waits again to be handled. Whoever calls this has the receipt.
/// `Conflict` if it has changed since its sender saw it; refused with what to do where it cannot be changed any more.
pub async fn amend(ctx: &Context, id: SubmissionId, amendment: Amendment) -> Result<Submission> {
    let expected_version = amendment.expected_version;
    let mut problems = Vec::new();
    let body = text::body(&mut problems, &amendment.body, text::MAX_SUBMISSION, &["body"]);
    let added = attachments::actions::named(ctx, &mut problems, &amendment.add);
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
    if let Some(claim) = &amendment.claim
        && claim.find(&mut *ctx.db.get().await?).await?.is_some()
    {
        return Ok(seen);
    }
    check(&seen, &document, expected_version, now)?;
    let assessed = rules::assess(ctx, &arrival(document.id, &body, &shown)).await?;
    let key = ctx.vault.key(Class::Submission, Some(document.id)).await?;
    // Sealed for another place; the version says that it is still what the submission has.
    let before = text_of(ctx, &seen).await?.unwrap_or_default();
    let place = ids::new(now);
    let before_sealed =
        key.seal(EarlierText::body_place(place), before.as_bytes()).map_err(Error::internal)?;
    let body_sealed = key.seal(Submission::body_place(id), body.as_bytes()).map_err(Error::internal)?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let submission = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
        if let Some(claim) = amendment.claim
            && let Claimed::Before(_) = claim.take(conn, id.0, now).await?
        {
            return Ok(submission);
        }
        check(&submission, &document, expected_version, now)?;
        assessed.settle(conn, Subject::Submission(id), submission.contributor_id, now).await?;
        has_room_for_another(queries::count_earlier(conn, id).await?)?;
        let earlier = EarlierText {
            id: place,
            submission_id: id,
            version: submission.version,
            body_sealed: before_sealed,
            replaced_at: now,
        };
        queries::keep_text(conn, &earlier).await?;
        attachments::actions::remove_within(conn, id, &amendment.remove, now).await?;
        attachments::actions::attach_within(ctx, conn, document.id, id, &added, now).await?;
        let after = queries::amend(conn, id, &body_sealed, now).await?;
        outbox::enqueue(conn, now, &SubmissionReceived { submission: id }).await?;
        noted(conn, &after, now).await?;
        let effect = Effect { before: None, ..effect(&submission, &after, ModerationActionId::new(now)) };
        ledger::record(conn, Actor::Author, Ruling::plain(Decision::Amend), effect, now).await?;
        Ok(after)
    })
    .await
}

/// Takes a submission back. Whoever calls this has the receipt. What was taken back or erased before stays as it is.
pub async fn withdraw(ctx: &Context, id: SubmissionId) -> Result<Submission> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let submission = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
        if matches!(submission.state, SubmissionState::Withdrawn | SubmissionState::Erased) {
            return Ok(submission);
        }
        let state = policy::transition(submission.state, Decision::Withdraw)?;
        let standing = Standing { state, reason: None, statement: None };
        let after = queries::stand(conn, id, &standing).await?;
        let action = ModerationActionId::new(now);
        outbox::enqueue(conn, now, &DecisionMade { submission: id, action }).await?;
        noted(conn, &after, now).await?;
        let effect = Effect { before: None, ..effect(&submission, &after, action) };
        ledger::record(conn, Actor::Author, Ruling::plain(Decision::Withdraw), effect, now).await?;
        Ok(after)
    })
    .await
}

async fn find(ctx: &Context, id: SubmissionId) -> Result<(Submission, Document)> {
    let mut conn = ctx.db.get().await?;
    let submission = queries::by_id(&mut conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
    let document = documents::queries::by_ids(&mut conn, &[submission.document_id]).await?.pop();
    Ok((submission, document.ok_or_else(|| Error::missing("document"))?))
}

fn check(submission: &Submission, document: &Document, expected: i32, now: DateTime<Utc>) -> Result<()> {
    if submission.version != expected {
        return Err(Error::Conflict(format!(
            "Your submission has changed since you saw it: it is {} now, version {}. Look at it again before you change it.",
            submission.state.as_str(),
            submission.version
        )));
    }
    policy::may_amend(submission, document, now)
}

/// How a submission read before its sender changed it.
#[derive(Clone)]
pub struct Earlier {
    /// The version of the submission that had this text last.
    pub version: i32,
    /// The text.
    pub text: String,
    /// Until when it read so.
    pub replaced_at: DateTime<Utc>,
}

/// How these submissions read before, opened, the earliest text first. Whoever calls this has established that the viewer
/// may read them.
pub async fn earlier(ctx: &Context, of: &[SubmissionId]) -> Result<Vec<(SubmissionId, Earlier)>> {
    let rows = queries::earlier(&mut *ctx.db.get().await?, of).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let text = ctx.vault.open_text(EarlierText::body_place(row.id), &row.body_sealed).await?;
        found.push((row.submission_id, Earlier { version: row.version, text, replaced_at: row.replaced_at }));
    }
    Ok(found)
}
