//! Mail to the moderators of a document when something waits for them: one job fans out into one for each moderator, so
//! that an address that refuses mail holds nobody else's up.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Post, action_links, active,
    digests::{self, Arrival},
    draft::Letter,
    letters,
    model::MailTopic,
    preferences,
};
use crate::{
    comments::{self, Comment, CommentState, jobs::CommentReceived},
    context::Context,
    contributors,
    documents::{self, model::Document},
    identity::{self, Account},
    ids::{AccountId, CommentId, DocumentId, JobId, SubmissionId},
    locale,
    outbox::{self, Failure, Job},
    seal,
    submissions::{self, Submission, jobs::SubmissionReceived},
};

/// Something that waits.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Item {
    Comment(CommentId),
    Submission(SubmissionId),
}

/// One moderator is to be told of one item.
#[derive(Serialize, Deserialize)]
pub(super) struct MailModerator {
    account: AccountId,
    item: Item,
}

impl Job for MailModerator {
    const KIND: &'static str = "notifications.mail_moderator";
}

/// One administrator is to be told that nobody moderates a document in which something waits.
#[derive(Serialize, Deserialize)]
pub(super) struct MailAdministrator {
    account: AccountId,
    document: DocumentId,
}

impl Job for MailAdministrator {
    const KIND: &'static str = "notifications.mail_administrator";
}

pub(super) async fn comment_received(post: Post, id: JobId, job: CommentReceived) -> Result<(), Failure> {
    let found =
        comments::queries::by_id(&mut *post.ctx.db.get().await.map_err(Failure::from)?, job.comment).await?;
    match found.filter(waits) {
        Some(comment) => fan_out(&post.ctx, id, comment.document_id, Item::Comment(comment.id)).await,
        None => Ok(()),
    }
}

pub(super) async fn submission_received(
    post: Post,
    id: JobId,
    job: SubmissionReceived,
) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let found = submissions::queries::by_id(&mut conn, job.submission).await?;
    drop(conn);
    match found.filter(Submission::waits) {
        Some(submission) => {
            fan_out(&post.ctx, id, submission.document_id, Item::Submission(submission.id)).await
        }
        None => Ok(()),
    }
}

/// Whether a moderator is still to look at a comment, before or after it could be seen.
pub(super) fn waits(comment: &Comment) -> bool {
    comment.waits() || comment.state == CommentState::Published && comment.reviewed_at.is_none()
}

async fn fan_out(ctx: &Context, parent: JobId, document: DocumentId, item: Item) -> Result<(), Failure> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let moderators = identity::queries::moderators_of(&mut conn, document, ctx.clock.now()).await?;
    if moderators.is_empty() {
        // Left unread is what must not happen: those who can invite somebody are told, once a day for each document.
        let administrators = identity::queries::administrators(&mut conn, now).await?;
        let mails = administrators.into_iter().map(|account| {
            let day = seal::digest(&[account.0.as_bytes(), now.date_naive().to_string().as_bytes()]);
            (Uuid::from_slice(&day[..16]).unwrap_or(account.0), MailAdministrator { account, document })
        });
        outbox::enqueue_children(&mut conn, now, JobId(document.0), mails.collect()).await?;
        return Ok(());
    }
    let mails = moderators.into_iter().map(|account| (account.0, MailModerator { account, item }));
    outbox::enqueue_children(&mut conn, now, parent, mails.collect()).await?;
    Ok(())
}

/// Tells an administrator that nobody moderates a document, unless somebody does by now.
pub(super) async fn mail_administrator(post: Post, id: JobId, job: MailAdministrator) -> Result<(), Failure> {
    let Some(account) = active(&post.ctx, job.account).await? else { return Ok(()) };
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    if !identity::queries::moderators_of(&mut conn, job.document, post.ctx.clock.now()).await?.is_empty() {
        return Ok(());
    }
    let document = document_of(&mut conn, job.document).await?;
    drop(conn);
    let link = post.ctx.link("/explorer");
    let words = locale::words(&account.language);
    let letter = letters::unmoderated(words, &document.title, &document.id.to_string(), &link)?;
    post.send(id, &account, letter).await
}

