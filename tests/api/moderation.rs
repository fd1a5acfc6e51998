//! Deciding: the queue, the decisions, their record.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{
    TestService,
    contributions::{MODERATE, ruling, text},
    documents::BRIDGES,
    postgres,
};

const COMMENT: &str = "query($id: ID!) { node(id: $id) { ... on Comment {
  state version reason body { plain } author { displayName } replyCount replies { nodes { body { plain } } }
} } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_goes_through_its_states() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&document.to_string(), "A word.").await;

    let done = moderator.decides(&id, 1, "APPROVE").await;
    assert_eq!(done["comment"], json!({ "id": id, "state": "PUBLISHED", "version": 2 }));
    assert_eq!(done["action"]["actor"]["displayName"], "Moderator");
    let reply = reader.comment_id(&id, "A reply.").await;
    moderator.decides(&reply, 1, "APPROVE").await;

    moderator.decides(&id, 2, "HIDE").await;
    let seen = reader.data(COMMENT, json!({ "id": id })).await;
    assert_eq!(
        seen["node"],
        json!({
            "state": "HIDDEN", "version": 3, "reason": "OFF_TOPIC", "body": null, "author": null,
            "replyCount": 1, "replies": { "nodes": [{ "body": { "plain": "A reply." } }] }
        }),
        "a tombstone keeps its reason and its replies"
    );
    let statement = "query($id: ID!) { node(id: $id) { ... on Comment { statement body { plain } } } }";
    assert_eq!(reader.data(statement, json!({ "id": id })).await["node"]["statement"], Value::Null);
    let seen = moderator.data(statement, json!({ "id": id })).await;
    assert_eq!(
        seen["node"],
        json!({ "statement": "It is about another bridge.", "body": { "plain": "A word." } })
    );

    moderator.decides(&id, 3, "RESTORE").await;
    assert_eq!(reader.data(COMMENT, json!({ "id": id })).await["node"]["body"]["plain"], "A word.");

    let second = reader.comment_id(&document.to_string(), "Buy now!").await;
    moderator.decides(&second, 1, "REJECT").await;
    assert_eq!(reader.data(COMMENT, json!({ "id": second })).await["node"], Value::Null);
    moderator.decides(&second, 2, "RESTORE").await;
    assert_eq!(moderator.data(COMMENT, json!({ "id": second })).await["node"]["state"], "PENDING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_follow_what_is_published() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let section = service.section("what-we-propose").await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let counts = async || {
        let query = "{ document(slug: \"bridges\") { commentCount section(slug: \"what-we-propose\") { commentCount } } }";
        let data = reader.data(query, json!({})).await;
        (
            data["document"]["commentCount"].as_i64().unwrap(),
            data["document"]["section"]["commentCount"].as_i64().unwrap(),
        )
    };
    let id = reader.comment_id(&section, "One.").await;
    assert_eq!(counts().await, (0, 0));
    moderator.decides(&id, 1, "APPROVE").await;
    assert_eq!(counts().await, (1, 1));
    moderator.decides(&id, 2, "HIDE").await;
    assert_eq!(counts().await, (0, 0));
    moderator.decides(&id, 3, "RESTORE").await;
    assert_eq!(counts().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_about_what_was_on_the_screen() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    let (first, second) = tokio::join!(
        one.ask(MODERATE, ruling(&id, 1, "APPROVE")),
        two.ask(MODERATE, ruling(&id, 1, "REJECT"))
    );
    let codes: Vec<_> = [&first, &second]
        .iter()
        .filter_map(|answer| answer["errors"][0]["extensions"]["code"].as_str())
        .collect();
    assert_eq!(codes, ["CONFLICT"], "{first:#} {second:#}");
    let lost = if first.get("errors").is_some() { first } else { second };
    assert!(text(&lost["errors"][0]["message"]).contains("version 2"), "{lost}");
    assert_eq!(service.count("FROM moderation_actions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_decided_is_refused_with_advice() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let moderator = service.moderator(document).await;
    assert_eq!(moderator.refusals(MODERATE, ruling(&id, 1, "HIDE")).await, ["INVALID_TRANSITION"]);
    let mut bare = ruling(&id, 1, "REJECT");
    bare["input"].as_object_mut().unwrap().remove("reason");
    assert_eq!(moderator.refusals(MODERATE, bare).await, ["REASON_REQUIRED"]);
    let mut blank = ruling(&id, 1, "REJECT");
    blank["input"]["statement"] = json!("  ");
    assert_eq!(moderator.refusals(MODERATE, blank).await, ["BLANK"]);
    let mut needless = ruling(&id, 1, "APPROVE");
    needless["input"]["reason"] = json!("SPAM");
    assert_eq!(moderator.refusals(MODERATE, needless).await, ["INVALID_COMBINATION"]);
    assert_eq!(service.count("FROM moderation_actions").await, 0);
    assert_eq!(service.count("FROM comments WHERE version = 1 AND state = 'PENDING'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_moderators_of_the_document_decide() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let waiting = reader.comment_id(&document.to_string(), "I wait.").await;
    let shown = reader.comment_id(&document.to_string(), "I am shown.").await;
    moderator.decides(&shown, 1, "APPROVE").await;
    let elsewhere = service.signed_in("Elsewhere", Role::Moderator, Some(other)).await;
    for stranger in
        [elsewhere, service.administrator().await, service.signed_in("P", Role::Participant, None).await]
    {
        assert_eq!(stranger.error(MODERATE, ruling(&waiting, 1, "APPROVE")).await, "NOT_FOUND");
        assert_eq!(stranger.error(MODERATE, ruling(&shown, 2, "HIDE")).await, "FORBIDDEN");
        let actions = "query($id: ID!) { node(id: $id) { ... on Comment { actions { totalCount } } } }";
        assert_eq!(stranger.error(actions, json!({ "id": shown })).await, "FORBIDDEN");
    }
    assert_eq!(reader.error(MODERATE, ruling(&waiting, 1, "APPROVE")).await, "UNAUTHENTICATED");
    assert_eq!(
        moderator.error(MODERATE, ruling("section_01h455vb4pex5vsknk084sn02q", 1, "APPROVE")).await,
        "BAD_REQUEST"
    );
}

const QUEUE: &str =
    "query($filter: ModerationQueueFilter, $first: Int, $after: String, $last: Int, $before: String) {
  moderationQueue(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { __typename ... on Comment { text: body { plain } } ... on Submission { text: body { plain } } }
  }
}";

fn texts(queue: &Value) -> Vec<String> {
    let nodes = queue["moderationQueue"]["nodes"].as_array().unwrap().iter();
    nodes.map(|node| text(&node["text"]["plain"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_holds_what_waits_oldest_first() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let reader = service.anybody();
    for (at, what) in ["one", "two", "three", "four", "five"].iter().enumerate() {
        service.clock.advance(chrono::TimeDelta::seconds(1));
        let to = if at == 2 { other } else { document };
        if at % 2 == 1 {
            reader.submits(to, what).await;
        } else {
            reader.comments(&to.to_string(), what).await;
        }
    }
    let both = service.signed_in("Both", Role::Moderator, None).await;
    let all = both.data(QUEUE, json!({})).await;
    assert_eq!(texts(&all), ["one", "two", "three", "four", "five"]);
    assert_eq!(all["moderationQueue"]["totalCount"], 5);

    let page = both.data(QUEUE, json!({ "first": 2 })).await;
    assert_eq!(texts(&page), ["one", "two"]);
    let info = &page["moderationQueue"]["pageInfo"];
    assert_eq!((&info["hasPreviousPage"], &info["hasNextPage"]), (&json!(false), &json!(true)));
    let page = both.data(QUEUE, json!({ "first": 2, "after": info["endCursor"] })).await;
    assert_eq!(texts(&page), ["three", "four"]);
    let info = &page["moderationQueue"]["pageInfo"];
    assert_eq!((&info["hasPreviousPage"], &info["hasNextPage"]), (&json!(true), &json!(true)));
    let back = both.data(QUEUE, json!({ "last": 1, "before": info["startCursor"] })).await;
    assert_eq!(texts(&back), ["two"]);

    let comments = both.data(QUEUE, json!({ "filter": { "kind": "COMMENT" } })).await;
    assert_eq!(texts(&comments), ["one", "three", "five"]);
    let elsewhere = both.data(QUEUE, json!({ "filter": { "documentId": other.to_string() } })).await;
    assert_eq!(texts(&elsewhere), ["three"]);
    let own = service.moderator(document).await;
    assert_eq!(texts(&own.data(QUEUE, json!({})).await), ["one", "two", "four", "five"]);
    let not_own = json!({ "filter": { "documentId": other.to_string() } });
    assert_eq!(own.error(QUEUE, not_own).await, "FORBIDDEN");
    assert_eq!(service.administrator().await.error(QUEUE, json!({})).await, "FORBIDDEN");
    assert_eq!(reader.error(QUEUE, json!({})).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_are_kept_whatever_is_tried() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let moderator = service.moderator(document).await;
    moderator.decides(&id, 1, "REJECT").await;
    moderator.decides(&id, 2, "RESTORE").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { actions { totalCount nodes {
        decision fromState toState reason statement subjectId subjectVersion actorKind actor { displayName } createdAt } } } } }";
    let seen = moderator.data(query, json!({ "id": id })).await;
    assert_eq!(seen["node"]["actions"]["totalCount"], 2);
    assert_eq!(
        seen["node"]["actions"]["nodes"][0],
        json!({
            "decision": "REJECT", "fromState": "PENDING", "toState": "REJECTED", "reason": "OFF_TOPIC",
            "statement": "It is about another bridge.", "subjectId": id, "subjectVersion": 2, "actorKind": "MODERATOR",
            "actor": { "displayName": "Moderator" }, "createdAt": "2027-03-01T09:00:00Z"
        })
    );
    for attempt in [
        "UPDATE moderation_actions SET reason = 'SPAM'",
        "DELETE FROM moderation_actions",
        "TRUNCATE moderation_actions",
    ] {
        let url = service.database_url.clone();
        let tried = tokio::spawn(async move { postgres::order(&url, attempt).await }).await;
        assert!(tried.is_err(), "{attempt} went through");
    }
    assert_eq!(service.count("FROM moderation_actions").await, 2);
}
