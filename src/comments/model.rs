//! Rows and enums of comments.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    db::schema::comments,
    ids::{CommentId, ContributorId, DocumentId, SectionId, SectionRevisionId},
    ledger::Reason,
    text_enum,
};

text_enum! {
    /// Where a comment stands with its moderators.
    pub enum CommentState {
        /// Waits for a moderator; nobody else sees it.
        Pending = "PENDING",
        /// Held by a rule; waits for a moderator.
        Withheld = "WITHHELD",
        /// Seen by everybody.
        Published = "PUBLISHED",
        /// Not published, with a reason that its author is told.
        Rejected = "REJECTED",
        /// Was public; a tombstone with its reason stands in its place.
        Hidden = "HIDDEN",
        /// Taken back by its author.
        Withdrawn = "WITHDRAWN",
        /// Erased for data protection: its content is gone.
        Erased = "ERASED",
    }
}

text_enum! {
    /// In which order comments are listed.
    pub enum CommentOrder {
        /// The latest first.
        Newest = "NEWEST",
        /// The earliest first.
        Oldest = "OLDEST",
        /// Those with the most published replies in their thread first; among equals the latest.
        MostDiscussed = "MOST_DISCUSSED",
    }
}

/// A public remark.
#[derive(Clone, Debug, Queryable, QueryableByName, Selectable)]
#[diesel(table_name = comments)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The document it is about.
    pub document_id: DocumentId,
    /// The section it is about; the document as a whole where there is none.
    pub section_id: Option<SectionId>,
    /// The revision of the section that its author read.
    pub revision_id: Option<SectionRevisionId>,
    /// What it replies to.
    pub parent_id: Option<CommentId>,
    /// The comment its thread began with; itself, if it began one.
    pub root_id: CommentId,
    /// How many replies up its thread it is, from 0.
    pub depth: i32,
    /// Who wrote it.
    pub contributor_id: ContributorId,
    /// The text as it was sent.
    pub markdown: String,
    /// The text as safe HTML.
    pub html: String,
    /// The text without markup.
    pub plain: String,
    /// Where it stands.
    pub state: CommentState,
    /// On which ground it is not shown.
    pub reason: Option<Reason>,
    /// What its author was told about that.
    pub statement: Option<String>,
    /// Rises by one with every change.
    pub version: i32,
    /// When it was first seen by everybody.
    pub published_at: Option<DateTime<Utc>>,
    /// When a moderator looked at it.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// When it was received.
    pub created_at: DateTime<Utc>,
    /// Whether readers see it, itself or as a tombstone.
    pub visible: bool,
}

impl Comment {
    /// Whether its text is for everybody.
    pub fn is_published(&self) -> bool {
        self.state == CommentState::Published
    }
}
