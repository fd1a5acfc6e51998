//! Rows and enums of rules.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::{
        SharedText,
        schema::{moderation_rules, rule_findings, rules},
    },
    ids::{CommentId, DocumentId, RuleId, SubmissionId},
    ledger::{Subject, SubjectKind},
    seal::Place,
    text_enum,
};

text_enum! {
    /// What a rule looks for.
    pub enum RuleKind {
        /// Words or phrases, whatever their case and accents; whole words only.
        WordList = "WORD_LIST",
        /// More links than the rule has room for.
        Links = "LINKS",
        /// A text that says nearly the same as others in this document.
        RepeatedText = "REPEATED_TEXT",
        /// The first contribution of this address in this document.
        FirstTime = "FIRST_TIME",
        /// A contribution that comes too soon after the last one of the same address.
        TooFast = "TOO_FAST",
        /// A contribution that is sent too soon after its form was asked for, or without that form's token.
        FormTime = "FORM_TIME",
        /// What a service outside says. One that cannot be reached withholds.
        Classifier = "CLASSIFIER",
    }
}

text_enum! {
    /// What a rule does about what it finds. It never rejects.
    pub enum RuleEffect {
        /// A comment is held for a moderator. A submission is not: only what was found is kept.
        Withhold = "WITHHOLD",
        /// The author is told what to change before anything is kept.
        AskToRevise = "ASK_TO_REVISE",
    }
}

impl RuleKind {
    /// Whether the author can do anything about what this finds.
    pub fn can_ask(self) -> bool {
        // Nor haste: the answer would tell whoever types an address that it has been used here.
        matches!(self, Self::WordList | Self::Links | Self::FormTime)
    }
}

/// Words, bounds and addresses, as the kind of the rule needs them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The words and phrases of a word list.
    pub words: Vec<String>,
    /// How many links, or how many texts that say nearly the same, there may be.
    pub limit: i32,
    /// How many seconds are to be between two contributions, or between a form and what is sent with it.
    pub seconds: i32,
    /// Where a classifier is asked.
    pub url: String,
    /// How long a classifier has to answer.
    pub timeout_ms: i32,
    /// Whether a classifier is asked about private submissions as well.
    pub submissions: bool,
}

/// One rule of a document.
#[derive(Clone)]
pub struct Rule {
    /// Its id.
    pub id: RuleId,
    /// The document it is for.
    pub document_id: DocumentId,
    /// What it looks for.
    pub kind: RuleKind,
    /// What it does about that.
    pub effect: RuleEffect,
    /// How it is set.
    pub settings: Settings,
    /// What requests to a classifier are signed with, sealed for [`Rule::secret_place`].
    pub(super) secret_sealed: Option<Vec<u8>>,
}

impl Rule {
    /// Where the sealed secret of this rule lives.
    pub(super) fn secret_place(id: RuleId) -> Place {
        Place { column: "rules.secret_sealed", row: id.0 }
    }
}

/// A rule as it is kept.
#[derive(Queryable, Selectable)]
#[diesel(table_name = rules)]
pub(super) struct RuleRow {
    pub id: RuleId,
    pub document_id: DocumentId,
    pub kind: RuleKind,
    pub effect: RuleEffect,
    pub settings: serde_json::Value,
    pub secret_sealed: Option<Vec<u8>>,
}

/// A moderation rule as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = moderation_rules)]
pub struct RuleText {
    /// The document it is for.
    pub document_id: DocumentId,
    /// The number it is cited by.
    pub number: i32,
    /// What it is called.
    pub title: String,
    /// Markdown source.
    pub markdown: SharedText,
    /// Safe HTML.
    pub html: SharedText,
    /// Plain text.
    pub plain: SharedText,
}

/// What a rule found in a contribution.
#[derive(Clone)]
pub struct Finding {
    /// What kind of rule.
    pub kind: RuleKind,
    /// What it found, in words.
    pub text: String,
    /// Whether that is a reason to withhold.
    pub withheld: bool,
    /// When.
    pub found_at: DateTime<Utc>,
}

/// A finding as it is kept.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rule_findings)]
pub(super) struct FindingRow {
    pub id: Uuid,
    pub document_id: DocumentId,
    pub subject_kind: SubjectKind,
    pub subject_id: Uuid,
    pub rule_id: RuleId,
    pub kind: RuleKind,
    pub found_sealed: Vec<u8>,
    pub withheld: bool,
    pub created_at: DateTime<Utc>,
}

impl FindingRow {
    pub fn subject(&self) -> Subject {
        subject(self.subject_kind, self.subject_id)
    }
}

/// The item of this kind and bare id.
pub(super) fn subject(kind: SubjectKind, id: Uuid) -> Subject {
    match kind {
        SubjectKind::Comment => Subject::Comment(CommentId(id)),
        SubjectKind::Submission => Subject::Submission(SubmissionId(id)),
    }
}

/// Where the sealed words of a finding live.
pub(super) fn found_place(id: Uuid) -> Place {
    Place { column: "rule_findings.found_sealed", row: id }
}
