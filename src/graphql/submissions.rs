//! Private submissions in the API.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    access::leave_record,
    attachments::Attachment,
    contributors::{AuthorInput, Contributor, Receipt},
    desk::{Claim, claim_on},
    documents::{Document, owning},
    errors::{Result, UserError, outcome},
    loaders::{self, ActionsOn, AttachmentsOf, EarlierSubmission, TextOf},
    moderation::{ModerationAction, actions_on},
    paging::{PageArgs, TotalCount, id},
    rules::{EarlierText, RuleFinding, SimilarGroup, findings_in, similar_to},
    statements::{StatementOfReasons, statements_on},
    text::{Text, give},
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    contributors::Intake,
    error::Error,
    identity::Viewer,
    ledger::{Decision, Reason, Ruling, Subject},
    privacy::access::Confidential,
    submissions::{
        self,
        actions::{HandleSubmission, MakeSubmission},
        model::{self, SubmissionState},
    },
};

pub(super) struct Submission {
    row: model::Submission,
    access: Access,
}

impl Submission {
    /// The submission as one who may look at it with this access sees it.
    pub(super) fn new(row: model::Submission, access: Access) -> Self {
        Self { row, access }
    }

    /// The submission as a moderator of its document sees it; nothing for everybody else.
    pub(super) fn seen(ctx: &Context<'_>, row: model::Submission) -> Option<Self> {
        let row = submissions::policy::readable(ctx.data_unchecked::<Viewer>(), Some(row)).ok()?;
        Some(Self { row, access: Access::Moderator })
    }

    /// Leaves a record where somebody else than the sender is about to read it.
    async fn reading(&self, ctx: &Context<'_>) -> Result<()> {
        if self.access == Access::Moderator {
            leave_record(ctx, self.row.document_id, Confidential::Submission(self.row.id)).await?;
        }
        Ok(())
    }

    fn for_moderators(&self, ctx: &Context<'_>) -> Result<()> {
        if self.access == Access::Moderator {
            return Ok(());
        }
        ctx.data_unchecked::<Viewer>().require()?;
        Err(Error::Forbidden("Only a moderator of this document may read this.".into()).into())
    }
}

/// A private contribution: only its sender, by the receipt, and the moderators of its document ever see it.
#[Object]
impl Submission {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.row.id)
    }

    /// The document it is about.
    async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        owning(ctx, self.row.document_id).await
    }

    /// Who sent it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Contributor>> {
        let found = loaders::of(ctx).load_one(self.row.contributor_id).await?;
        Ok(found.map(Contributor))
    }

    /// Its text; nothing once it was erased.
    async fn body(&self, ctx: &Context<'_>) -> Result<Option<Text>> {
        self.reading(ctx).await?;
        Ok(loaders::of(ctx).load_one(TextOf(self.row.clone())).await?)
    }

    /// The files that are part of it, in the order they were announced; none once it was erased.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        self.reading(ctx).await?;
        let found = loaders::of(ctx).load_one(AttachmentsOf(self.row.id)).await?.unwrap_or_default();
        Ok(found.iter().map(|shown| Attachment::new(shown.clone(), self.access)).collect())
    }

    /// How far its handling has come.
    async fn state(&self) -> SubmissionState {
        self.row.state
    }

    /// On which ground it was set aside.
    async fn reason(&self) -> Option<Reason> {
        self.row.reason
    }

    /// What its sender was told about that.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn statement(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        self.row.statement.as_deref().map(|statement| give(ctx, statement)).transpose()
    }

    /// The reasons that were given for each decision against it, earliest first.
    async fn statements_of_reasons(&self, ctx: &Context<'_>) -> Result<Vec<StatementOfReasons>> {
        statements_on(ctx, Subject::Submission(self.row.id), self.access, None).await
    }

    /// Rises by one with every change; a moderator's decision names the version it was made on.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was received.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Whether its sender's address has been confirmed.
    async fn intake(&self) -> Intake {
        self.row.intake
    }

    /// When its sender last changed it.
    async fn amended_at(&self) -> Option<DateTime> {
        self.row.amended_at.map(Into::into)
    }

    /// Which moderator is at work on it. For moderators of the document.
    async fn claim(&self, ctx: &Context<'_>) -> Result<Option<Claim>> {
        self.for_moderators(ctx)?;
        claim_on(ctx, self.row.id.0, self.row.version).await
    }

    /// How it read before its sender changed it, the earliest text first.
    async fn history(&self, ctx: &Context<'_>) -> Result<Vec<EarlierText>> {
        self.reading(ctx).await?;
        let found = loaders::of(ctx).load_one(EarlierSubmission(self.row.id)).await?.unwrap_or_default();
        Ok(found.to_vec())
    }

    /// What the rules of the document found in it, in the order they found it. For moderators of the document.
    async fn findings(&self, ctx: &Context<'_>) -> Result<Option<Vec<RuleFinding>>> {
        self.for_moderators(ctx)?;
        self.reading(ctx).await?;
        Ok(Some(findings_in(ctx, Subject::Submission(self.row.id)).await?))
    }

    /// The contributions to the document that say nearly the same, itself included; nothing where no other does. For moderators of the document.
    async fn similar(&self, ctx: &Context<'_>) -> Result<Option<SimilarGroup>> {
        self.for_moderators(ctx)?;
        similar_to(ctx, Subject::Submission(self.row.id)).await
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
        let key = ActionsOn(Subject::Submission(self.row.id));
        Ok(Some(actions_on(ctx, key, PageArgs { first, after, last, before }).await?))
    }
}

