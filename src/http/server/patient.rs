//! A connection whose other end must go on taking what is written to it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// How many bytes that are taken of an answer buy a second more.
const BYTES_A_SECOND: usize = 16 * 1024;

/// A stream that fails when nothing can be written to it for too long, or when an answer is taken too slowly as a whole.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    whole: Duration,
    /// Runs while something waits to be written.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Runs from when an answer has to wait until all of it is written, however often it gets on.
    behind: Option<Pin<Box<Sleep>>>,
    /// How many bytes have not bought a second yet.
    taken: usize,
}

impl<S> Patient<S> {
    /// For the next bytes of an answer the patience is the first one, for all of it the second.
    pub fn new(stream: S, patience: Duration, whole: Duration) -> Self {
        Self { stream, patience, whole, waiting: None, behind: None, taken: 0 }
    }
}

impl<S: AsyncWrite + Unpin> Patient<S> {
    /// Passes on what came of an attempt to write; one that has to wait, only for as long as the patience lasts.
    fn wait<T>(&mut self, attempt: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.waiting = None;
            return attempt;
        }
        let (patience, whole) = (self.patience, self.whole);
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        let behind = self.behind.get_or_insert_with(|| Box::pin(tokio::time::sleep(whole)));
        if waiting.as_mut().poll(cx).is_pending() {
            ready!(behind.as_mut().poll(cx));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Passes on how much was written, and gives an answer that waits its seconds for it.
    fn count(&mut self, attempt: Poll<io::Result<usize>>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let written = ready!(self.wait(attempt, cx))?;
        if let Some(behind) = &mut self.behind {
            self.taken += written;
            let seconds = u64::try_from(self.taken / BYTES_A_SECOND).unwrap_or(0);
            self.taken %= BYTES_A_SECOND;
            let until = behind.deadline() + Duration::from_secs(seconds);
            behind.as_mut().reset(until);
        }
        Poll::Ready(Ok(written))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(attempt, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(cx);
        let flushed = ready!(self.wait(attempt, cx));
        // Whoever writes flushes when there is nothing left.
        (self.behind, self.taken) = (None, 0);
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.wait(attempt, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.count(attempt, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const ALL_TIME: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_on_and_who_takes_little_is_not() {
        let patience = Duration::from_millis(100);
        let (ours, theirs) = tokio::io::duplex(16);
        let mut ours = Patient::new(ours, patience, ALL_TIME);
        let failed = ours.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        drop(theirs);

        let (ours, mut theirs) = tokio::io::duplex(16);
        let slow = tokio::spawn(async move {
            let mut taken = [0; 8];
            for _ in 0..8 {
                tokio::time::sleep(Duration::from_millis(30)).await;
                theirs.read_exact(&mut taken).await.unwrap();
            }
        });
        Patient::new(ours, patience, ALL_TIME).write_all(&[0; 64]).await.unwrap();
        slow.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_trickles_has_an_end_and_one_that_flows_has_none() {
        let (patience, whole) = (Duration::from_secs(10), Duration::from_secs(1));
        // Reads so many bytes fifty times a second.
        let reading = |bytes: usize| {
            let (ours, mut theirs) = tokio::io::duplex(16);
            tokio::spawn(async move {
                let mut taken = vec![0; bytes];
                while theirs.read_exact(&mut taken).await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
            Patient::new(ours, patience, whole)
        };
        let failed = reading(8).write_all(&[0; 8 * 200]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        reading(BYTES_A_SECOND).write_all(&vec![0; BYTES_A_SECOND * 80]).await.unwrap();
        // Each answer has its own time.
        let mut ours = reading(8);
        for _ in 0..4 {
            ours.write_all(&[0; 8 * 20]).await.unwrap();
            ours.flush().await.unwrap();
        }
    }
}
