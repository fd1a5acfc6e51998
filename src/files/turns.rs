//! Whose file is received when: so many at a time, and of those a few from one place. Half of all turns are kept for the first
//! file of each place, so that a few who send slowly on purpose keep nobody else from sending.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Turns to receive.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    /// Those for whoever has one already.
    further: Arc<Semaphore>,
    each: usize,
    patience: Duration,
    places: Mutex<HashMap<Vec<u8>, Weak<Place>>>,
}

/// What one place may have.
struct Place {
    first: Arc<Semaphore>,
    further: Arc<Semaphore>,
}

/// A turn; it ends by being dropped.
pub struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
    _place: Arc<Place>,
}

impl Turns {
    /// So many at a time, and so many from each place; for as long whoever comes waits for a turn.
    pub(super) fn new(all: usize, each: usize, patience: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            further: Arc::new(Semaphore::new(all / 2)),
            each,
            patience,
            places: Mutex::default(),
        }
    }

    /// The next turn for somebody at this place; nothing where it does not come soon.
    pub(super) async fn next(&self, place: &[u8]) -> Option<Turn> {
        let place = self.place(place);
        let next = async {
            // The place first: who waits for that must not take from the others meanwhile.
            let mut permits = tokio::select! {
                biased;
                first = place.first.clone().acquire_owned() => vec![first.ok()?],
                further = place.further.clone().acquire_owned() => vec![further.ok()?, self.further.clone().acquire_owned().await.ok()?],
            };
            permits.push(self.all.clone().acquire_owned().await.ok()?);
            Some(Turn { _permits: permits, _place: place.clone() })
        };
        tokio::time::timeout(self.patience, next).await.ok()?
    }

    fn place(&self, place: &[u8]) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = places.get(place).and_then(Weak::upgrade) {
            return there;
        }
        places.retain(|_, place| place.strong_count() > 0);
        let fresh = Arc::new(Place {
            first: Arc::new(Semaphore::new(1)),
            further: Arc::new(Semaphore::new(self.each - 1)),
        });
        places.insert(place.to_vec(), Arc::downgrade(&fresh));
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_place_leaves_room_for_others() {
        let turns = turns(3, 2);
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

    #[tokio::test]
    async fn half_of_all_are_for_the_first_file_of_each_place() {
        let turns = turns(8, 3);
        let mut held = Vec::new();
        for (place, gets) in [(b"one", 3), (b"two", 3), (b"thr", 1), (b"fou", 1)] {
            for file in 0..3 {
                let turn = turns.next(place).await;
                assert_eq!(turn.is_some(), file < gets, "{place:?} {file}");
                held.extend(turn);
            }
        }
        assert!(turns.next(b"fiv").await.is_none(), "all are taken");
        held.remove(0);
        assert!(turns.next(b"fiv").await.is_some());
    }

    fn turns(all: usize, each: usize) -> Turns {
        Turns::new(all, each, Duration::from_millis(20))
    }
}
