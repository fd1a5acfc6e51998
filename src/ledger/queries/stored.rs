//! The chain as it is stored, for those who prove it: nothing is taken for granted about what stands in the columns.

use diesel::{data_types::PgTimestamp, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    db::{
        Handwritten,
        schema::{documents, ledger_heads, moderation_action_details, moderation_actions},
    },
    error::Result,
    ids::{AccountId, DocumentId, ModerationActionId},
    ledger::{
        chain::{Said, commitment},
        model::Details,
    },
};

/// Microseconds from 1970 to 2000, where the database begins to count.
const EPOCH: i64 = 946_684_800_000_000;

/// A record as it stands in the table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = moderation_actions)]
pub(in crate::ledger) struct Stored {
    pub id: ModerationActionId,
    pub seq: i64,
    pub commitment: Vec<u8>,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
    document_id: DocumentId,
    subject_kind: String,
    subject_id: Uuid,
    actor_kind: String,
    action: String,
    from_state: String,
    to_state: String,
    reason: Option<String>,
    rule_cited: Option<i32>,
    detected: bool,
    batch_id: Option<Uuid>,
    subject_version: i32,
    created_at: PgTimestamp,
    #[diesel(embed)]
    pub details: Option<StoredDetails>,
}

/// What could name somebody, and whether it was erased.
#[derive(Queryable, Selectable)]
#[diesel(table_name = moderation_action_details)]
pub(in crate::ledger) struct StoredDetails {
    // Never empty: by this, a row that is gone is told from one that was erased.
    #[expect(dead_code, reason = "it is read to see that there is a row")]
    action_id: ModerationActionId,
    salt: Option<Vec<u8>>,
    actor_id: Option<AccountId>,
    statement: Option<String>,
    note: Option<String>,
    erased_at: Option<PgTimestamp>,
}

impl Stored {
    /// What it says, as the hash covers it.
    pub fn said(&self) -> Said<'_> {
        Said {
            id: self.id.0,
            document: self.document_id.0,
            subject_kind: &self.subject_kind,
            subject: self.subject_id,
            actor_kind: &self.actor_kind,
            decision: &self.action,
            from_state: &self.from_state,
            to_state: &self.to_state,
            reason: self.reason.as_deref(),
            rule_cited: self.rule_cited,
            detected: self.detected,
            batch: self.batch_id,
            subject_version: self.subject_version,
            created_at: self.created_at.0.saturating_add(EPOCH),
            commitment: &self.commitment,
        }
    }
}

impl StoredDetails {
    /// Whether they say that they were erased.
    pub fn is_erased(&self) -> bool {
        self.erased_at.is_some()
    }

    /// Whether nothing is left of them.
    pub fn is_empty(&self) -> bool {
        self.salt.is_none() && self.actor_id.is_none() && self.statement.is_none() && self.note.is_none()
    }

    /// What the record's commitment must be; nothing where the salt is gone.
    pub fn commitment(self) -> Option<Vec<u8>> {
        let Self { salt, actor_id, statement, note, .. } = self;
        commitment(&Details { salt, actor_id, statement, note, before: None })
    }
}

/// The end of a chain as its head has it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger_heads)]
pub(in crate::ledger) struct StoredHead {
    pub seq: i64,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

/// The records of a document after this number, in their order: `limit` of them at the most.
pub(in crate::ledger) async fn stretch(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<Stored>> {
    let mut query = moderation_actions::table
        .left_join(super::details())
        .filter(moderation_actions::document_id.eq(document))
        .order(moderation_actions::seq)
        .limit(limit)
        .select(Stored::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(moderation_actions::seq.gt(after));
    }
    Ok(query.load(conn).await?)
}

/// The head of a document's chain.
pub(in crate::ledger) async fn head(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
) -> Result<Option<StoredHead>> {
    Ok(ledger_heads::table.find(document).select(StoredHead::as_select()).first(conn).await.optional()?)
}

/// The head of every chain and the name of its document, in the order of the documents.
pub(in crate::ledger) async fn heads(
    conn: &mut AsyncPgConnection,
) -> Result<Vec<(DocumentId, String, i64, Vec<u8>)>> {
    Ok(ledger_heads::table
        .inner_join(documents::table.on(documents::id.eq(ledger_heads::document_id)))
        .order(ledger_heads::document_id)
        .select((ledger_heads::document_id, documents::slug, ledger_heads::seq, ledger_heads::hash))
        .load(conn)
        .await?)
}

#[derive(QueryableByName)]
#[diesel(table_name = ledger_heads)]
struct Mentioned {
    document_id: DocumentId,
}

/// The documents that any head or record is about, whether or not they are there. The index of the records is skipped
/// through: there are few documents and many records.
pub(in crate::ledger) async fn mentioned(conn: &mut AsyncPgConnection) -> Result<Vec<DocumentId>> {
    let mut sql = Handwritten::default();
    sql.text(
        "WITH RECURSIVE found (document_id) AS (
            (SELECT document_id FROM moderation_actions ORDER BY document_id LIMIT 1)
            UNION ALL
            SELECT (SELECT a.document_id FROM moderation_actions a WHERE a.document_id > found.document_id
                ORDER BY a.document_id LIMIT 1)
            FROM found WHERE found.document_id IS NOT NULL)
        SELECT document_id FROM found WHERE document_id IS NOT NULL
        UNION SELECT document_id FROM ledger_heads ORDER BY document_id",
    );
    let rows: Vec<Mentioned> = sql.load(conn).await?;
    Ok(rows.into_iter().map(|row| row.document_id).collect())
}
