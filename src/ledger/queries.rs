//! All SQL of the ledger. What proves it is in `queries/stored.rs`, what everybody reads in `queries/public.rs`.

mod public;
pub(super) mod stored;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

pub use public::{LogEntry, Stretch, entries, lengths};

use super::{
    chain,
    model::{ActorKind, Decision, ModerationAction, Reason, Subject},
};
use crate::{
    db::{
        Handwritten,
        schema::{ledger_heads, moderation_action_details, moderation_actions},
    },
    error::Result,
    ids::ModerationActionId,
};

/// Where a record came to stand.
#[derive(QueryableByName)]
#[diesel(table_name = ledger_heads)]
struct Link {
    seq: i64,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// Adds a record to the transaction that carries the decision out, and to the chain. The chain's head stays locked
/// until the commit: this comes last.
pub(super) async fn append(
    conn: &mut AsyncPgConnection,
    mut action: ModerationAction,
) -> Result<ModerationAction> {
    let genesis = chain::genesis(action.document_id);
    let body = chain::body(&(&action).into());
    let first = chain::link(&genesis, 1, &body);
    let details = action.details.clone().unwrap_or_default();
    let mut sql = Handwritten::default();
    sql.text("WITH head AS (INSERT INTO ledger_heads (document_id, seq, previous_hash, hash) VALUES (")
        .uuid(action.document_id.0)
        .text(", 1, ")
        .bind::<sql_types::Binary, _>(genesis)
        .text(", ")
        .bind::<sql_types::Binary, _>(first)
        .text(
            ") ON CONFLICT (document_id) DO UPDATE SET seq = ledger_heads.seq + 1, previous_hash = ledger_heads.hash, \
             hash = ledger_digest(ledger_heads.hash, int8send(ledger_heads.seq + 1), ",
        )
        .bind::<sql_types::Binary, _>(body)
        .text(
            ") RETURNING seq, previous_hash, hash), action AS (INSERT INTO moderation_actions (id, document_id, \
             subject_kind, subject_id, actor_kind, action, from_state, to_state, reason, rule_cited, detected, batch_id, \
             subject_version, created_at, commitment, seq, previous_hash, hash) SELECT ",
        )
        .uuid(action.id.0)
        .text(", ")
        .uuid(action.document_id.0)
        .text(", ")
        .bind::<sql_types::Text, _>(action.subject_kind.as_str())
        .text(", ")
        .uuid(action.subject_id)
        .text(", ")
        .bind::<sql_types::Text, _>(action.actor_kind.as_str())
        .text(", ")
        .bind::<sql_types::Text, _>(action.action.as_str())
        .text(", ")
        .bind::<sql_types::Text, _>(action.from_state.clone())
        .text(", ")
        .bind::<sql_types::Text, _>(action.to_state.clone())
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Text>, _>(action.reason.map(Reason::as_str))
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Integer>, _>(action.rule_cited)
        .text(", ")
        .bind::<sql_types::Bool, _>(action.detected)
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Uuid>, _>(action.batch_id)
        .text(", ")
        .integer(action.subject_version)
        .text(", ")
        .bind::<sql_types::Timestamptz, _>(action.created_at)
        .text(", ")
        .bind::<sql_types::Binary, _>(action.commitment.clone())
        .text(
            ", seq, previous_hash, hash FROM head RETURNING id), details AS (INSERT INTO moderation_action_details \
             (action_id, salt, actor_id, statement, note, before) SELECT id, ",
        )
        .bind::<sql_types::Nullable<sql_types::Binary>, _>(details.salt)
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Uuid>, _>(details.actor_id.map(|actor| actor.0))
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Text>, _>(details.statement)
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Text>, _>(details.note)
        .text(", ")
        .bind::<sql_types::Nullable<sql_types::Jsonb>, _>(details.before)
        .text(" FROM action) SELECT seq, previous_hash, hash FROM head");
    let link: Link = sql.get_result(conn).await?;
    action.seq = link.seq;
    action.previous_hash = link.previous_hash;
    action.hash = link.hash;
    Ok(action)
}

/// Erases what was written in the records on an item whose content is erased: their commitments, and so the chain, stay as
/// they are. Where nothing was written, who decided stays known.
pub async fn erase_details(conn: &mut AsyncPgConnection, subject: Subject, now: DateTime<Utc>) -> Result<()> {
    let mut sql = Handwritten::default();
    sql.text(
        "UPDATE moderation_action_details d SET salt = NULL, actor_id = NULL, statement = NULL, note = NULL, before = NULL, \
         erased_at = ",
    )
    .bind::<sql_types::Timestamptz, _>(now)
    .text(" FROM moderation_actions a WHERE a.subject_id = ")
    .uuid(subject.id())
    .text(
        " AND d.action_id = a.id AND d.erased_at IS NULL AND (d.statement IS NOT NULL OR d.note IS NOT NULL \
         OR d.before ->> 'statement' IS NOT NULL OR d.before ->> 'redacted_markdown' IS NOT NULL)",
    );
    sql.execute(conn).await?;
    Ok(())
}

/// The details of each record, for a join.
#[diesel::dsl::auto_type(no_type_alias)]
fn details() -> _ {
    moderation_action_details::table.on(moderation_action_details::action_id.eq(moderation_actions::id))
}

/// The records on these items, oldest first.
pub async fn of_subjects(
    conn: &mut AsyncPgConnection,
    subjects: &[Subject],
) -> Result<Vec<ModerationAction>> {
    let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id()).collect();
    Ok(moderation_actions::table
        .left_join(details())
        .filter(moderation_actions::subject_id.eq_any(ids))
        .order((moderation_actions::subject_id, moderation_actions::seq))
        .select(ModerationAction::as_select())
        .load(conn)
        .await?)
}

