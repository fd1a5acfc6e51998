//! Room for files: what all of them may take, what those may take that are part of nothing yet, and what the disk has.

use chrono::TimeDelta;
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::{
    jobs::RemoveFile,
    queries::{self, Taken},
    receive::NotKept,
};
use crate::{
    context::Context,
    error::{Error, Result},
    files::Bounds,
    outbox,
};

/// How long a file that is part of nothing is left alone, however little room there is.
const LEFT_ALONE: TimeDelta = TimeDelta::hours(1);
/// How many such files go at a time to make room.
const MADE_ROOM: i64 = 100;
/// After how many seconds it is worth to ask again, where all room is taken: it takes somebody to give it more.
pub const FULL_FOR: u64 = 3600;

/// How many bytes more there would have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missing {
    /// For those that wait.
    waiting: u64,
    /// For all of them together, or on the disk.
    all: u64,
}

impl Missing {
    fn of(bounds: &Bounds, taken: &Taken, free: Option<u64>, bytes: u64) -> Self {
        let over = |taken: u64, most: u64| taken.saturating_add(bytes).saturating_sub(most);
        // A sum of lengths is never negative.
        let of = |sum: i64| u64::try_from(sum).unwrap_or(0);
        let on_disk = free.map_or(0, |free| over(bounds.left_free, free));
        Self {
            waiting: over(of(taken.waiting), bounds.waiting),
            all: over(of(taken.all), bounds.all).max(on_disk),
        }
    }

    fn bytes(self) -> u64 {
        self.waiting.max(self.all)
    }
}

async fn missing(ctx: &Context, conn: &mut AsyncPgConnection, bytes: u64) -> Result<Missing> {
    let taken = queries::taken(conn).await?;
    let free = ctx.files.store.free().await;
    let missing = Missing::of(&ctx.files.bounds, &taken, free, bytes);
    if missing.bytes() > 0 {
        tracing::warn!(
            file.bytes = taken.all,
            file.waiting_bytes = taken.waiting,
            disk.free_bytes = free,
            missing_bytes = missing.bytes(),
            "There is no room for another file."
        );
    }
    Ok(missing)
}

/// Sees that there is room for so many bytes more that are part of nothing yet. Where there is none, those go that have waited
/// longest: whoever fills it keeps others out for [`LEFT_ALONE`], not for as long as files may wait.
///
/// What is being received meanwhile is not counted: whoever announces much and sends slowly would take the room from
/// others. It comes on top, and is bounded by how many are received at a time.
pub(super) async fn make(ctx: &Context, bytes: u64) -> Result<(), NotKept> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let missing = missing(ctx, &mut conn, bytes).await?;
    if missing.bytes() == 0 {
        return Ok(());
    }
    let freed = conn
        .transaction(async |conn| {
            let mut freed = 0;
            for (object, bytes) in
                queries::delete_longest_waiting(conn, now - LEFT_ALONE, missing.bytes(), MADE_ROOM).await?
            {
                outbox::enqueue(conn, now, &RemoveFile { object }).await?;
                freed += bytes;
            }
            Ok::<_, Error>(freed)
        })
        .await?;
    tracing::info!(freed_bytes = freed, "Files that were part of nothing made room.");
    match missing {
        Missing { all, .. } if freed < all => Err(NotKept::Full),
        Missing { waiting, .. } if freed < waiting => Err(NotKept::Busy),
        Missing { .. } => Ok(()),
    }
}

/// Refuses a file that is only announced where all files take all the room there is, so that nobody sends it in vain.
pub(super) async fn expect(ctx: &Context, conn: &mut AsyncPgConnection, bytes: u64) -> Result<()> {
    if missing(ctx, conn, bytes).await?.all == 0 {
        return Ok(());
    }
    Err(Error::RateLimited { message: NotKept::Full.to_string(), retry_after: FULL_FOR })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_for_each_bound() {
        let bounds = Bounds { waiting: 10, all: 100, left_free: 50 };
        let missing = |waiting, all, free, bytes| {
            let Missing { waiting, all } = Missing::of(&bounds, &Taken { waiting, all }, free, bytes);
            (waiting, all)
        };
        assert_eq!(missing(0, 0, None, 10), (0, 0));
        assert_eq!(missing(4, 4, None, 7), (1, 0));
        assert_eq!(missing(0, 98, None, 5), (0, 3));
        assert_eq!(missing(0, 0, Some(55), 5), (0, 0));
        assert_eq!(missing(0, 98, Some(51), 5), (0, 4));
        assert_eq!(missing(0, 0, Some(0), u64::MAX), (u64::MAX - 10, u64::MAX));
    }
}
