//! Comments in the API.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    contributors::{AuthorInput, Contributor, Receipt},
    desk::{Claim, claim_on},
    documents::{Document, owning, section_where},
    errors::{Result, UserError, outcome},
    loaders::{self, ActionsOn, CommentPage, EarlierComment, ListLength},
    moderation::{ModerationAction, actions_on},
    paging::{PageArgs, Total, TotalCount, connection, id},
    reports::{Report, reports_on},
    rules::{EarlierText, RuleFinding, SimilarGroup, findings_in, similar_to},
    sections::Section,
    statements::{StatementOfReasons, statements_on},
    text::{Text, give},
    time::DateTime,
};
use crate::{
    comments::{
        self,
        actions::{ModerateComment, SubmitComment},
        model::{self, CommentState},
        policy::{self, Access},
        queries::{Key, Shelf},
    },
    contributors::Intake,
    error::Error,
    identity::Viewer,
    ids::AnyId,
    ledger::{Decision, Reason, Ruling, Subject},
};

pub(super) struct Comment {
    row: model::Comment,
    access: Access,
}

impl Comment {
    /// The comment as one who may look at it with this access sees it.
    pub(super) fn new(row: model::Comment, access: Access) -> Self {
        Self { row, access }
    }

    /// The comment as the viewer sees it; nothing where it is not there for them.
    pub(super) fn seen(ctx: &Context<'_>, row: model::Comment) -> Option<Self> {
        let access = policy::access(ctx.data_unchecked::<Viewer>(), &row)?;
        Some(Self { row, access })
    }

    fn for_moderators(&self, ctx: &Context<'_>) -> Result<()> {
        if self.access == Access::Moderator {
            return Ok(());
        }
        ctx.data_unchecked::<Viewer>().require()?;
        Err(Error::Forbidden("Only a moderator of this document may read this.".into()).into())
    }
}