/// The records of one request that decided on many items, in no order.
pub async fn of_batch(conn: &mut AsyncPgConnection, batch: Uuid) -> Result<Vec<ModerationAction>> {
    Ok(moderation_actions::table
        .left_join(details())
        .filter(moderation_actions::batch_id.eq(batch))
        .select(ModerationAction::as_select())
        .load(conn)
        .await?)
}

/// These records, in no order.
pub async fn by_ids(
    conn: &mut AsyncPgConnection,
    ids: &[ModerationActionId],
) -> Result<Vec<ModerationAction>> {
    Ok(moderation_actions::table
        .left_join(details())
        .filter(moderation_actions::id.eq_any(ids))
        .select(ModerationAction::as_select())
        .load(conn)
        .await?)
}

/// What happened to an item after it had this version, oldest first.
pub async fn since(
    conn: &mut AsyncPgConnection,
    subject: Subject,
    version: i32,
) -> Result<Vec<ModerationAction>> {
    Ok(moderation_actions::table
        .left_join(details())
        .filter(moderation_actions::subject_id.eq(subject.id()))
        .filter(moderation_actions::subject_version.gt(version))
        .order(moderation_actions::seq)
        .limit(20)
        .select(ModerationAction::as_select())
        .load(conn)
        .await?)
}

/// Whether it was a rule that last withheld an item, and not the reports of its readers.
pub async fn withheld_by_rule(conn: &mut AsyncPgConnection, subject: Subject) -> Result<bool> {
    let by: Option<ActorKind> = moderation_actions::table
        .filter(moderation_actions::subject_id.eq(subject.id()))
        .filter(moderation_actions::action.eq(Decision::Withhold))
        .order(moderation_actions::seq.desc())
        .select(moderation_actions::actor_kind)
        .first(conn)
        .await
        .optional()?;
    Ok(by == Some(ActorKind::Rule))
}

/// The last decision on an item; what moderators noted for each other is none.
pub async fn last(conn: &mut AsyncPgConnection, subject: Subject) -> Result<Option<ModerationAction>> {
    Ok(moderation_actions::table
        .left_join(details())
        .filter(moderation_actions::subject_id.eq(subject.id()))
        .filter(moderation_actions::action.ne(Decision::Note))
        .order(moderation_actions::seq.desc())
        .select(ModerationAction::as_select())
        .first(conn)
        .await
        .optional()?)
}
