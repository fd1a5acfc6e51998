//! One subscription at work, whichever way it came.

use std::{pin::Pin, time::Duration};

use async_graphql::{Request as Operation, Response as Answer};
use tokio::time::Sleep;

use super::{
    Live,
    places::{Place, Seat},
};
use crate::{
    context::Context,
    error::{Error, Result},
    events::{Event, Feed, Gap},
    graphql::{Api, errors::refusal, subscriptions::Interest},
    http::{graphql::too_slow, viewer::Credentials},
    identity::Viewer,
};

/// How often what is gathered is told at the most.
const PACE: Duration = Duration::from_secs(1);

/// A subscription at work.
pub(in crate::http) struct Watch {
    live: Live,
    api: Api,
    ctx: Context,
    who: Credentials,
    operation: Operation,
    interest: Interest,
    feed: Feed,
    /// Runs until what is gathered may be told again.
    quiet: Option<Pin<Box<Sleep>>>,
    /// What was told last, where it is not told twice.
    last: Option<async_graphql::Value>,
    started: bool,
    _seat: Seat,
}

/// What a subscription comes to next.
pub(in crate::http) enum Step {
    /// An answer.
    Next(Box<Answer>),
    /// It cannot go on, for these reasons.
    Refused(Box<Answer>),
    /// Whoever listens is not signed in any more.
    SignedOut(Error),
}

impl Watch {
    /// Begins to listen, if the viewer may; else says why not.
    pub(in crate::http) async fn begin(
        (live, api, ctx): (&Live, &Api, &Context),
        place: &Place,
        who: Credentials,
        viewer: Viewer,
        mut operation: Operation,
    ) -> Result<Self, Box<Answer>> {
        let refused = |error| Box::new(refusal(error));
        let seat = place.subscribe().map_err(refused)?;
        let asked = again(&mut operation).map_err(refused)?;
        let looked_at =
            tokio::time::timeout(api.limits().query_timeout(), api.subscribe(viewer, asked)).await;
        let interest = looked_at.map_err(|_| refused(too_slow()))?.map_err(Box::new)?;
        Ok(Self {
            feed: live.0.hub.listen(interest.document),
            live: live.clone(),
            api: api.clone(),
            ctx: ctx.clone(),
            who,
            operation,
            interest,
            quiet: None,
            last: None,
            started: false,
            _seat: seat,
        })
    }

    /// Waits for what there is to be told next. After anything but an answer it is over.
    pub(in crate::http) async fn next(&mut self) -> Step {
        loop {
            let event = if self.interest.gathers { Ok(self.gather().await) } else { self.feed.next().await };
            let event = match event {
                Ok(event) => event,
                Err(Gap) => return Step::Refused(Box::new(refusal(missed()))),
            };
            if !self.interest.kinds.contains(&event.kind) {
                continue;
            }
            if let Some(step) = self.tell(event).await {
                return step;
            }
        }
    }

    /// Waits until something has happened and the last answer is long enough ago, and takes all that has happened by then.
    async fn gather(&mut self) -> Event {
        let nothing = Event {
            kind: self.interest.kinds[0],
            document: self.interest.document,
            subject: uuid::Uuid::nil(),
        };
        if !std::mem::replace(&mut self.started, true) {
            return nothing;
        }
        let mut gap = self.feed.next().await.is_err();
        if let Some(quiet) = self.quiet.take() {
            quiet.await;
        }
        loop {
            match self.feed.take() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(Gap) if gap => break,
                Err(Gap) => gap = true,
            }
        }
        if gap {
            // How things stand is told anyway; only what comes next has to be heard.
            self.feed = self.live.0.hub.listen(self.interest.document);
        }
        nothing
    }

    async fn tell(&mut self, event: Event) -> Option<Step> {
        // Waited for first: who asks is looked at as they are when it is told. Fails only when the semaphore is closed,
        // which it never is.
        let live = self.live.clone();
        let turn = live.0.at_work.acquire().await;
        let viewer = match self.who.viewer(&self.ctx).await {
            Ok(viewer) => viewer,
            Err(error @ Error::Unauthenticated(_)) => return Some(Step::SignedOut(error)),
            Err(error) => return Some(Step::Refused(Box::new(refusal(error)))),
        };
        let operation = match again(&mut self.operation) {
            Ok(operation) => operation,
            Err(error) => return Some(Step::Refused(Box::new(refusal(error)))),
        };
        let limit = self.api.limits().query_timeout();
        let answer = tokio::time::timeout(limit, self.api.tell(viewer, operation, event)).await;
        drop(turn);
        let Ok(answer) = answer else { return Some(Step::Refused(Box::new(refusal(too_slow())))) };
        let answer = answer?;
        if answer.data == async_graphql::Value::Null && !answer.errors.is_empty() {
            return Some(Step::Refused(Box::new(answer)));
        }
        if self.interest.gathers {
            self.quiet = Some(Box::pin(tokio::time::sleep(PACE)));
            if answer.errors.is_empty()
                && self.last.replace(answer.data.clone()).as_ref() == Some(&answer.data)
            {
                return None;
            }
        }
        Some(Step::Next(Box::new(answer)))
    }
}

/// The same operation once more: the library uses one up with each run.
fn again(operation: &mut Operation) -> Result<Operation> {
    let parsed = operation.parsed_query().map_err(|error| Error::BadRequest(error.message))?.clone();
    let mut fresh = Operation::new(operation.query.clone()).variables(operation.variables.clone());
    fresh.operation_name.clone_from(&operation.operation_name);
    fresh.introspection_mode = operation.introspection_mode;
    fresh.set_parsed_query(parsed);
    Ok(fresh)
}

fn missed() -> Error {
    Error::Conflict(
        "Events were missed, because more happened than could be told. Read anew what you show, and subscribe again."
            .into(),
    )
}