/// A public remark on a document or section, or a reply to another. Where one that was public is not shown any more, a tombstone stands in its place: state and reason, but no author and no text.
#[Object]
impl Comment {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.row.id)
    }

    /// The document it is about.
    async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        owning(ctx, self.row.document_id).await
    }

    /// The section it is about; nothing where it is about the document as a whole, or the section is gone.
    async fn section(&self, ctx: &Context<'_>) -> Result<Option<Section>> {
        let Some(section) = self.row.section_id else { return Ok(None) };
        section_where(ctx, self.row.document_id, |found| found.id == section).await
    }

    /// The comment it replies to.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        let Some(parent) = self.row.parent_id else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(parent).await?.and_then(|row| Comment::seen(ctx, row)))
    }

    /// How many replies up its conversation it is; 0 for the one that began it.
    async fn depth(&self) -> i32 {
        self.row.depth
    }

    /// Who wrote it; nothing for a tombstone.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Contributor>> {
        if !policy::may_read_text(self.access, &self.row) {
            return Ok(None);
        }
        let found = loaders::of(ctx).load_one(self.row.contributor_id).await?;
        Ok(found.map(Contributor))
    }

    /// Its text; nothing for a tombstone. Where passages were cut each is marked by `[…]`.
    async fn body(&self) -> Option<Text> {
        let row = &self.row;
        policy::may_read_text(self.access, row).then(|| Text {
            markdown: row.redacted_markdown.as_ref().unwrap_or(&row.markdown).clone(),
            html: row.redacted_html.as_ref().unwrap_or(&row.html).clone(),
            plain: row.redacted_plain.as_ref().unwrap_or(&row.plain).clone(),
        })
    }

    /// Whether a moderator has cut passages from it.
    async fn redacted(&self) -> bool {
        self.row.is_redacted()
    }

    /// Its whole text, as it was sent. For moderators of the document.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn original(&self, ctx: &Context<'_>) -> Result<Option<Text>> {
        self.for_moderators(ctx)?;
        Ok(Some(Text {
            markdown: self.row.markdown.clone(),
            html: self.row.html.clone(),
            plain: self.row.plain.clone(),
        }))
    }

    /// Where it stands.
    async fn state(&self) -> CommentState {
        self.row.state
    }

    /// On which ground it was rejected or hidden.
    async fn reason(&self) -> Option<Reason> {
        self.row.reason
    }

    /// What its author was told about that. For its author, by the receipt, and moderators of the document; nothing for others.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn statement(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let shown = self.row.statement.as_deref().filter(|_| self.access >= Access::Holder);
        shown.map(|statement| give(ctx, statement)).transpose()
    }

    /// The reasons that were given for each decision against it, earliest first. For its author, by the receipt, and moderators of the document; nothing for others.
    async fn statements_of_reasons(&self, ctx: &Context<'_>) -> Result<Option<Vec<StatementOfReasons>>> {
        if self.access < Access::Holder {
            return Ok(None);
        }
        Ok(Some(statements_on(ctx, Subject::Comment(self.row.id), self.access, None).await?))
    }

    /// Rises by one with every change; a moderator's decision names the version it was made on.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was received.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// When it was first shown to everybody.
    async fn published_at(&self) -> Option<DateTime> {
        self.row.published_at.map(Into::into)
    }

    /// When its author last changed it.
    async fn amended_at(&self) -> Option<DateTime> {
        self.row.amended_at.map(Into::into)
    }

    /// Since when a moderator waits for another wording. For its author, by the receipt, and moderators of the document; nothing for others.
    async fn changes_requested_at(&self) -> Option<DateTime> {
        self.row.changes_requested_at.filter(|_| self.access >= Access::Holder).map(Into::into)
    }

    /// Whether its author's address has been confirmed.
    async fn intake(&self) -> Intake {
        self.row.intake
    }

    /// How many readers have reported it since a moderator last looked. For moderators of the document.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn open_reports(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        self.for_moderators(ctx)?;
        Ok(Some(self.row.open_reports))
    }

    /// What readers have reported about it, earliest first. For moderators of the document.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, Report, TotalCount>>> {
        self.for_moderators(ctx)?;
        Ok(Some(reports_on(ctx, self.row.id, PageArgs { first, after, last, before }).await?))
    }

    /// When a moderator looked at it. For moderators of the document.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn reviewed_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        self.for_moderators(ctx)?;
        Ok(self.row.reviewed_at.map(Into::into))
    }

    /// How many replies it has directly, tombstones included.
    async fn reply_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let key = ListLength { shelf: Shelf::Replies, owner: self.row.id.0 };
        Ok(loaders::of(ctx).load_one(key).await?.unwrap_or(0))
    }

    /// The replies to it, earliest first.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, Comment, TotalCount>> {
        comments_on(ctx, Shelf::Replies, self.row.id.0, PageArgs { first, after, last, before }).await
    }

    /// Which moderator is at work on it. For moderators of the document.
    async fn claim(&self, ctx: &Context<'_>) -> Result<Option<Claim>> {
        self.for_moderators(ctx)?;
        claim_on(ctx, self.row.id.0, self.row.version).await
    }

    /// How it read before its author changed it, the earliest text first. For its author, by the receipt, and moderators of the document; nothing for others.
    async fn history(&self, ctx: &Context<'_>) -> Result<Option<Vec<EarlierText>>> {
        if self.access < Access::Holder {
            return Ok(None);
        }
        let found = loaders::of(ctx).load_one(EarlierComment(self.row.id)).await?.unwrap_or_default();
        Ok(Some(found.to_vec()))
    }

    /// What the rules of the document found in it, in the order they found it. For moderators of the document.
    async fn findings(&self, ctx: &Context<'_>) -> Result<Option<Vec<RuleFinding>>> {
        self.for_moderators(ctx)?;
        Ok(Some(findings_in(ctx, Subject::Comment(self.row.id)).await?))
    }

    /// The contributions to the document that say nearly the same, itself included; nothing where no other does. For moderators of the document.
    async fn similar(&self, ctx: &Context<'_>) -> Result<Option<SimilarGroup>> {
        self.for_moderators(ctx)?;
        similar_to(ctx, Subject::Comment(self.row.id)).await
    }

    /// What was decided about it, earliest first. For moderators of the document.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn actions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, ModerationAction, TotalCount>>> {
        self.for_moderators(ctx)?;
        let key = ActionsOn(Subject::Comment(self.row.id));
        Ok(Some(actions_on(ctx, key, PageArgs { first, after, last, before }).await?))
    }
}

/// A page of the comments of one owner.
pub(super) async fn comments_on(
    ctx: &Context<'_>,
    shelf: Shelf,
    owner: uuid::Uuid,
    args: PageArgs,
) -> Result<Connection<String, Comment, TotalCount>> {
    let list = match shelf {
        Shelf::Section(order) | Shelf::Document(order) => order.as_str(),
        Shelf::Replies => "REPLIES",
    };
    let window = args.window::<(i32, crate::ids::CommentId)>(list)?.map(|(replies, id)| Key { replies, id });
    let key = CommentPage { shelf, owner, window };
    let page = loaders::of(ctx).load_one(key).await?.unwrap_or_default();
    let viewer = ctx.data_unchecked::<Viewer>();
    // Everything listed is visible to readers; a moderator sees more of it.
    let access = |row: &model::Comment| policy::access(viewer, row).unwrap_or(Access::Public);
    Ok(connection(
        list,
        page,
        |listed| (listed.key().replies, listed.key().id),
        |listed| {
            let access = access(&listed.comment);
            Comment::new(listed.comment, access)
        },
        Total::Comments(shelf, owner),
    ))
}

