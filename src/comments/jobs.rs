//! The side effects of comments. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{ids::CommentId, outbox::Job};

/// A comment has come in and a moderator is to look at it: before it is published, or afterwards.
#[derive(Serialize, Deserialize)]
pub struct CommentReceived {
    /// The comment.
    pub comment: CommentId,
}

impl Job for CommentReceived {
    const KIND: &'static str = "comments.received";
}
