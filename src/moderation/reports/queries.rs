//! All SQL of reports.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Report, ReportOutcome};
use crate::{
    db::{
        Handwritten,
        paging::{Page, Window},
        schema::reports,
    },
    error::Result,
    ids::{CommentId, DocumentId, ModerationActionId, ReportId},
    ledger::{ModerationAction, Reason},
};

/// A report to be kept.
#[derive(Insertable)]
#[diesel(table_name = reports)]
pub(super) struct NewReport {
    pub id: ReportId,
    pub comment_id: CommentId,
    pub document_id: DocumentId,
    pub reporter_hash: Vec<u8>,
    pub counts_as: Vec<u8>,
    pub comment_version: i32,
    pub reason: Reason,
    pub explanation_sealed: Option<Vec<u8>>,
    pub contact_sealed: Option<Vec<u8>>,
    pub created_at: DateTime<Utc>,
}

/// Keeps a report, and says whether this person had none on this comment before.
pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewReport) -> Result<bool> {
    let kept = diesel::insert_into(reports::table)
        .values(new)
        .on_conflict((reports::comment_id, reports::reporter_hash))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(kept == 1)
}

/// Whether this person has reported this comment.
pub(super) async fn has_reported(
    conn: &mut AsyncPgConnection,
    comment: CommentId,
    reporter: &[u8],
) -> Result<bool> {
    let found =
        reports::table.filter(reports::comment_id.eq(comment)).filter(reports::reporter_hash.eq(reporter));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn).await?)
}

/// As how many the last `open` reports of a comment count: whoever has not signed in can give another address each time,
/// but not come from another place.
pub(super) async fn voices(conn: &mut AsyncPgConnection, comment: CommentId, open: i32) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let mut sql = Handwritten::default();
    sql.text("SELECT count(DISTINCT counts_as) FROM (SELECT counts_as FROM reports WHERE comment_id = ")
        .uuid(comment.0)
        .text(" ORDER BY id DESC LIMIT ")
        .big_int(open.into())
        .text(") r");
    Ok(sql.get_result::<Row>(conn).await?.count)
}

/// One report.
pub async fn by_id(conn: &mut AsyncPgConnection, id: ReportId) -> Result<Option<Report>> {
    Ok(reports::table.find(id).select(Report::as_select()).first(conn).await.optional()?)
}

/// Answers the open reports of what a decision was about: those made before it, whatever the clocks said.
pub(in crate::moderation) async fn close(
    conn: &mut AsyncPgConnection,
    decision: &ModerationAction,
    outcome: ReportOutcome,
    now: DateTime<Utc>,
) -> Result<usize> {
    let open = reports::table
        .filter(reports::comment_id.eq(CommentId(decision.subject_id)))
        .filter(reports::comment_version.lt(decision.subject_version))
        .filter(reports::outcome.is_null());
    let closed =
        (reports::outcome.eq(outcome), reports::action_id.eq(decision.id), reports::closed_at.eq(now));
    Ok(diesel::update(open).set(closed).execute(conn).await?)
}

/// The reports that a decision answered and whose reporters want to be told.
pub async fn to_answer(conn: &mut AsyncPgConnection, decision: ModerationActionId) -> Result<Vec<ReportId>> {
    Ok(reports::table
        .filter(reports::action_id.eq(decision))
        .filter(reports::contact_sealed.is_not_null())
        .order(reports::id)
        .select(reports::id)
        .load(conn)
        .await?)
}

/// Whether a report still says how its reporter can be reached, or tells them from others.
fn is_somebodys() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql(
        "(contact_sealed IS NOT NULL OR reporter_hash <> sha256(uuid_send(id)) OR counts_as <> sha256(uuid_send(id)))",
    )
}

/// Whether anybody can be reached, or told from others, who has reported a comment in this document.
pub async fn is_reachable(conn: &mut AsyncPgConnection, document: DocumentId) -> Result<bool> {
    let found = reports::table.filter(reports::document_id.eq(document)).filter(is_somebodys());
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn).await?)
}

