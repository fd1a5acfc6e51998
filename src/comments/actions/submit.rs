//! Sending a comment.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::Serialize;

use crate::{
    comments::{
        actions::{decide_within, noted, reply_published},
        jobs::CommentReceived,
        model::{Comment, CommentState},
        policy,
        queries::{self, Counted, NewComment},
    },
    context::Context,
    contributors::{self, Author, Intake, Receipt, ReceiptKind, receipts},
    documents::{
        self,
        model::{Document, ModerationMode},
    },
    error::{Error, Result, UserErrorCode},
    idempotency::{Claim, Claimed},
    identity::Viewer,
    ids::{AnyId, CommentId, DocumentId, SectionId, SectionRevisionId},
    ledger::{Actor, Decision, Ruling, Subject, SubjectKind},
    markup::{self, Markup},
    outbox,
    rules::{self, Arrival, Filled},
    text,
};

/// A comment as it is sent.
#[derive(Serialize)]
pub struct SubmitComment {
    /// What it is about: the id of a document, of a section, or of the comment it replies to.
    #[serde(serialize_with = "as_text")]
    pub target: AnyId,
    /// Who writes.
    pub author: Author,
    /// The text, in the small Markdown of comments.
    pub body: String,
    /// Whether the author wants to know when somebody replies.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub notify_of_replies: bool,
    /// The token of the form it was written in.
    #[serde(skip)]
    pub form_token: Option<String>,
    /// With a key, the same comment sent twice is kept once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

fn as_text<S: serde::Serializer>(id: &AnyId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// What a sent comment became.
pub struct Submitted {
    /// The comment.
    pub comment: Comment,
    /// What its author keeps.
    pub receipt: Receipt,
}

/// Where a comment is to stand.
pub(super) struct Place {
    pub document: Document,
    section: Option<(SectionId, SectionRevisionId)>,
    parent: Option<Comment>,
}

/// Keeps a comment and gives its receipt. Refused with everything the sender can put right.
pub async fn submit(ctx: &Context, viewer: &Viewer, input: SubmitComment) -> Result<Submitted> {
    let mut problems = Vec::new();
    let body = text::body(&mut problems, &input.body, text::MAX_COMMENT, &["body"]);
    let author = input.author.check(&mut problems);
    let Some(author) = author.filter(|_| problems.is_empty()) else { return Err(Error::Refused(problems)) };
    let shown = markup::comment_markup(&body);
    text::shows(&mut problems, &shown.plain, &["body"]);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let claim = input
        .idempotency_key
        .as_ref()
        .map(|key| Claim::new(ctx.vault.keys(), "submitComment", key, &input))
        .transpose()?;
    // Before anything else is looked at: what was taken once is answered again whatever has changed meanwhile.
    if let Some(claim) = &claim {
        let mut conn = ctx.db.get().await?;
        if let Some(subject) = claim.find(&mut conn).await? {
            return submitted_before(ctx, &mut conn, CommentId(subject)).await;
        }
    }
    let place = locate(ctx, viewer, input.target).await?;
    let document = place.document.id;
    let key = contributors::contact_key(ctx, document).await?;
    let now = ctx.clock.now();
    // Asked again in the transaction; nobody outside is asked about what is not taken.
    documents::policy::takes_contributions(&place.document, now, &["targetId"])?;
    contributors::count(ctx, &author)?;
    let filled = rules::form::filled(ctx.vault.keys(), document, input.form_token.as_deref(), now);
    let arrived = Arrival { filled, ..arrival(document, &body, &shown) };
    let assessed = rules::assess(ctx, &arrived).await?;
    let id = CommentId::new(now);
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if let Some(claim) = claim
            && let Claimed::Before(subject) = claim.take(conn, id.0, now).await?
        {
            return submitted_before(ctx, conn, CommentId(subject)).await;
        }
        documents::policy::takes_contributions(&place.document, now, &["targetId"])?;
        let intake = Intake::at_first(place.document.confirm_addresses);
        let contributor = contributors::record(ctx, conn, &key, document, &author, now).await?;
        if input.notify_of_replies {
            contributors::queries::want_replies(conn, contributor).await?;
        }
        let verdict = assessed.settle(conn, Subject::Comment(id), contributor, now).await?;
        let published = place.document.moderation == ModerationMode::Post
            && intake == Intake::Confirmed
            && !verdict.withhold;
        let new = NewComment {
            id,
            document_id: document,
            section_id: place.section.map(|(section, _)| section),
            revision_id: place.section.map(|(_, revision)| revision),
            parent_id: place.parent.as_ref().map(|parent| parent.id),
            root_id: place.parent.as_ref().map_or(id, |parent| parent.root_id),
            depth: place.parent.as_ref().map_or(0, |parent| parent.depth + 1),
            contributor_id: contributor,
            markdown: &body,
            html: &shown.html,
            plain: &shown.plain,
            state: if published { CommentState::Published } else { CommentState::Pending },
            intake,
            published_at: published.then_some(now),
            created_at: now,
        };
        let comment = queries::insert(conn, new).await?;
        // The parent's row is share-locked by now: what was decided about it meanwhile is seen, and nothing comes after.
        if let Some(parent) = comment.parent_id {
            let parent = queries::by_id(conn, parent).await?;
            may_be_replied_to(&parent.ok_or_else(|| not_there("The comment you reply to is not there."))?)?;
        }
        let mut counted = Counted::default();
        counted.add_new(&comment);
        counted.apply(conn).await?;
        let receipt = receipts::give(ctx, conn, ReceiptKind::Comment, id.0, contributor, intake, now).await?;
        if intake == Intake::Confirmed {
            outbox::enqueue(conn, now, &CommentReceived { comment: id }).await?;
        }
        reply_published(conn, None, &comment, now).await?;
        noted(conn, None, &comment, now).await?;
        if verdict.withhold {
            let withhold = Ruling::plain(Decision::Withhold);
            let (comment, _) = decide_within(conn, id, Actor::Rule, withhold, now).await?;
            return Ok(Submitted { comment, receipt });
        }
        Ok(Submitted { comment, receipt })
    })
    .await
}

