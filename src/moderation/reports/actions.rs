//! Reporting a comment.

use diesel_async::AsyncConnection;
use serde::Serialize;

use super::{
    model::Report,
    queries::{self, NewReport},
};
use crate::{
    comments::{self, Comment, jobs::CommentReceived},
    context::Context,
    contributors, documents,
    error::{Error, Result, UserErrorCode},
    idempotency::{Claim, Claimed},
    identity::Viewer,
    ids::{CommentId, ReportId},
    ledger::{Actor, Decision, Reason, Ruling, Subject},
    mail::EmailAddress,
    moderation::{changes::changed, jobs::CommentReported},
    outbox,
    seal::Keys,
    text,
};

/// How many characters an explanation may have.
pub const MAX_EXPLANATION: usize = 2_000;

/// A report as it is sent.
#[derive(Serialize)]
pub struct ReportComment {
    /// The comment.
    pub comment: CommentId,
    /// On which ground.
    pub reason: Reason,
    /// What is wrong with it, in the reporter's words.
    pub explanation: Option<String>,
    /// Where they want to be told what came of it.
    pub email: Option<String>,
    /// With a key, the same report sent twice is kept once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Keeps a report and gives the comment as it is then. A person who has reported the comment before gets the same answer,
/// and nothing is counted. Refused for what the viewer cannot see, and for what is not shown any more.
pub async fn report(ctx: &Context, viewer: &Viewer, input: ReportComment) -> Result<Comment> {
    let mut problems = Vec::new();
    let given = |field: &Option<String>| field.clone().filter(|text| !text.trim().is_empty());
    let explanation = given(&input.explanation)
        .map(|given| text::body(&mut problems, &given, MAX_EXPLANATION, &["explanation"]));
    let email = given(&input.email).and_then(|given| text::email(&mut problems, &given, &["email"]));
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let claim = input
        .idempotency_key
        .as_ref()
        .map(|key| Claim::new(ctx.vault.keys(), "reportComment", key, &input))
        .transpose()?;
    let person = Person::of(viewer, email.as_ref());
    let reporter = person.on(ctx.vault.keys(), input.comment);
    let counts_as = person.voice_on(ctx.vault.keys(), input.comment);
    let mut conn = ctx.db.get().await?;
    let (comment, _) =
        comments::actions::visible(&mut conn, viewer, input.comment).await.map_err(not_there)?;
    let found = documents::queries::by_ids(&mut conn, &[comment.document_id]).await?.pop();
    let document = documents::policy::readable(viewer, found).map_err(not_there)?;
    let before = match &claim {
        Some(claim) => claim.find(&mut conn).await?.is_some(),
        None => false,
    };
    if before || queries::has_reported(&mut conn, comment.id, &reporter).await? {
        return Ok(comment);
    }
    may_be_reported(&comment)?;
    drop(conn);
    person.count(ctx)?;
    let key = contributors::contact_key(ctx, document.id).await?;
    let now = ctx.clock.now();
    let id = ReportId::new(now);
    let explanation_sealed = explanation
        .map(|text| key.seal(Report::explanation_place(id), text.as_bytes()))
        .transpose()
        .map_err(Error::internal)?;
    let contact_sealed = email
        .map(|email| key.seal(Report::contact_place(id), email.as_str().as_bytes()))
        .transpose()
        .map_err(Error::internal)?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        // Locked first: a report that referred to it before would keep the next one's lock waiting for its own.
        let comment = comments::queries::lock(conn, input.comment).await?;
        let comment = comment.ok_or_else(|| Error::missing("comment"))?;
        if let Some(claim) = claim
            && let Claimed::Before(_) = claim.take(conn, id.0, now).await?
        {
            return Ok(comment);
        }
        let new = NewReport {
            id,
            comment_id: comment.id,
            document_id: document.id,
            reporter_hash: reporter,
            counts_as,
            comment_version: comment.version,
            reason: input.reason,
            explanation_sealed,
            contact_sealed,
            created_at: now,
        };
        if !queries::insert(conn, new).await? {
            return Ok(comment);
        }
        may_be_reported(&comment)?;
        let open = comments::queries::count_report(conn, comment.id).await?;
        changed(conn, Subject::Comment(comment.id), document.id, now).await?;
        if open == 1 {
            outbox::enqueue(conn, now, &CommentReported { comment: comment.id }).await?;
        }
        let enough = match document.report_threshold {
            Some(threshold) if open >= threshold => {
                queries::voices(conn, comment.id, open).await? >= i64::from(threshold)
            }
            _ => false,
        };
        if !enough {
            return Ok(Comment { open_reports: open, ..comment });
        }
        outbox::enqueue(conn, now, &CommentReceived { comment: comment.id }).await?;
        let note = format!("Readers have reported it: {open} since a moderator last looked.");
        let ruling = Ruling { note: Some(note), ..Ruling::plain(Decision::Withhold) };
        let (comment, _) =
            comments::actions::decide_within(conn, comment.id, Actor::System, ruling, now).await?;
        Ok(comment)
    })
    .await
}

