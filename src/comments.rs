//! Public comments: what is said about a document or section, and the replies.
//!
//! What is not published is not there for readers; what was public and is no more leaves a tombstone, so that replies
//! keep their place.

pub mod actions;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod queries;
pub mod redaction;

pub use model::{Comment, CommentState};
