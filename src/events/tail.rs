//! The tail: reads what was noted, in this process and in others, and hands it to the hub.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;

use super::{
    Hub,
    queries::{self, Place},
};
use crate::{
    clock::Clock,
    db::Db,
    outbox::{CHANNEL, Wake},
};

/// How often the tail looks by itself: wake-ups may get lost.
const POLL: Duration = Duration::from_secs(1);
/// How long it gathers what it is roused by: many commits in a row are read at once.
const GATHER: Duration = Duration::from_millis(5);
/// How long it waits for a transaction that began before one that has ended.
const EARLIER: Duration = Duration::from_millis(20);
/// How often it waits so; then it goes by its timer until there is something new.
const PATIENCE: u32 = 50;
/// How long an answer of the database may take.
const OVERDUE: Duration = Duration::from_secs(10);
/// How long it waits before it connects anew.
const AGAIN: Duration = Duration::from_secs(1);
/// After how long without the database listeners are told of a gap; events are kept longer than that.
const LOST: TimeDelta = TimeDelta::hours(3);

/// Follows the events after `place` for as long as this future runs, on a connection of its own: it hears wake-ups on it as
/// well.
pub async fn follow(db: Db, clock: Clock, wake: Wake, hub: Hub, place: Place) {
    let mut tail = Tail { clock, wake, hub, place, read_at: None };
    loop {
        if let Err(reason) = tail.follow(&db).await {
            tracing::warn!(error = reason, "The events cannot be read; the service tries again.");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

struct Tail {
    clock: Clock,
    wake: Wake,
    hub: Hub,
    place: Place,
    read_at: Option<DateTime<Utc>>,
}

impl Tail {
    async fn follow(&mut self, db: &Db) -> Result<(), String> {
        let mut conn = db.target().dial(None).await.map_err(|error| error.to_string())?;
        let listen = diesel::sql_query(format!("LISTEN {CHANNEL}"));
        in_time(listen.execute(&mut conn)).await?;
        let mut patience = PATIENCE;
        loop {
            let waits = self.read(&mut conn).await?;
            if waits && patience > 0 {
                patience -= 1;
                tokio::time::sleep(EARLIER).await;
                continue;
            }
            patience = PATIENCE;
            let mut notifications = std::pin::pin!(conn.notifications_stream());
            tokio::select! {
                () = self.wake.tail_roused() => tokio::time::sleep(GATHER).await,
                heard = notifications.next() => match heard {
                    // The announcer has gathered already.
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.to_string()),
                    None => return Err("the connection has ended".into()),
                },
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Reads all there is, and says whether something waits for an earlier transaction.
    async fn read(&mut self, conn: &mut AsyncPgConnection) -> Result<bool, String> {
        loop {
            let read = in_time(queries::read(conn, self.place)).await?;
            let now = self.clock.now();
            if self.read_at.is_some_and(|before| now - before > LOST) {
                // Some may have been thrown away before they were read.
                self.hub.lose();
            }
            self.read_at = Some(now);
            self.place = read.place;
            for event in read.events {
                self.hub.tell(event);
            }
            if !read.more {
                return Ok(read.waits);
            }
        }
    }
}

async fn in_time<T>(answer: impl Future<Output = diesel::QueryResult<T>>) -> Result<T, String> {
    match tokio::time::timeout(OVERDUE, answer).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the database does not answer".into()),
    }
}
