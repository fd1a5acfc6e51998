//! Places: how many websockets and event streams there may be, and how many subscriptions, in all and from one address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    config::SubscriptionConfig,
    error::{Error, Result},
    identity::viewer::Origin,
};

/// After how many seconds it may be tried again: places are given back at any time.
const RETRY: u64 = 30;

/// The transport that keeps its connection as long as it lasts.
pub(in crate::http) const EVENT_STREAM: &str = "event-stream";

/// All places of this process.
pub(super) struct Places {
    streams: Arc<Semaphore>,
    /// An event stream keeps its connection, and half of these are for everything else.
    events: Arc<Semaphore>,
    max_streams: u32,
    per_address: u32,
    subscriptions_per_address: u32,
    taken: Mutex<HashMap<Key, Taken>>,
}

/// Where somebody comes from.
type Key = Arc<[u8]>;

/// What one address has.
#[derive(Default)]
struct Taken {
    streams: u32,
    subscriptions: u32,
}

impl Places {
    pub(super) fn new(config: &SubscriptionConfig, connections: u32) -> Self {
        let max_streams = config.max_streams;
        Self {
            streams: Arc::new(Semaphore::new(usize::try_from(max_streams).unwrap_or(Semaphore::MAX_PERMITS))),
            events: Arc::new(Semaphore::new(
                usize::try_from(connections / 2).unwrap_or(Semaphore::MAX_PERMITS),
            )),
            max_streams,
            per_address: config.streams_per_address,
            subscriptions_per_address: config.subscriptions_per_address,
            taken: Mutex::default(),
        }
    }

    pub(super) fn open(self: &Arc<Self>, origin: Option<&Origin>, transport: &'static str) -> Result<Place> {
        let full = |what: &str| Error::RateLimited {
            message: format!("{what} Try again later."),
            retry_after: RETRY,
        };
        let permit = self.streams.clone().try_acquire_owned();
        let permit =
            permit.map_err(|_| full("All places for websockets and event streams here are taken."))?;
        let stream = match transport {
            EVENT_STREAM => Some(self.events.clone().try_acquire_owned().map_err(|_| {
                full("All places for event streams here are taken. A websocket may have room.")
            })?),
            _ => None,
        };
        let key: Key = origin.map(|origin| origin.0.clone()).unwrap_or_default();
        {
            let mut taken = self.taken();
            let of = taken.entry(key.clone()).or_default();
            if of.streams >= self.per_address {
                return Err(full("Too many websockets and event streams are open from your address."));
            }
            of.streams += 1;
        }
        metrics::gauge!("answerable_streams_open", "transport" => transport).increment(1.0);
        Ok(Place { places: self.clone(), key, transport, _permit: permit, _stream: stream })
    }

    pub(super) async fn empty(&self) {
        // An error means that nobody can take a place any more.
        let _ = self.streams.acquire_many(self.max_streams).await;
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<Key, Taken>> {
        // Counts are changed in one step, so that nothing is half-done here.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, key: &Key, change: impl FnOnce(&mut Taken)) {
        let mut taken = self.taken();
        if let Some(of) = taken.get_mut(key) {
            change(of);
            if of.streams == 0 && of.subscriptions == 0 {
                taken.remove(key);
            }
        }
    }
}

/// The place of one websocket or event stream, given back when it goes.
pub(in crate::http) struct Place {
    places: Arc<Places>,
    key: Key,
    transport: &'static str,
    _permit: OwnedSemaphorePermit,
    _stream: Option<OwnedSemaphorePermit>,
}

impl Place {
    /// A place for one more subscription of this address; `RateLimited` where there is none.
    pub(super) fn subscribe(&self) -> Result<Seat> {
        let limit = self.places.subscriptions_per_address;
        {
            let mut taken = self.places.taken();
            let of = taken.entry(self.key.clone()).or_default();
            if of.subscriptions >= limit {
                return Err(Error::RateLimited {
                    message: format!(
                        "There are {limit} subscriptions from your address already. End some, or try again later."
                    ),
                    retry_after: RETRY,
                });
            }
            of.subscriptions += 1;
        }
        metrics::gauge!("answerable_subscriptions_open").increment(1.0);
        Ok(Seat { places: self.places.clone(), key: self.key.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.give_back(&self.key, |of| of.streams -= 1);
        metrics::gauge!("answerable_streams_open", "transport" => self.transport).decrement(1.0);
    }
}

/// The place of one subscription, given back when it goes.
pub(super) struct Seat {
    places: Arc<Places>,
    key: Key,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.places.give_back(&self.key, |of| of.subscriptions -= 1);
        metrics::gauge!("answerable_subscriptions_open").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Arc<Places> {
        Arc::new(Places {
            streams: Arc::new(Semaphore::new(3)),
            events: Arc::new(Semaphore::new(1)),
            max_streams: 3,
            per_address: 2,
            subscriptions_per_address: 2,
            taken: Mutex::default(),
        })
    }

    fn origin(n: u8) -> Origin {
        Origin(vec![n].into())
    }

    #[tokio::test]
    async fn an_address_has_its_share_and_gives_it_back() {
        let places = places();
        let open = |n| places.open(Some(&origin(n)), "websocket");
        let (one, two) = (open(1).unwrap(), open(1).unwrap());
        assert!(matches!(open(1), Err(Error::RateLimited { .. })));
        let other = open(2).unwrap();
        assert!(matches!(open(3), Err(Error::RateLimited { .. })), "all places are taken");
        let seats = (one.subscribe().unwrap(), two.subscribe().unwrap());
        assert!(matches!(one.subscribe(), Err(Error::RateLimited { .. })));
        other.subscribe().unwrap();
        drop((one, two, other));
        assert_eq!(places.taken().len(), 1, "what is subscribed to still counts");
        let stream = places.open(Some(&origin(3)), EVENT_STREAM).unwrap();
        assert!(places.open(Some(&origin(4)), EVENT_STREAM).is_err(), "streams keep their connections");
        drop(places.open(Some(&origin(4)), "websocket").unwrap());
        drop(stream);
        drop(seats);
        assert!(places.taken().is_empty());
        places.empty().await;
    }
}
