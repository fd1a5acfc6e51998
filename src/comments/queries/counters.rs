//! Counters of what is published, kept by the transactions that publish and unpublish.

use std::collections::HashMap;

use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    comments::model::Comment,
    db::schema::{comment_counts, comment_threads},
    error::Result,
};

/// What a thread is listed under: its section, or the document as a whole.
fn scope_of(comment: &Comment) -> Uuid {
    comment.section_id.map_or(comment.document_id.0, |section| section.0)
}

/// Counts a comment that everybody sees from now on.
pub(in crate::comments) async fn count_published(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
) -> Result<()> {
    if comment.parent_id.is_none() {
        diesel::insert_into(comment_threads::table)
            .values((
                comment_threads::root_id.eq(comment.id),
                comment_threads::scope_id.eq(scope_of(comment)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await?;
    }
    change(conn, comment, 1).await
}

/// Counts a comment off that nobody sees any more.
pub(in crate::comments) async fn count_unpublished(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
) -> Result<()> {
    change(conn, comment, -1).await
}

async fn change(conn: &mut AsyncPgConnection, comment: &Comment, by: i32) -> Result<()> {
    if comment.parent_id.is_some() {
        diesel::update(comment_threads::table.find(comment.root_id))
            .set(comment_threads::replies.eq(comment_threads::replies + by))
            .execute(conn)
            .await?;
    }
    // The section before its document, always: two writers who take both rows take them in one order. One by one,
    // because a statement of two rows locks them in an order of its own.
    let section = comment.section_id.map(|section| section.0);
    for scope in section.into_iter().chain([comment.document_id.0]) {
        diesel::insert_into(comment_counts::table)
            .values((comment_counts::scope_id.eq(scope), comment_counts::published.eq(by)))
            .on_conflict(comment_counts::scope_id)
            .do_update()
            .set(
                comment_counts::published.eq(comment_counts::published + excluded(comment_counts::published)),
            )
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// How many published comments these sections and documents have, replies included; a document's includes those on
/// its sections.
pub async fn published_counts(conn: &mut AsyncPgConnection, scopes: &[Uuid]) -> Result<HashMap<Uuid, i32>> {
    let rows: Vec<(Uuid, i32)> = comment_counts::table
        .filter(comment_counts::scope_id.eq_any(scopes))
        .select((comment_counts::scope_id, comment_counts::published))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}
