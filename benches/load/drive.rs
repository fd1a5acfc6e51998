//! Many clients at once, each of whom asks again as soon as it was answered.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

/// How long everything runs before anything counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// What a client does over and over.
pub trait Work: Send + 'static {
    /// Does it once; the text of what went wrong.
    fn once(&mut self) -> impl Future<Output = Result<(), String>> + Send;
}

/// How it went.
pub struct Figures {
    /// How long each took that went well, the quickest first.
    took: Vec<Duration>,
    time: Duration,
    /// How many went wrong, and how the first of them did.
    failed: usize,
    failure: Option<String>,
}

impl Figures {
    /// How many were done in a second.
    pub fn per_second(&self) -> f64 {
        u32::try_from(self.took.len()).map_or(f64::INFINITY, f64::from) / self.time.as_secs_f64()
    }

    /// How long it took at the most for this many of a hundred, in milliseconds.
    pub fn within(&self, percent: usize) -> f64 {
        let at = self.took.len().saturating_sub(1) * percent / 100;
        self.took.get(at).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
    }

    /// What went wrong, if anything did.
    pub fn complaint(&self) -> Option<String> {
        Some(format!("{} failed: {}", self.failed, self.failure.as_deref()?))
    }

    /// The figures in one line.
    pub fn brief(&self) -> String {
        let (p50, p99) = (self.within(50), self.within(99));
        format!("{:.0}/s, p50 {p50:.2} ms, p99 {p99:.2} ms", self.per_second())
    }
}

/// Lets `clients` work for `time`; `ready` gets each of them ready first.
pub async fn drive<W: Work>(clients: usize, time: Duration, ready: impl AsyncFn(usize) -> W) -> Figures {
    let mut works = Vec::new();
    for client in 0..clients {
        works.push(ready(client).await);
    }
    let begin = now() + WARM_UP;
    let end = begin + time;
    let mut running = JoinSet::new();
    for mut work in works {
        running.spawn(async move {
            let mut figures = Figures { took: Vec::new(), time, failed: 0, failure: None };
            loop {
                let started = now();
                let result = work.once().await;
                let ended = now();
                if ended >= end {
                    return figures;
                }
                match result {
                    _ if ended < begin => {}
                    Ok(()) => figures.took.push(ended - started),
                    Err(text) => {
                        figures.failed += 1;
                        figures.failure.get_or_insert(text);
                    }
                }
            }
        });
    }
    let mut all = Figures { took: Vec::new(), time, failed: 0, failure: None };
    while let Some(one) = running.join_next().await {
        let one = one.unwrap();
        all.took.extend(one.took);
        all.failed += one.failed;
        all.failure = all.failure.or(one.failure);
    }
    all.took.sort_unstable();
    all
}

#[expect(clippy::disallowed_methods, reason = "measuring is what this is for")]
fn now() -> Instant {
    Instant::now()
}
