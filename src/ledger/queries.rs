//! All SQL of the ledger.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{ModerationAction, Subject};
use crate::{db::schema::moderation_actions, error::Result, ids::ModerationActionId};

/// Adds a record to the transaction that carries the decision out.
pub(super) async fn append(conn: &mut AsyncPgConnection, action: &ModerationAction) -> Result<()> {
    diesel::insert_into(moderation_actions::table).values(action).execute(conn).await?;
    Ok(())
}

/// The records on these items, oldest first.
pub async fn of_subjects(
    conn: &mut AsyncPgConnection,
    subjects: &[Subject],
) -> Result<Vec<ModerationAction>> {
    let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id()).collect();
    Ok(moderation_actions::table
        .filter(moderation_actions::subject_id.eq_any(ids))
        .order(moderation_actions::id)
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
        .filter(moderation_actions::id.eq_any(ids))
        .select(ModerationAction::as_select())
        .load(conn)
        .await?)
}
