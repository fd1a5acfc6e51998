//! Mail to those who contribute: the receipt, the question whether an address is theirs, and replies to what they wrote.

use chrono::TimeDelta;
use diesel_async::AsyncPgConnection;

use super::{Post, draft::Draft, notices, preferences::Mailing};
use crate::{
    comments::{self, Comment, CommentState, jobs::ReplyPublished},
    context::Context,
    contributors::{
        self, Contributor, Intake, Receipt, ReceiptKind,
        jobs::{AskConfirmation, SendReceipt},
        receipts,
    },
    documents::{self, model::Document},
    error::Result,
    ids::{CommentId, ContributorId, JobId, ReceiptId, SubmissionId},
    intake,
    locale::{self, Words},
    outbox::Failure,
    phrase,
    seal::{PresentedToken, TokenKind},
    submissions,
};

/// About how many replies one address is mailed within an hour.
const REPLIES_AN_HOUR: i64 = 10;

/// A contribution, for a letter to its author.
struct Contribution {
    receipt: Receipt,
    author: Contributor,
    document: Document,
    intake: Intake,
    comment: Option<Comment>,
}

async fn contribution(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    id: ReceiptId,
) -> Result<Option<Contribution>> {
    let Some(receipt) = receipts::by_id(ctx, conn, id).await? else { return Ok(None) };
    let Some(author) = contributors::queries::by_ids(conn, &[receipt.contributor]).await?.pop() else {
        return Ok(None);
    };
    let Some(document) = documents::queries::by_ids(conn, &[author.document_id]).await?.pop() else {
        return Ok(None);
    };
    let (intake, comment) = match receipt.kind {
        ReceiptKind::Comment => {
            let found = comments::queries::by_id(conn, CommentId(receipt.subject)).await?;
            let Some(comment) = found.filter(|comment| comment.state != CommentState::Erased) else {
                return Ok(None);
            };
            (comment.intake, Some(comment))
        }
        ReceiptKind::Submission => {
            let found = submissions::queries::by_id(conn, SubmissionId(receipt.subject)).await?;
            let Some(submission) = found.filter(|submission| submission.body_sealed.is_some()) else {
                return Ok(None);
            };
            (submission.intake, None)
        }
    };
    Ok(Some(Contribution { receipt, author, document, intake, comment }))
}

/// Mails the receipt of a contribution that counts.
pub(super) async fn receipt(post: Post, id: JobId, job: SendReceipt) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let found = contribution(&post.ctx, &mut conn, job.receipt).await?;
    drop(conn);
    let Some(sent) = found.filter(|sent| sent.intake == Intake::Confirmed) else { return Ok(()) };
    let words = locale::words(&sent.document.language);
    let (kind, title) = (sent.receipt.kind.as_str(), sent.document.title.as_str());
    let state = match &sent.comment {
        Some(comment) if comment.is_published() => "PUBLISHED",
        Some(_) => "WAITS",
        None => "PRIVATE",
    };
    let mut draft = Draft::new(words, phrase!(words, "receipt-subject", kind = kind, document = title))
        .paragraph(phrase!(words, "receipt-received", kind = kind, document = title))
        .facts(vec![
            reference(words, &sent.receipt),
            (phrase!(words, "received"), words.moment(&sent.receipt.received_at)),
        ]);
    // The text of somebody whose address nobody has confirmed is not for mailing to that address: it may be a stranger's.
    if let Some(comment) = sent.comment.as_ref().filter(|_| sent.document.confirm_addresses) {
        draft = draft.quote(&comment.plain);
    }
    let letter = draft
        .paragraph(phrase!(words, "receipt-next", state = state))
        .paragraph(phrase!(words, "receipt-secret"))
        .button(phrase!(words, "receipt-open"), &sent.receipt.url(&post.ctx))
        .why(phrase!(words, "contributor-why", document = title))
        .finish()?;
    post.send_to_contributor(id, &sent.author, letter).await
}

/// Asks whether an address is theirs. The letter quotes nothing and names nobody, for it may go to a stranger.
pub(super) async fn confirmation(post: Post, id: JobId, job: AskConfirmation) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let found = contribution(&post.ctx, &mut conn, job.receipt).await?;
    drop(conn);
    let Some(sent) = found.filter(|sent| sent.intake == Intake::Unconfirmed) else { return Ok(()) };
    let until = intake::until(&post.ctx, &sent.receipt);
    if post.ctx.clock.now() >= until {
        return Ok(());
    }
    let words = locale::words(&sent.document.language);
    let (kind, title) = (sent.receipt.kind.as_str(), sent.document.title.as_str());
    let letter = Draft::new(words, phrase!(words, "confirm-subject", document = title))
        .paragraph(phrase!(words, "confirm-sent", kind = kind, document = title))
        .paragraph(phrase!(words, "confirm-until", until = words.moment(&until)))
        .facts(vec![reference(words, &sent.receipt)])
        .button(phrase!(words, "confirm-open"), &sent.receipt.confirmation_url(&post.ctx))
        .why(phrase!(words, "confirm-why", document = title))
        .finish()?;
    post.send_to_contributor(id, &sent.author, letter).await
}

