//! The author's side in the API: what would happen to a comment, and what becomes of a contribution by its receipt.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::{
    batching::in_round,
    contributors::{AuthorInput, Receipt},
    errors::{Result, UserError, outcome},
    text::Text,
};
use crate::{
    comments::{
        self,
        actions::{Expected, PreviewComment},
    },
    contributors::{ReceiptKind, receipts},
    error::{Error, UserErrorCode},
    idempotency::Claim,
    identity::Viewer,
    ids::{AnyId, AttachmentId, CommentId, SubmissionId},
    submissions::{self, actions::Amendment},
};

/// A comment that might be sent.
#[derive(InputObject)]
struct PreviewCommentInput {
    /// What it is about: the id of a document, of a section, or of the comment it replies to.
    target_id: ID,
    /// The text, as `submitComment` takes it.
    body: String,
    /// Who would write; to have it checked as well.
    author: Option<AuthorInput>,
}

/// What would happen to a comment that is sent.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Expected")]
enum ExpectedOutcome {
    /// Everybody would see it at once.
    Published,
    /// A moderator would look at it first.
    Waits,
    /// A rule of the document would hold it for a moderator.
    Withheld,
    /// It would not be taken: `errors` says what has to be put right first.
    Refused,
}

/// What an author is told before sending a comment. Nothing is kept. Services outside that the document has texts looked at by are not asked, so that a comment may still be held.
#[derive(SimpleObject)]
struct CommentPreview {
    /// The text as it would be kept and shown.
    body: Text,
    /// What would happen to it.
    outcome: ExpectedOutcome,
    /// Whether it would be held for a moderator if it were the first contribution of its address to this document.
    withheld_if_first: bool,
    /// Whether it would count only once its author has confirmed the address.
    needs_confirmation: bool,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// What an author can find out beforehand.
#[derive(Default)]
pub(super) struct AuthorQuery;

#[Object]
impl AuthorQuery {
    /// Tells an author what would happen to a comment. Nothing is kept.
    // It reads more than its fields show: fifty in one request are plenty.
    #[graphql(complexity = "2_000 + child_complexity")]
    async fn preview_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The comment.")] input: PreviewCommentInput,
    ) -> Result<Option<CommentPreview>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let input = PreviewComment {
            target: AnyId::parse(&input.target_id)?,
            body: input.body,
            author: input.author.map(Into::into),
        };
        let told =
            in_round(ctx, async move { comments::actions::preview(&app, &viewer, input).await }).await?;
        Ok(Some(CommentPreview {
            body: Text {
                markdown: told.markdown.into(),
                html: told.shown.html.into(),
                plain: told.shown.plain.into(),
            },
            outcome: told.expected.into(),
            withheld_if_first: told.withheld_if_first,
            needs_confirmation: told.needs_confirmation,
            errors: told.problems.into_iter().map(Into::into).collect(),
        }))
    }
}

/// Another wording of a contribution.
#[derive(InputObject)]
struct AmendContributionInput {
    /// The secret of its receipt.
    token: String,
    /// The whole text as it is to read from now on.
    body: String,
    /// Its version as its author saw it; a CONFLICT if it has changed since.
    expected_version: i32,
    /// The tokens of files to be added to a submission, sent as for `makeSubmission`.
    attachments: Option<Vec<String>>,
    /// Files to be taken away from a submission. They are gone for good: unlike an earlier text they do not stay with the moderators.
    remove_attachments: Option<Vec<ID>>,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it is done once and gets the same answer.
    idempotency_key: Option<String>,
}

impl AmendContributionInput {
    fn claim(&self, app: &crate::context::Context) -> crate::error::Result<Option<Claim>> {
        let remove: Option<Vec<&str>> =
            self.remove_attachments.as_ref().map(|ids| ids.iter().map(|id| id.as_str()).collect());
        let input = (&self.token, &self.body, self.expected_version, &self.attachments, remove);
        let key = self.idempotency_key.as_ref();
        key.map(|key| Claim::new(app.vault.keys(), "amendContribution", key, &input)).transpose()
    }
}

/// What changing a contribution did.
#[derive(SimpleObject)]
struct AmendContributionPayload {
    /// The receipt, which shows the contribution as it is now.
    receipt: Option<Receipt>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// A contribution to be taken back.
#[derive(InputObject)]
struct WithdrawContributionInput {
    /// The secret of its receipt.
    token: String,
}

/// What taking a contribution back did.
#[derive(SimpleObject)]
struct WithdrawContributionPayload {
    /// The receipt, which shows the contribution as it is now.
    receipt: Option<Receipt>,
    /// Why it was not done; then nothing was changed.
    errors: Vec<UserError>,
}

/// What authors do with what they sent. Whoever holds the receipt's secret is the author.
#[derive(Default)]
pub(super) struct AuthorMutation;

#[Object]
impl AuthorMutation {
    /// Puts a contribution into other words. A comment: while it waits, when a moderator has asked for another wording, and, where comments are looked at after publication, while the document is open. A submission, with its files: until it is worked through, while the document is open. The earlier text stays with the moderators.
    async fn amend_contribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The wording.")] input: AmendContributionInput,
    ) -> Result<Option<AmendContributionPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let (claim, errors) = outcome(input.claim(app))?;
        let Some(claim) = claim else {
            return Ok(Some(AmendContributionPayload { receipt: None, errors }));
        };
        let remove = input.remove_attachments.unwrap_or_default();
        let remove =
            remove.iter().map(|id| id.parse()).collect::<crate::error::Result<Vec<AttachmentId>>>()?;
        let receipt = opened(app, &input.token).await?;
        let version = input.expected_version;
        let add = input.attachments.unwrap_or_default();
        let (done, errors) = match receipt.kind {
            ReceiptKind::Comment if !add.is_empty() || !remove.is_empty() => {
                let message = "Comments have no files: only what is sent in confidence has.";
                let path = if add.is_empty() { "removeAttachments" } else { "attachments" };
                outcome(Err(Error::refused(UserErrorCode::InvalidCombination, message, &[path])))?
            }
            ReceiptKind::Comment => {
                let id = CommentId(receipt.subject);
                outcome(comments::actions::amend(app, id, &input.body, version, claim).await.map(drop))?
            }
            ReceiptKind::Submission => {
                let id = SubmissionId(receipt.subject);
                let amendment = Amendment { expected_version: version, body: input.body, add, remove, claim };
                outcome(submissions::actions::amend(app, id, amendment).await.map(drop))?
            }
        };
        Ok(Some(AmendContributionPayload { receipt: done.map(|()| Receipt::new(receipt)), errors }))
    }

    /// Takes a contribution back, whatever was decided about it. A comment that was public leaves a tombstone, and the replies to it stay. Asked again, it answers the same.
    async fn withdraw_contribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contribution.")] input: WithdrawContributionInput,
    ) -> Result<Option<WithdrawContributionPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let receipt = opened(app, &input.token).await?;
        let (done, errors) = match receipt.kind {
            ReceiptKind::Comment => {
                outcome(comments::actions::withdraw(app, CommentId(receipt.subject)).await.map(drop))?
            }
            ReceiptKind::Submission => {
                outcome(submissions::actions::withdraw(app, SubmissionId(receipt.subject)).await.map(drop))?
            }
        };
        Ok(Some(WithdrawContributionPayload { receipt: done.map(|()| Receipt::new(receipt)), errors }))
    }
}

async fn opened(app: &crate::context::Context, token: &str) -> Result<receipts::Receipt> {
    Ok(receipts::by_token(app, &mut *app.db.get().await?, token).await?)
}
