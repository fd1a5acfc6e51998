//! The use cases of attachments, but for receiving and delivering the files themselves.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::Serialize;

use super::{
    jobs::{AttachmentDue, RemoveFile},
    model::{Attachment, StoredFile},
    queries::{self, NewAttachment},
    room,
};
use crate::{
    context::Context,
    documents,
    error::{Error, Result, UserError, UserErrorCode},
    idempotency::{Claim, Claimed},
    identity::Viewer,
    ids::{AttachmentId, DocumentId, SubmissionId},
    outbox,
    seal::{PresentedToken, TokenKind},
    text,
    vault::Class,
};

/// How long a file has time to come and to become part of a submission.
pub const LIFETIME: TimeDelta = TimeDelta::days(1);
/// How many characters the name of a file may have.
pub const MAX_FILE_NAME: usize = 200;

/// A file that somebody wants to send.
#[derive(Serialize)]
pub struct Announced {
    /// The document that the submission will be about.
    pub document: DocumentId,
    /// What it is called.
    pub name: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// With a key, the same file announced twice is one.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// What the file is to be sent with.
pub struct Ticket {
    /// The attachment it becomes.
    pub id: AttachmentId,
    /// The secret that is sent along, and that the submission names it by.
    pub token: String,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Takes the announcement of a file. Refused with everything that can be put right before a byte is sent.
pub async fn announce(ctx: &Context, viewer: &Viewer, announced: Announced) -> Result<Ticket> {
    if ctx.files.most == 0 {
        let message = "No files are taken here. Say in the text what the file would have shown.";
        return Err(Error::refused(UserErrorCode::NotAllowed, message, &["documentId"]));
    }
    let mut problems = Vec::new();
    let name = text::line(&mut problems, base_name(&announced.name), MAX_FILE_NAME, &["name"]);
    let most = ctx.files.most_bytes;
    if !u64::try_from(announced.bytes).is_ok_and(|bytes| (1..=most).contains(&bytes)) {
        let message = format!(
            "A file may have 1 to {most} bytes, which are {} MiB. A smaller picture, or a PDF without pictures, often does.",
            most / (1024 * 1024)
        );
        problems.push(UserError::new(UserErrorCode::OutOfRange, message, &["bytes"]));
    }
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let claim = announced
        .idempotency_key
        .as_ref()
        .map(|key| Claim::new(ctx.vault.keys(), "createUpload", key, &announced))
        .transpose()?;
    if let Some(claim) = &claim {
        let mut conn = ctx.db.get().await?;
        if let Some(subject) = claim.find(&mut conn).await? {
            return announced_before(ctx, &mut conn, AttachmentId(subject)).await;
        }
    }
    if let Some(origin) = viewer.origin() {
        ctx.limits.files.count(&origin.0, "Many files have been sent from here in a short time.")?;
    }
    let now = ctx.clock.now();
    let found = {
        let mut conn = ctx.db.get().await?;
        room::expect(ctx, &mut conn, announced.bytes.unsigned_abs()).await?;
        documents::queries::by_ids(&mut conn, &[announced.document]).await?.pop()
    };
    let document = documents::policy::readable(viewer, found).map_err(|_| {
        let message = "There is no such document, or it is not published.";
        Error::refused(UserErrorCode::TargetNotFound, message, &["documentId"])
    })?;
    documents::policy::takes_contributions(&document, now, &["documentId"])?;
    let key = ctx.vault.key(Class::Submission, Some(document.id)).await?;
    let id = AttachmentId::new(now);
    let name_sealed = key.seal(Attachment::name_place(id), name.as_bytes()).map_err(Error::internal)?;
    let new = NewAttachment {
        id,
        document_id: document.id,
        name_sealed,
        announced: announced.bytes,
        created_at: now,
        expires_at: now + LIFETIME,
    };
    let expires_at = new.expires_at;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if let Some(claim) = claim
            && let Claimed::Before(subject) = claim.take(conn, id.0, now).await?
        {
            return announced_before(ctx, conn, AttachmentId(subject)).await;
        }
        queries::insert(conn, new).await?;
        outbox::enqueue(conn, expires_at, &AttachmentDue { attachment: id }).await?;
        Ok(ticket(ctx, id, expires_at))
    })
    .await
}

fn ticket(ctx: &Context, id: AttachmentId, expires_at: DateTime<Utc>) -> Ticket {
    Ticket { id, token: ctx.vault.keys().token(TokenKind::Attachment, id.0, 0), expires_at }
}

/// The ticket that a key was given before.
async fn announced_before(ctx: &Context, conn: &mut AsyncPgConnection, id: AttachmentId) -> Result<Ticket> {
    let Some(row) = queries::by_id(conn, id).await? else {
        let message = "The file that was announced with this key was thrown away: it was part of no submission in time, or its submission is gone. Announce it with a new key.";
        return Err(Error::refused(UserErrorCode::IdempotencyKeyReused, message, &["idempotencyKey"]));
    };
    Ok(ticket(ctx, id, row.expires_at))
}

