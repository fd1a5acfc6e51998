//! The protocol `graphql-transport-ws`, message by message.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, json};

use super::{ITEMS, PUBLISHED, listening, of};
use crate::support::{TestService, contributions, patience::until, socket::Socket};

fn init(payload: &Value) -> Value {
    json!({ "type": "connection_init", "payload": payload })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_closes_the_socket_with_its_code() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    // Each is said after the init that goes before, if any.
    let subscribe = |id: &str| json!({ "id": id, "type": "subscribe", "payload": { "query": PUBLISHED, "variables": of(document) } });
    let faults = [
        (vec![subscribe("1").to_string()], 4401),
        (vec![init(&json!({})).to_string(), init(&json!({})).to_string()], 4429),
        (vec![init(&json!({})).to_string(), subscribe("1").to_string(), subscribe("1").to_string()], 4409),
        (vec![init(&json!({})).to_string(), "{".into()], 4400),
        (vec![init(&json!({})).to_string(), json!({ "type": "nonsense" }).to_string()], 4400),
        (vec![init(&json!({})).to_string(), json!({ "type": "subscribe", "id": "1" }).to_string()], 4400),
        (vec![init(&json!([])).to_string()], 4400),
        (vec![init(&json!({ "authorization": "Bearer not.a.token" })).to_string()], 4403),
        (vec![init(&json!({ "authorization": "Basic dXNlcjpwYXNz" })).to_string()], 4403),
        (vec![init(&json!({ "authorization": 12345 })).to_string()], 4403),
    ];
    for (said, code) in faults {
        let mut socket = Socket::silent(&service.base).await;
        for message in &said {
            socket.say_text(message.clone()).await;
        }
        let (was, reason) = socket.closed().await;
        assert_eq!(was, code, "{said:?}");
        assert!(!reason.is_empty(), "{said:?}");
    }
    let mut socket = Socket::of(&service.anybody()).await;
    socket.say_bytes(b"{}").await;
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_is_not_waited_for() {
    let service = TestService::with(&["--no-worker", "--socket-init-seconds", "3"]).await;
    // Whoever lets the socket alone after the init is left alone.
    let mut quiet = Socket::of(&service.anybody()).await;
    let mut silent = Socket::silent(&service.base).await;
    let (code, reason) = silent.closed().await;
    assert_eq!((code, reason.is_empty()), (4408, false));
    assert!(quiet.is_silent_for(500).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_closes_the_socket_is_answered() {
    let service = TestService::start().await;
    for code in [1000, 1001, 4999] {
        assert_eq!(Socket::of(&service.anybody()).await.close(code).await, code);
    }
    // Before it has begun, and with something under way.
    assert_eq!(Socket::silent(&service.base).await.close(1000).await, 1000);
    let mut socket = Socket::of(&service.anybody()).await;
    socket.subscribe("1", PUBLISHED, of(service.bridges().await)).await;
    assert_eq!(socket.close(1000).await, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_subprotocol_is_spoken() {
    let service = TestService::start().await;
    let mut none = Socket::open(&service.base, None).await.unwrap();
    assert_eq!(none.closed().await.0, 4406);
    // A client that gets none of what it offered gives up by itself; one that does not is told.
    let offered = [("sec-websocket-protocol", "graphql-ws")];
    let raw =
        service.anybody().get("/graphql").header("connection", "upgrade").header("upgrade", "websocket");
    let raw =
        raw.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let answer = raw.header(offered[0].0, offered[0].1).send().await.unwrap();
    assert_eq!(answer.status(), 101);
    assert!(!answer.headers().contains_key("sec-websocket-protocol"));
    let bad =
        service.anybody().get("/graphql").header("connection", "upgrade").header("upgrade", "websocket");
    assert_eq!(bad.send().await.unwrap().status(), 400);
    // Where several are offered ours is chosen.
    Socket::open(&service.base, Some("graphql-ws, graphql-transport-ws")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_are_answered_and_sent() {
    let service = TestService::with(&["--no-worker", "--keep-alive-seconds", "1"]).await;
    let mut socket = Socket::silent(&service.base).await;
    socket.say(json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "a": 1 } }));
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    socket.say(json!({ "type": "pong" })).await;
    socket.say(init(&Value::Null)).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    // The helper answers pings: the socket lives on past what is given to the silent.
    assert!(socket.is_silent_for(3_500).await);
    socket.subscribe("1", "{ __typename }", json!({})).await;
    socket.answer("1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_and_mutations_are_answered_and_guarded_as_over_http() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let mut socket = Socket::of(&moderator).await;
    socket.subscribe("q", "{ viewer { displayName } }", json!({})).await;
    assert_eq!(socket.answer("q").await, json!({ "data": { "viewer": { "displayName": "Moderator" } } }));
    assert_eq!(socket.hear().await, json!({ "id": "q", "type": "complete" }));
    let input = contributions::comment(&document.to_string(), "Over the socket.");
    socket.subscribe("m", contributions::SUBMIT, input).await;
    let made = socket.answer("m").await;
    assert_eq!(made["data"]["submitComment"]["comment"]["state"], "PENDING", "{made:#}");
    assert_eq!(socket.hear().await["type"], "complete");
    for query in [
        "{",
        "{ nothing }",
        "subscription { nothing }",
        "subscription { __typename }",
        "query A { a } query B { b }",
    ] {
        socket.subscribe("e", query, json!({})).await;
        let codes = socket.refusal("e").await;
        assert!(!codes.is_empty() && codes.iter().all(|code| code == "BAD_REQUEST"), "{query}: {codes:?}");
    }
    let two = "subscription($id: ID!) { a: commentPublished(documentId: $id) { id } b: commentPublished(documentId: $id) { id } }";
    socket.subscribe("two", two, of(document)).await;
    assert_eq!(socket.refusal("two").await, ["BAD_REQUEST"]);
    let hidden = "subscription($id: ID!) { ... { commentPublished(documentId: $id) { id } } }";
    socket.subscribe("hidden", hidden, of(document)).await;
    assert_eq!(socket.refusal("hidden").await, ["BAD_REQUEST"]);
    let mut bomb = "{ ...f0 }".to_owned();
    for i in 0..24 {
        write!(bomb, " fragment f{i} on Query {{ ...f{0} ...f{0} }}", i + 1).unwrap();
    }
    bomb += " fragment f24 on Query { __typename }";
    socket.subscribe("bomb", &bomb, json!({})).await;
    assert_eq!(socket.refusal("bomb").await, ["BAD_REQUEST"]);
    socket.subscribe("q", "{ __typename }", json!({})).await;
    socket.answer("q").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_subscriptions_are_too_many() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let mut socket = Socket::of(&service.anybody()).await;
    for n in 0..1_000 {
        socket.subscribe(&format!("s{n}"), PUBLISHED, of(document)).await;
    }
    let mut refused = BTreeSet::new();
    for _ in 0..950 {
        let message = socket.hear().await;
        assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{message:#}");
        refused.insert(message["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(refused.len(), 950);
    service.heard_by(50, document).await;
    service.anybody().comment_id(&document.to_string(), "For fifty.").await;
    let mut told = BTreeSet::new();
    for _ in 0..50 {
        told.insert(socket.hear().await["id"].as_str().unwrap().to_owned());
    }
    assert!(told.len() == 50 && told.is_disjoint(&refused));
    assert!(socket.is_silent_for(300).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_sockets_and_subscriptions() {
    let service =
        TestService::with(&["--no-worker", "--streams-per-address", "3", "--subscriptions-per-address", "2"])
            .await;
    let document = service.bridges().await;
    let mut first = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let mut second = listening(&service, &service.anybody(), PUBLISHED, document).await;
    second.subscribe("2", PUBLISHED, of(document)).await;
    assert_eq!(second.refusal("2").await, ["RATE_LIMITED"]);
    // A query is no subscription.
    second.subscribe("3", "{ __typename }", json!({})).await;
    second.answer("3").await;
    let _third = Socket::of(&service.anybody()).await;
    assert_eq!(Socket::open(&service.base, Some("graphql-transport-ws")).await.err(), Some(429));
    let metrics = service.anybody().get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("answerable_subscriptions_open") && metrics.contains("answerable_streams_open"));
    // What is completed, and what is dropped, frees its place.
    first.say(json!({ "id": "1", "type": "complete" })).await;
    drop(first);
    until("the place of the first is free", async || {
        Socket::open(&service.base, Some("graphql-transport-ws")).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_too_big_closes_the_socket() {
    let service = TestService::start().await;
    let mut socket = Socket::of(&service.anybody()).await;
    socket.subscribe("big", &format!("{{ __typename #{}\n}}", "x".repeat(200_000)), json!({})).await;
    assert_eq!(socket.refusal("big").await, ["BAD_REQUEST"], "the guard's own limit");
    socket.subscribe("big", &format!("{{ __typename #{}\n}}", "x".repeat(2_000_000)), json!({})).await;
    assert_eq!(socket.closed().await.0, 1009);
    // In pieces, each of which is small.
    let mut socket = Socket::of(&service.anybody()).await;
    socket.say_in_pieces(&"x".repeat(100_000), 20).await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sockets_without_anything_under_way_are_closed() {
    let service = TestService::with(&["--no-worker", "--socket-idle-seconds", "3"]).await;
    let document = service.bridges().await;
    let mut busy = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let mut idle = Socket::of(&service.anybody()).await;
    assert_eq!(idle.closed().await.0, 1000);
    assert!(busy.is_silent_for(3_500).await);
    busy.say(json!({ "id": "1", "type": "complete" })).await;
    assert_eq!(busy.closed().await.0, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_the_header_counts_where_the_init_has_none() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let bearer = format!("Bearer {}", moderator.token().unwrap());
    let with = [("authorization", bearer.as_str()), ("origin", "https://elsewhere.example")];
    let mut socket = Socket::open_with(&service.base, Some("graphql-transport-ws"), &with).await.unwrap();
    socket.say(init(&json!({}))).await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    socket.subscribe("1", ITEMS, of(document)).await;
    socket.subscribe("2", "{ viewer { displayName } }", json!({})).await;
    assert_eq!(socket.answer("2").await["data"]["viewer"]["displayName"], "Moderator");
    let bad = [("authorization", "Bearer not.a.token")];
    let mut socket = Socket::open_with(&service.base, Some("graphql-transport-ws"), &bad).await.unwrap();
    socket.say(init(&json!({}))).await;
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_gives_no_sign_of_life_is_given_up_on() {
    let alone = ["--no-worker", "--keep-alive-seconds", "1", "--streams-per-address", "1"];
    let service = TestService::with(&alone).await;
    // From here on nothing of it is read, and so no ping is answered.
    let silent = Socket::of(&service.anybody()).await;
    let another = async || Socket::open(&service.base, Some("graphql-transport-ws")).await;
    assert_eq!(another().await.err(), Some(429));
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if another().await.is_ok() {
            drop(silent);
            return;
        }
    }
    panic!("its place is not free");
}
