//! What websockets and event streams share: how many there may be, how they end with the service, and subscriptions at
//! work.

mod places;
mod watch;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch::Receiver};

pub(super) use places::{EVENT_STREAM, Place};
pub(super) use watch::{Step, Watch};

use self::places::Places;
use crate::{config::SubscriptionConfig, error::Result, events::Hub, identity::viewer::Origin};

/// Everything that is open for longer than an answer. Cheap to clone.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    hub: Hub,
    config: SubscriptionConfig,
    places: Arc<Places>,
    /// How many events are being told at a time: so many that requests still find a connection to the database.
    at_work: Semaphore,
    stopped: Receiver<bool>,
}

impl Live {
    /// Nobody listens yet. There are so many connections to the database, and may be so many clients at a time; `stopped`
    /// is set when the service ends.
    pub fn new(
        config: SubscriptionConfig,
        hub: Hub,
        (connections, clients): (usize, u32),
        stopped: Receiver<bool>,
    ) -> Self {
        let places = Arc::new(Places::new(&config, clients));
        let at_work = Semaphore::new(connections.div_ceil(2));
        Self(Arc::new(Inner { hub, config, places, at_work, stopped }))
    }

    /// A place for one more websocket or event stream; `RateLimited` where there is none.
    pub(super) fn open(&self, origin: Option<&Origin>, transport: &'static str) -> Result<Place> {
        self.0.places.open(origin, transport)
    }

    /// The limits.
    pub(super) fn config(&self) -> &SubscriptionConfig {
        &self.0.config
    }

    /// Completes when the service ends.
    pub(super) async fn stopped(&self) {
        // An error means that whoever would say so is gone, which ends things as well.
        let _ = self.0.stopped.clone().wait_for(|stopped| *stopped).await;
    }

    /// Completes when nothing is open any more.
    pub async fn closed(&self) {
        self.0.places.empty().await;
    }
}
