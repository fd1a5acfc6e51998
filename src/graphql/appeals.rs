//! Appeals in the API.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    access::leave_record,
    batching::in_round,
    comments::Comment,
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders,
    moderation::ModerationAction,
    paging::{PageArgs, Total, TotalCount, connection, id},
    submissions::Submission,
    text::give,
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    error::Error,
    identity::Viewer,
    ids::AppealId,
    ledger::{self, Subject},
    moderation::appeals::{
        AppealState,
        actions::{self, DecideAppeal, Filter, LodgeAppeal, Outcome},
        model,
    },
    privacy::access::Confidential,
};

pub(super) struct Appeal {
    row: model::Appeal,
    access: Access,
}

impl Appeal {
    /// The appeal as one who may look at it with this access sees it.
    pub(super) fn new(row: model::Appeal, access: Access) -> Self {
        Self { row, access }
    }

    fn for_moderators(&self, ctx: &Context<'_>) -> Result<()> {
        if self.access == Access::Moderator {
            return Ok(());
        }
        ctx.data_unchecked::<Viewer>().require()?;
        Err(Error::Forbidden("Only a moderator of this document may read this.".into()).into())
    }

    /// The record of how it was decided.
    async fn decision(&self, ctx: &Context<'_>) -> Result<Option<ledger::ModerationAction>> {
        let Some(decision) = self.row.decision_id else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(decision).await?)
    }
}

/// What an author says against a decision, and what came of it. For whoever holds the receipt, and moderators of the document.
#[Object]
impl Appeal {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.row.id)
    }

    /// How far it has come.
    async fn state(&self) -> AppealState {
        self.row.state
    }

    /// What the author says; nothing once it was erased.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if let Subject::Submission(submission) = self.row.subject()
            && self.access == Access::Moderator
        {
            leave_record(ctx, self.row.document_id, Confidential::Submission(submission)).await?;
        }
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let row = self.row.clone();
        let opened = in_round(ctx, async move { actions::text_of(&app, &row).await }).await?;
        opened.map(|text| give(ctx, text)).transpose()
    }

    /// Rises by one with every change; a moderator's decision names the version it was made on.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it was lodged.
    async fn lodged_at(&self) -> DateTime {
        self.row.lodged_at.into()
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime> {
        self.row.decided_at.map(Into::into)
    }

    /// What the author is told about that.
    async fn statement(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let statement =
            self.decision(ctx).await?.and_then(|decision| decision.statement().map(str::to_owned));
        statement.map(|statement| give(ctx, statement)).transpose()
    }

    /// Whether it was decided by the moderator who made the decision, because nobody else moderates the document.
    async fn same_moderator(&self) -> bool {
        self.row.same_moderator
    }

    /// The record of the decision that it is about. For moderators of the document.
    async fn action(&self, ctx: &Context<'_>) -> Result<Option<ModerationAction>> {
        self.for_moderators(ctx)?;
        Ok(loaders::of(ctx).load_one(self.row.action_id).await?.map(ModerationAction))
    }

    /// The comment, where it is about one. For moderators of the document.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        self.for_moderators(ctx)?;
        let Subject::Comment(comment) = self.row.subject() else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(comment).await?.map(|row| Comment::new(row, Access::Moderator)))
    }

    /// The submission, where it is about one. For moderators of the document.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<Submission>> {
        self.for_moderators(ctx)?;
        let Subject::Submission(submission) = self.row.subject() else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(submission).await?.map(|row| Submission::new(row, Access::Moderator)))
    }

    /// The moderator who has begun to look at it. For moderators of the document.
    async fn taken_up_by(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        self.for_moderators(ctx)?;
        let Some(account) = self.row.taken_up_by else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(account).await?.map(Account))
    }

    /// The moderator who decided. For moderators of the document.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        self.for_moderators(ctx)?;
        let Some(account) = self.decision(ctx).await?.and_then(|decision| decision.actor_id()) else {
            return Ok(None);
        };
        Ok(loaders::of(ctx).load_one(account).await?.map(Account))
    }
}

/// Which of the appeals.
#[derive(InputObject, Default)]
struct AppealFilter {
    /// Only those about contributions to this document.
    document_id: Option<ID>,
    /// Only those in this state.
    state: Option<AppealState>,
}

/// Appeals for moderators.
#[derive(Default)]
pub(super) struct AppealQuery;

#[Object]
impl AppealQuery {
    /// The appeals in the documents the viewer moderates, the oldest first. For moderators.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn appeals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only a part of them.")] filter: Option<AppealFilter>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, Appeal, TotalCount>>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            document: filter.document_id.map(|given| given.parse()).transpose()?,
            state: filter.state,
        };
        let window = PageArgs { first, after, last, before }.window::<AppealId>("appeals")?;
        let page = in_round(ctx, async move { actions::list(&app, &viewer, filter, window).await }).await?;
        let appeal = |row| Appeal::new(row, Access::Moderator);
        Ok(Some(connection("appeals", page, |row| row.id, appeal, Total::Appeals(filter))))
    }
}

/// An appeal as it is sent.
#[derive(InputObject)]
struct LodgeAppealInput {
    /// The secret of the receipt of what was decided on.
    token: String,
    /// The decision, as `StatementOfReasons.actionId` names it; the last that can be appealed against when not given.
    action_id: Option<ID>,
    /// What speaks against the decision, 1 to 4,000 characters. Only moderators of the document ever see it.
    text: String,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it is kept once and gets the same answer.
    idempotency_key: Option<String>,
}

