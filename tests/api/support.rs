//! The harness: databases, the running service, actors, documents.

pub mod actor;
pub mod classifier;
pub mod contributions;
pub mod documents;
pub mod files;
pub mod patience;
pub mod postgres;
pub mod recount;
pub mod secrets;
pub mod service;
pub mod socket;
#[expect(dead_code, reason = "the mailer's own tests use the rest")]
pub mod smtp;

pub use actor::Actor;
pub use service::TestService;
