//! How errors of the house become errors of the API: the one place where `extensions.code` is given, and where an
//! internal error is logged and loses its inner text.

use async_graphql::{ErrorExtensions, Response, ServerError, SimpleObject, Value};
use data_encoding::HEXLOWER;

use super::suggestions;
use crate::{
    config::QueryLimits,
    error::{self, Error, UserErrorCode},
    seal,
};

/// What resolvers return. It is not `Display`, so that async-graphql's blanket conversion cannot carry inner text out.
pub(super) struct ApiError(Error);

/// A resolver's result.
pub(super) type Result<T> = std::result::Result<T, ApiError>;

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(ApiError(error): ApiError) -> Self {
        let code = match &error {
            Error::Unauthenticated(_) => "UNAUTHENTICATED",
            Error::Forbidden(_) => "FORBIDDEN",
            Error::NotFound(_) => "NOT_FOUND",
            Error::BadRequest(_) | Error::Refused(_) => "BAD_REQUEST",
            Error::Conflict(_) => "CONFLICT",
            Error::RateLimited { retry_after, .. } => {
                let seconds = *retry_after;
                return async_graphql::Error::new(error.to_string()).extend_with(|_, extensions| {
                    extensions.set("code", "RATE_LIMITED");
                    extensions.set("retryAfter", seconds);
                });
            }
            Error::Internal(_) if took_too_long(&error) => {
                let text = "This took the database too long and was stopped. Ask for less at a time.";
                return async_graphql::Error::new(text)
                    .extend_with(|_, extensions| extensions.set("code", "BAD_REQUEST"));
            }
            Error::Internal(_) => {
                let trace = trace_id();
                tracing::error!(trace.id = %trace, error = %error.report(), "A request failed on our side.");
                let hint = format!("{error} Tell whoever runs this service the trace id {trace}.");
                return async_graphql::Error::new(hint).extend_with(|_, extensions| {
                    extensions.set("code", "INTERNAL");
                    extensions.set("traceId", trace.clone());
                });
            }
        };
        async_graphql::Error::new(error.to_string()).extend_with(|_, extensions| extensions.set("code", code))
    }
}

/// Whether the database ended a statement at its time limit, which Diesel tells in the server's own words alone.
fn took_too_long(error: &Error) -> bool {
    error.report().contains("canceling statement due to")
}

/// A name by which the answer and the log line are found together.
pub fn trace_id() -> String {
    HEXLOWER.encode(&seal::random::<8>().unwrap_or_default())
}

/// Gives every error a code: those without one were made by the library, about the request itself. Where the library
/// only says that a query is too much, this says what to do. Shows as many errors as are of use.
pub(super) fn finish(mut response: Response, limits: &QueryLimits) -> Response {
    let more = response.errors.len().saturating_sub(limits.max_errors);
    response.errors.truncate(limits.max_errors);
    for error in &mut response.errors {
        if let Some((length, end)) = before_value(&error.message) {
            error.message.truncate(length);
            error.message.push_str(end);
        }
        match error.message.as_str() {
            "Query is too complex." => {
                error.message = format!(
                    "The query could return more than {} fields, each list counted as long as the page asked for (20 when `first` is not given). Ask for smaller pages with `first`, or for fewer levels at a time.",
                    limits.max_complexity
                );
            }
            "Query is nested too deep." => {
                error.message = format!(
                    "The query nests deeper than {} levels. Ask for fewer levels at a time.",
                    limits.max_depth
                );
            }
            unknown if !limits.no_suggestions => {
                if let Some(meant) = suggestions::of(unknown) {
                    error.message.push_str(&meant);
                }
            }
            _ => {}
        }
    }
    if more > 0 {
        let what = if more == 1 { "error is" } else { "errors are" };
        response.errors.push(ServerError::new(format!("{more} more {what} not shown."), None));
    }
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", "BAD_REQUEST");
        }
    }
    response
}

/// How much of a message of the library's says what was expected, where it goes on with the value that it found, and what is
/// said of that instead: somebody may have put a secret into the wrong place, and clients keep errors in their logs.
fn before_value(message: &str) -> Option<(usize, &'static str)> {
    let end = |of: &str| message.find(of).map(|at| at + of.len());
    let of_enum =
        ["Invalid value for argument \"", "Enumeration type \""].iter().any(|it| message.starts_with(it));
    match () {
        () if message.starts_with("Expected input type \"") => {
            end("\", found").map(|at| (at, " another value."))
        }
        () if of_enum => end("\" does not contain").map(|at| (at, " the value given.")),
        () => None,
    }
}

/// An answer to a request that was not run at all.
pub fn refusal(error: Error) -> Response {
    let error: async_graphql::Error = ApiError(error).into();
    Response::from_errors(vec![ServerError {
        extensions: error.extensions,
        ..ServerError::new(error.message, None)
    }])
}

/// An answer to a request of which this field, as the request calls it, was refused before any of it was run.
pub(super) fn refusal_of(field: &str, error: Error) -> Response {
    let mut response = refusal(error);
    for error in &mut response.errors {
        error.path = vec![async_graphql::PathSegment::Field(field.to_owned())];
    }
    response
}

/// The same with a code that a protocol gives by name, where a client acts on code and message.
pub fn refusal_named(code: &str, message: impl Into<String>) -> Response {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    Response::from_errors(vec![error])
}

/// The code of an error, for the status line.
pub fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// After how many seconds an error that says too much was asked may be tried again.
pub fn retry_after(error: &ServerError) -> Option<u64> {
    match error.extensions.as_ref()?.get("retryAfter")? {
        Value::Number(seconds) => seconds.as_u64(),
        _ => None,
    }
}

/// Something about the input that the person who sent it can put right.
#[derive(SimpleObject)]
pub(super) struct UserError {
    /// For programs.
    code: UserErrorCode,
    /// For people: what is wrong and what to do, in English.
    message: String,
    /// The field it is about, from `input` down.
    path: Vec<String>,
}

impl From<error::UserError> for UserError {
    fn from(error: error::UserError) -> Self {
        Self { code: error.code, message: error.message, path: error.path }
    }
}

/// Sorts what an action returned into the changed object and the refusals a payload lists; other errors stay errors.
pub(super) fn outcome<T>(result: error::Result<T>) -> Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Refused(problems)) => Ok((None, problems.into_iter().map(Into::into).collect())),
        Err(error) => Err(ApiError(error)),
    }
}
