//! GraphQL over server-sent events, in the form of one operation for each connection: `next` for each answer, `complete` at
//! the end. What is refused before the first event is an ordinary answer with its status.

use std::{io, time::Duration};

use async_graphql::{Request as Operation, Response as Answer};
use futures_util::stream;
use hyper::body::Bytes;
use poem::{
    Body, Request, Response,
    http::{StatusCode, header},
};
use tokio::{
    sync::mpsc::{Sender, channel},
    time::{MissedTickBehavior, timeout},
};

use super::{
    Served,
    graphql::{Wire, refuse},
    live::{EVENT_STREAM, Place, Step, Watch},
    unread::keeping,
    viewer::{self, Credentials},
};
use crate::{
    error::Error,
    graphql::errors::{code_of, refusal},
    identity::Viewer,
};

/// How many events wait for a client that is slow to read.
const WAITING: usize = 8;
/// How long a client may take to read on.
const PATIENCE: Duration = Duration::from_secs(30);
/// Says that the stream is alive and nothing has happened.
const ALIVE: &[u8] = b":\n\n";
/// Says that nothing more will come.
const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

/// The answer of a query or mutation as a stream of one event.
pub(super) fn one(result: &Answer) -> Response {
    streaming(Body::from([next(result), COMPLETE.to_vec()].concat()))
}

/// Answers a subscription for as long as it lasts.
pub(super) async fn listen(
    served: &Served,
    request: &Request,
    viewer: Viewer,
    operation: Operation,
) -> Response {
    let authorization = request.header(header::AUTHORIZATION);
    let origin = viewer::origin_of(&served.ctx, &served.trusted_proxies, request);
    let opened = served.live.open(origin.as_ref(), EVENT_STREAM);
    let opened = opened.and_then(|place| Ok((place, Credentials::new(authorization, origin)?)));
    let (place, who) = match opened {
        Ok(opened) => opened,
        Err(error) => return refused(&refusal(error)),
    };
    let parts = (&served.live, &served.site.api, &served.ctx);
    let watch = match Watch::begin(parts, &place, who.clone(), viewer, operation).await {
        Ok(watch) => watch,
        Err(answer) => return refused(&answer),
    };
    let (sender, receiver) = channel(WAITING);
    tokio::spawn(tell(served.clone(), place, who, watch, sender));
    streaming(Body::from_bytes_stream(stream::unfold(receiver, |mut receiver| async {
        let event: Bytes = receiver.recv().await?;
        Some((Ok::<_, io::Error>(event), receiver))
    })))
}

/// Tells what happens until the client hangs up, the service ends, or there is nothing more to tell.
async fn tell(served: Served, _place: Place, who: Credentials, mut watch: Watch, sender: Sender<Bytes>) {
    let mut beat = tokio::time::interval(served.live.config().keep_alive());
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let say = async |event: Bytes| matches!(timeout(PATIENCE, sender.send(event)).await, Ok(Ok(())));
    loop {
        let step = {
            // Waited for in one piece: an event that is being told is not begun anew.
            let mut next = std::pin::pin!(watch.next());
            loop {
                tokio::select! {
                    step = &mut next => break step,
                    () = sender.closed() => return,
                    () = served.live.stopped() => return,
                    _ = beat.tick() => {
                        if who.may_end()
                            && let Err(error @ Error::Unauthenticated(_)) = who.viewer(&served.ctx).await
                        {
                            break Step::SignedOut(error);
                        }
                        if !say(Bytes::from_static(ALIVE)).await {
                            return;
                        }
                    }
                }
            }
        };
        let last = match step {
            Step::Next(answer) => {
                let event = next(&answer);
                match served.unread.room(who.origin(), event.len()).await {
                    Ok(room) => {
                        if say(keeping(room, event)).await {
                            continue;
                        }
                        return;
                    }
                    Err(error) => refusal(error),
                }
            }
            Step::Refused(answer) => *answer,
            Step::SignedOut(error) => refusal(error),
        };
        say([next(&last), COMPLETE.to_vec()].concat().into()).await;
        return;
    }
}

fn next(answer: &Answer) -> Vec<u8> {
    // JSON has no line breaks outside of texts, and in these they are escaped.
    let mut event = b"event: next\ndata: ".to_vec();
    event.extend(serde_json::to_vec(&Wire::from(answer)).unwrap_or_default());
    event.extend(b"\n\n");
    event
}

fn streaming(body: Body) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, "Accept, Authorization")
        // Proxies of one kind keep what is streamed back until there is much of it, unless they are told.
        .header("X-Accel-Buffering", "no")
        .body(body)
}

fn refused(answer: &Answer) -> Response {
    let status = match answer.errors.first().and_then(code_of) {
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("RATE_LIMITED") => StatusCode::TOO_MANY_REQUESTS,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    refuse(status, answer)
}
