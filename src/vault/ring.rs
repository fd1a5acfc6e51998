//! The master keys of a running process. It reads them anew when it meets one it does not know: a key that is kept in a
//! file may be succeeded by another while the service runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::{
    error::{Error, Result},
    seal::Masters,
};

type Source = Box<dyn Fn() -> Option<Masters> + Send + Sync>;

/// The master keys, and where to read them anew.
pub struct Ring {
    masters: RwLock<Arc<Masters>>,
    source: Source,
}

/// None of the keys fits.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0}. Restart it with the key as ANSWERABLE_MASTER_KEY, and the one before as ANSWERABLE_PREVIOUS_MASTER_KEY."
)]
struct Unknown(&'static str);

impl Ring {
    /// These keys; `source` reads them anew.
    pub fn new(masters: Arc<Masters>, source: impl Fn() -> Option<Masters> + Send + Sync + 'static) -> Self {
        Self { masters: RwLock::new(masters), source: Box::new(source) }
    }

    /// The keys as they were read last.
    pub fn masters(&self) -> Arc<Masters> {
        self.masters.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What `attempt` finds with the keys that are known, else with those that are there by now; an error that begins with
    /// `otherwise` where it finds nothing.
    pub(super) fn with<T>(
        &self,
        attempt: impl Fn(&Masters) -> Option<T>,
        otherwise: &'static str,
    ) -> Result<T> {
        if let Some(found) = attempt(&self.masters()) {
            return Ok(found);
        }
        if let Some(masters) = (self.source)() {
            *self.masters.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(masters);
        }
        attempt(&self.masters()).ok_or_else(|| Error::internal(Unknown(otherwise)))
    }
}
