//! Rows and enums of documents.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

pub use super::phase::{ModerationMode, Phase};
use crate::{
    db::{
        SharedText,
        schema::{documents, section_revisions, sections},
    },
    ids::{AccountId, DocumentId, SectionId, SectionRevisionId},
};

/// What is put to the public.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = documents)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Its name in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What it is about, in a few sentences of Markdown.
    pub summary: SharedText,
    /// Its language, as a BCP 47 tag.
    pub language: String,
    /// The body that puts it to the public.
    pub owner: String,
    /// The phase it was put into; see [`Document::phase_at`] for the one it is in.
    pub phase: Phase,
    /// When it opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// When it closes.
    pub closes_at: Option<DateTime<Utc>>,
    /// When its comments are looked at.
    pub moderation: ModerationMode,
    /// Within how many hours a contribution is to be decided on; after that it is overdue.
    pub target_hours: Option<i32>,
    /// For how many days a decision can be appealed against.
    pub appeal_days: i32,
    /// How many readers' reports withhold a comment until a moderator has looked.
    pub report_threshold: Option<i32>,
    /// Whether a contribution counts only once its author has confirmed the address.
    pub confirm_addresses: bool,
    /// For how many days after its closing whoever contributed can be reached; then contact details are erased.
    pub retention_days: i32,
    /// When it was first found closed, where no date closes it.
    pub closed_at: Option<DateTime<Utc>>,
    /// Until when contributors can be reached though the days are over, because these were changed not long ago.
    pub reachable_until: Option<DateTime<Utc>>,
    /// Who changed these days last, where somebody did.
    #[diesel(embed)]
    pub retention_change: RetentionChange,
    /// When it was first imported.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Document {
    /// The phase at a moment, by the clock: a document whose closing time has passed is closed though nobody has
    /// closed it, and one whose opening time has come is open.
    pub fn phase_at(&self, now: DateTime<Utc>) -> Phase {
        let (opened, closed) =
            (self.opens_at.is_none_or(|at| at <= now), self.closes_at.is_some_and(|at| at <= now));
        match self.phase {
            Phase::Scheduled | Phase::Open if closed => Phase::Closed,
            Phase::Open if !opened => Phase::Scheduled,
            Phase::Scheduled if self.opens_at.is_some() && opened => Phase::Open,
            other => other,
        }
    }
}

impl Document {
    /// When it closed, where it is closed at this moment and that is known.
    pub fn closed(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_over = matches!(
            self.phase_at(now),
            Phase::Closed | Phase::Analysing | Phase::Responded | Phase::Archived
        );
        self.closes_at.filter(|at| *at <= now).or(self.closed_at).filter(|_| is_over)
    }

    /// When contact details are erased, or were, as far as that is known at this moment: so many days after it has closed or
    /// is to close, and not before a change of the days has had its time.
    pub fn contact_erased_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let closes = self.closed(now).or(self.closes_at)?;
        let due = closes + TimeDelta::days(self.retention_days.into());
        Some(self.reachable_until.map_or(due, |until| due.max(until)))
    }
}

/// The last change of the days for which contributors can be reached; nothing in it where there was none.
#[derive(Clone, Debug, Default, Queryable, Selectable)]
#[diesel(table_name = documents)]
pub struct RetentionChange {
    /// When.
    #[diesel(column_name = retention_changed_at)]
    pub at: Option<DateTime<Utc>>,
    /// Who.
    #[diesel(column_name = retention_changed_by)]
    pub by: Option<AccountId>,
    /// How many days it was before.
    #[diesel(column_name = retention_days_before)]
    pub before: Option<i32>,
}

/// A section as a table of contents shows it: its place in the tree and the head of its published revision.
#[derive(Clone, Debug, Queryable)]
pub struct Section {
    /// Its id.
    pub id: SectionId,
    /// The document it is part of.
    pub document_id: DocumentId,
    /// The section it is within.
    pub parent_id: Option<SectionId>,
    /// Its place in the reading order, from 0.
    pub position: i32,
    /// How deep in the tree it is, from 0.
    pub depth: i32,
    /// Its name in addresses, unique in its document.
    pub slug: String,
    /// Its number as printed, such as `3.1`.
    pub number: Option<String>,
    /// The revision that readers see.
    pub revision_id: SectionRevisionId,
    /// Which revision of this section that is, from 1.
    pub revision_ordinal: i32,
    /// Its title.
    pub title: String,
    /// How many words it has.
    pub word_count: i32,
    /// When the published revision was made.
    pub revised_at: DateTime<Utc>,
}

/// The text of one revision, in all its forms.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = section_revisions)]
pub struct RevisionText {
    /// The revision.
    pub id: SectionRevisionId,
    /// Markdown source.
    pub markdown: SharedText,
    /// Safe HTML.
    pub html: SharedText,
    /// Plain text.
    pub plain: SharedText,
    /// The blocks, as [`super::markdown::Block`]s.
    pub blocks: serde_json::Value,
    /// The footnotes, as [`super::markdown::Footnote`]s.
    pub footnotes: serde_json::Value,
}

/// A section as it is kept, for the import.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sections)]
pub(super) struct StoredSection {
    pub id: SectionId,
    pub slug: String,
    pub published_revision_id: Option<SectionRevisionId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_opens_and_closes() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let day = TimeDelta::days(1);
        let mut document = Document {
            id: DocumentId::new(now),
            slug: String::new(),
            title: String::new(),
            summary: SharedText::default(),
            language: "en".into(),
            owner: String::new(),
            phase: Phase::Open,
            opens_at: Some(now),
            closes_at: Some(now + day),
            moderation: ModerationMode::Pre,
            target_hours: None,
            appeal_days: 183,
            report_threshold: None,
            confirm_addresses: false,
            retention_days: 365,
            closed_at: None,
            reachable_until: None,
            retention_change: RetentionChange::default(),
            created_at: now,
            updated_at: now,
        };
        assert_eq!(document.phase_at(now - day), Phase::Scheduled);
        assert_eq!(document.phase_at(now), Phase::Open);
        assert_eq!(document.phase_at(now + day), Phase::Closed, "closed at the very moment");
        document.phase = Phase::Scheduled;
        assert_eq!(document.phase_at(now - day), Phase::Scheduled);
        assert_eq!(document.phase_at(now), Phase::Open);
        document.opens_at = None;
        assert_eq!(document.phase_at(now), Phase::Scheduled, "scheduled without a date waits for somebody");
        for kept in [Phase::Draft, Phase::Closed, Phase::Analysing, Phase::Responded, Phase::Archived] {
            document.phase = kept;
            assert_eq!(document.phase_at(now + day), kept);
        }
    }
}
