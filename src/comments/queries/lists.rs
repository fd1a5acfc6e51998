//! Lists of visible comments, for many owners in one statement: the threads of sections, the threads of documents, the
//! replies of comments.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use diesel::{QueryableByName, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::TryStreamExt;
use uuid::Uuid;

use crate::{
    comments::model::{Comment, CommentOrder},
    db::{
        Handwritten,
        paging::{Page, Window},
    },
    error::{Error, Result},
    ids::CommentId,
};

/// How many bytes of comments are read for one request: a hundred pages of a hundred of usual length. A list costs by its
/// length, which says nothing of its texts, and each window on it has rows of its own.
const MAX_READ: usize = 64 * 1024 * 1024;

/// What kind of list, of what kind of owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// The threads of a section.
    Section(CommentOrder),
    /// The threads about a document as a whole.
    Document(CommentOrder),
    /// The replies to a comment, earliest first.
    Replies,
}

/// Where in a list a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// How many published replies its thread has, where the list is ordered by that; else 0.
    pub replies: i32,
    /// The comment.
    pub id: CommentId,
}

/// A comment in a list.
#[derive(Clone, QueryableByName)]
pub struct Listed {
    #[diesel(sql_type = sql_types::Uuid)]
    owner: Uuid,
    #[diesel(sql_type = sql_types::Integer)]
    thread_replies: i32,
    /// The comment.
    #[diesel(embed)]
    pub comment: Comment,
}

impl Listed {
    /// Where it stands.
    pub fn key(&self) -> Key {
        Key { replies: self.thread_replies, id: self.comment.id }
    }
}

impl Shelf {
    fn order(self) -> CommentOrder {
        match self {
            Self::Section(order) | Self::Document(order) => order,
            Self::Replies => CommentOrder::Oldest,
        }
    }

    /// What makes a comment `r` one of owner `p`'s. The conditions are those of the partial indexes on `comments`.
    fn belongs(self) -> &'static str {
        match self {
            Self::Section(_) => "r.section_id = p.id AND r.parent_id IS NULL AND r.visible",
            Self::Document(_) => {
                "r.document_id = p.id AND r.section_id IS NULL AND r.parent_id IS NULL AND r.visible"
            }
            Self::Replies => "r.parent_id = p.id AND r.visible",
        }
    }

    fn discussed(self) -> bool {
        self.order() == CommentOrder::MostDiscussed
    }

    /// What makes a row of [`Shelf::source`] one of the list. A thread's row is its owner's already, and saying again
    /// what follows from that makes the planner expect one row where there are thousands: it then reads them all.
    fn listed(self) -> &'static str {
        if self.discussed() { "r.visible" } else { self.belongs() }
    }

    /// The rows of `r` and, for the order by discussion, of their threads.
    fn source(self) -> &'static str {
        if self.discussed() {
            "comment_threads t JOIN comments r ON r.id = t.root_id AND t.scope_id = p.id"
        } else {
            "comments r"
        }
    }

    /// The column or columns that cursors are compared with.
    fn bound(self) -> &'static str {
        if self.discussed() { "(t.replies, t.root_id)" } else { "r.id" }
    }

    /// Goes on with what cursors are compared with.
    fn key(self, sql: &mut Handwritten, key: Key) {
        if self.discussed() {
            sql.text("(").integer(key.replies).text(", ").uuid(key.id.0).text(")");
        } else {
            sql.uuid(key.id.0);
        }
    }

    fn ordered_by(self, reverse: bool) -> &'static str {
        match (self.order(), reverse) {
            (CommentOrder::Oldest, false) | (CommentOrder::Newest, true) => "r.id",
            (CommentOrder::Oldest, true) | (CommentOrder::Newest, false) => "r.id DESC",
            (CommentOrder::MostDiscussed, false) => "t.replies DESC, t.root_id DESC",
            (CommentOrder::MostDiscussed, true) => "t.replies, t.root_id",
        }
    }

    /// The comparison that holds for what comes after a key.
    fn after(self) -> &'static str {
        if self.order() == CommentOrder::Oldest { ">" } else { "<" }
    }

    fn before(self) -> &'static str {
        if self.order() == CommentOrder::Oldest { "<" } else { ">" }
    }
}

