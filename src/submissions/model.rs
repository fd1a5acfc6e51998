//! Rows and enums of submissions.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    contributors::Intake,
    db::{
        SharedBytes, SharedText,
        schema::{submission_texts, submissions},
    },
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
    pub body_sealed: Option<SharedBytes>,
    /// How far its handling has come.
    pub state: SubmissionState,
    /// On which ground it was set aside.
    pub reason: Option<Reason>,
    /// What its sender was told about that.
    pub statement: Option<SharedText>,
    /// Rises by one with every change.
    pub version: i32,
    /// When it was received.
    pub created_at: DateTime<Utc>,
    /// Whether its sender's address has been confirmed.
    pub intake: Intake,
    /// When its sender last changed it.
    pub amended_at: Option<DateTime<Utc>>,
}

/// How a submission read before its sender changed it.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = submission_texts)]
pub struct EarlierText {
    /// The id of this text.
    pub id: Uuid,
    /// The submission.
    pub submission_id: SubmissionId,
    /// The version of the submission that had this text last.
    pub version: i32,
    /// The text, sealed for [`EarlierText::body_place`].
    pub body_sealed: Vec<u8>,
    /// Until when it read so.
    pub replaced_at: DateTime<Utc>,
}

impl EarlierText {
    /// Where the sealed text of this row lives.
    pub fn body_place(id: Uuid) -> Place {
        Place { column: "submission_texts.body_sealed", row: id }
    }
}

/// How a submission stands: everything that a decision changes, and that undoing it brings back.
#[derive(Clone, PartialEq, Serialize, Deserialize, AsChangeset)]
#[diesel(table_name = submissions, treat_none_as_null = true)]
pub struct Standing {
    /// How far its handling has come.
    pub state: SubmissionState,
    /// On which ground it was set aside.
    pub reason: Option<Reason>,
    /// What its sender was told about that.
    pub statement: Option<String>,
}

impl Submission {
    /// How it stands now.
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            reason: self.reason,
            statement: self.statement.as_deref().map(str::to_owned),
        }
    }

    /// Whether it waits for somebody to handle it.
    pub fn waits(&self) -> bool {
        self.state == SubmissionState::Received && self.intake == Intake::Confirmed
    }

    /// Where the sealed text of this submission lives.
    pub fn body_place(id: SubmissionId) -> Place {
        Place { column: "submissions.body_sealed", row: id.0 }
    }
}
