//! Mail about reports and appeals: that there are some, to the moderators who can decide; and what came of them, to
//! whoever made them.

use serde::{Deserialize, Serialize};

use super::{
    Post, active,
    digests::{self, Arrival},
    draft::Draft,
    model::MailTopic,
    preferences,
};
use crate::{
    comments,
    context::Context,
    contributors::{self, Contributor, Receipt, ReceiptKind, receipts},
    db::Connection,
    documents::{self, model::Document},
    identity,
    ids::{AccountId, AppealId, CommentId, DocumentId, JobId, ReportId},
    ledger::{self, ModerationAction, Subject, SubjectKind},
    locale,
    moderation::{
        appeals::{self, Appeal},
        jobs::{AppealDecided, AppealLodged, CommentReported, ReportsClosed},
        reports::{self, model::Report},
    },
    outbox::{self, Failure, Job, Registry},
    phrase, submissions,
};

/// One reader is to be told what came of their report.
#[derive(Serialize, Deserialize)]
pub(super) struct MailReporter {
    report: ReportId,
}

impl Job for MailReporter {
    const KIND: &'static str = "notifications.mail_reporter";
}

/// One moderator is to be told of an appeal.
#[derive(Serialize, Deserialize)]
pub(super) struct MailAppeal {
    account: AccountId,
    appeal: AppealId,
}

impl Job for MailAppeal {
    const KIND: &'static str = "notifications.mail_appeal";
}

/// One moderator is to be told that readers have reported a comment.
#[derive(Serialize, Deserialize)]
pub(super) struct MailReported {
    account: AccountId,
    comment: CommentId,
}

impl Job for MailReported {
    const KIND: &'static str = "notifications.mail_reported";
}

/// Adds what is carried out here to the registry.
pub(super) fn register(post: &Post, registry: Registry) -> Registry {
    let (closed, reporter, lodged, moderator, decided) =
        (post.clone(), post.clone(), post.clone(), post.clone(), post.clone());
    let (reported, told) = (post.clone(), post.clone());
    registry
        .on(move |id, job: CommentReported| comment_reported(reported.clone(), id, job))
        .on(move |id, job: MailReported| mail_reported(told.clone(), id, job))
        .on(move |id, job: ReportsClosed| reports_closed(closed.clone(), id, job))
        .on(move |id, job: MailReporter| mail_reporter(reporter.clone(), id, job))
        .on(move |id, job: AppealLodged| appeal_lodged(lodged.clone(), id, job))
        .on(move |id, job: MailAppeal| mail_appeal(moderator.clone(), id, job))
        .on(move |id, job: AppealDecided| appeal_decided(decided.clone(), id, job))
}

/// One job for each reader who wants to be told, so that an address that refuses mail holds nobody else's up.
async fn reports_closed(post: Post, id: JobId, job: ReportsClosed) -> Result<(), Failure> {
    let mut conn = post.ctx.writer().await?;
    let answered = reports::queries::to_answer(&mut conn, job.action).await?;
    let mails = answered.into_iter().map(|report| (report.0, MailReporter { report })).collect();
    Ok(outbox::enqueue_children(&mut conn, post.ctx.clock.now(), id, mails).await?)
}

/// Tells a reader what came of their report. The letter does not quote the comment: it may be what nobody should read.
async fn mail_reporter(post: Post, id: JobId, job: MailReporter) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let Some(report) = reports::queries::by_id(&mut conn, job.report).await? else { return Ok(()) };
    let document = document_of(&mut conn, report.document_id).await?;
    drop(conn);
    let (Some(outcome), Some(sealed)) = (report.outcome, &report.contact_sealed) else { return Ok(()) };
    let address = post.ctx.vault.open_text(Report::contact_place(report.id), sealed).await?;
    let words = locale::words(&document.language);
    let title = document.title.as_str();
    let letter = Draft::new(words, phrase!(words, "report-closed-subject", document = title))
        .paragraph(phrase!(
            words,
            "report-closed-what",
            document = title,
            reported = words.moment(&report.created_at)
        ))
        .paragraph(phrase!(words, "report-closed-outcome", outcome = outcome.as_str()))
        .why(phrase!(words, "report-closed-why"))
        .finish()?;
    post.deliver(id, "", &address, letter).await.map(drop)
}