/// How many bytes of comments somebody may still have read for one request, through however many lists and windows.
#[derive(Debug)]
pub struct Room(AtomicUsize);

impl Default for Room {
    fn default() -> Self {
        Self(AtomicUsize::new(MAX_READ))
    }
}

impl Room {
    /// Takes what a comment comes to; `BadRequest` where there is not so much left.
    fn take(&self, comment: &Comment) -> Result<()> {
        let bytes = comment.bytes();
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        left.map(|_| ()).map_err(|_| {
            Error::BadRequest(format!(
                "The comments asked for have more than {} MiB of text together. Ask for smaller pages, or for fewer of them.",
                MAX_READ / 1024 / 1024
            ))
        })
    }
}

/// The same page of each owner's list: one statement, and one more for each cursor given. No more is held of them than there
/// is room for.
pub async fn list(
    conn: &mut AsyncPgConnection,
    shelf: Shelf,
    owners: &[Uuid],
    window: &Window<Key>,
    room: &Room,
) -> Result<HashMap<Uuid, Page<Listed>>> {
    let mut sql = Handwritten::default();
    sql.text("SELECT p.id AS owner, c.* FROM unnest(")
        .uuids(owners)
        .text(") AS p(id) CROSS JOIN LATERAL (SELECT ")
        .text(if shelf.discussed() { "t.replies" } else { "0" })
        .text(" AS thread_replies, r.* FROM ")
        .text(shelf.source())
        .text(" WHERE ")
        .text(shelf.listed());
    for (cursor, comparison) in [(window.after, shelf.after()), (window.before, shelf.before())] {
        if let Some(key) = cursor {
            sql.text(" AND ").text(shelf.bound()).text(comparison);
            shelf.key(&mut sql, key);
        }
    }
    sql.text(" ORDER BY ")
        .text(shelf.ordered_by(window.from_end))
        .text(" LIMIT ")
        .big_int(window.limit + 1)
        .text(") c");
    let mut pages: HashMap<Uuid, Page<Listed>> =
        owners.iter().map(|owner| (*owner, Page::default())).collect();
    let mut rows = sql.load_stream::<Listed>(conn).await?;
    while let Some(row) = rows.try_next().await? {
        room.take(&row.comment)?;
        pages.entry(row.owner).or_default().items.push(row);
    }
    drop(rows);
    let behind_after = exists(conn, shelf, owners, window.after, shelf.before()).await?;
    let behind_before = exists(conn, shelf, owners, window.before, shelf.after()).await?;
    let limit = usize::try_from(window.limit).unwrap_or(0);
    for (owner, page) in &mut pages {
        let more = page.items.len() > limit;
        page.items.truncate(limit);
        if window.from_end {
            page.items.reverse();
        }
        page.has_previous = behind_after.contains(owner) || (window.from_end && more);
        page.has_next = behind_before.contains(owner) || (!window.from_end && more);
    }
    Ok(pages)
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

/// Which owners have anything at the cursor itself or on its far side.
async fn exists(
    conn: &mut AsyncPgConnection,
    shelf: Shelf,
    owners: &[Uuid],
    cursor: Option<Key>,
    comparison: &'static str,
) -> Result<Vec<Uuid>> {
    let Some(key) = cursor else { return Ok(Vec::new()) };
    let mut sql = Handwritten::default();
    sql.text("SELECT p.id FROM unnest(")
        .uuids(owners)
        .text(") AS p(id) WHERE EXISTS (SELECT FROM ")
        .text(shelf.source())
        .text(" WHERE ")
        .text(shelf.listed())
        .text(" AND ")
        .text(shelf.bound())
        .text(comparison)
        .text("= ");
    shelf.key(&mut sql, key);
    sql.text(")");
    let rows: Vec<Owner> = sql.load(conn).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

/// How long each owner's list is.
pub async fn count_listed(
    conn: &mut AsyncPgConnection,
    shelf: Shelf,
    owners: &[Uuid],
) -> Result<HashMap<Uuid, i64>> {
    let mut sql = Handwritten::default();
    sql.text("SELECT p.id, c.count FROM unnest(")
        .uuids(owners)
        .text(") AS p(id) CROSS JOIN LATERAL (SELECT count(*) AS count FROM comments r WHERE ")
        .text(shelf.belongs())
        .text(") c");
    let rows: Vec<Count> = sql.load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}
