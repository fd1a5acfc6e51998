//! Connections between two messages.
//!
//! A connection is owned by whoever sends over it and comes back only after a whole, successful exchange. A send that
//! was given up half-way therefore cannot leave behind a connection whose next reply belongs to somebody else's
//! message, which is why the pool of the SMTP library, where dropping a send returns its connection, is not used.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::time::{Instant, sleep, timeout};

/// How long a connection usually may wait for its next message. Servers commonly hang up after one to five minutes.
pub(super) const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// How many connections may wait.
const MAX_PARKED: usize = 8;
/// How long a server gets to answer QUIT.
const PARTING: Duration = Duration::from_secs(1);

/// The connections that wait.
pub(super) struct Parked {
    lot: Arc<Mutex<Lot>>,
    limit: Duration,
}

#[derive(Default)]
struct Lot {
    waiting: Vec<(AsyncSmtpConnection, Instant)>,
    /// Whether a task is under way that ends those which wait too long.
    watched: bool,
}

impl Parked {
    /// None yet; each will wait for `limit` at the most.
    pub fn new(limit: Duration) -> Self {
        Self { lot: Arc::default(), limit }
    }

    /// The connection that was used last, if one waits.
    pub fn take(&self) -> Option<AsyncSmtpConnection> {
        let mut lot = lock(&self.lot);
        while let Some((conn, since)) = lot.waiting.pop() {
            if since.elapsed() < self.limit {
                return Some(conn);
            }
        }
        None
    }

    /// Keeps a connection over which the last exchange went well.
    pub fn park(&self, conn: AsyncSmtpConnection) {
        let mut lot = lock(&self.lot);
        if lot.waiting.len() >= MAX_PARKED {
            part(conn);
            return;
        }
        lot.waiting.push((conn, Instant::now()));
        if !std::mem::replace(&mut lot.watched, true) {
            tokio::spawn(watch(Arc::downgrade(&self.lot), self.limit));
        }
    }

    /// Drops every connection that waits: when one has gone stale, the others have too.
    pub fn forget(&self) {
        lock(&self.lot).waiting.clear();
    }

    /// Takes leave of every connection that waits, for a tidy end of the process.
    pub async fn close(&self) {
        let waiting = std::mem::take(&mut lock(&self.lot).waiting);
        for (mut conn, _) in waiting {
            let _ = timeout(PARTING, conn.abort()).await;
        }
    }
}

/// Says goodbye to a server without making anybody wait for its answer.
pub(super) fn part(mut conn: AsyncSmtpConnection) {
    tokio::spawn(async move {
        let _ = timeout(PARTING, conn.abort()).await;
    });
}

/// Ends connections that have waited too long, for as long as any wait.
async fn watch(lot: Weak<Mutex<Lot>>, limit: Duration) {
    loop {
        sleep(limit / 3).await;
        let Some(lot) = lot.upgrade() else { return };
        let mut lot = lock(&lot);
        for (conn, _) in lot.waiting.extract_if(.., |(_, since)| since.elapsed() >= limit) {
            part(conn);
        }
        if lot.waiting.is_empty() {
            lot.watched = false;
            return;
        }
    }
}

fn lock(lot: &Mutex<Lot>) -> MutexGuard<'_, Lot> {
    lot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use lettre::transport::smtp::extension::ClientId;
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn a_connection_waits_so_long_and_then_takes_its_leave() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 mail.example.org\r\n").await.unwrap();
            let mut heard = String::new();
            while stream.read_line(&mut heard).await.unwrap() > 0 {
                stream.write_all(b"250 mail.example.org\r\n").await.unwrap();
            }
            heard
        });
        let hello = ClientId::Domain("consult.example.org".into());
        let conn = AsyncSmtpConnection::connect_tokio1(address, None, &hello, None, None).await.unwrap();
        let parked = Parked::new(Duration::from_secs(2));
        parked.park(conn);
        parked.park(parked.take().expect("it still waits"));
        let heard = timeout(Duration::from_mins(1), heard).await.expect("it is not left hanging").unwrap();
        assert_eq!(heard, "EHLO consult.example.org\r\nQUIT\r\n");
        assert!(parked.take().is_none());
    }
}