/// One job for each moderator of the document.
async fn comment_reported(post: Post, id: JobId, job: CommentReported) -> Result<(), Failure> {
    let mut conn = post.ctx.writer().await?;
    let found = comments::queries::by_id(&mut conn, job.comment).await?;
    let Some(comment) = found.filter(|comment| comment.open_reports > 0) else { return Ok(()) };
    let moderators =
        identity::queries::moderators_of(&mut conn, comment.document_id, post.ctx.clock.now()).await?;
    let mail = |account: AccountId| (account.0, MailReported { account, comment: comment.id });
    let mails = moderators.into_iter().map(mail).collect();
    Ok(outbox::enqueue_children(&mut conn, post.ctx.clock.now(), id, mails).await?)
}

/// Tells a moderator that readers have reported a comment, unless somebody has looked meanwhile or they moderate its
/// document no more. What the readers say is read at the desk.
async fn mail_reported(post: Post, id: JobId, job: MailReported) -> Result<(), Failure> {
    let Some(account) = active(&post.ctx, job.account).await? else { return Ok(()) };
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let found = comments::queries::by_id(&mut conn, job.comment).await?;
    let Some(comment) = found.filter(|comment| comment.open_reports > 0) else { return Ok(()) };
    if !identity::queries::moderators_of(&mut conn, comment.document_id, post.ctx.clock.now())
        .await?
        .contains(&account.id)
    {
        return Ok(());
    }
    let document = document_of(&mut conn, comment.document_id).await?;
    drop(conn);
    let arrival = Arrival {
        job: id,
        account: account.id,
        document: document.id,
        topic: MailTopic::Reports,
        subject: comment.id.0,
    };
    let Some(subscription) = digests::at_once(&post, arrival).await? else { return Ok(()) };
    let stop = preferences::unsubscribe_url(&post.ctx, subscription);
    let words = locale::words(&account.language);
    let title = document.title.as_str();
    let letter = Draft::new(words, phrase!(words, "reported-subject", document = title))
        .paragraph(phrase!(
            words,
            "reported-what",
            document = title,
            received = words.moment(&comment.created_at)
        ))
        .button(phrase!(words, "reported-open"), &post.ctx.link(&format!("/desk/{}", comment.id)))
        .why(phrase!(words, "moderator-why", document = title))
        .footer_link(phrase!(words, "stop-document"), &stop)
        .one_click(&stop)
        .finish()?;
    post.send(id, &account, letter).await
}

/// One job for each moderator who can decide: not the one whose decision it is about, unless there is no other.
async fn appeal_lodged(post: Post, id: JobId, job: AppealLodged) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let Some(appeal) = open_appeal(&mut conn, job.appeal).await? else { return Ok(()) };
    let contested = contested(&mut conn, &appeal).await?;
    let mut moderators =
        identity::queries::moderators_of(&mut conn, appeal.document_id, post.ctx.clock.now()).await?;
    if moderators.len() > 1 {
        moderators.retain(|account| contested.actor_id() != Some(*account));
    }
    drop(conn);
    let mail = |account: AccountId| (account.0, MailAppeal { account, appeal: appeal.id });
    let mails = moderators.into_iter().map(mail).collect();
    let mut conn = post.ctx.writer().await?;
    Ok(outbox::enqueue_children(&mut conn, post.ctx.clock.now(), id, mails).await?)
}

/// Tells a moderator of an appeal, unless it is decided by now or they moderate its document no more. What the author says is
/// read at the desk.
async fn mail_appeal(post: Post, id: JobId, job: MailAppeal) -> Result<(), Failure> {
    let Some(account) = active(&post.ctx, job.account).await? else { return Ok(()) };
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let Some(appeal) = open_appeal(&mut conn, job.appeal).await? else { return Ok(()) };
    let moderators =
        identity::queries::moderators_of(&mut conn, appeal.document_id, post.ctx.clock.now()).await?;
    if !moderators.contains(&account.id) {
        return Ok(());
    }
    let contested = contested(&mut conn, &appeal).await?;
    let document = document_of(&mut conn, appeal.document_id).await?;
    drop(conn);
    let arrival = Arrival {
        job: id,
        account: account.id,
        document: document.id,
        topic: MailTopic::Appeals,
        subject: appeal.id.0,
    };
    let Some(subscription) = digests::at_once(&post, arrival).await? else { return Ok(()) };
    let stop = preferences::unsubscribe_url(&post.ctx, subscription);
    let words = locale::words(&account.language);
    let (title, kind) = (document.title.as_str(), appeal.subject_kind.as_str());
    let own = if contested.actor_id() == Some(account.id) { "YES" } else { "NO" };
    let letter = Draft::new(words, phrase!(words, "appeal-waits-subject", document = title))
        .paragraph(phrase!(
            words,
            "appeal-waits-what",
            document = title,
            kind = kind,
            decided = words.moment(&contested.created_at)
        ))
        .paragraph(phrase!(words, "appeal-waits-who", own = own))
        .button(phrase!(words, "appeal-waits-open"), &post.ctx.link(&format!("/desk/{}", appeal.id)))
        .why(phrase!(words, "moderator-why", document = title))
        .footer_link(phrase!(words, "stop-document"), &stop)
        .one_click(&stop)
        .finish()?;
    post.send(id, &account, letter).await
}

