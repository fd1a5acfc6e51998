//! Rows and enums of appeals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    db::{SharedBytes, schema::appeals},
    ids::{AccountId, AppealId, CommentId, DocumentId, ModerationActionId, SubmissionId},
    ledger::{Subject, SubjectKind},
    seal::Place,
    text_enum,
};

text_enum! {
    /// How far an appeal has come.
    pub enum AppealState {
        /// It waits for a moderator.
        Lodged = "LODGED",
        /// A moderator looks at it.
        UnderReview = "UNDER_REVIEW",
        /// It was right: the decision is taken back.
        Upheld = "UPHELD",
        /// It was right in part.
        PartlyUpheld = "PARTLY_UPHELD",
        /// It was not right: the decision stands.
        Dismissed = "DISMISSED",
        /// Its author has taken it back.
        Withdrawn = "WITHDRAWN",
    }
}

/// A challenge to a decision.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = appeals)]
pub struct Appeal {
    /// Its id.
    pub id: AppealId,
    /// The document of the contribution.
    pub document_id: DocumentId,
    /// The record of the decision.
    pub action_id: ModerationActionId,
    /// What kind of contribution was decided on.
    pub subject_kind: SubjectKind,
    /// The contribution.
    pub subject_id: Uuid,
    /// What its author says, sealed for [`Appeal::text_place`]; nothing once it is erased.
    pub text_sealed: Option<SharedBytes>,
    /// How far it has come.
    pub state: AppealState,
    /// Rises by one with every change.
    pub version: i32,
    /// When it came in.
    pub lodged_at: DateTime<Utc>,
    /// Which moderator has begun to look at it.
    pub taken_up_by: Option<AccountId>,
    /// The record of how it was decided.
    pub decision_id: Option<ModerationActionId>,
    /// When it was decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Whether the very moderator who made the decision has decided on the appeal too, because there was no other.
    pub same_moderator: bool,
}

impl Appeal {
    /// Where the sealed text of this appeal lives.
    pub fn text_place(id: AppealId) -> Place {
        Place { column: "appeals.text_sealed", row: id.0 }
    }

    /// The contribution that was decided on.
    pub fn subject(&self) -> Subject {
        match self.subject_kind {
            SubjectKind::Comment => Subject::Comment(CommentId(self.subject_id)),
            SubjectKind::Submission => Subject::Submission(SubmissionId(self.subject_id)),
        }
    }

    /// Whether it waits for somebody to decide.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AppealState::Lodged | AppealState::UnderReview)
    }
}
