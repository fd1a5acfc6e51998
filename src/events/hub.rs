//! The hub: from the one tail of this process to everybody in it who listens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError, error::TryRecvError};

use super::Event;
use crate::ids::DocumentId;

/// How many events are kept for a listener who is slow; one who is slower is told that there is a gap.
const KEPT: usize = 256;

/// Hands events to those who listen to their document. A listener who is slow keeps nobody else waiting. Cheap to clone.
#[derive(Clone, Default)]
pub struct Hub(Arc<Mutex<HashMap<DocumentId, Sender<Event>>>>);

impl Hub {
    /// Listens to the events of a document from now on.
    pub fn listen(&self, document: DocumentId) -> Feed {
        let mut documents = self.documents();
        // Documents that nobody listens to any more go when somebody begins to listen: there are never many of them.
        documents.retain(|_, sender| sender.receiver_count() > 0);
        let sender = documents.entry(document).or_insert_with(|| broadcast::channel(KEPT).0);
        Feed(sender.subscribe())
    }

    /// How many listen to a document.
    pub fn listeners(&self, document: DocumentId) -> usize {
        self.documents().get(&document).map_or(0, Sender::receiver_count)
    }

    /// Hands an event on.
    pub(super) fn tell(&self, event: Event) {
        if let Some(sender) = self.documents().get(&event.document) {
            // Fails where nobody listens any more.
            let _ = sender.send(event);
        }
    }

    /// Tells everybody who listens that there is a gap.
    pub(super) fn lose(&self) {
        self.documents().clear();
    }

    fn documents(&self) -> MutexGuard<'_, HashMap<DocumentId, Sender<Event>>> {
        // Nothing is left half-done under this lock, whatever happens to whoever holds it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one listener hears.
pub struct Feed(Receiver<Event>);

/// That events were missed: what was known before may be out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap;

impl Feed {
    /// The next event.
    pub async fn next(&mut self) -> Result<Event, Gap> {
        self.0.recv().await.map_err(|(RecvError::Lagged(_) | RecvError::Closed)| Gap)
    }

    /// Takes the next event if there is one already.
    pub fn take(&mut self) -> Result<Option<Event>, Gap> {
        match self.0.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Lagged(_) | TryRecvError::Closed) => Err(Gap),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::events::Kind;

    fn event(document: DocumentId, n: u128) -> Event {
        Event { kind: Kind::CommentChanged, document, subject: Uuid::from_u128(n) }
    }

    #[tokio::test]
    async fn everybody_hears_of_their_own_document_alone() {
        let hub = Hub::default();
        let (one, other) = (DocumentId::new(DateTime::UNIX_EPOCH), DocumentId::new(DateTime::UNIX_EPOCH));
        let (mut first, mut second) = (hub.listen(one), hub.listen(one));
        hub.tell(event(other, 1));
        hub.tell(event(one, 2));
        assert_eq!(first.next().await, Ok(event(one, 2)));
        assert_eq!(second.next().await, Ok(event(one, 2)));
        assert_eq!(first.take(), Ok(None));
        drop(second);
        assert_eq!((hub.listeners(one), hub.listeners(other)), (1, 0));
    }

    #[tokio::test]
    async fn who_is_slow_is_told_and_keeps_nobody_waiting() {
        let hub = Hub::default();
        let document = DocumentId::new(DateTime::UNIX_EPOCH);
        let (mut slow, mut quick) = (hub.listen(document), hub.listen(document));
        for n in 0..1_000 {
            hub.tell(event(document, n));
            assert_eq!(quick.next().await, Ok(event(document, n)));
        }
        assert_eq!(slow.next().await, Err(Gap));
        assert_eq!(slow.take(), Ok(Some(event(document, 1_000 - KEPT as u128))));
        hub.lose();
        assert_eq!(quick.next().await, Err(Gap));
    }

    #[tokio::test]
    async fn nothing_is_kept_for_documents_that_nobody_listens_to() {
        let hub = Hub::default();
        let document = DocumentId::new(DateTime::UNIX_EPOCH);
        for _ in 0..100 {
            drop(hub.listen(DocumentId::new(DateTime::UNIX_EPOCH)));
        }
        let _feed = hub.listen(document);
        assert_eq!(hub.documents().len(), 1);
    }
}
