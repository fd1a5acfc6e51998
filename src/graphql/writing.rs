//! Which mutations are under way: they go on when their client has gone, and the end of the service waits for them.

use tokio::sync::watch::Sender;

/// How many mutations are under way. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Writing(Sender<usize>);

/// A mutation under way, for as long as this is kept.
pub(super) struct UnderWay(Sender<usize>);

impl Writing {
    /// One more.
    pub fn begin(&self) -> UnderWay {
        self.0.send_modify(|count| *count += 1);
        UnderWay(self.0.clone())
    }

    /// Completes when there is none.
    pub async fn done(&self) {
        // An error means that nobody is left who could begin one.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
