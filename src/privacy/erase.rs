//! Erasing what is held about somebody, because they ask for it. It cannot be taken back, so it is first said what would go,
//! and done only when that is confirmed. Each contribution is erased in a transaction of its own: broken off half-way, what is
//! left is erased when it is asked for again.

use diesel_async::AsyncConnection;

use super::person::{self, Held, Whose};
use crate::{
    attachments,
    comments::{self, CommentState},
    context::Context,
    contributors::{Receipt, ReceiptKind, receipts},
    error::{Error, Result},
    identity::Viewer,
    ids::{CommentId, DocumentId, SubmissionId},
    ledger::{Actor, Decision, Ruling, Subject},
    moderation::{
        appeals::{self, actions::subject_of},
        reports,
    },
    submissions::{self, model::SubmissionState},
};

/// What would be lost, or was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Comments.
    pub comments: usize,
    /// Of these, how many others can read.
    pub published: usize,
    /// Submissions.
    pub submissions: usize,
    /// Earlier wordings of them.
    pub earlier_texts: usize,
    /// Files that are part of them.
    pub files: usize,
    /// Appeals.
    pub appeals: usize,
    /// Reports of others' comments.
    pub reports: usize,
}

/// Says what would go, and, where it is confirmed, erases it.
pub async fn erase(ctx: &Context, viewer: &Viewer, whose: &Whose, confirm: bool) -> Result<Loss> {
    let held = person::find(ctx, viewer, whose).await?;
    let loss = loss(ctx, &held).await?;
    if confirm {
        for receipt in &held.receipts {
            one(ctx, subject_of(receipt), Actor::Author).await?;
        }
        let ids: Vec<_> = held.reports.iter().map(|report| report.id).collect();
        reports::mine::erase(&mut *ctx.db.get().await?, &ids).await?;
    }
    Ok(loss)
}

/// What somebody else is asked to erase.
#[derive(Clone)]
pub enum Target {
    /// The contribution itself.
    Item(Subject),
    /// The reference number of its receipt.
    Reference(String),
}

/// The same on behalf of a person who asked for it, by a moderator of the document or an administrator: one contribution,
/// with a record of who did it. `NotFound` for everybody else.
pub async fn erase_for(
    ctx: &Context,
    viewer: &Viewer,
    target: &Target,
    confirm: bool,
) -> Result<(Subject, Loss)> {
    let account = viewer.require()?.account;
    let missing = || Error::missing("contribution");
    let mut conn = ctx.db.get().await?;
    let subject = match target {
        Target::Item(subject) => *subject,
        Target::Reference(reference) => {
            subject_of(&receipts::named(ctx, &mut conn, reference).await?.ok_or_else(missing)?)
        }
    };
    let document = document_of(&mut conn, subject).await?.ok_or_else(missing)?;
    if !viewer.moderates(document) && viewer.require_administrator().is_err() {
        return Err(missing());
    }
    let kind = match subject {
        Subject::Comment(_) => ReceiptKind::Comment,
        Subject::Submission(_) => ReceiptKind::Submission,
    };
    let receipt = receipts::of(ctx, &mut conn, kind, subject.id()).await?;
    let document = crate::documents::queries::by_ids(&mut conn, &[document]).await?.pop();
    drop(conn);
    let held = Held { document: document.ok_or_else(missing)?, receipts: vec![receipt], reports: Vec::new() };
    let loss = loss(ctx, &held).await?;
    if confirm {
        one(ctx, subject, Actor::Moderator(account)).await?;
    }
    Ok((subject, loss))
}

/// Erases one contribution with all that hangs on it. What is erased already stays as it is.
async fn one(ctx: &Context, subject: Subject, actor: Actor) -> Result<()> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        // The contribution is locked before anything of it goes: an appeal that was being lodged is there by then, and one
        // that comes later finds the contribution erased.
        match subject {
            Subject::Comment(id) => {
                let found = comments::queries::lock(conn, id).await?;
                let found = found.ok_or_else(|| Error::missing("comment"))?;
                appeals::erase::erase_within(conn, subject).await?;
                if found.state != CommentState::Erased {
                    let ruling = Ruling::plain(Decision::Erase);
                    comments::actions::decide_within(conn, id, actor, ruling, now).await?;
                }
            }
            Subject::Submission(id) => {
                submissions::queries::lock(conn, id).await?;
                appeals::erase::erase_within(conn, subject).await?;
                submissions::actions::erase_within(conn, id, actor, now).await?;
            }
        }
        Ok(())
    })
    .await
}

async fn document_of(
    conn: &mut diesel_async::AsyncPgConnection,
    subject: Subject,
) -> Result<Option<DocumentId>> {
    Ok(match subject {
        Subject::Comment(id) => comments::queries::by_id(conn, id).await?.map(|row| row.document_id),
        Subject::Submission(id) => submissions::queries::by_id(conn, id).await?.map(|row| row.document_id),
    })
}

async fn loss(ctx: &Context, held: &Held) -> Result<Loss> {
    let mut conn = ctx.db.get().await?;
    let (comments, submissions) = parted(&held.receipts);
    let comments = comments::queries::by_ids(&mut conn, &comments).await?;
    let comments: Vec<_> = comments.iter().filter(|row| row.state != CommentState::Erased).collect();
    let submissions = submissions::queries::by_ids(&mut conn, &submissions).await?;
    let submissions: Vec<_> = submissions.iter().filter(|row| row.state != SubmissionState::Erased).collect();
    let comment_ids: Vec<_> = comments.iter().map(|row| row.id).collect();
    let submission_ids: Vec<_> = submissions.iter().map(|row| row.id).collect();
    let earlier = comments::queries::earlier(&mut conn, &comment_ids).await?.len()
        + submissions::queries::earlier(&mut conn, &submission_ids).await?.len();
    let subjects: Vec<Subject> = comment_ids
        .iter()
        .map(|id| Subject::Comment(*id))
        .chain(submission_ids.iter().map(|id| Subject::Submission(*id)))
        .collect();
    let files = attachments::queries::of_submissions(&mut conn, &submission_ids).await?.len();
    let appeals = appeals::erase::about(&mut conn, &subjects).await?;
    Ok(Loss {
        comments: comments.len(),
        published: comments.iter().filter(|row| row.is_published()).count(),
        submissions: submissions.len(),
        earlier_texts: earlier,
        files,
        appeals: appeals.iter().filter(|appeal| appeal.text_sealed.is_some()).count(),
        reports: held.reports.len(),
    })
}

/// What receipts are for, by kind.
pub(super) fn parted(receipts: &[Receipt]) -> (Vec<CommentId>, Vec<SubmissionId>) {
    let (mut comments, mut submissions) = (Vec::new(), Vec::new());
    for receipt in receipts {
        match subject_of(receipt) {
            Subject::Comment(id) => comments.push(id),
            Subject::Submission(id) => submissions.push(id),
        }
    }
    (comments, submissions)
}
