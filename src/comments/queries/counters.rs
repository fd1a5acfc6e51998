//! Counters of what is published, kept by the transactions that publish and unpublish.

use std::collections::{BTreeMap, HashMap};

use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    comments::model::Comment,
    db::schema::{comment_counts, comment_threads},
    error::Result,
    ids::CommentId,
};

/// What a thread is listed under: its section, or the document as a whole.
fn scope_of(comment: &Comment) -> Uuid {
    comment.section_id.map_or(comment.document_id.0, |section| section.0)
}

/// What a transaction changes in the counters, gathered first and applied once: whoever takes more than one of their
/// rows takes them in one order, so that no two wait for each other.
#[derive(Default)]
pub struct Counted {
    /// By root: what the thread is listed under, and how many replies more or less it has.
    threads: BTreeMap<Uuid, (Uuid, i32)>,
    sections: BTreeMap<Uuid, i32>,
    documents: BTreeMap<Uuid, i32>,
}

impl Counted {
    /// Counts what a change of one comment changes for readers.
    pub(in crate::comments) fn add(&mut self, before: &Comment, after: &Comment) {
        match (before.is_published(), after.is_published()) {
            (false, true) => self.change(after, 1),
            (true, false) => self.change(after, -1),
            _ => {}
        }
    }

    /// Counts a new comment that everybody sees.
    pub(in crate::comments) fn add_new(&mut self, comment: &Comment) {
        if comment.is_published() {
            self.change(comment, 1);
        }
    }

    fn change(&mut self, comment: &Comment, by: i32) {
        // A thread is there from the publication of its root on.
        let replies = if comment.parent_id.is_some() { by } else { 0 };
        self.threads.entry(comment.root_id.0).or_insert((scope_of(comment), 0)).1 += replies;
        if let Some(section) = comment.section_id {
            *self.sections.entry(section.0).or_default() += by;
        }
        *self.documents.entry(comment.document_id.0).or_default() += by;
    }

    /// Writes the counters: threads, then sections, then documents, each in the order of their ids. One by one, because
    /// a statement of many rows locks them in an order of its own.
    pub async fn apply(self, conn: &mut AsyncPgConnection) -> Result<()> {
        for (root, (scope, replies)) in self.threads {
            let row = (
                comment_threads::root_id.eq(CommentId(root)),
                comment_threads::scope_id.eq(scope),
                comment_threads::replies.eq(replies),
            );
            let insert =
                diesel::insert_into(comment_threads::table).values(row).on_conflict(comment_threads::root_id);
            if replies == 0 {
                insert.do_nothing().execute(conn).await?;
            } else {
                let sum = comment_threads::replies + excluded(comment_threads::replies);
                insert.do_update().set(comment_threads::replies.eq(sum)).execute(conn).await?;
            }
        }
        for (scope, by) in self.sections.into_iter().chain(self.documents).filter(|(_, by)| *by != 0) {
            diesel::insert_into(comment_counts::table)
                .values((comment_counts::scope_id.eq(scope), comment_counts::published.eq(by)))
                .on_conflict(comment_counts::scope_id)
                .do_update()
                .set(
                    comment_counts::published
                        .eq(comment_counts::published + excluded(comment_counts::published)),
                )
                .execute(conn)
                .await?;
        }
        Ok(())
    }
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
