//! Confirming addresses, where a document asks for it: a contribution is kept and waits unconfirmed, seen by nobody and
//! in no queue, until its author has followed the link that was mailed to the address; if nobody does in time, it expires.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use crate::{
    comments,
    context::Context,
    contributors::{
        Intake, Receipt, ReceiptKind,
        jobs::{ConfirmationDue, SendReceipt},
        receipts,
    },
    error::{Error, Result, UserErrorCode},
    ids::{CommentId, SubmissionId},
    outbox::{self, Failure, Registry},
    submissions,
};

/// Adds what this domain carries out to the registry.
#[must_use]
pub fn register(ctx: Context, registry: Registry) -> Registry {
    registry.on(move |_, job: ConfirmationDue| due(ctx.clone(), job))
}

/// Confirms the address of a contribution by the token that was mailed to it: from now on it counts, and goes on as if it
/// had just come in. Doing it again changes nothing. Refused once the time is over.
pub async fn confirm(ctx: &Context, token: &str) -> Result<Receipt> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let found = receipts::by_confirmation(ctx, &mut conn, token).await?;
    let receipt = found.ok_or_else(|| {
        refused("This link confirms nothing: perhaps it was not copied whole. Copy the whole address from the mail.")
    })?;
    conn.transaction(async |conn| {
        let in_time = now < until(ctx, &receipt);
        match lock_intake(conn, &receipt).await? {
            Intake::Confirmed => return Ok(()),
            Intake::Unconfirmed if in_time => {}
            Intake::Unconfirmed | Intake::Expired => {
                return Err(refused(
                    "The time to confirm this address is over, so what was sent with it does not count. If the document is still open, send it again.",
                ));
            }
        }
        match receipt.kind {
            ReceiptKind::Comment => {
                comments::actions::confirm_within(conn, CommentId(receipt.subject), now).await?;
            }
            ReceiptKind::Submission => {
                submissions::actions::confirm_within(conn, SubmissionId(receipt.subject), now).await?;
            }
        }
        outbox::enqueue(conn, now, &SendReceipt { receipt: receipt.id }).await?;
        Ok(())
    })
    .await?;
    Ok(receipt)
}

/// Until when the address of a contribution can be confirmed.
pub fn until(ctx: &Context, receipt: &Receipt) -> DateTime<Utc> {
    receipt.received_at + ctx.confirm_within
}

/// How far the confirmation of a contribution has come; it stays so until the transaction ends, for a link is easily
/// pressed twice.
async fn lock_intake(conn: &mut AsyncPgConnection, receipt: &Receipt) -> Result<Intake> {
    let intake = match receipt.kind {
        ReceiptKind::Comment => {
            comments::queries::lock(conn, CommentId(receipt.subject)).await?.map(|found| found.intake)
        }
        ReceiptKind::Submission => {
            submissions::queries::lock(conn, SubmissionId(receipt.subject)).await?.map(|found| found.intake)
        }
    };
    intake.ok_or_else(|| Error::missing("receipt"))
}

/// Lets what was not confirmed in time expire.
async fn due(ctx: Context, job: ConfirmationDue) -> Result<(), Failure> {
    let mut conn = ctx.writer().await?;
    let Some(receipt) = receipts::by_id(&ctx, &mut conn, job.receipt).await? else { return Ok(()) };
    let until = until(&ctx, &receipt);
    let now = ctx.clock.now();
    if now < until {
        // Whoever runs the service gives more time than when this was sent.
        outbox::enqueue(&mut conn, until, &job).await?;
        return Ok(());
    }
    conn.transaction(async |conn| match receipt.kind {
        ReceiptKind::Comment => comments::actions::expire_within(conn, CommentId(receipt.subject)).await,
        ReceiptKind::Submission => {
            submissions::actions::expire_within(conn, SubmissionId(receipt.subject), now).await
        }
    })
    .await?;
    Ok(())
}

fn refused(message: &str) -> Error {
    Error::refused(UserErrorCode::InvalidToken, message, &["token"])
}
