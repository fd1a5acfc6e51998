//! Erasing a submission: what it said and who sent it are gone for good; that it was there, and what was decided, stays.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::handle::effect;
use crate::{
    attachments, contributors,
    error::{Error, Result},
    ids::{ModerationActionId, SubmissionId},
    ledger::{self, Actor, Decision, Effect, Ruling, Subject},
    outbox, rules,
    submissions::{jobs::DecisionMade, model::SubmissionState, policy, queries},
};

/// Erases a submission within a transaction, which it ends: nothing that waits for somebody may come after it. Whoever calls
/// this has established that it may be. Says whether there was anything left to erase.
pub async fn erase_within(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool> {
    let submission = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
    if submission.state == SubmissionState::Erased {
        return Ok(false);
    }
    policy::transition(submission.state, Decision::Erase)?;
    let after = queries::erase(conn, id).await?;
    let subject = Subject::Submission(id);
    attachments::actions::erase_within(conn, id, now).await?;
    rules::forget(conn, subject).await?;
    ledger::queries::erase_details(conn, subject, now).await?;
    contributors::queries::erase(conn, submission.contributor_id, now).await?;
    let action = ModerationActionId::new(now);
    outbox::enqueue(conn, now, &DecisionMade { submission: id, action }).await?;
    let effect = Effect { before: None, ..effect(&submission, &after, action) };
    ledger::record(conn, actor, Ruling::plain(Decision::Erase), effect, now).await?;
    Ok(true)
}
