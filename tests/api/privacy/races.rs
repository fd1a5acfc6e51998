//! Erasing something at the very moment at which somebody says more about it.

use answerable::ids::AnyId;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use serde_json::{Value, json};

use super::{ERASE, erase};
use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, ruling, text},
    patience::until,
    postgres::ordered,
};

const LODGE: &str =
    "mutation($input: LodgeAppealInput!) { lodgeAppeal(input: $input) { appeal { id } errors { code } } }";
const WITHDRAW: &str =
    "mutation($input: WithdrawAppealInput!) { withdrawAppeal(input: $input) { errors { code } } }";

/// Something that a moderator has decided against: its table, its id there, and its receipt's token.
struct Decided {
    table: &'static str,
    id: String,
    token: String,
}

async fn decided(service: &TestService) -> [Decided; 2] {
    let document = service.bridges_after().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let comment = reader.comments(&document.to_string(), "A word about the ford.").await;
    moderator.decides(&text(&comment["comment"]["id"]), 1, "HIDE").await;
    let submission = reader.submits(document, "Another in confidence.").await;
    let aside = ruling(&text(&submission["submission"]["id"]), 1, "SET_ASIDE");
    assert_eq!(moderator.data(HANDLE, aside).await["handleSubmission"]["errors"], json!([]));
    let of = |table, made: &Value, kind: &str| {
        let id = match AnyId::parse(&text(&made[kind]["id"])).unwrap() {
            AnyId::CommentId(id) => id.0,
            AnyId::SubmissionId(id) => id.0,
            _ => unreachable!("a contribution"),
        };
        Decided { table, id: id.to_string(), token: text(&made["receipt"]["token"]) }
    };
    [of("comments", &comment, "comment"), of("submissions", &submission, "submission")]
}

/// A connection of the test's own that holds the row.
async fn holding(service: &TestService, of: &Decided) -> AsyncPgConnection {
    let lock = format!("BEGIN; SELECT 1 FROM {} WHERE id = '{}' FOR UPDATE", of.table, of.id);
    ordered(&service.database_url, &lock).await
}

/// Waits until so many wait for a lock.
async fn waiting(service: &TestService, many: i64) {
    let waits = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("so many wait for each other", async || service.count(waits).await == many).await;
}

fn asks(actor: &Actor, query: &'static str, input: Value) -> tokio::task::JoinHandle<Value> {
    let actor = actor.clone();
    tokio::spawn(async move { actor.data(query, json!({ "input": input })).await })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_that_comes_with_an_erasure_does_not_outlive_it() {
    let service = TestService::start().await;
    let reader = service.anybody();
    for item in decided(&service).await {
        let mut held = holding(&service, &item).await;
        let lodged = asks(&reader, LODGE, json!({ "token": item.token, "text": "I object." }));
        waiting(&service, 1).await;
        let erased = asks(&reader, ERASE, json!({ "token": item.token, "confirm": true }));
        waiting(&service, 2).await;
        held.batch_execute("COMMIT").await.unwrap();
        assert_eq!(lodged.await.unwrap()["lodgeAppeal"]["errors"], json!([]), "it was first");
        assert_eq!(erased.await.unwrap()["eraseMyData"]["erased"], true);
        let left = "FROM appeals WHERE text_sealed IS NOT NULL OR state <> 'WITHDRAWN'";
        assert_eq!(service.count(left).await, 0, "{}", item.table);
    }
    assert_eq!(service.count("FROM appeals").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_that_comes_after_an_erasure_is_refused() {
    let service = TestService::start().await;
    let reader = service.anybody();
    for item in decided(&service).await {
        let mut held = holding(&service, &item).await;
        let erased = asks(&reader, ERASE, json!({ "token": item.token, "confirm": true }));
        waiting(&service, 1).await;
        let lodged = asks(&reader, LODGE, json!({ "token": item.token, "text": "I object." }));
        waiting(&service, 2).await;
        held.batch_execute("COMMIT").await.unwrap();
        assert_eq!(erased.await.unwrap()["eraseMyData"]["erased"], true);
        let refused = lodged.await.unwrap();
        assert_eq!(refused["lodgeAppeal"]["errors"][0]["code"], "NOT_APPEALABLE", "{}", item.table);
    }
    assert_eq!(service.count("FROM appeals").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taking_an_appeal_back_and_erasing_do_not_wait_for_each_other() {
    let service = TestService::start().await;
    let reader = service.anybody();
    for item in decided(&service).await {
        let lodged =
            reader.data(LODGE, json!({ "input": { "token": item.token, "text": "I object." } })).await;
        let appeal = &lodged["lodgeAppeal"]["appeal"]["id"];
        let mut held = holding(&service, &item).await;
        let back = asks(&reader, WITHDRAW, json!({ "token": item.token, "appealId": appeal }));
        waiting(&service, 1).await;
        let erased = asks(&reader, ERASE, json!({ "token": item.token, "confirm": true }));
        waiting(&service, 2).await;
        held.batch_execute("COMMIT").await.unwrap();
        assert_eq!(back.await.unwrap()["withdrawAppeal"]["errors"], json!([]));
        assert_eq!(erased.await.unwrap()["eraseMyData"]["erased"], true);
        let again = erase(&reader, json!({ "token": item.token, "confirm": true })).await;
        assert_eq!(again["preview"]["appeals"], 0);
    }
}
