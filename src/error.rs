//! The one error of the house and the refusals a person can put right.
//!
//! [`Error`] is what every domain and platform function returns; the API turns each variant into an `extensions.code`
//! in a single place (`graphql::errors`). [`UserError`] is for what a person can put right: an action returns it as
//! [`Error::Refused`], so that `?` rolls its transaction back, and the mutation's payload lists it.
//! No variant but `Internal` carries inner text, and `Internal` never shows it.

use std::sync::Arc;

/// What the house's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done. Cheap to clone, because a loader hands one error to many askers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, and this needs somebody who is; or the token is not (or no longer) good.
    #[error("{0}")]
    Unauthenticated(String),
    /// Somebody is signed in who may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// It is not there, or the viewer may not know that it is.
    #[error("{0}")]
    NotFound(String),
    /// The request makes no sense as it stands: a malformed id, an impossible combination of arguments.
    #[error("{0}")]
    BadRequest(String),
    /// The item has changed since the viewer saw it.
    #[error("{0}")]
    Conflict(String),
    /// Too often in too short a time.
    #[error("{message}")]
    RateLimited {
        /// When to try again, in words.
        message: String,
        /// The same in seconds.
        retry_after: u64,
    },
    /// Refused with reasons that the person can put right.
    #[error("{}", listed(.0))]
    Refused(Vec<UserError>),
    /// Something of ours broke. The cause is logged once, at the boundary, and never shown.
    #[error("Something went wrong on our side. Nothing was lost that you were told was saved.")]
    Internal(Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Wraps a cause that is nobody's fault but ours.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(Arc::from(cause.into()))
    }

    /// One refusal, for the one input field named by `path`.
    pub fn refused(code: UserErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        Self::Refused(vec![UserError::new(code, message, path)])
    }

    /// "There is no … here", in one wording for everything that is absent or must seem so.
    pub fn missing(what: &str) -> Self {
        Self::NotFound(format!("There is no such {what}, or it is not yours to see."))
    }

    /// The chain of causes, for the log.
    pub fn report(&self) -> String {
        match self {
            Self::Internal(cause) => {
                let mut text = cause.to_string();
                let mut next = cause.source();
                while let Some(inner) = next {
                    text.push_str(": ");
                    text.push_str(&inner.to_string());
                    next = inner.source();
                }
                text
            }
            other => other.to_string(),
        }
    }
}

fn listed(problems: &[UserError]) -> String {
    let listed: Vec<_> =
        problems.iter().map(|problem| format!("{}: {}", problem.path.join("."), problem.message)).collect();
    listed.join(" ")
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::internal(error)
    }
}

impl From<diesel_async::pooled_connection::deadpool::PoolError> for Error {
    fn from(error: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        Self::internal(error)
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// Something about the input that the person who sent it can put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// For programs.
    pub code: UserErrorCode,
    /// For people: what is wrong and what to do.
    pub message: String,
    /// The input field it is about, from `input` down.
    pub path: Vec<String>,
}

impl UserError {
    /// A refusal of the input field named by `path`.
    pub fn new(code: UserErrorCode, message: impl Into<String>, path: &[&str]) -> Self {
        Self { code, message: message.into(), path: path.iter().map(ToString::to_string).collect() }
    }
}

/// What kind of thing a person has to put right.
#[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// A required text is empty.
    Blank,
    /// A text is longer than its limit.
    TooLong,
    /// A number is outside its bounds.
    OutOfRange,
    /// Not an e-mail address that mail can be sent to.
    InvalidEmail,
    /// A text holds what it must not, such as control characters.
    InvalidText,
    /// The document takes no contributions now.
    DocumentClosed,
    /// What this is meant for is not there, or cannot be seen.
    TargetNotFound,
    /// Replies to this are not possible, or not this deep.
    NotReplyable,
    /// The same key came before with another input.
    IdempotencyKeyReused,
    /// This decision needs a reason.
    ReasonRequired,
    /// The item has changed since it was on the screen.
    Changed,
    /// Nothing hinders it, but all or nothing was asked for, and others could not be done.
    NotDone,
    /// This action is not possible in the item's present state.
    InvalidTransition,
    /// The link is not valid, was used, or has expired.
    InvalidToken,
    /// The link was asked for elsewhere: it works together with the secret that the client which asked was given.
    OtherClient,
    /// Nobody would be left to run the installation.
    LastAdministrator,
    /// More than the person themselves may do.
    NotAllowed,
    /// A field that only makes sense with another, or without it.
    InvalidCombination,
    /// This decision cannot be appealed against: it was before, the time for it is over, or the decision no longer stands.
    NotAppealable,
    /// An appeal is decided by another moderator than the one who made the decision.
    AnotherModeratorNeeded,
    /// A rule of the document asks for another wording before anything is kept.
    RevisionNeeded,
}
