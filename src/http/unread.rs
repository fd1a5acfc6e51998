//! Answers that wait to be read. Whoever asks for long ones and takes nothing of them has us hold them, so what all of them
//! come to has a bound, and what one client's address has of it as well. An answer takes its room when it is ready, and
//! gives it back when its last byte was written or its connection is gone; one for which there is none is not sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use hyper::body::{Body as _, Bytes};
use poem::{
    Endpoint, IntoResponse, Request, Response, Result as Answered,
    http::{HeaderValue, StatusCode, header},
};
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{Served, graphql, viewer};
use crate::{
    config::ConnectionLimits,
    error::{Error, Result},
    identity::viewer::Origin,
};

/// Answers of so many bytes need no room over HTTP: a connection has one at a time, so that connections bound them. Most
/// answers are smaller, those of mutations among them, and are given whatever others do.
pub(super) const SMALL: usize = 32 * 1024;
/// Which part of all room one client's address may have: one in so many.
const SHARES: u32 = 4;
/// How long an answer waits for room.
const WAIT: Duration = Duration::from_secs(2);
/// After how many seconds it may be tried again.
const RETRY: u64 = 10;

/// Room for answers. Cheap to clone.
#[derive(Clone)]
pub struct Unread(Arc<All>);

struct All {
    /// One permit for each byte.
    room: Arc<Semaphore>,
    most: u32,
    shares: Mutex<HashMap<Arc<[u8]>, Weak<Semaphore>>>,
}

/// The room that one answer has, given back when this goes.
pub(super) struct Room {
    /// How many bytes it is.
    pub bytes: u32,
    _of_all: OwnedSemaphorePermit,
    _of_address: Option<OwnedSemaphorePermit>,
}

impl Unread {
    /// All of it is free.
    pub fn new(limits: &ConnectionLimits) -> Self {
        let most = u32::from(limits.unread_answers_mib) * 1024 * 1024;
        let room = Arc::new(Semaphore::new(usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS)));
        Self(Arc::new(All { room, most, shares: Mutex::default() }))
    }

    /// Room for an answer of so many bytes; `RateLimited` where there is none before long. One that is larger than all
    /// there is has all of it.
    pub(super) async fn room(&self, origin: Option<&Origin>, bytes: usize) -> Result<Room> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.0.most);
        // Fails only when the semaphore is closed, which it never is.
        let taken = async {
            let of_address = match origin {
                Some(origin) => Some(self.share(origin).acquire_many_owned(bytes.min(self.each())).await?),
                None => None,
            };
            let of_all = self.0.room.clone().acquire_many_owned(bytes).await?;
            Ok::<_, AcquireError>(Room { bytes, _of_all: of_all, _of_address: of_address })
        };
        if let Ok(Ok(room)) = timeout(WAIT, taken).await {
            metrics::gauge!("answerable_unread_answers_bytes").increment(f64::from(bytes));
            return Ok(room);
        }
        metrics::counter!("answerable_unread_answers_refused_total").increment(1);
        let message = "Too many answers wait to be read. Read those you have asked for, ask for less at a time, or try again later.";
        Err(Error::RateLimited { message: message.into(), retry_after: RETRY })
    }

    /// How much one address may have.
    fn each(&self) -> u32 {
        self.0.most / SHARES
    }

    /// What one address has left.
    fn share(&self, origin: &Origin) -> Arc<Semaphore> {
        let mut shares = self.0.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&origin.0).and_then(Weak::upgrade) {
            return share;
        }
        // Nobody has anything of those that are gone.
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(usize::try_from(self.each()).unwrap_or(Semaphore::MAX_PERMITS)));
        shares.insert(origin.0.clone(), Arc::downgrade(&share));
        share
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        metrics::gauge!("answerable_unread_answers_bytes").decrement(f64::from(self.bytes));
    }
}

/// Bytes that keep their room until the last of them was written.
pub(super) fn keeping(room: Room, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
    struct Kept<B>(B, #[expect(dead_code, reason = "it is given back with the bytes")] Room);
    impl<B: AsRef<[u8]>> AsRef<[u8]> for Kept<B> {
        fn as_ref(&self) -> &[u8] {
            self.0.as_ref()
        }
    }
    Bytes::from_owner(Kept(bytes, room))
}

/// Answers, and takes room for the answer. What is sent piece by piece takes room for each piece by itself.
pub(super) async fn bounded<E: Endpoint>(
    served: Served,
    endpoint: Arc<E>,
    request: Request,
) -> Answered<Response> {
    let origin = viewer::origin_of(&served.ctx, &served.trusted_proxies, &request);
    let of_graphql = request.uri().path() == "/graphql";
    let response = hyper::Response::from(endpoint.call(request).await?.into_response());
    let whole = response.body().size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let mut response = Response::from(response);
    let Some(length) = whole else { return Ok(response) };
    // Taken out and put back, because a body that went by way of the other library has forgotten how long it is.
    let bytes = response.take_body().into_bytes().await?;
    if length <= SMALL {
        response.set_body(bytes);
        return Ok(response);
    }
    match served.unread.room(origin.as_ref(), length).await {
        Ok(room) => response.set_body(keeping(room, bytes)),
        Err(error) => refuse(&mut response, error, of_graphql),
    }
    Ok(response)
}

/// Makes an answer one that says that there is no room for it. What it says to browsers about who may read it stays.
fn refuse(response: &mut Response, error: Error, of_graphql: bool) {
    let is_json = of_graphql && response.content_type().is_some_and(|media| media.contains("json"));
    response.set_status(StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.remove(header::ETAG);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY));
    if !is_json {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    let body = if is_json { graphql::written_refusal(error) } else { format!("{error}\n").into_bytes() };
    response.set_body(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_has_its_share_and_all_have_no_more_than_there_is() {
        const MIB: usize = 1024 * 1024;
        let unread = Unread(Arc::new(All {
            room: Arc::new(Semaphore::new(8 * MIB)),
            most: 8 * 1024 * 1024,
            shares: Mutex::default(),
        }));
        let of = |n: u8| Origin(vec![n].into());
        let room = async |n: u8, bytes| unread.room(Some(&of(n)), bytes).await;
        let first = room(1, 2 * MIB).await.unwrap();
        let larger = room(2, 5 * MIB).await.unwrap();
        let (over_its_share, over_all) = tokio::join!(room(1, 1), room(3, 2 * MIB));
        assert!(matches!(over_its_share, Err(Error::RateLimited { .. })), "its share is a quarter");
        assert!(over_all.is_err(), "there is not so much left");
        let second = room(3, MIB).await.unwrap();
        drop(first);
        let rest = room(1, 2 * MIB).await.unwrap();
        drop((larger, second, rest));
        drop(unread.room(None, 80 * MIB).await.unwrap());
        drop(keeping(room(4, MIB).await.unwrap(), "abc").slice(1..2));
        assert_eq!(unread.0.room.available_permits(), 8 * MIB);
        drop(unread.share(&of(9)));
        assert_eq!(unread.0.shares.lock().unwrap().len(), 1, "who has nothing is forgotten");
    }
}
