//! Rows and enums of submissions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    db::schema::submissions,
    ids::{ContributorId, DocumentId, SubmissionId},
    ledger::Reason,
    seal::Place,
    text_enum,
};

text_enum! {
    /// How far the handling of a submission has come.
    pub enum SubmissionState {
        /// Has come in; nobody has handled it yet.
        Received = "RECEIVED",
        /// Its arrival has been acknowledged.
        Acknowledged = "ACKNOWLEDGED",
        /// Is being worked through.
        UnderReview = "UNDER_REVIEW",
        /// Has been considered.
        Considered = "CONSIDERED",
        /// Has been set aside, with a reason.
        SetAside = "SET_ASIDE",
        /// Taken back by its sender.
        Withdrawn = "WITHDRAWN",
        /// Erased for data protection: its content is gone.
        Erased = "ERASED",
    }
}

/// A private contribution.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = submissions)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// The document it is about.
    pub document_id: DocumentId,
    /// Who sent it.
    pub contributor_id: ContributorId,
    /// The text, sealed for [`Submission::body_place`]; nothing once it is erased.
    pub body_sealed: Option<Vec<u8>>,
    /// How far its handling has come.
    pub state: SubmissionState,
    /// On which ground it was set aside.
    pub reason: Option<Reason>,
    /// What its sender was told about that.
    pub statement: Option<String>,
    /// Rises by one with every change.
    pub version: i32,
    /// When it was received.
    pub created_at: DateTime<Utc>,
}

impl Submission {
    /// Where the sealed text of this submission lives.
    pub fn body_place(id: SubmissionId) -> Place {
        Place { column: "submissions.body_sealed", row: id.0 }
    }
}
