//! The side effects of comments. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{CommentId, ModerationActionId},
    outbox::Job,
};

/// A comment has come in and a moderator is to look at it: before it is published, or afterwards.
#[derive(Serialize, Deserialize)]
pub struct CommentReceived {
    /// The comment.
    pub comment: CommentId,
}

impl Job for CommentReceived {
    const KIND: &'static str = "comments.received";
}

/// Something was decided about a comment: whoever is concerned is to know. Carried out when the decision can no longer be
/// undone.
#[derive(Serialize, Deserialize)]
pub struct DecisionMade {
    /// The comment.
    pub comment: CommentId,
    /// The record of the decision.
    pub action: ModerationActionId,
}

impl Job for DecisionMade {
    const KIND: &'static str = "comments.decision_made";
}

/// A reply can be seen for the first time: whoever wrote what it replies to may want to know.
#[derive(Serialize, Deserialize)]
pub struct ReplyPublished {
    /// The reply.
    pub comment: CommentId,
}

impl Job for ReplyPublished {
    const KIND: &'static str = "comments.reply_published";
}