/// A comment as it is sent.
#[derive(InputObject)]
struct SubmitCommentInput {
    /// What it is about: the id of a document, of a section, or of the comment it replies to.
    target_id: ID,
    /// Who writes.
    author: AuthorInput,
    /// The text: up to 10,000 characters of simple Markdown (paragraphs, emphasis, lists, quotations, links).
    body: String,
    /// Whether its author is mailed when somebody replies; each such mail has a link that ends them.
    notify_of_replies: Option<bool>,
    /// What `Document.formToken` was when the form was shown. A document can have a rule that wants it.
    form_token: Option<String>,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it is kept once and gets the same answer.
    idempotency_key: Option<String>,
}

/// What a sent comment became.
#[derive(SimpleObject)]
struct SubmitCommentPayload {
    /// The comment, as its author sees it.
    comment: Option<Comment>,
    /// What its author keeps: show it, it is not given again.
    receipt: Option<Receipt>,
    /// What has to be put right; then nothing was kept.
    errors: Vec<UserError>,
}

/// What a moderator can decide about a comment.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommentDecision {
    /// Publish it; or, where it was published without a look, say that it has been looked at.
    Approve,
    /// Publish it without the passages named in `cuts`, or cut them from what is public. Needs a reason and a statement.
    Redact,
    /// Do not publish it. Needs a reason and a statement.
    Reject,
    /// Ask its author for another wording: needs a statement. It waits for the author, and comes back when they have changed it.
    RequestChanges,
    /// Do not show it any more; a tombstone stays. Needs a reason and a statement.
    Hide,
    /// Take a decision against it back: what was hidden is shown, what was rejected waits again.
    Restore,
    /// Say that a comment published without a look has been looked at.
    MarkReviewed,
    /// What readers reported is no reason to act.
    DismissReports,
}

impl From<CommentDecision> for Decision {
    fn from(decision: CommentDecision) -> Self {
        match decision {
            CommentDecision::Approve => Self::Approve,
            CommentDecision::Redact => Self::Redact,
            CommentDecision::Reject => Self::Reject,
            CommentDecision::RequestChanges => Self::RequestChanges,
            CommentDecision::Hide => Self::Hide,
            CommentDecision::Restore => Self::Restore,
            CommentDecision::MarkReviewed => Self::MarkReviewed,
            CommentDecision::DismissReports => Self::DismissReports,
        }
    }
}

/// A decision on the comment as it was on the screen.
#[derive(InputObject)]
pub(super) struct ModerateCommentInput {
    /// The comment.
    id: ID,
    /// Its version as it was on the screen; a CONFLICT if it has changed since.
    expected_version: i32,
    /// What is decided.
    decision: CommentDecision,
    /// On which ground; to reject, hide and cut.
    reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    rule: Option<i32>,
    /// What its author is told, up to 4,000 characters; to reject, hide and cut, and to ask for changes.
    statement: Option<String>,
    /// A note for the other moderators.
    note: Option<String>,
    /// Passages to cut, word for word as they stand in `original.markdown`, up to 50; each is cut wherever it stands.
    cuts: Option<Vec<String>>,
}

impl ModerateCommentInput {
    /// What is to be done.
    pub(super) fn action(self) -> Result<ModerateComment> {
        Ok(ModerateComment {
            id: self.id.parse()?,
            expected_version: self.expected_version,
            ruling: Ruling {
                decision: self.decision.into(),
                reason: self.reason,
                rule: self.rule,
                statement: self.statement,
                note: self.note,
            },
            cuts: self.cuts.unwrap_or_default(),
            batch: None,
        })
    }
}

/// What a decision on a comment did.
#[derive(SimpleObject)]
struct ModerateCommentPayload {
    /// The comment as it is now.
    comment: Option<Comment>,
    /// The record of the decision.
    action: Option<ModerationAction>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Sending and moderating comments.
#[derive(Default)]
pub(super) struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Sends a comment; no account is needed. Whether it is seen at once or waits for a moderator is the document's policy.
    async fn submit_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The comment.")] input: SubmitCommentInput,
    ) -> Result<Option<SubmitCommentPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let input = SubmitComment {
            target: AnyId::parse(&input.target_id)?,
            author: input.author.into(),
            body: input.body,
            notify_of_replies: input.notify_of_replies.unwrap_or_default(),
            form_token: input.form_token,
            idempotency_key: input.idempotency_key,
        };
        let (made, errors) = outcome(comments::actions::submit(app, viewer, input).await)?;
        let (comment, receipt) = made.map(|made| (made.comment, made.receipt)).unzip();
        Ok(Some(SubmitCommentPayload {
            comment: comment.map(|row| Comment::new(row, Access::Holder)),
            receipt: receipt.map(Receipt::new),
            errors,
        }))
    }

    /// Decides on a comment. For moderators of its document.
    async fn moderate_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: ModerateCommentInput,
    ) -> Result<Option<ModerateCommentPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (done, errors) = outcome(comments::actions::moderate(app, viewer, input.action()?).await)?;
        let (comment, action) = done.unzip();
        Ok(Some(ModerateCommentPayload {
            comment: comment.map(|row| Comment::new(row, Access::Moderator)),
            action: action.map(ModerationAction),
            errors,
        }))
    }
}
