//! Which code carries out which job.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use serde_json::Value;

use super::Job;
use crate::{error::Error, ids::JobId};

/// Why an attempt did not succeed. The text goes to the table and the log: it names nobody and quotes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// May well succeed later.
    Retry(String),
    /// Would fail again however often it were tried.
    GiveUp(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(_) => Self::Retry(error.report()),
            other => Self::GiveUp(other.report()),
        }
    }
}

type Handler = Arc<dyn Fn(JobId, Value) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// The code of every kind of job.
#[derive(Clone, Default)]
pub struct Registry {
    handlers: HashMap<&'static str, Handler>,
}

impl Registry {
    /// Says what carries out jobs of type `J`. It may be called more than once for one job, never twice at a time
    /// while leases hold, and must come to the same end each time.
    #[must_use]
    pub fn on<J, F, Fut>(mut self, handler: F) -> Self
    where
        J: Job,
        F: Fn(JobId, J) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |id, payload| match serde_json::from_value(payload) {
            Ok(job) => Box::pin(handler(id, job)),
            // What serde says repeats what stood there.
            Err(_) => Box::pin(std::future::ready(Err(Failure::GiveUp(
                "the payload is not that of such a job".into(),
            )))),
        });
        self.handlers.insert(J::KIND, handler);
        self
    }

    pub(super) async fn run(&self, id: JobId, kind: &str, payload: Value) -> Result<(), Failure> {
        match self.handlers.get(kind) {
            Some(handler) => handler(id, payload).await,
            // A newer program may know it: it is tried again rather than given up on at once.
            None => Err(Failure::Retry(format!("this program knows no job of kind {kind}"))),
        }
    }
}
