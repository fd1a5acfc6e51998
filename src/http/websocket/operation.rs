//! One operation on a socket, on a task of its own.

use std::sync::{Arc, Weak};

use async_graphql::{Response as Answer, parser::types::OperationType};
use tokio::sync::{OwnedSemaphorePermit, mpsc::Sender};

use super::{Close, messages};
use crate::{
    error::Error,
    graphql::{errors::refusal, guard::Admitted},
    http::{
        Served,
        graphql::{Parameters, admit, perform, was_run},
        live::{Place, Step, Watch},
        unread::Room,
        viewer::Credentials,
    },
};

/// Messages of so many bytes need no room: so few of them wait on one socket that sockets bound them.
const TINY: usize = 512;

/// What an operation has for the socket.
pub(super) enum Outgoing {
    /// A message about it.
    Message {
        /// Which operation.
        id: Arc<str>,
        /// The how-many-eth on this socket: an id may come again when it is free.
        number: u64,
        /// The text.
        text: String,
        /// The room it has until it is read, unless it is tiny.
        room: Option<Room>,
        /// Whether it was the last one.
        last: bool,
    },
    /// The socket is to be closed.
    Close(Close),
}

/// An operation under way.
pub(super) struct Running {
    pub served: Served,
    pub place: Arc<Place>,
    pub who: Credentials,
    pub id: Arc<str>,
    pub number: u64,
    pub outgoing: Sender<Outgoing>,
    /// Its part of what the socket may have under way. A mutation keeps it until it is done, wanted or not.
    pub share: Weak<OwnedSemaphorePermit>,
}

impl Running {
    /// Runs it to its end. Whoever does not want its answers any more drops this.
    pub(super) async fn run(self, given: Parameters) {
        let Admitted { request, operation, .. } = match admit(&self.served, given) {
            Ok(admitted) => admitted,
            Err(unfit) => return self.refused(&unfit.answer).await,
        };
        let viewer = match self.who.viewer(&self.served.ctx).await {
            Ok(viewer) => viewer,
            Err(error @ Error::Unauthenticated(_)) => return self.signed_out(&error).await,
            Err(error) => return self.refused(&refusal(error)).await,
        };
        if operation != OperationType::Subscription {
            let kept = self.share.upgrade();
            return match perform(&self.served.site.api, viewer, request, operation, kept).await {
                Ok(answer) if was_run(&answer) => {
                    self.say(messages::next(&self.id, &answer), false).await;
                    self.say(messages::complete(&self.id), true).await;
                }
                Ok(answer) => self.refused(&answer).await,
                Err(error) => self.refused(&refusal(error)).await,
            };
        }
        let parts = (&self.served.live, &self.served.site.api, &self.served.ctx);
        let mut watch = match Watch::begin(parts, &self.place, self.who.clone(), viewer, request).await {
            Ok(watch) => watch,
            Err(answer) => return self.refused(&answer).await,
        };
        loop {
            match watch.next().await {
                Step::Next(answer) => self.say(messages::next(&self.id, &answer), false).await,
                Step::Refused(answer) => return self.refused(&answer).await,
                Step::SignedOut(error) => return self.signed_out(&error).await,
            }
        }
    }

    async fn refused(&self, answer: &Answer) {
        self.say(messages::error(&self.id, &answer.errors), true).await;
    }

    async fn signed_out(&self, error: &Error) {
        let close = Close::new(Close::FORBIDDEN, format!("Forbidden: {error}"));
        self.send(Outgoing::Close(close)).await;
    }

    async fn say(&self, text: String, last: bool) {
        let room = match text.len() {
            ..=TINY => Ok(None),
            bytes => self.served.unread.room(self.who.origin(), bytes).await.map(Some),
        };
        let outgoing = match room {
            Ok(room) => Outgoing::Message { id: self.id.clone(), number: self.number, text, room, last },
            Err(error) => {
                drop(text);
                Outgoing::Close(Close::new(Close::TRY_AGAIN_LATER, error.to_string()))
            }
        };
        self.send(outgoing).await;
    }

    async fn send(&self, outgoing: Outgoing) {
        // Fails only when the socket is gone, and this with it.
        let _ = self.outgoing.send(outgoing).await;
    }
}
