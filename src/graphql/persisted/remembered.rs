//! Texts under their digests, as many as there is room for: what was not asked for the longest goes first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::Digest;

/// What an entry takes beside its text, about.
const ENTRY: usize = 200;

pub(super) struct Remembered {
    room: usize,
    kept: Mutex<Kept>,
}

struct Kept {
    texts: LruCache<Digest, Arc<str>>,
    bytes: usize,
}

impl Remembered {
    /// Nothing yet, in so many bytes.
    pub fn new(room: usize) -> Self {
        Self { room, kept: Mutex::new(Kept { texts: LruCache::unbounded(), bytes: 0 }) }
    }

    /// Whether anything is kept at all.
    pub fn has_room(&self) -> bool {
        self.room > 0
    }

    pub fn get(&self, digest: &Digest) -> Option<Arc<str>> {
        self.kept().texts.get(digest).cloned()
    }

    pub fn put(&self, digest: Digest, text: &str) {
        let mut kept = self.kept();
        // The same digest is the same text.
        if text.len() + ENTRY > self.room || kept.texts.get(&digest).is_some() {
            return;
        }
        kept.bytes += text.len() + ENTRY;
        kept.texts.put(digest, text.into());
        while kept.bytes > self.room {
            let Some((_, text)) = kept.texts.pop_lru() else { return };
            kept.bytes -= text.len() + ENTRY;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing that can panic happens while it is held.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_kept_to_and_what_is_asked_for_stays() {
        let remembered = Remembered::new(3 * (ENTRY + 100));
        let text = "a".repeat(100);
        let of = |number: u8| Digest::from([number; 32]);
        for number in 0..3 {
            remembered.put(of(number), &text);
        }
        assert!(remembered.get(&of(0)).is_some());
        remembered.put(of(3), &text);
        remembered.put(of(3), &text);
        assert!(remembered.get(&of(1)).is_none(), "the one not asked for went");
        assert!([0, 2, 3].iter().all(|number| remembered.get(&of(*number)).is_some()));
        assert_eq!(remembered.kept().bytes, 3 * (ENTRY + 100));
        remembered.put(of(4), &"a".repeat(10_000));
        assert!(remembered.get(&of(4)).is_none() && remembered.get(&of(0)).is_some());
    }
}