/// Tells the author of an appeal how it was decided.
async fn appeal_decided(post: Post, id: JobId, job: AppealDecided) -> Result<(), Failure> {
    let ctx = &post.ctx;
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let Some(appeal) = appeals::queries::by_id(&mut conn, job.appeal).await? else { return Ok(()) };
    let Some(decision) = appeal.decision_id else { return Ok(()) };
    let decision = ledger::queries::by_ids(&mut conn, &[decision]).await?.pop();
    let Some((author, receipt)) = author_of(ctx, &mut conn, appeal.subject()).await? else { return Ok(()) };
    let document = document_of(&mut conn, appeal.document_id).await?;
    drop(conn);
    let words = locale::words(&document.language);
    let (title, kind) = (document.title.as_str(), appeal.subject_kind.as_str());
    let outcome = appeal.state.as_str();
    let same = if appeal.same_moderator { "YES" } else { "NO" };
    // Where the decision no longer stood, nothing came of the appeal but that it was right.
    let follows = match decision.as_ref().filter(|decision| decision.from_state != decision.to_state) {
        Some(_) if appeal.subject_kind == SubjectKind::Submission => "TAKEN_UP",
        Some(_) => "SHOWN",
        None => "NOTHING",
    };
    let mut draft =
        Draft::new(words, phrase!(words, "appeal-decided-subject", document = title, outcome = outcome))
            .paragraph(phrase!(
                words,
                "appeal-decided-what",
                document = title,
                kind = kind,
                outcome = outcome,
                lodged = words.moment(&appeal.lodged_at)
            ))
            .paragraph(phrase!(words, "appeal-decided-by", same = same));
    if follows != "NOTHING" {
        draft = draft.paragraph(phrase!(words, "appeal-decided-follows", follows = follows));
    }
    if let Some(statement) = decision.as_ref().and_then(ModerationAction::statement) {
        draft = draft.paragraph(phrase!(words, "appeal-decided-statement")).whole(statement);
    }
    let letter = draft
        .button(phrase!(words, "appeal-decided-open"), &ctx.link(&format!("/receipts/{}", receipt.token)))
        .why(phrase!(words, "appeal-decided-why", document = title))
        .finish()?;
    post.send_to_contributor(id, &author, letter).await
}

/// The appeal, if it still waits for somebody to decide.
async fn open_appeal(conn: &mut Connection, id: AppealId) -> Result<Option<Appeal>, Failure> {
    Ok(appeals::queries::by_id(conn, id).await?.filter(Appeal::is_open))
}

async fn contested(conn: &mut Connection, appeal: &Appeal) -> Result<ModerationAction, Failure> {
    let found = ledger::queries::by_ids(conn, &[appeal.action_id]).await?.pop();
    found.ok_or_else(|| Failure::GiveUp("the decision is gone".into()))
}

async fn author_of(
    ctx: &Context,
    conn: &mut Connection,
    subject: Subject,
) -> Result<Option<(Contributor, Receipt)>, Failure> {
    let (kind, contributor) = match subject {
        Subject::Comment(id) => {
            let found = comments::queries::by_id(conn, id).await?;
            (ReceiptKind::Comment, found.map(|comment| comment.contributor_id))
        }
        Subject::Submission(id) => {
            let found = submissions::queries::by_id(conn, id).await?;
            (ReceiptKind::Submission, found.map(|submission| submission.contributor_id))
        }
    };
    let Some(contributor) = contributor else { return Ok(None) };
    let Some(author) = contributors::queries::by_ids(conn, &[contributor]).await?.pop() else {
        return Ok(None);
    };
    Ok(Some((author, receipts::of(ctx, conn, kind, subject.id()).await?)))
}

async fn document_of(conn: &mut Connection, id: DocumentId) -> Result<Document, Failure> {
    let found = documents::queries::by_ids(conn, &[id]).await?.pop();
    found.ok_or_else(|| Failure::GiveUp("the document is gone".into()))
}