/// A name without the folders that some browsers send along.
fn base_name(given: &str) -> &str {
    given.rsplit(['/', '\\']).next().unwrap_or(given)
}

/// Which attachment a token is for; it says nothing about whether there still is one.
pub(super) fn id_of(ctx: &Context, token: &str) -> Option<AttachmentId> {
    let token = PresentedToken::parse(token.trim())?;
    ctx.vault.keys().is_genuine(TokenKind::Attachment, &token, 0).then_some(AttachmentId(token.id))
}

/// The attachments that a submission names by their tokens. What has to be put right is added to `problems`.
pub fn named(ctx: &Context, problems: &mut Vec<UserError>, tokens: &[String]) -> Vec<AttachmentId> {
    if tokens.len() > ctx.files.most {
        problems.push(too_many(ctx));
        return Vec::new();
    }
    let mut ids = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match id_of(ctx, token) {
            Some(id) if !ids.contains(&id) => ids.push(id),
            Some(_) => problems.push(refusal(at, UserErrorCode::InvalidToken, "This file is named twice.")),
            None => problems.push(unknown(at)),
        }
    }
    ids
}

fn too_many(ctx: &Context) -> UserError {
    let message = match ctx.files.most {
        0 => "No files are taken here. Leave them out, and say in the text what they would have shown."
            .to_owned(),
        most => format!("A submission may have {most} files. Leave some out, or put them into one."),
    };
    UserError::new(UserErrorCode::OutOfRange, message, &["attachments"])
}

/// Makes these part of a submission, within a transaction that has locked it or made it; all of them, or it is refused with what
/// is wrong with each.
pub async fn attach_within(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    submission: SubmissionId,
    ids: &[AttachmentId],
    now: DateTime<Utc>,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let found = queries::lock(conn, ids).await?;
    let mut problems = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let row = found.iter().find(|row| row.id == *id);
        match row
            .filter(|row| row.submission_id.is_none() && row.document_id == document && now < row.expires_at)
        {
            None => problems.push(unknown(at)),
            Some(row) if row.file().is_none() => {
                let message = "This file has not come yet. Send it first, or leave it out.";
                problems.push(refusal(at, UserErrorCode::InvalidTransition, message));
            }
            Some(_) => {}
        }
    }
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    queries::attach(conn, ids, submission).await?;
    if queries::count_of(conn, submission).await? > i64::try_from(ctx.files.most).unwrap_or(i64::MAX) {
        return Err(Error::Refused(vec![too_many(ctx)]));
    }
    Ok(())
}

/// Takes these away from a submission for good, within a transaction that has locked it; refused where one is not part of it.
pub async fn remove_within(
    conn: &mut AsyncPgConnection,
    submission: SubmissionId,
    ids: &[AttachmentId],
    now: DateTime<Utc>,
) -> Result<()> {
    for (at, id) in ids.iter().enumerate() {
        let Some(object) = queries::delete_one_of(conn, submission, *id).await? else {
            let message =
                "There is no such file in this submission. Look at it again, and name those that are there.";
            let path = ["removeAttachments", &at.to_string()];
            return Err(Error::refused(UserErrorCode::TargetNotFound, message, &path));
        };
        if let Some(object) = object {
            outbox::enqueue(conn, now, &RemoveFile { object }).await?;
        }
    }
    Ok(())
}

fn unknown(at: usize) -> UserError {
    let message = "There is no such file for this document, or it has waited too long, or it is part of a submission already. Send it again.";
    refusal(at, UserErrorCode::InvalidToken, message)
}

fn refusal(at: usize, code: UserErrorCode, message: &str) -> UserError {
    UserError::new(code, message, &["attachments", &at.to_string()])
}

/// Forgets the files of a submission within the transaction that erases it. Their keys are gone with the commit; the files
/// follow.
pub async fn erase_within(
    conn: &mut AsyncPgConnection,
    submission: SubmissionId,
    now: DateTime<Utc>,
) -> Result<()> {
    for object in queries::delete_of(conn, submission).await?.into_iter().flatten() {
        outbox::enqueue(conn, now, &RemoveFile { object }).await?;
    }
    Ok(())
}

/// An attachment as people see it.
#[derive(Clone)]
pub struct Shown {
    /// Its id.
    pub id: AttachmentId,
    /// What its sender called it.
    pub name: String,
    /// What kind of file it is.
    pub media_type: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// When it came.
    pub stored_at: DateTime<Utc>,
}

/// What belongs to these submissions, with its names opened, in the order it was announced. Whoever calls this has established
/// that the viewer may read the submissions.
pub async fn of_submissions(ctx: &Context, of: &[SubmissionId]) -> Result<Vec<(SubmissionId, Shown)>> {
    let rows = queries::of_submissions(&mut *ctx.db.get().await?, of).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(submission), Some(file)) = (row.submission_id, row.file()) else { continue };
        let name = ctx.vault.open_text(Attachment::name_place(row.id), &row.name_sealed).await?;
        let StoredFile { media_type, bytes, stored_at, .. } = file;
        found.push((submission, Shown { id: row.id, name, media_type, bytes, stored_at }));
    }
    Ok(found)
}
