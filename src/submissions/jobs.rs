//! The side effects of submissions. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{ids::SubmissionId, outbox::Job};

/// A submission has come in and its moderators are to know.
#[derive(Serialize, Deserialize)]
pub struct SubmissionReceived {
    /// The submission.
    pub submission: SubmissionId,
}

impl Job for SubmissionReceived {
    const KIND: &'static str = "submissions.received";
}
