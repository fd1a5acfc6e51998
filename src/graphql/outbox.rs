//! Jobs that were given up on, in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    batching::in_round,
    errors::{Result, UserError, outcome},
    paging::{PageArgs, Total, TotalCount, connection, id},
    time::DateTime,
};
use crate::{
    db::paging::{self, Span},
    error::{Error, UserErrorCode},
    identity::Viewer,
    ids::JobId,
    outbox,
};

/// How many ids one request may name.
const MAX_IDS: usize = 100;

pub(super) struct DeadLetter(outbox::DeadLetter);

/// A side effect, such as a mail, that was tried until it was given up on. It names nobody. For administrators.
#[Object]
impl DeadLetter {
    /// Its id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What kind of job it is.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Why it failed last.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it was given up on.
    async fn failed_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }
}

/// Dead letters to be tried anew: some, or all.
#[derive(InputObject)]
struct RequeueDeadLettersInput {
    /// Which, 100 at the most.
    ids: Option<Vec<ID>>,
    /// All there are.
    #[graphql(default)]
    all: bool,
}

/// What putting dead letters back did.
#[derive(SimpleObject)]
struct RequeueDeadLettersPayload {
    /// How many will be tried anew.
    requeued: Option<i32>,
    /// What has to be put right; then none was put back.
    errors: Vec<UserError>,
}

/// Dead letters, for whoever runs the service.
#[derive(Default)]
pub(super) struct OutboxQuery;

#[Object]
impl OutboxQuery {
    /// The jobs that were given up on, the oldest first. For administrators.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, DeadLetter, TotalCount>>> {
        ctx.data_unchecked::<Viewer>().require_administrator()?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let window = PageArgs { first, after, last, before }.window::<JobId>("deadLetters")?;
        let page = in_round(ctx, async move {
            paging::page(
                window,
                |letter: &outbox::DeadLetter| letter.id,
                async |span: Span<JobId>| outbox::dead_letters(&mut *app.db.get().await?, &span).await,
            )
            .await
        })
        .await?;
        Ok(Some(connection("deadLetters", page, |letter| letter.id, DeadLetter, Total::DeadLetters)))
    }
}

/// Putting dead letters back.
#[derive(Default)]
pub(super) struct OutboxMutation;

#[Object]
impl OutboxMutation {
    /// Puts jobs that were given up on back, to be tried anew. For administrators.
    async fn requeue_dead_letters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RequeueDeadLettersInput,
    ) -> Result<Option<RequeueDeadLettersPayload>> {
        ctx.data_unchecked::<Viewer>().require_administrator()?;
        let app = ctx.data_unchecked::<crate::context::Context>();
        let (requeued, errors) = outcome(requeue(app, input).await)?;
        Ok(Some(RequeueDeadLettersPayload { requeued, errors }))
    }
}

async fn requeue(app: &crate::context::Context, input: RequeueDeadLettersInput) -> crate::error::Result<i32> {
    let ids = match (input.ids, input.all) {
        (Some(ids), false) if ids.len() > MAX_IDS => {
            let message = format!("Name at most {MAX_IDS} at a time, or put `all` back.");
            return Err(Error::refused(UserErrorCode::TooLong, message, &["ids"]));
        }
        (Some(ids), false) => {
            let ids: crate::error::Result<Vec<JobId>> = ids.iter().map(|given| given.parse()).collect();
            Some(ids?)
        }
        (None, true) => None,
        _ => {
            let message = "Name `ids`, or say `all: true`.";
            return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["ids"]));
        }
    };
    let count = outbox::requeue(&mut *app.writer().await?, ids.as_deref(), app.clock.now()).await?;
    if count == 0 && ids.is_some() {
        let message = "None of these is a job that was given up on.";
        return Err(Error::refused(UserErrorCode::TargetNotFound, message, &["ids"]));
    }
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}
