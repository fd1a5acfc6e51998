//! Looking for words in what was said in confidence.

use serde_json::{Value, json};

use super::RECORDS;
use crate::support::{TestService, contributions::text, postgres};

const FIND: &str = "query($text: String!, $order: QueueOrder) {
  moderationQueue(filter: { text: $text }, order: $order) { nodes { ... on Submission { id } } } }";
const COUNT: &str =
    "query($text: String!) { moderationQueue(filter: { text: $text }, first: 0) { totalCount } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_search_finds_leaves_a_record_before_it_is_told() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let mut sent = Vec::new();
    for words in ["The ferry is late.", "A quiet word.", "Another ferry."] {
        sent.push(text(&reader.submits(document, words).await["submission"]["id"]));
    }
    reader.comments(&document.to_string(), "A quiet ferry, in public.").await;
    let moderator = service.moderator(document).await;
    let administrator = service.administrator().await;
    let recorded = async || {
        let listed = administrator.data(RECORDS, json!({})).await["accessRecords"].clone();
        let nodes = listed["nodes"].as_array().unwrap().clone();
        assert!(nodes.iter().all(|node| node["kind"] == "SUBMISSION"), "{nodes:#?}");
        assert!(nodes.iter().all(|node| node["account"]["displayName"] == "Moderator"), "{nodes:#?}");
        let mut items: Vec<_> = nodes.iter().map(|node| text(&node["itemId"])).collect();
        items.sort();
        items
    };
    // Opened, and nothing told of them.
    moderator.data(FIND, json!({ "text": "nobody said this" })).await;
    assert_eq!(recorded().await, [""; 0]);
    let found = moderator.data(FIND, json!({ "text": "quiet", "order": "NEWEST" })).await;
    assert_eq!(found["moderationQueue"]["nodes"].as_array().unwrap().len(), 2, "with the comment: {found}");
    assert_eq!(recorded().await, [sent[1].as_str()]);
    // How many there are says as much.
    let counted = moderator.data(COUNT, json!({ "text": "FERRY" })).await;
    assert_eq!(counted["moderationQueue"]["totalCount"], 3);
    let mut all = sent.clone();
    all.sort();
    assert_eq!(recorded().await, all);

    postgres::order(&service.database_url, "ALTER TABLE access_records RENAME TO elsewhere").await;
    for query in [FIND, COUNT] {
        let answer = moderator.ask(query, json!({ "text": "quiet" })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL", "{answer}");
        assert_eq!(answer["data"]["moderationQueue"], Value::Null, "{answer}");
        moderator.data(query, json!({ "text": "nobody said this" })).await;
    }
}
