//! Loaders that batch the same way every time.
//!
//! A loader waits for askers and then loads for all of them at once. Were its wait a race between threads, a page would
//! cost a different number of statements each time. Here loading runs on the request's own task, in rounds: whoever is
//! going to ask has asked before anything is loaded, and everything has come before anybody asks again.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered, task::AtomicWaker};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Hands loading over to the request's task.
#[derive(Clone)]
pub(super) struct Spawner(UnboundedSender<BoxFuture<'static, ()>>);

impl Spawner {
    /// Takes a load on.
    pub(super) fn spawn(&self, load: BoxFuture<'static, ()>) {
        // Fails only when the request is over; nobody waits for the answer then.
        let _ = self.0.send(load);
    }
}

/// Runs a resolver's own reading within the request's rounds. Between rounds resolvers are not polled: one that held a
/// connection meanwhile would keep it from the very loads that everybody waits for.
pub(super) async fn in_round<T: Send + 'static>(
    ctx: &async_graphql::Context<'_>,
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    let (answer, answered) = tokio::sync::oneshot::channel();
    ctx.data_unchecked::<Spawner>().spawn(Box::pin(async move {
        // Nobody waits for the answer when the request is over.
        let _ = answer.send(work.await);
    }));
    match answered.await {
        Ok(value) => value,
        // The request is over, and this with it.
        Err(_) => std::future::pending().await,
    }
}

/// The loads of one request.
pub(super) struct Batches(UnboundedReceiver<BoxFuture<'static, ()>>);

/// Both ends for one request.
pub(super) fn pair() -> (Spawner, Batches) {
    let (sender, receiver) = unbounded_channel();
    (Spawner(sender), Batches(receiver))
}

/// Notes that the request could go on at once: joins of many fields poll only some of them at a time, and wake
/// themselves for the rest.
#[derive(Default)]
struct GoesOn {
    at_once: AtomicBool,
    task: AtomicWaker,
}

impl Wake for GoesOn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.at_once.store(true, Ordering::SeqCst);
        self.task.wake();
    }
}

impl Batches {
    /// Runs a request in rounds: every resolver goes as far as it can; then everything that was asked for is loaded,
    /// and only when all of it has come do they go on.
    pub(super) async fn drive<T>(mut self, request: impl Future<Output = T>) -> T {
        let mut request = pin!(request);
        let mut round = FuturesUnordered::new();
        let goes_on = Arc::<GoesOn>::default();
        let waker = Waker::from(goes_on.clone());
        poll_fn(|cx| {
            goes_on.task.register(cx.waker());
            loop {
                while let Poll::Ready(Some(())) = round.poll_next_unpin(cx) {}
                if !round.is_empty() {
                    return Poll::Pending;
                }
                goes_on.at_once.store(false, Ordering::SeqCst);
                if let Poll::Ready(answer) = request.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(answer);
                }
                if goes_on.at_once.load(Ordering::SeqCst) {
                    // It has woken this task. By way of the runtime, because a task that has used up its share of a turn is
                    // given nothing more before it has let others have theirs, and would be polled here for ever.
                    return Poll::Pending;
                }
                while let Poll::Ready(Some(load)) = self.0.poll_recv(cx) {
                    round.push(load);
                }
                if round.is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_graphql::dataloader::{DataLoader, Loader};
    use futures_util::future::join_all;

    use super::*;

    /// Writes down how many keys each load was for.
    struct Sizes(Arc<Mutex<Vec<usize>>>);

    impl Loader<usize> for Sizes {
        type Value = usize;
        type Error = ();

        async fn load(&self, keys: &[usize]) -> Result<std::collections::HashMap<usize, usize>, ()> {
            self.0.lock().unwrap().push(keys.len());
            tokio::task::yield_now().await;
            Ok(keys.iter().map(|key| (*key, *key)).collect())
        }
    }

    /// On a thread that is none of the runtime's workers: there a task that has used up its share of a turn is woken at once.
    /// And on one of its own, because a request that is polled for ever is seen from outside alone.
    #[test]
    fn more_who_ask_than_a_turn_has_room_for_are_answered() {
        let (done, is_done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let (spawner, batches) = pair();
            let asking = (0..1_000).map(|at| {
                let (answer, answered) = tokio::sync::oneshot::channel();
                let spawner = spawner.clone();
                async move {
                    spawner.spawn(Box::pin(async move { answer.send(at).unwrap() }));
                    answered.await.unwrap()
                }
            });
            let asking = join_all(asking.collect::<Vec<_>>());
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
            done.send(runtime.block_on(batches.drive(asking)).len()).unwrap();
        });
        assert_eq!(is_done.recv_timeout(std::time::Duration::from_mins(1)), Ok(1_000));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn hundreds_who_ask_are_answered_with_one_load_for_each_round() {
        for _ in 0..20 {
            let sizes = Arc::default();
            let (spawner, batches) = pair();
            let loads = DataLoader::new(Sizes(Arc::clone(&sizes)), move |load| spawner.spawn(load))
                .delay(std::time::Duration::ZERO);
            let twice = async |key| {
                let first = loads.load_one(key).await.unwrap().unwrap();
                loads.load_one(first + 1_000).await.unwrap()
            };
            // Joins within a join wake themselves before the last of them has asked.
            let all =
                join_all((0..31).map(|part| join_all((0..31).map(move |at| part * 31 + at).map(&twice))));
            assert_eq!(batches.drive(all).await.concat().len(), 961);
            assert_eq!(*sizes.lock().unwrap(), [961, 961]);
        }
    }
}
