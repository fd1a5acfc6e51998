//! The use cases of submissions.

mod amend;
mod confirm;
mod erase;
mod handle;

pub use amend::{Amendment, Earlier, amend, earlier, withdraw};
pub use confirm::{confirm_within, expire_within};
pub use erase::erase_within;
pub use handle::{HandleSubmission, Unrecorded, handle, handle_within, note, undo, uphold_within};

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::Serialize;

use super::{
    jobs::SubmissionReceived,
    model::{Submission, SubmissionState},
    queries::{self, NewSubmission},
};
use crate::{
    attachments,
    context::Context,
    contributors::{self, Author, Intake, Receipt, ReceiptKind, receipts},
    documents,
    error::{Error, Result, UserErrorCode},
    events::{self, Kind},
    idempotency::{Claim, Claimed},
    identity::Viewer,
    ids::{DocumentId, SubmissionId},
    ledger::{Subject, SubjectKind},
    markup::{self, Markup},
    outbox,
    rules::{self, Arrival, Filled},
    text,
    vault::Class,
};

/// A submission as it is sent.
#[derive(Serialize)]
pub struct MakeSubmission {
    /// The document it is about.
    pub document: DocumentId,
    /// Who writes.
    pub author: Author,
    /// The text.
    pub body: String,
    /// The tokens of the files that are part of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// The token of the form it was written in.
    #[serde(skip)]
    pub form_token: Option<String>,
    /// With a key, the same submission sent twice is kept once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What a sent submission became.
pub struct Made {
    /// The submission.
    pub submission: Submission,
    /// What its sender keeps.
    pub receipt: Receipt,
}

/// Keeps a submission, sealed, and gives its receipt. Refused with everything the sender can put right.
pub async fn make(ctx: &Context, viewer: &Viewer, input: MakeSubmission) -> Result<Made> {
    let mut problems = Vec::new();
    let body = text::body(&mut problems, &input.body, text::MAX_SUBMISSION, &["body"]);
    let author = input.author.check(&mut problems);
    let Some(author) = author.filter(|_| problems.is_empty()) else { return Err(Error::Refused(problems)) };
    let shown = markup::comment_markup(&body);
    text::shows(&mut problems, &shown.plain, &["body"]);
    let files = attachments::actions::named(ctx, &mut problems, &input.attachments);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let claim = input
        .idempotency_key
        .as_ref()
        .map(|key| Claim::new(ctx.vault.keys(), "makeSubmission", key, &input))
        .transpose()?;
    // Before anything else is looked at: what was taken once is answered again whatever has changed meanwhile.
    if let Some(claim) = &claim {
        let mut conn = ctx.db.get().await?;
        if let Some(subject) = claim.find(&mut conn).await? {
            return made_before(ctx, &mut conn, SubmissionId(subject)).await;
        }
    }
    let found = documents::queries::by_ids(&mut *ctx.db.get().await?, &[input.document]).await?.pop();
    let document = documents::policy::readable(viewer, found).map_err(|_| {
        let message = "There is no such document, or it is not published.";
        Error::refused(UserErrorCode::TargetNotFound, message, &["documentId"])
    })?;
    let contact_key = contributors::contact_key(ctx, document.id).await?;
    let text_key = ctx.vault.key(Class::Submission, Some(document.id)).await?;
    let now = ctx.clock.now();
    // Asked again in the transaction; nobody outside is asked about what is not taken.
    documents::policy::takes_contributions(&document, now, &["documentId"])?;
    contributors::count(ctx, &author)?;
    let filled = rules::form::filled(ctx.vault.keys(), document.id, input.form_token.as_deref(), now);
    let arrived = Arrival { filled, ..arrival(document.id, &body, &shown) };
    let assessed = rules::assess(ctx, &arrived).await?;
    let id = SubmissionId::new(now);
    let body_sealed = text_key.seal(Submission::body_place(id), body.as_bytes()).map_err(Error::internal)?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if let Some(claim) = claim
            && let Claimed::Before(subject) = claim.take(conn, id.0, now).await?
        {
            return made_before(ctx, conn, SubmissionId(subject)).await;
        }
        documents::policy::takes_contributions(&document, now, &["documentId"])?;
        let intake = Intake::at_first(document.confirm_addresses);
        let contributor =
            contributors::record_private(ctx, conn, &contact_key, document.id, &author, now).await?;
        assessed.settle(conn, Subject::Submission(id), contributor, now).await?;
        let new = NewSubmission {
            id,
            document_id: document.id,
            contributor_id: contributor,
            body_sealed,
            state: SubmissionState::Received,
            intake,
            created_at: now,
        };
        let submission = queries::insert(conn, new).await?;
        let receipt =
            receipts::give(ctx, conn, ReceiptKind::Submission, id.0, contributor, intake, now).await?;
        attachments::actions::attach_within(ctx, conn, document.id, id, &files, now).await?;
        if intake == Intake::Confirmed {
            outbox::enqueue(conn, now, &SubmissionReceived { submission: id }).await?;
        }
        noted(conn, &submission, now).await?;
        Ok(Made { submission, receipt })
    })
    .await
}

/// Notes that a submission has changed, for the moderators who listen; nothing while its sender's address is to be
/// confirmed, because they do not see it until then.
async fn noted(conn: &mut AsyncPgConnection, after: &Submission, now: DateTime<Utc>) -> Result<()> {
    if after.intake != Intake::Confirmed {
        return Ok(());
    }
    events::note(conn, Kind::SubmissionChanged, after.document_id, after.id.0, now).await
}

/// A submission's text as rules look at it.
fn arrival<'a>(document: DocumentId, markdown: &'a str, shown: &'a Markup) -> Arrival<'a> {
    let Markup { html, plain } = shown;
    Arrival { kind: SubjectKind::Submission, document, markdown, html, plain, filled: Filled::Apart }
}

async fn made_before(ctx: &Context, conn: &mut AsyncPgConnection, id: SubmissionId) -> Result<Made> {
    let submission = queries::by_id(conn, id).await?.ok_or_else(|| Error::missing("submission"))?;
    let receipt = receipts::of(ctx, conn, ReceiptKind::Submission, id.0).await?;
    Ok(Made { submission, receipt })
}

/// The text of a submission, opened; `None` once it is erased. Whoever calls this has established that the viewer may
/// read it.
pub async fn text_of(ctx: &Context, submission: &Submission) -> Result<Option<String>> {
    match &submission.body_sealed {
        Some(sealed) => Ok(Some(ctx.vault.open_text(Submission::body_place(submission.id), sealed).await?)),
        None => Ok(None),
    }
}
