//! What becomes of a submission whose sender's address was to be confirmed. The tokens and the time are with `intake`.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::noted;
use crate::{
    attachments,
    contributors::Intake,
    error::{Error, Result},
    ids::SubmissionId,
    outbox,
    submissions::{jobs::SubmissionReceived, model::Submission, queries},
};

/// Lets a submission count, within the transaction of whoever has established that its sender confirmed the address. One
/// that counts already, or that has expired, is given back as it is.
pub async fn confirm_within(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    now: DateTime<Utc>,
) -> Result<Submission> {
    let submission = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
    if submission.intake != Intake::Unconfirmed {
        return Ok(submission);
    }
    outbox::enqueue(conn, now, &SubmissionReceived { submission: id }).await?;
    let after = queries::set_intake(conn, id, Intake::Confirmed).await?;
    noted(conn, &after, now).await?;
    Ok(after)
}

/// Notes that the time to confirm is over; says whether it was still waited for. Its files go: nobody has seen them, and
/// whoever sends it anew sends them with it.
pub async fn expire_within(
    conn: &mut AsyncPgConnection,
    id: SubmissionId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let submission = queries::lock(conn, id).await?;
    let waits = submission.is_some_and(|submission| submission.intake == Intake::Unconfirmed);
    if waits {
        queries::set_intake(conn, id, Intake::Expired).await?;
        attachments::actions::erase_within(conn, id, now).await?;
    }
    Ok(waits)
}
