//! Mutations whose client does not wait for them, and answers that it does not read.

use std::time::Duration;

use serde_json::json;

use crate::{
    connections::with_a_long_answer,
    limits::{comes_about, locked},
    support::{
        TestService, contributions,
        patience::{in_time, until},
        socket::Socket,
    },
};

/// A mutation's statement that waits for the lock: what the service does by itself looks at all documents, and may wait as well.
const WAITING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' \
                       AND query LIKE '%= ANY%'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mutation_counts_until_it_is_done() {
    let service = TestService::with(&["--no-worker", "--subscriptions-per-socket", "1"]).await;
    let document = service.bridges().await;
    let lock = locked(&service).await;
    let mut socket = Socket::of(&service.anybody()).await;
    let comment = contributions::comment(&document.to_string(), "Nobody waits for this.");
    socket.subscribe("m", contributions::SUBMIT, comment).await;
    comes_about(&service, WAITING).await;
    socket.say(json!({ "id": "m", "type": "complete" })).await;
    socket.subscribe("q", "{ __typename }", json!({})).await;
    assert_eq!(socket.refusal("q").await, ["RATE_LIMITED"]);
    drop(lock);
    comes_about(&service, "FROM comments").await;
    until("the place of the mutation is free", async || {
        socket.subscribe("q", "{ __typename }", json!({})).await;
        socket.hear().await["type"] == "next"
    })
    .await;
    assert_eq!(socket.hear().await["type"], "complete");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_waits_for_mutations_that_nobody_waits_for() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let lock = locked(&service).await;
    let comment = |text: &str| contributions::comment(&document.to_string(), text);
    let mut socket = Socket::of(&service.anybody()).await;
    socket.subscribe("m", contributions::SUBMIT, comment("By websocket.")).await;
    let reader = service.anybody();
    let by_http = comment("By HTTP.");
    let asked = tokio::spawn(async move { reader.ask(contributions::SUBMIT, by_http).await });
    comes_about(&service, &format!("FROM (SELECT {WAITING} HAVING count(*) = 2) AS both_wait")).await;
    asked.abort();
    drop(socket);
    let mut stopping = tokio::spawn(service.stop());
    let early = tokio::time::timeout(Duration::from_secs(2), &mut stopping).await;
    assert!(early.is_err(), "it did not wait");
    drop(lock);
    let (url, folder) = in_time("the service ends", stopping).await.unwrap();
    let next = TestService::on(url, folder, &["--no-worker"]).await;
    assert_eq!(next.count("FROM comments").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_holds_more_answers_than_its_share_is_closed() {
    let (service, query) = with_a_long_answer(&["--unread-answers-mib", "16"]).await;
    // It is left alone for longer and longer, because nobody knows how long it takes to make the answers.
    let mut closed = None;
    for seconds in [4, 8, 16, 32] {
        let mut socket = Socket::of(&service.anybody()).await;
        // There is room for two, but of that a quarter for each address, and one has all of it.
        for id in ["1", "2"] {
            socket.subscribe(id, &query, json!({})).await;
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        // What was said before, and each with its end, if nothing stopped it.
        for _ in 0..4 {
            if closed.is_none() {
                closed = socket.says().await.err();
            }
        }
        if closed.is_some() {
            break;
        }
    }
    let (code, reason) = closed.expect("it is closed");
    assert_eq!((code, reason.contains("wait to be read")), (1013, true), "{reason}");
    // With it goes what it held. What another has read stays in its buffer, and counts as long as it lasts.
    let mut other = Socket::of(&service.anybody()).await;
    other.subscribe("1", &query, json!({})).await;
    assert!(other.answer("1").await["data"]["section"].is_object());
    other.subscribe("2", &query, json!({})).await;
    assert_eq!(other.closed().await.0, 1013);
    let mut third = Socket::of(&service.anybody()).await;
    third.subscribe("1", &query, json!({})).await;
    assert!(third.answer("1").await["data"]["section"].is_object());
}
