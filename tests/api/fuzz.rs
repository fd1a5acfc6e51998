//! What nobody would send: ids, cursors and tokens that are nearly right or not at all, and requests put together at random.
//! Every one is answered, none as a fault of ours, and what is nearly right opens nothing.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::support::{Actor, TestService, contributions::text};

const CASES: usize = 150;

/// Fields that take a text from outside, and open nothing for one that is not genuine.
const READ: &str = "query($text: String!, $id: ID!) {
  node(id: $id) { __typename } nodes(ids: [$id, $id]) { __typename }
  document(slug: $text) { id } section(documentSlug: $text, slug: $text) { id }
  receipt(token: $text) { kind } actionLink(token: $text) { state } mailSubscription(token: $text) { stopped }
}";
const PAGES: &str = "query($text: String!) {
  after: documents(first: 1, after: $text) { totalCount } before: documents(last: 1, before: $text) { totalCount }
  document(slug: \"bridges\") { comments(after: $text) { nodes { id } } moderationLog(before: $text) { nodes { id } } }
}";
const WRITE: [&str; 2] = [
    "mutation($text: String!) { signIn(input: { token: $text }) { errors { code } }
      confirmContribution(input: { token: $text }) { errors { code } }
      refreshSession(input: { refreshToken: $text }) { errors { code } } }",
    "mutation($text: String!) { withdrawContribution(input: { token: $text }) { errors { code } }
      lodgeAppeal(input: { token: $text, text: $text }) { errors { code } }
      amendContribution(input: { token: $text, body: $text, expectedVersion: 1 }) { errors { code } } }",
];

/// Texts of all kinds: from nowhere, or a genuine one that was damaged.
fn texts(genuine: &[String]) -> impl Strategy<Value = String> + use<> {
    let damaged =
        (proptest::sample::select(genuine.to_vec()), any::<prop::sample::Index>(), 0..5, any::<char>());
    let damaged = damaged.prop_map(|(text, place, kind, other)| {
        let mut chars: Vec<char> = text.chars().collect();
        let place = place.index(chars.len());
        match kind {
            0 => drop(chars.remove(place)),
            1 => chars.insert(place, other),
            2 => chars.truncate(place),
            3 if chars[place] != other => chars[place] = other,
            _ => chars.extend(text.chars()),
        }
        chars.into_iter().collect::<String>()
    });
    prop_oneof![4 => damaged, 2 => any::<String>(), 1 => "[\\x00-\\x1f'\"\\\\%_;<>{}$-]{0,40}", 1 => "[0-9a-zA-Z_=-]{0,200}"]
}

/// Requests that look like GraphQL from afar.
fn requests() -> impl Strategy<Value = String> {
    let parts = [
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "...",
        "on",
        "@",
        "$",
        ":",
        "!",
        "=",
        "|",
        "&",
        "\"",
        "\"\"\"",
        "#",
        "\\",
        "\n",
        ",",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "f",
        "Query",
        "documents",
        "nodes",
        "node",
        "id",
        "__schema",
        "types",
        "__typename",
        "first",
        "1",
        "-1",
        "1e999",
        "99999999999999999999",
        "true",
        "null",
        "\u{feff}",
        "\0",
        "é",
        "@skip(if: true)",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..40).prop_map(|parts| parts.join(" "))
}

async fn answer(actor: &Actor, query: &str, variables: &Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    let response = actor.post("/graphql").json(&body).send().await.unwrap();
    assert!(!response.status().is_server_error(), "{query}\n{variables}");
    let answer: Value = response.json().await.unwrap();
    for error in answer["errors"].as_array().into_iter().flatten() {
        assert_ne!(error["extensions"]["code"], "INTERNAL", "{query}\n{variables}\n{answer:#}");
    }
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_nearly_right_opens_nothing_and_breaks_nothing() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "A word.").await;
    let cursor = reader.data("{ documents { edges { cursor } } }", json!({})).await;
    let genuine = [
        text(&sent["receipt"]["token"]),
        text(&sent["comment"]["id"]),
        document.to_string(),
        text(&cursor["documents"]["edges"][0]["cursor"]),
    ];
    let mut runner = TestRunner::new(Config::default());
    let texts = texts(&genuine);
    for _ in 0..CASES {
        let text = texts.new_tree(&mut runner).unwrap().current();
        // What was copied with a blank beside it is genuine.
        if genuine.iter().any(|genuine| genuine == text.trim()) {
            continue;
        }
        let variables = json!({ "text": text, "id": text });
        let found = answer(&reader, READ, &variables).await;
        for (field, value) in found["data"].as_object().into_iter().flatten() {
            let empty = value.is_null() || value.as_array().is_some_and(|all| all.iter().all(Value::is_null));
            // A TypeID may be written in more than one way; what it names is public.
            let public = ["node", "nodes", "document"].contains(&field.as_str());
            assert!(empty || public, "{field} of {text:?}: {value}");
        }
        answer(&reader, PAGES, &variables).await;
        for query in WRITE {
            answer(&reader, query, &variables).await;
        }
    }
    assert_eq!(service.count("FROM comments WHERE state = 'PUBLISHED' AND version = 1").await, 1);
    assert_eq!(service.count("FROM sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_request_is_answered() {
    let service = TestService::start().await;
    service.bridges().await;
    let reader = service.anybody();
    let mut runner = TestRunner::new(Config::default());
    let requests = requests();
    for _ in 0..CASES {
        let query = requests.new_tree(&mut runner).unwrap().current();
        answer(&reader, &query, &Value::Null).await;
    }
    for body in
        ["", "{", "[]", "{\"query\":1}", "{\"query\":\"{a}\",\"variables\":[]}", "\u{0}", "{\"query\":null}"]
    {
        let sent = reader.post("/graphql").header("Content-Type", "application/json").body(body).send().await;
        assert_eq!(sent.unwrap().status(), 400, "{body:?}");
    }
}
