//! Whose file is received when: so many at a time, and of those a few from one place, so that whoever sends slowly on purpose
//! keeps nobody else from sending.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns to receive.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    each: usize,
    patience: Duration,
    places: Mutex<HashMap<Vec<u8>, Weak<Semaphore>>>,
}

/// A turn; it ends by being dropped.
pub struct Turn {
    _all: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at a time, and so many from each place; for as long whoever comes waits for a turn.
    pub(super) fn new(all: usize, each: usize, patience: Duration) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), each, patience, places: Mutex::default() }
    }

    /// The next turn for somebody at this place; nothing where it does not come soon.
    pub(super) async fn next(&self, place: &[u8]) -> Option<Turn> {
        let of_place = self.place(place);
        let both = async {
            // The place first: who waits for that must not take from the others meanwhile.
            let place = of_place.acquire_owned().await.ok()?;
            Some(Turn { _all: self.all.clone().acquire_owned().await.ok()?, _place: place })
        };
        tokio::time::timeout(self.patience, both).await.ok()?
    }

    fn place(&self, place: &[u8]) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = places.get(place).and_then(Weak::upgrade) {
            return there;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let fresh = Arc::new(Semaphore::new(self.each));
        places.insert(place.to_vec(), Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_place_leaves_room_for_others() {
        let turns = Turns::new(3, 2, Duration::from_millis(20));
        let here = [turns.next(b"here").await, turns.next(b"here").await];
        assert!(here.iter().all(Option::is_some));
        assert!(turns.next(b"here").await.is_none(), "it has its share");
        let there = turns.next(b"there").await;
        assert!(there.is_some());
        assert!(turns.next(b"elsewhere").await.is_none(), "all are taken");
        drop(here);
        assert!(turns.next(b"here").await.is_some());
        drop(there);
        assert!(turns.next(b"anywhere").await.is_some());
        assert_eq!(turns.places.lock().unwrap().len(), 1, "who has gone is forgotten");
    }
}
