//! The log as everybody reads it: no more columns than that takes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    db::{
        Handwritten,
        schema::{ledger_heads, moderation_actions},
    },
    error::Result,
    ids::{CommentId, DocumentId},
    ledger::model::{ActorKind, Decision, Reason, SubjectKind},
};

/// What a record tells everybody. What could name somebody is not even read.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(table_name = moderation_actions)]
pub struct LogEntry {
    /// The document of the item.
    pub document_id: DocumentId,
    /// Its place in the document's chain, from 1.
    pub seq: i64,
    /// What kind of item.
    pub subject_kind: SubjectKind,
    subject_id: Uuid,
    /// As what the one who decided did so.
    pub actor_kind: ActorKind,
    /// What was decided.
    pub action: Decision,
    /// The item's state before.
    pub from_state: String,
    /// The item's state after.
    pub to_state: String,
    /// On which ground.
    pub reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    pub rule_cited: Option<i32>,
    /// Whether a rule found it first.
    pub detected: bool,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The hash of the record before.
    pub previous_hash: Vec<u8>,
    /// The hash of this record.
    pub hash: Vec<u8>,
}

impl LogEntry {
    /// The comment that was decided on, where it was one.
    pub fn comment(&self) -> Option<CommentId> {
        (self.subject_kind == SubjectKind::Comment).then_some(CommentId(self.subject_id))
    }
}

/// How many records the chain of each of these documents has; none are left out that have none.
pub async fn lengths(
    conn: &mut AsyncPgConnection,
    documents: &[DocumentId],
) -> Result<HashMap<DocumentId, i64>> {
    let rows: Vec<(DocumentId, i64)> = ledger_heads::table
        .filter(ledger_heads::document_id.eq_any(documents))
        .select((ledger_heads::document_id, ledger_heads::seq))
        .load(conn)
        .await?;
    let mut lengths: HashMap<_, _> = documents.iter().map(|document| (*document, 0)).collect();
    lengths.extend(rows);
    Ok(lengths)
}

/// A stretch of one document's log, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// The document.
    pub document: DocumentId,
    /// The first record.
    pub low: i64,
    /// The last one.
    pub high: i64,
}

/// The records of these stretches, the latest first, in one statement.
pub async fn entries(
    conn: &mut AsyncPgConnection,
    stretches: &[Stretch],
) -> Result<HashMap<Stretch, Vec<LogEntry>>> {
    let documents: Vec<Uuid> = stretches.iter().map(|stretch| stretch.document.0).collect();
    let lows: Vec<i64> = stretches.iter().map(|stretch| stretch.low).collect();
    let highs: Vec<i64> = stretches.iter().map(|stretch| stretch.high).collect();
    let mut sql = Handwritten::default();
    sql.text("SELECT a.* FROM unnest(")
        .uuids(&documents)
        .text(", ")
        .bind::<sql_types::Array<sql_types::BigInt>, _>(lows)
        .text(", ")
        .bind::<sql_types::Array<sql_types::BigInt>, _>(highs)
        .text(
            ") AS w(document_id, low, high) CROSS JOIN LATERAL (SELECT r.document_id, r.seq, r.subject_kind, r.subject_id, \
             r.actor_kind, r.action, r.from_state, r.to_state, r.reason, r.rule_cited, r.detected, r.created_at, \
             r.previous_hash, r.hash FROM moderation_actions r WHERE r.document_id = w.document_id \
             AND r.seq BETWEEN w.low AND w.high ORDER BY r.seq DESC) a",
        );
    // Stretches of one document may overlap: the same row may come twice, and goes into each of them once.
    let mut rows: Vec<LogEntry> = sql.load(conn).await?;
    rows.sort_by_key(|row| (row.document_id, -row.seq));
    rows.dedup_by_key(|row| (row.document_id, row.seq));
    let within = |stretch: &Stretch, row: &LogEntry| {
        row.document_id == stretch.document && (stretch.low..=stretch.high).contains(&row.seq)
    };
    Ok(stretches
        .iter()
        .map(|stretch| (*stretch, rows.iter().filter(|row| within(stretch, row)).cloned().collect()))
        .collect())
}
