//! Statements of reasons in the API.

use async_graphql::{Context, ID, Object};

use super::{
    appeals::Appeal,
    errors::Result,
    loaders::{self, ActionsOn, AppealAgainst},
    paging::id,
    text::give,
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    ids::ModerationActionId,
    ledger::{Decision, Reason, Subject},
    moderation::statements::{self, Statement},
};

pub(super) struct StatementOfReasons {
    statement: Statement,
    access: Access,
    /// Where the holder of the receipt appeals.
    url: Option<String>,
}

/// The statements on one item, earliest first, for one who may read them. `url` is where its author appeals.
pub(super) async fn statements_on(
    ctx: &Context<'_>,
    subject: Subject,
    access: Access,
    url: Option<&str>,
) -> Result<Vec<StatementOfReasons>> {
    let actions = loaders::of(ctx).load_one(ActionsOn(subject)).await?.unwrap_or_default();
    let statement = |statement| StatementOfReasons { statement, access, url: url.map(str::to_owned) };
    Ok(statements::of(&actions).into_iter().map(statement).collect())
}

/// The statement that one record makes, as moderators see it.
pub(super) async fn statement_of(
    ctx: &Context<'_>,
    subject: Subject,
    action: ModerationActionId,
) -> Result<Option<StatementOfReasons>> {
    let all = statements_on(ctx, subject, Access::Moderator, None).await?;
    Ok(all.into_iter().find(|found| found.statement.action.id == action))
}

impl StatementOfReasons {
    async fn until(&self, ctx: &Context<'_>) -> Result<Option<chrono::DateTime<chrono::Utc>>> {
        let document = loaders::of(ctx).load_one(self.statement.action.document_id).await?;
        Ok(document.and_then(|document| self.statement.appealable_until(document.appeal_days)))
    }

    async fn lodged(&self, ctx: &Context<'_>) -> Result<Option<crate::moderation::appeals::Appeal>> {
        Ok(loaders::of(ctx).load_one(AppealAgainst(self.statement.action.id)).await?)
    }

    async fn can_be_appealed(&self, ctx: &Context<'_>) -> Result<bool> {
        let now = ctx.data_unchecked::<crate::context::Context>().clock.now();
        let in_time = self.until(ctx).await?.is_some_and(|until| now <= until);
        Ok(self.statement.stands && in_time && self.lodged(ctx).await?.is_none())
    }
}

/// What a person is told who was decided against: on which ground and facts, whether a machine had part in it, and what they can do about it. For whoever holds the receipt, and moderators of the document.
#[Object]
impl StatementOfReasons {
    /// The id of the record of the decision, as `lodgeAppeal` takes it.
    async fn action_id(&self) -> ID {
        id(self.statement.action.id)
    }

    /// What was decided.
    async fn decision(&self) -> Decision {
        self.statement.action.action
    }

    /// On which ground; nothing where a rule held something back until a moderator has looked.
    async fn ground(&self) -> Option<Reason> {
        self.statement.action.reason
    }

    /// The rule of the document that is cited, by its number.
    async fn rule_cited(&self) -> Option<i32> {
        self.statement.action.rule_cited
    }

    /// The facts, in plain words.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn facts(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        self.statement.action.statement().map(|facts| give(ctx, facts)).transpose()
    }

    /// When it was decided.
    async fn decided_at(&self) -> DateTime {
        self.statement.action.created_at.into()
    }

    /// Whether a rule of the document found it first.
    async fn automated_detection(&self) -> bool {
        self.statement.automated_detection()
    }

    /// Whether a rule of the document decided, and no person.
    async fn automated_decision(&self) -> bool {
        self.statement.automated_decision()
    }

    /// Whether the contribution still stands as this decision left it.
    async fn stands(&self) -> bool {
        self.statement.stands
    }

    /// Until when the decision can be appealed against; nothing where it is not the last word, because a moderator is still to look.
    async fn appealable_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        Ok(self.until(ctx).await?.map(Into::into))
    }

    /// Whether the decision can be appealed against at this moment: it stands, the time is not over, and it was not before.
    async fn appealable(&self, ctx: &Context<'_>) -> Result<bool> {
        self.can_be_appealed(ctx).await
    }

    /// The secret link to the page on which it can be appealed against; `lodgeAppeal` does the same. Nothing where that is not possible, or this was not reached by the receipt.
    async fn appeal_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        Ok(if self.can_be_appealed(ctx).await? { self.url.clone() } else { None })
    }

    /// The appeal against it, where there was one.
    async fn appeal(&self, ctx: &Context<'_>) -> Result<Option<Appeal>> {
        Ok(self.lodged(ctx).await?.map(|row| Appeal::new(row, self.access)))
    }
}
