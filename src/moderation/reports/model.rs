//! Rows and enums of reports.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    db::schema::reports,
    ids::{CommentId, DocumentId, ModerationActionId, ReportId},
    ledger::{Decision, Reason},
    seal::Place,
    text_enum,
};

text_enum! {
    /// What came of a report.
    pub enum ReportOutcome {
        /// A moderator has looked, and the comment stays as it is.
        Kept = "KEPT",
        /// Passages were cut from the comment.
        Cut = "CUT",
        /// The comment is not shown any more.
        Removed = "REMOVED",
        /// The comment was gone before anybody decided: its author has taken it back, or it was erased.
        Gone = "GONE",
    }
}

impl ReportOutcome {
    /// What a decision on the comment means for its reports; nothing where it leaves them open.
    pub fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Approve | Decision::Restore | Decision::MarkReviewed | Decision::DismissReports => {
                Some(Self::Kept)
            }
            Decision::Redact => Some(Self::Cut),
            Decision::Hide | Decision::Reject => Some(Self::Removed),
            Decision::Withdraw | Decision::Erase => Some(Self::Gone),
            _ => None,
        }
    }
}

/// One reader's complaint about one comment.
#[derive(Clone, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = reports)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The comment.
    pub comment_id: CommentId,
    /// The comment's document.
    pub document_id: DocumentId,
    /// On which ground.
    pub reason: Reason,
    /// What the reporter says about it, sealed for [`Report::explanation_place`].
    pub explanation_sealed: Option<Vec<u8>>,
    /// Where they want to be told what came of it, sealed for [`Report::contact_place`].
    pub contact_sealed: Option<Vec<u8>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What came of it.
    pub outcome: Option<ReportOutcome>,
    /// The decision that answered it.
    pub action_id: Option<ModerationActionId>,
}

impl Report {
    /// Where the sealed explanation of this report lives.
    pub fn explanation_place(id: ReportId) -> Place {
        Place { column: "reports.explanation_sealed", row: id.0 }
    }

    /// Where the sealed address of this report lives.
    pub fn contact_place(id: ReportId) -> Place {
        Place { column: "reports.contact_sealed", row: id.0 }
    }
}
