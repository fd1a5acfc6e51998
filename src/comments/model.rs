//! Rows and enums of comments.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    contributors::Intake,
    db::{
        SharedText,
        schema::{comment_texts, comments},
    },
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
#[derive(Clone, Queryable, QueryableByName, Selectable)]
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
    pub markdown: SharedText,
    /// The text as safe HTML.
    pub html: SharedText,
    /// The text without markup.
    pub plain: SharedText,
    /// Where it stands.
    pub state: CommentState,
    /// On which ground it is not shown.
    pub reason: Option<Reason>,
    /// What its author was told about that.
    pub statement: Option<SharedText>,
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
    /// Whether its author's address has been confirmed.
    pub intake: Intake,
    /// Its source as everybody reads it, where passages were cut.
    pub redacted_markdown: Option<SharedText>,
    /// The same as safe HTML.
    pub redacted_html: Option<SharedText>,
    /// The same without markup.
    pub redacted_plain: Option<SharedText>,
    /// Since when another wording is waited for.
    pub changes_requested_at: Option<DateTime<Utc>>,
    /// When its author last changed it.
    pub amended_at: Option<DateTime<Utc>>,
    /// How many readers have reported it since a moderator last looked.
    pub open_reports: i32,
}

/// How a comment read before its author changed it.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = comment_texts)]
pub struct EarlierText {
    /// The comment.
    pub comment_id: CommentId,
    /// The version of the comment that had this text last.
    pub version: i32,
    /// Markdown source.
    pub markdown: SharedText,
    /// Safe HTML.
    pub html: SharedText,
    /// Plain text.
    pub plain: SharedText,
    /// Until when it read so.
    pub replaced_at: DateTime<Utc>,
}

/// How a comment stands: everything that a decision changes, and that undoing it brings back.
#[derive(Clone, PartialEq, Serialize, Deserialize, AsChangeset)]
#[diesel(table_name = comments, treat_none_as_null = true)]
pub struct Standing {
    /// Where it stands.
    pub state: CommentState,
    /// On which ground it is not shown, or passages were cut.
    pub reason: Option<Reason>,
    /// What its author was told about that.
    pub statement: Option<String>,
    /// When it was first seen by everybody.
    pub published_at: Option<DateTime<Utc>>,
    /// When a moderator looked at it.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Its source as everybody reads it, where passages were cut.
    pub redacted_markdown: Option<String>,
    /// The same as safe HTML.
    pub redacted_html: Option<String>,
    /// The same without markup.
    pub redacted_plain: Option<String>,
    /// Since when another wording is waited for.
    pub changes_requested_at: Option<DateTime<Utc>>,
    /// How many readers have reported it since a moderator last looked.
    pub open_reports: i32,
}

impl Comment {
    /// Whether its text is for everybody.
    pub fn is_published(&self) -> bool {
        self.state == CommentState::Published
    }

    /// Whether it waits for a moderator's decision.
    pub fn waits(&self) -> bool {
        matches!(self.state, CommentState::Pending | CommentState::Withheld)
            && self.intake == Intake::Confirmed
            && self.changes_requested_at.is_none()
    }

    /// Whether passages were cut from what everybody reads.
    pub fn is_redacted(&self) -> bool {
        self.redacted_markdown.is_some()
    }

    /// How many bytes its texts have together.
    pub fn bytes(&self) -> usize {
        let cut = [&self.redacted_markdown, &self.redacted_html, &self.redacted_plain];
        let cut: usize = cut.into_iter().flatten().map(|text| text.len()).sum();
        self.markdown.len() + self.html.len() + self.plain.len() + cut
    }

    /// How it stands now.
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            reason: self.reason,
            statement: self.statement.as_deref().map(str::to_owned),
            published_at: self.published_at,
            reviewed_at: self.reviewed_at,
            redacted_markdown: self.redacted_markdown.as_deref().map(str::to_owned),
            redacted_html: self.redacted_html.as_deref().map(str::to_owned),
            redacted_plain: self.redacted_plain.as_deref().map(str::to_owned),
            changes_requested_at: self.changes_requested_at,
            open_reports: self.open_reports,
        }
    }
}