pub(super) async fn mail(post: Post, id: JobId, job: MailModerator) -> Result<(), Failure> {
    let Some(account) = active(&post.ctx, job.account).await? else { return Ok(()) };
    let Some(waiting) = still_waiting(&post.ctx, job.account, job.item).await? else { return Ok(()) };
    let (document, topic, subject) = match &waiting {
        Waiting::Comment(comment) => (comment.document_id, MailTopic::WaitingComments, comment.id.0),
        Waiting::Submission(submission) => (submission.document_id, MailTopic::Submissions, submission.id.0),
    };
    let arrival = Arrival { job: id, account: account.id, document, topic, subject };
    let Some(subscription) = digests::at_once(&post, arrival).await? else { return Ok(()) };
    let stop = preferences::unsubscribe_url(&post.ctx, subscription);
    let letter = match waiting {
        Waiting::Comment(comment) => about_comment(&post.ctx, id, &account, &comment, &stop).await?,
        Waiting::Submission(submission) => about_submission(&post.ctx, &account, &submission, &stop).await?,
    };
    post.send(id, &account, letter).await
}

/// An item as it is when its mail is written.
enum Waiting {
    Comment(Comment),
    Submission(Submission),
}

/// The item; nothing if it waits no more, or the account no longer moderates its document.
async fn still_waiting(ctx: &Context, account: AccountId, item: Item) -> Result<Option<Waiting>, Failure> {
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let found = match item {
        Item::Comment(id) => {
            let found = comments::queries::by_id(&mut conn, id).await?.filter(waits);
            found.map(|comment| (comment.document_id, Waiting::Comment(comment)))
        }
        Item::Submission(id) => {
            let found = submissions::queries::by_id(&mut conn, id).await?.filter(Submission::waits);
            found.map(|submission| (submission.document_id, Waiting::Submission(submission)))
        }
    };
    let Some((document, waiting)) = found else { return Ok(None) };
    let moderators = identity::queries::moderators_of(&mut conn, document, ctx.clock.now()).await?;
    Ok(moderators.contains(&account).then_some(waiting))
}

/// The letter about a comment, with the links that decide on it as it is now.
async fn about_comment(
    ctx: &Context,
    job: JobId,
    account: &Account,
    comment: &Comment,
    stop: &str,
) -> Result<Letter, Failure> {
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let author = contributors::queries::by_ids(&mut conn, &[comment.contributor_id]).await?.pop();
    let document = document_of(&mut conn, comment.document_id).await?;
    let sections = documents::queries::sections(&mut conn, &[document.id]).await?.remove(&document.id);
    let section = comment.section_id.and_then(|id| {
        sections.unwrap_or_default().into_iter().find(|section| section.id == id).map(|section| match section
            .number
        {
            Some(number) => format!("{number} {}", section.title),
            None => section.title,
        })
    });
    let decide = action_links::make(ctx, &mut conn, job, account.id, &[comment]).await?.remove(&comment.id);
    let author = author.map(|author| author.display_name).unwrap_or_default();
    let desk = ctx.link(&format!("/desk/{}", comment.id));
    let links = letters::Links { desk: &desk, decide: decide.as_deref(), stop };
    let words = locale::words(&account.language);
    letters::comment_waits(words, &document.title, section.as_deref(), &author, comment, links)
}

/// The letter about a submission.
async fn about_submission(
    ctx: &Context,
    account: &Account,
    submission: &Submission,
    stop: &str,
) -> Result<Letter, Failure> {
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let document = document_of(&mut conn, submission.document_id).await?;
    let desk = ctx.link(&format!("/desk/{}", submission.id));
    let links = letters::Links { desk: &desk, decide: None, stop };
    let words = locale::words(&account.language);
    letters::submission_waits(words, &document.title, submission.created_at, links)
}

async fn document_of(conn: &mut crate::db::Connection, id: DocumentId) -> Result<Document, Failure> {
    let found = documents::queries::by_ids(conn, &[id]).await?.pop();
    found.ok_or_else(|| Failure::GiveUp("the document is gone".into()))
}
