//! All SQL of appeals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Appeal, AppealState};
use crate::{
    db::{paging::Span, schema::appeals},
    error::Result,
    identity::viewer::Reach,
    ids::{AccountId, AppealId, DocumentId, ModerationActionId},
    ledger::SubjectKind,
};

/// An appeal to be kept.
#[derive(Insertable)]
#[diesel(table_name = appeals)]
pub(super) struct NewAppeal {
    pub id: AppealId,
    pub document_id: DocumentId,
    pub action_id: ModerationActionId,
    pub subject_kind: SubjectKind,
    pub subject_id: Uuid,
    pub text_sealed: Vec<u8>,
    pub state: AppealState,
    pub lodged_at: DateTime<Utc>,
}

/// Keeps an appeal; nothing where this decision was appealed against before.
pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewAppeal) -> Result<Option<Appeal>> {
    Ok(diesel::insert_into(appeals::table)
        .values(new)
        .on_conflict(appeals::action_id)
        .do_nothing()
        .returning(Appeal::as_returning())
        .get_result(conn)
        .await
        .optional()?)
}

/// One appeal.
pub async fn by_id(conn: &mut AsyncPgConnection, id: AppealId) -> Result<Option<Appeal>> {
    Ok(appeals::table.find(id).select(Appeal::as_select()).first(conn).await.optional()?)
}

/// These appeals, in no order.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[AppealId]) -> Result<Vec<Appeal>> {
    Ok(appeals::table.filter(appeals::id.eq_any(ids)).select(Appeal::as_select()).load(conn).await?)
}

/// The appeals against these decisions, in no order.
pub async fn against(conn: &mut AsyncPgConnection, actions: &[ModerationActionId]) -> Result<Vec<Appeal>> {
    let found = appeals::table.filter(appeals::action_id.eq_any(actions));
    Ok(found.select(Appeal::as_select()).load(conn).await?)
}

/// One appeal, locked until the transaction ends.
pub(super) async fn lock(conn: &mut AsyncPgConnection, id: AppealId) -> Result<Option<Appeal>> {
    Ok(appeals::table.find(id).for_update().select(Appeal::as_select()).first(conn).await.optional()?)
}

/// What a step changes in an appeal; what is not given stays.
#[derive(AsChangeset)]
#[diesel(table_name = appeals)]
pub(super) struct Step {
    pub state: AppealState,
    pub taken_up_by: Option<AccountId>,
    pub taken_up_at: Option<DateTime<Utc>>,
    pub decision_id: Option<ModerationActionId>,
    pub decided_at: Option<DateTime<Utc>>,
    pub same_moderator: Option<bool>,
}

impl Step {
    /// A step that does nothing but lead to this state.
    pub(super) fn to(state: AppealState) -> Self {
        Self {
            state,
            taken_up_by: None,
            taken_up_at: None,
            decision_id: None,
            decided_at: None,
            same_moderator: None,
        }
    }
}

/// Takes an appeal one step on.
pub(super) async fn take(conn: &mut AsyncPgConnection, id: AppealId, step: Step) -> Result<Appeal> {
    Ok(diesel::update(appeals::table.find(id))
        .set((step, appeals::version.eq(appeals::version + 1)))
        .returning(Appeal::as_returning())
        .get_result(conn)
        .await?)
}

type Boxed = appeals::BoxedQuery<'static, diesel::pg::Pg>;

fn listed(reach: &Reach, state: Option<AppealState>) -> Boxed {
    let mut query = appeals::table.into_boxed();
    if let Reach::Only(documents) = reach {
        query = query.filter(appeals::document_id.eq_any(documents.clone()));
    }
    if let Some(state) = state {
        query = query.filter(appeals::state.eq(state));
    }
    query
}

/// A stretch of the appeals in the documents that `reach` covers, oldest first; in this state alone where one is given.
pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    state: Option<AppealState>,
    span: &Span<AppealId>,
) -> Result<Vec<Appeal>> {
    let mut query = listed(reach, state).select(Appeal::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(appeals::id.gt(after));
    }
    if let Some(before) = span.before {
        query = query.filter(appeals::id.lt(before));
    }
    query = if span.reverse { query.order(appeals::id.desc()) } else { query.order(appeals::id.asc()) };
    Ok(query.load(conn).await?)
}

/// How many wait for somebody to decide.
pub(in crate::moderation) async fn count_open(conn: &mut AsyncPgConnection, reach: &Reach) -> Result<i64> {
    let open = appeals::state.eq_any([AppealState::Lodged, AppealState::UnderReview]);
    Ok(listed(reach, None).filter(open).count().get_result(conn).await?)
}

/// How many they are.
pub(super) async fn count(
    conn: &mut AsyncPgConnection,
    reach: &Reach,
    state: Option<AppealState>,
) -> Result<i64> {
    Ok(listed(reach, state).count().get_result(conn).await?)
}
