//! What the pages work with, and how a page asks the schema.

use std::{path::PathBuf, sync::Arc};

use async_graphql::{Request, Variables};
use poem::{
    Body, IntoResponse, Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{page, pages};
use crate::{
    error::{Error, Result},
    graphql::{
        Api,
        errors::{code_of, retry_after, trace_id},
    },
    identity::{Viewer, viewer::Origin},
};

/// What the pages work with. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    /// The schema: every page runs one operation of it, as anybody could.
    pub api: Api,
    /// Whether this is somebody's own machine.
    pub development: bool,
    /// Whether browsers reach it over TLS.
    pub over_tls: bool,
    /// The mail folder, shown in development where mail goes to files.
    pub mail_folder: Option<Arc<PathBuf>>,
    /// Where the request of a page comes from; each has a copy of its own.
    pub origin: Option<Origin>,
    /// What the explorer's examples show.
    pub example: Option<Arc<ExampleSection>>,
}

/// A section that the explorer's examples can show.
#[derive(Clone, Debug)]
pub struct ExampleSection {
    /// The name of its document in addresses.
    pub document: String,
    /// The global id of that document.
    pub document_id: String,
    /// Its own name in addresses.
    pub section: String,
    /// Its global id.
    pub id: String,
}

impl Site {
    /// The same, for a request that comes from there.
    #[must_use]
    pub fn coming_from(&self, origin: Option<Origin>) -> Self {
        Self { origin, ..self.clone() }
    }

    /// Whether mail goes to files that this service shows.
    pub(super) fn shows_mail(&self) -> bool {
        self.development && self.mail_folder.is_some()
    }

    /// Runs an operation for an anonymous reader and reads what came back. The first error of the answer is the error
    /// of the page.
    pub(super) async fn run<T: DeserializeOwned>(&self, operation: &str, variables: Value) -> Result<T> {
        self.run_for(Viewer::anonymous(), operation, variables).await
    }

    /// The same, for a viewer of whom a page knows more.
    pub(super) async fn run_for<T: DeserializeOwned>(
        &self,
        viewer: Viewer,
        operation: &str,
        variables: Value,
    ) -> Result<T> {
        let writes = operation.trim_start().starts_with("mutation");
        let request = Request::new(operation).variables(Variables::from_json(variables));
        let api = self.api.clone();
        let viewer = viewer.coming_from(self.origin.clone());
        // On a task of its own, as at the endpoint: a client that hangs up does not stop a write half-way.
        let run = tokio::spawn(async move { api.execute(viewer, request, writes).await });
        let response = run.await.map_err(|error| Error::internal(error.to_string()))?;
        if let Some(error) = response.errors.first() {
            return Err(match code_of(error) {
                Some("NOT_FOUND") => Error::NotFound(error.message.clone()),
                Some("RATE_LIMITED") => Error::RateLimited {
                    message: error.message.clone(),
                    retry_after: retry_after(error).unwrap_or(60),
                },
                Some("CONFLICT") => Error::Conflict(error.message.clone()),
                // Logged where it arose, under the trace id that its message ends with.
                _ => Error::internal(error.message.clone()),
            });
        }
        Ok(serde_json::from_value(response.data.into_json()?)?)
    }
}

/// What a page's handler returns: an error becomes a page too.
pub(super) fn shown(result: Result<Response>) -> Response {
    let result = match result {
        Err(Error::RateLimited { message, retry_after }) => {
            page(StatusCode::TOO_MANY_REQUESTS, &pages::TooMuch { message }).map(|mut response| {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
                response
            })
        }
        other => other,
    };
    result.unwrap_or_else(|error| {
        let trace = trace_id();
        tracing::error!(trace.id = %trace, error = %error.report(), "A page could not be shown.");
        page(StatusCode::INTERNAL_SERVER_ERROR, &pages::ServerError { trace_id: Some(trace) })
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    })
}

/// The page for what is not there.
pub fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, &pages::NotFound { what: None })
        .unwrap_or_else(|_| Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()))
}
