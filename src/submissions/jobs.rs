//! The side effects of submissions. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ModerationActionId, SubmissionId},
    outbox::Job,
};

/// A submission has come in and its moderators are to know.
#[derive(Serialize, Deserialize)]
pub struct SubmissionReceived {
    /// The submission.
    pub submission: SubmissionId,
}

impl Job for SubmissionReceived {
    const KIND: &'static str = "submissions.received";
}

/// Something was decided about a submission: its sender is to know. Carried out when the decision can no longer be undone.
#[derive(Serialize, Deserialize)]
pub struct DecisionMade {
    /// The submission.
    pub submission: SubmissionId,
    /// The record of the decision.
    pub action: ModerationActionId,
}

impl Job for DecisionMade {
    const KIND: &'static str = "submissions.decision_made";
}