/// What is shown can be reported; where a tombstone stands somebody has acted already.
fn may_be_reported(comment: &Comment) -> Result<()> {
    if comment.is_published() {
        return Ok(());
    }
    let message = "This comment is not shown any more, so there is nothing left to report.";
    Err(Error::refused(UserErrorCode::TargetNotFound, message, &["commentId"]))
}

fn not_there(error: Error) -> Error {
    match error {
        Error::NotFound(_) => {
            let message = "There is no such comment, or it is not shown any more.";
            Error::refused(UserErrorCode::TargetNotFound, message, &["commentId"])
        }
        other => other,
    }
}

/// What stands for somebody of this name on one comment, and on no other.
pub(super) fn reporter_hash(keys: &Keys, comment: CommentId, name: &str) -> Vec<u8> {
    let scope = [b"reports.reporter".as_slice(), comment.0.as_bytes()].concat();
    keys.lookup_hash(&scope, name)
}

/// Who reports: the account, else the address they gave, else where the request came from.
struct Person {
    name: String,
    is_known: bool,
    has_account: bool,
    origin: Vec<u8>,
}

impl Person {
    fn of(viewer: &Viewer, email: Option<&EmailAddress>) -> Self {
        let origin = viewer.origin().map(|origin| origin.0.to_vec()).unwrap_or_default();
        let account = viewer.require().ok().map(|signed_in| format!("account:{}", signed_in.account));
        let has_account = account.is_some();
        let known = account.or_else(|| email.map(|email| format!("email:{}", email.normalised())));
        let is_known = known.is_some();
        let name = known.unwrap_or_else(|| Self::place(&origin));
        Self { name, is_known, has_account, origin }
    }

    fn place(origin: &[u8]) -> String {
        format!("origin:{}", data_encoding::HEXLOWER.encode(origin))
    }

    /// What stands for them on this comment, and on no other.
    fn on(&self, keys: &Keys, comment: CommentId) -> Vec<u8> {
        reporter_hash(keys, comment, &self.name)
    }

    /// As whom their report of this comment counts: an account, which somebody had to be given, else a place, because an
    /// address can be typed by anybody.
    fn voice_on(&self, keys: &Keys, comment: CommentId) -> Vec<u8> {
        if self.has_account {
            self.on(keys, comment)
        } else {
            reporter_hash(keys, comment, &Self::place(&self.origin))
        }
    }

    /// Counts a report of theirs; `RateLimited` where they, or where they come from, have had their share.
    fn count(&self, ctx: &Context) -> Result<()> {
        let what = "Many reports have come from you in a short time.";
        ctx.limits.reports.count(&self.origin, what)?;
        if self.is_known {
            let key = ctx.vault.keys().lookup_hash(b"limits.person", &self.name);
            ctx.limits.reports.count(&key, what)?;
        }
        Ok(())
    }
}