/// What a sent appeal became.
#[derive(SimpleObject)]
struct LodgeAppealPayload {
    /// The appeal, as its author sees it.
    appeal: Option<Appeal>,
    /// What has to be put right; then nothing was kept.
    errors: Vec<UserError>,
}

/// An appeal to be taken back.
#[derive(InputObject)]
struct WithdrawAppealInput {
    /// The secret of the receipt of what was decided on.
    token: String,
    /// The appeal.
    appeal_id: ID,
}

/// What taking an appeal back did.
#[derive(SimpleObject)]
struct WithdrawAppealPayload {
    /// The appeal as it is now.
    appeal: Option<Appeal>,
    /// Why it was not done; then nothing was changed.
    errors: Vec<UserError>,
}

/// An appeal to be looked at.
#[derive(InputObject)]
struct TakeUpAppealInput {
    /// The appeal.
    id: ID,
    /// Its version as it was on the screen; a CONFLICT if it has changed since.
    expected_version: i32,
}

/// What taking an appeal up did.
#[derive(SimpleObject)]
struct TakeUpAppealPayload {
    /// The appeal as it is now.
    appeal: Option<Appeal>,
    /// Why it was not done; then nothing was changed.
    errors: Vec<UserError>,
}

/// How an appeal is decided.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AppealOutcome {
    /// It is right: a comment is shown again as it was sent, a submission is taken under review again.
    Uphold,
    /// It is right in part: with `cuts` a comment is shown without these passages, else everything stays and the statement says what follows.
    PartlyUphold,
    /// It is not right: the decision stands.
    Dismiss,
}

impl From<AppealOutcome> for Outcome {
    fn from(outcome: AppealOutcome) -> Self {
        match outcome {
            AppealOutcome::Uphold => Self::Uphold,
            AppealOutcome::PartlyUphold => Self::PartlyUphold,
            AppealOutcome::Dismiss => Self::Dismiss,
        }
    }
}

/// A decision on the appeal as it was on the screen.
#[derive(InputObject)]
struct DecideAppealInput {
    /// The appeal.
    id: ID,
    /// Its version as it was on the screen; a CONFLICT if it has changed since.
    expected_version: i32,
    /// How it is decided.
    outcome: AppealOutcome,
    /// What its author is told, 1 to 4,000 characters.
    statement: String,
    /// Where it is right in part: passages to cut from the comment, word for word as they stand in `original.markdown`, up to 50.
    cuts: Option<Vec<String>>,
    /// Decide though the decision was one's own. Only where nobody else moderates the document; it is recorded, and shown.
    same_moderator_override: Option<bool>,
}

/// What a decision on an appeal did.
#[derive(SimpleObject)]
struct DecideAppealPayload {
    /// The appeal as it is now.
    appeal: Option<Appeal>,
    /// The record of the decision.
    action: Option<ModerationAction>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Lodging and deciding appeals.
#[derive(Default)]
pub(super) struct AppealMutation;

#[Object]
impl AppealMutation {
    /// Appeals against a decision, by the receipt of what was decided on: once for each decision, within the time that `StatementOfReasons.appealableUntil` says.
    async fn lodge_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The appeal.")] input: LodgeAppealInput,
    ) -> Result<Option<LodgeAppealPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let input = LodgeAppeal {
            token: input.token,
            action: input.action_id.map(|given| given.parse()).transpose()?,
            text: input.text,
            idempotency_key: input.idempotency_key,
        };
        let (lodged, errors) = outcome(actions::lodge(app, input).await)?;
        Ok(Some(LodgeAppealPayload { appeal: lodged.map(|row| Appeal::new(row, Access::Holder)), errors }))
    }

    /// Takes an appeal back that nobody has decided on, by the receipt of what was decided on.
    async fn withdraw_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which appeal.")] input: WithdrawAppealInput,
    ) -> Result<Option<WithdrawAppealPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let id = input.appeal_id.parse()?;
        let (withdrawn, errors) = outcome(actions::withdraw(app, &input.token, id).await)?;
        let appeal = withdrawn.map(|row| Appeal::new(row, Access::Holder));
        Ok(Some(WithdrawAppealPayload { appeal, errors }))
    }

    /// Says that one has begun to look at an appeal. For moderators of the document, but not the one whose decision it is about.
    async fn take_up_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which appeal.")] input: TakeUpAppealInput,
    ) -> Result<Option<TakeUpAppealPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require()?;
        let id = input.id.parse()?;
        let (taken, errors) = outcome(actions::take_up(app, viewer, id, input.expected_version).await)?;
        Ok(Some(TakeUpAppealPayload { appeal: taken.map(|row| Appeal::new(row, Access::Moderator)), errors }))
    }

    /// Decides on an appeal, and does what follows from that. For moderators of the document, but not the one whose decision it is about.
    async fn decide_appeal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideAppealInput,
    ) -> Result<Option<DecideAppealPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require()?;
        let input = DecideAppeal {
            id: input.id.parse()?,
            expected_version: input.expected_version,
            outcome: input.outcome.into(),
            statement: input.statement,
            cuts: input.cuts.unwrap_or_default(),
            same_moderator_override: input.same_moderator_override.unwrap_or(false),
        };
        let (decided, errors) = outcome(actions::decide(app, viewer, input).await)?;
        let (appeal, action) = decided.unzip();
        Ok(Some(DecideAppealPayload {
            appeal: appeal.map(|row| Appeal::new(row, Access::Moderator)),
            action: action.map(ModerationAction),
            errors,
        }))
    }
}
