//! The moderators' queue and the records of decisions in the API.

use async_graphql::{Context, ID, InputObject, Object, Union, connection::Connection};
use uuid::Uuid;

use super::{
    batching::in_round,
    comments::Comment,
    errors::Result,
    identity::Account,
    loaders::{self, ActionsOn},
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    submissions::Submission,
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    identity::Viewer,
    ids::ModerationActionId,
    ledger::{self, ActorKind, Decision, Reason, SubjectKind},
    moderation::desk::{self, Filter, Waiting},
};

pub(super) struct ModerationAction(pub ledger::ModerationAction);

/// One record of one decision on one item. For moderators of the document.
#[Object]
impl ModerationAction {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// The id of the comment or submission that was decided on.
    async fn subject_id(&self) -> ID {
        match self.0.subject() {
            ledger::Subject::Comment(comment) => id(comment),
            ledger::Subject::Submission(submission) => id(submission),
        }
    }

    /// What was decided.
    async fn decision(&self) -> Decision {
        self.0.action
    }

    /// As what the one who decided did so.
    async fn actor_kind(&self) -> ActorKind {
        self.0.actor_kind
    }

    /// Who decided, where it was a person with an account.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        let Some(actor) = self.0.actor_id else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(actor).await?.map(Account))
    }

    /// The state before.
    async fn from_state(&self) -> &str {
        &self.0.from_state
    }

    /// The state after.
    async fn to_state(&self) -> &str {
        &self.0.to_state
    }

    /// On which ground.
    async fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// What the person concerned was told.
    async fn statement(&self) -> Option<&str> {
        self.0.statement.as_deref()
    }

    /// The version of the item that the decision made.
    async fn subject_version(&self) -> i32 {
        self.0.subject_version
    }

    /// When it was decided.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A page of the records on one item.
pub(super) async fn actions_on(
    ctx: &Context<'_>,
    key: ActionsOn,
    args: PageArgs,
) -> Result<Connection<String, ModerationAction, TotalCount>> {
    let window = args.window::<ModerationActionId>("actions")?;
    let all = loaders::of(ctx).load_one(key).await?.unwrap_or_default();
    let page = slice(&all, |action| action.id, &window);
    Ok(connection("actions", page, |action| action.id, ModerationAction, Total::Known(all.len())))
}

/// Something that waits for a moderator.
#[derive(Union)]
pub(super) enum ModerationItem {
    /// A comment that nobody has decided on.
    Comment(Comment),
    /// A submission that nobody has handled.
    Submission(Submission),
}

/// Which part of the queue.
#[derive(InputObject, Default)]
struct ModerationQueueFilter {
    /// Only what is about this document.
    document_id: Option<ID>,
    /// Only comments, or only submissions.
    kind: Option<SubjectKind>,
}

/// What waits for the viewer as a moderator.
#[derive(Default)]
pub(super) struct ModerationQuery;

#[Object]
impl ModerationQuery {
    /// What waits in the documents the viewer moderates, the oldest first: comments nobody has decided on, submissions nobody has handled. For moderators.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn moderation_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only a part of it.")] filter: Option<ModerationQueueFilter>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, ModerationItem, TotalCount>>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let filter = filter.unwrap_or_default();
        let filter = Filter {
            document: filter.document_id.map(|given| given.parse()).transpose()?,
            kind: filter.kind,
        };
        let window = PageArgs { first, after, last, before }.window::<Uuid>("queue")?;
        let wanted = filter.clone();
        let page = in_round(ctx, async move { desk::queue(&app, &viewer, &wanted, window).await }).await?;
        let item = |waiting| match waiting {
            Waiting::Comment(row) => ModerationItem::Comment(Comment::new(row, Access::Moderator)),
            Waiting::Submission(row) => ModerationItem::Submission(Submission::new(row, Access::Moderator)),
        };
        Ok(Some(connection("queue", page, Waiting::key, item, Total::Queue(filter))))
    }
}