/// A comment's text as rules look at it.
pub(super) fn arrival<'a>(document: DocumentId, markdown: &'a str, shown: &'a Markup) -> Arrival<'a> {
    let Markup { html, plain } = shown;
    Arrival { kind: SubjectKind::Comment, document, markdown, html, plain, filled: Filled::Apart }
}

async fn submitted_before(ctx: &Context, conn: &mut AsyncPgConnection, id: CommentId) -> Result<Submitted> {
    let comment = queries::by_id(conn, id).await?.ok_or_else(|| Error::missing("comment"))?;
    let receipt = receipts::of(ctx, conn, ReceiptKind::Comment, id.0).await?;
    Ok(Submitted { comment, receipt })
}

/// Finds what the comment is about, as the sender may see it.
pub(super) async fn locate(ctx: &Context, viewer: &Viewer, target: AnyId) -> Result<Place> {
    let mut conn = ctx.db.get().await?;
    let (document, section, parent) = match target {
        AnyId::DocumentId(document) => (document, None, None),
        AnyId::SectionId(section) => {
            let found = documents::queries::published_revision(&mut conn, section).await?;
            let (document, revision) =
                found.ok_or_else(|| not_there("There is no such section in any document you can see."))?;
            (document, Some((section, revision)), None)
        }
        AnyId::CommentId(comment) => {
            let parent = queries::by_id(&mut conn, comment).await?.filter(|parent| parent.visible);
            let parent = parent.ok_or_else(|| not_there("The comment you reply to is not there."))?;
            may_be_replied_to(&parent)?;
            if let Some(section) = parent.section_id
                && documents::queries::published_revision(&mut conn, section).await?.is_none()
            {
                let message =
                    "The section that this conversation is about is no longer part of the document.";
                return Err(Error::refused(UserErrorCode::NotReplyable, message, &["targetId"]));
            }
            let section = parent.section_id.zip(parent.revision_id);
            (parent.document_id, section, Some(parent))
        }
        other => {
            return Err(Error::BadRequest(format!(
                "A comment is about a document, a section or another comment; `targetId` is an id of type `{}`.",
                other.prefix()
            )));
        }
    };
    let found = documents::queries::by_ids(&mut conn, &[document]).await?.pop();
    let document = documents::policy::readable(viewer, found)
        .map_err(|_| not_there("There is no such document, or it is not published."))?;
    Ok(Place { document, section, parent })
}

fn may_be_replied_to(parent: &Comment) -> Result<()> {
    let refuse = |message: &str| Err(Error::refused(UserErrorCode::NotReplyable, message, &["targetId"]));
    if !parent.is_published() {
        return refuse("The comment you reply to is not shown any more, so it takes no replies.");
    }
    if parent.depth + 1 > policy::MAX_DEPTH {
        return refuse(
            "This conversation is as deep as it can be shown. Reply to the comment above it instead.",
        );
    }
    Ok(())
}

fn not_there(message: &str) -> Error {
    Error::refused(UserErrorCode::TargetNotFound, message, &["targetId"])
}