/// Forgets how some of those can be reached, and what told one of them from another; says how many they were.
pub async fn erase_contacts(conn: &mut AsyncPgConnection, document: DocumentId, limit: i64) -> Result<usize> {
    let some: Vec<ReportId> = reports::table
        .filter(reports::document_id.eq(document))
        .filter(is_somebodys())
        .order(reports::id)
        .limit(limit)
        .select(reports::id)
        .load(conn)
        .await?;
    Ok(diesel::update(reports::table.filter(reports::id.eq_any(some)))
        .set((
            reports::contact_sealed.eq(None::<Vec<u8>>),
            reports::reporter_hash.eq(super::mine::nobody()),
            reports::counts_as.eq(super::mine::nobody()),
        ))
        .execute(conn)
        .await?)
}

/// The same page of the reports of each of these comments, oldest first: one statement, and one more for each cursor.
pub async fn list(
    conn: &mut AsyncPgConnection,
    comments: &[Uuid],
    window: &Window<ReportId>,
) -> Result<HashMap<CommentId, Page<Report>>> {
    let mut sql = Handwritten::default();
    sql.text("SELECT r.* FROM unnest(")
        .uuids(comments)
        .text(") AS p(id) CROSS JOIN LATERAL (SELECT c.* FROM reports c WHERE c.comment_id = p.id");
    if let Some(after) = window.after {
        sql.text(" AND c.id > ").uuid(after.0);
    }
    if let Some(before) = window.before {
        sql.text(" AND c.id < ").uuid(before.0);
    }
    sql.text(if window.from_end { " ORDER BY c.id DESC LIMIT " } else { " ORDER BY c.id LIMIT " })
        .big_int(window.limit + 1)
        .text(") r");
    let rows: Vec<Report> = sql.load(conn).await?;
    let mut pages: HashMap<CommentId, Page<Report>> =
        comments.iter().map(|comment| (CommentId(*comment), Page::default())).collect();
    for row in rows {
        pages.entry(row.comment_id).or_default().items.push(row);
    }
    let behind_after = beyond(conn, comments, window.after, " AND r.id <= ").await?;
    let behind_before = beyond(conn, comments, window.before, " AND r.id >= ").await?;
    let limit = usize::try_from(window.limit).unwrap_or(0);
    for (comment, page) in &mut pages {
        let more = page.items.len() > limit;
        page.items.truncate(limit);
        if window.from_end {
            page.items.reverse();
        }
        page.has_previous = behind_after.contains(comment) || (window.from_end && more);
        page.has_next = behind_before.contains(comment) || (!window.from_end && more);
    }
    Ok(pages)
}

/// Which comments have reports at the cursor or on its far side.
async fn beyond(
    conn: &mut AsyncPgConnection,
    comments: &[Uuid],
    cursor: Option<ReportId>,
    comparison: &'static str,
) -> Result<Vec<CommentId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: CommentId,
    }
    let Some(cursor) = cursor else { return Ok(Vec::new()) };
    let mut sql = Handwritten::default();
    sql.text("SELECT p.id FROM unnest(")
        .uuids(comments)
        .text(") AS p(id) WHERE EXISTS (SELECT FROM reports r WHERE r.comment_id = p.id")
        .text(comparison)
        .uuid(cursor.0)
        .text(")");
    let rows: Vec<Row> = sql.load(conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// How many reports each of these comments has had.
pub async fn counts(conn: &mut AsyncPgConnection, comments: &[CommentId]) -> Result<HashMap<CommentId, i64>> {
    let rows: Vec<(CommentId, i64)> = reports::table
        .filter(reports::comment_id.eq_any(comments))
        .group_by(reports::comment_id)
        .select((reports::comment_id, diesel::dsl::count_star()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}