/// Mails whoever wrote what a reply is to, where they asked for it: once for each reply, not about their own, and about no
/// more than so many an hour.
pub(super) async fn reply(post: Post, id: JobId, job: ReplyPublished) -> Result<(), Failure> {
    let ctx = &post.ctx;
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let found = comments::queries::by_id(&mut conn, job.comment).await?;
    let Some(reply) = found.filter(Comment::is_published) else { return Ok(()) };
    let Some(parent) = reply.parent_id else { return Ok(()) };
    let found = comments::queries::by_id(&mut conn, parent).await?;
    let Some(parent) = found.filter(Comment::is_published) else { return Ok(()) };
    let people =
        contributors::queries::by_ids(&mut conn, &[parent.contributor_id, reply.contributor_id]).await?;
    let person = |id: ContributorId| people.iter().find(|person| person.id == id);
    let (Some(author), Some(replier)) = (person(parent.contributor_id), person(reply.contributor_id)) else {
        return Ok(());
    };
    if !author.notify_of_replies || author.email_hash == replier.email_hash {
        return Ok(());
    }
    if contributors::queries::refuses_replies(&mut conn, author).await? {
        return Ok(());
    }
    // Whoever typed a stranger's address could fill their mailbox by replying. The receipt tells of every reply.
    let lately = ctx.clock.now() - TimeDelta::hours(1);
    if notices::replies_told(&mut conn, author, lately, id).await? >= REPLIES_AN_HOUR {
        return Ok(());
    }
    let Some(document) = documents::queries::by_ids(&mut conn, &[parent.document_id]).await?.pop() else {
        return Ok(());
    };
    if notices::claim(&mut conn, &[reply.id.0], id, ctx.clock.now()).await?.is_empty() {
        return Ok(());
    }
    let receipt = receipts::of(ctx, &mut conn, ReceiptKind::Comment, parent.id.0).await?;
    drop(conn);
    let words = locale::words(&document.language);
    let title = document.title.as_str();
    let stop = contributors::unsubscribe_url(ctx, author.id);
    let written = words.moment(&parent.created_at);
    let draft = Draft::new(words, phrase!(words, "reply-subject", document = title));
    // Nobody's words go to an address that nobody has confirmed: whoever typed it could send a stranger what they like.
    let draft = if document.confirm_addresses {
        let author = replier.display_name.as_str();
        draft
            .paragraph(phrase!(words, "reply-wrote", author = author, written = written))
            .quote(reply.redacted_plain.as_deref().unwrap_or(&reply.plain))
    } else {
        draft.paragraph(phrase!(words, "reply-came", written = written))
    };
    let letter = draft
        .button(phrase!(words, "receipt-open"), &receipt.url(ctx))
        .why(phrase!(words, "reply-why", document = title))
        .footer_link(phrase!(words, "reply-stop"), &stop)
        .one_click(&stop)
        .finish()?;
    post.send_to_contributor(id, author, letter).await
}

/// The reference number, as one of a letter's facts.
pub(super) fn reference(words: &Words, receipt: &Receipt) -> (String, String) {
    (phrase!(words, "reference"), receipt.reference.clone())
}

/// Whose mail about replies a token ends; nothing where it is for other mail, or for none.
async fn of_token(ctx: &Context, conn: &mut AsyncPgConnection, token: &str) -> Result<Option<Contributor>> {
    let Some(presented) = PresentedToken::parse(token.trim()) else { return Ok(None) };
    if !ctx.vault.keys().is_genuine(TokenKind::Unsubscribe, &presented, 0) {
        return Ok(None);
    }
    Ok(contributors::queries::by_ids(conn, &[ContributorId(presented.id)]).await?.pop())
}

/// What mail about replies a token is about. Nothing where it is for other mail, or for none.
pub async fn replies(ctx: &Context, token: &str) -> Result<Option<Mailing>> {
    let mut conn = ctx.db.get().await?;
    let Some(contributor) = of_token(ctx, &mut conn, token).await? else { return Ok(None) };
    let document = documents::queries::by_ids(&mut conn, &[contributor.document_id]).await?.pop();
    let document = document.map(|document| document.title);
    let stopped = contributors::queries::refuses_replies(&mut conn, &contributor).await?;
    Ok(Some(Mailing { document, stopped, replies: true }))
}

/// Ends mail about replies to whatever the holder of this token wrote about its document or will write, or lets it come
/// again. Doing it again changes nothing. Nothing where the token is for other mail, or for none.
pub async fn stop_replies(ctx: &Context, token: &str, stopped: bool) -> Result<Option<Mailing>> {
    let mut conn = ctx.db.get().await?;
    let Some(contributor) = of_token(ctx, &mut conn, token).await? else { return Ok(None) };
    contributors::queries::refuse_replies(&mut conn, &contributor, stopped).await?;
    let document = documents::queries::by_ids(&mut conn, &[contributor.document_id]).await?.pop();
    Ok(document.map(|document| Mailing { document: Some(document.title), stopped, replies: true }))
}
