//! Waiting. A busy machine may take its time over anything, so that no test asks how soon something comes: it tells what
//! comes late from what never does.

use std::time::Duration;

/// How long anything that is awaited may take.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Looks until something is so; fails the test if it never is.
pub async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time(what, looking).await;
}

/// What this comes to; fails the test if it comes to nothing.
pub async fn in_time<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, awaited).await.unwrap_or_else(|_| panic!("it never comes to this: {what}"))
}