/// A submission as it is sent.
#[derive(InputObject)]
struct MakeSubmissionInput {
    /// The document it is about.
    document_id: ID,
    /// Who writes.
    author: AuthorInput,
    /// The text, up to 50,000 characters.
    body: String,
    /// The tokens of files that have been sent to `createUpload`, in the order they are to be shown.
    attachments: Option<Vec<String>>,
    /// What `Document.formToken` was when the form was shown. A document can have a rule that wants it.
    form_token: Option<String>,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it is kept once and gets the same answer.
    idempotency_key: Option<String>,
}

/// What a sent submission became.
#[derive(SimpleObject)]
struct MakeSubmissionPayload {
    /// The submission, as its sender sees it.
    submission: Option<Submission>,
    /// What its sender keeps: show it, it is not given again.
    receipt: Option<Receipt>,
    /// What has to be put right; then nothing was kept.
    errors: Vec<UserError>,
}

/// What a moderator can decide about a submission.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SubmissionDecision {
    /// Acknowledge that it has arrived.
    Acknowledge,
    /// Begin, or begin again, to work through it.
    TakeUnderReview,
    /// It has been considered.
    MarkConsidered,
    /// Set it aside. Needs a reason and a statement.
    SetAside,
}

impl From<SubmissionDecision> for Decision {
    fn from(decision: SubmissionDecision) -> Self {
        match decision {
            SubmissionDecision::Acknowledge => Self::Acknowledge,
            SubmissionDecision::TakeUnderReview => Self::TakeUnderReview,
            SubmissionDecision::MarkConsidered => Self::MarkConsidered,
            SubmissionDecision::SetAside => Self::SetAside,
        }
    }
}

/// A decision on the submission as it was on the screen.
#[derive(InputObject)]
pub(super) struct HandleSubmissionInput {
    /// The submission.
    id: ID,
    /// Its version as it was on the screen; a CONFLICT if it has changed since.
    expected_version: i32,
    /// What is decided.
    decision: SubmissionDecision,
    /// On which ground; to set aside.
    reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    rule: Option<i32>,
    /// What its sender is told, up to 4,000 characters; to set aside.
    statement: Option<String>,
    /// A note for the other moderators.
    note: Option<String>,
}

impl HandleSubmissionInput {
    /// What is to be done.
    pub(super) fn action(self) -> Result<HandleSubmission> {
        Ok(HandleSubmission {
            id: self.id.parse()?,
            expected_version: self.expected_version,
            ruling: Ruling {
                decision: self.decision.into(),
                reason: self.reason,
                rule: self.rule,
                statement: self.statement,
                note: self.note,
            },
            batch: None,
        })
    }
}

/// What a decision on a submission did.
#[derive(SimpleObject)]
struct HandleSubmissionPayload {
    /// The submission as it is now.
    submission: Option<Submission>,
    /// The record of the decision.
    action: Option<ModerationAction>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Sending and handling submissions.
#[derive(Default)]
pub(super) struct SubmissionMutation;

#[Object]
impl SubmissionMutation {
    /// Sends a private submission; no account is needed, and nobody but the moderators of the document will see it.
    async fn make_submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The submission.")] input: MakeSubmissionInput,
    ) -> Result<Option<MakeSubmissionPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let input = MakeSubmission {
            document: input.document_id.parse()?,
            author: input.author.into(),
            body: input.body,
            attachments: input.attachments.unwrap_or_default(),
            form_token: input.form_token,
            idempotency_key: input.idempotency_key,
        };
        let (made, errors) = outcome(submissions::actions::make(app, viewer, input).await)?;
        let (submission, receipt) = made.map(|made| (made.submission, made.receipt)).unzip();
        Ok(Some(MakeSubmissionPayload {
            submission: submission.map(|row| Submission::new(row, Access::Holder)),
            receipt: receipt.map(Receipt::new),
            errors,
        }))
    }

    /// Decides how a submission is handled. For moderators of its document; for everybody else it does not exist.
    async fn handle_submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: HandleSubmissionInput,
    ) -> Result<Option<HandleSubmissionPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (done, errors) = outcome(submissions::actions::handle(app, viewer, input.action()?).await)?;
        let (submission, action) = done.unzip();
        Ok(Some(HandleSubmissionPayload {
            submission: submission.map(|row| Submission::new(row, Access::Moderator)),
            action: action.map(ModerationAction),
            errors,
        }))
    }
}
