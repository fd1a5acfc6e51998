//! Sending a comment: what is kept, what is refused, what others see of it.

use serde_json::{Value, json};

use crate::support::{
    TestService,
    contributions::{SUBMIT, comment, text},
};

const SECTION_COMMENTS: &str = "query($slug: String!) {
  section(documentSlug: \"bridges\", slug: $slug) {
    commentCount
    comments(order: OLDEST) { totalCount nodes { id body { plain } author { displayName } } }
  }
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_that_waits_is_seen_by_nobody() {
    let service = TestService::start().await;
    service.bridges().await;
    let section = service.section("what-we-propose").await;
    let reader = service.anybody();
    let sent = reader.comments(&section, "Build *both* bridges.").await;
    assert_eq!(sent["comment"]["state"], "PENDING");
    assert_eq!(sent["receipt"]["text"], "Build *both* bridges.");
    assert_eq!(text(&sent["receipt"]["reference"]).len(), 11);

    let seen = reader.data(SECTION_COMMENTS, json!({ "slug": "what-we-propose" })).await;
    assert_eq!(seen["section"]["commentCount"], 0);
    assert_eq!(seen["section"]["comments"], json!({ "totalCount": 0, "nodes": [] }));
    let id = &sent["comment"]["id"];
    let node = reader
        .data("query($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }", json!({ "id": id }))
        .await;
    assert_eq!(node, json!({ "node": null, "nodes": [null] }));

    // Its author reads it by the receipt.
    let query = "query($token: String!) { receipt(token: $token) { text comment { state body { html } author { displayName } } submission { id } } }";
    let held = reader.data(query, json!({ "token": sent["receipt"]["token"] })).await;
    assert_eq!(held["receipt"]["text"], "Build *both* bridges.");
    assert_eq!(held["receipt"]["comment"]["body"]["html"], "<p>Build <em>both</em> bridges.</p>");
    assert_eq!(held["receipt"]["comment"]["author"]["displayName"], "A reader");
    assert_eq!(held["receipt"]["submission"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_reviewed_afterwards_is_seen_at_once() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let section = service.section("what-we-propose").await;
    let reader = service.anybody();
    let sent = reader.comments(&section, "Yes.").await;
    assert_eq!(sent["comment"]["state"], "PUBLISHED");
    reader.comments(&document.to_string(), "On the whole paper.").await;
    reader.comments(&text(&sent["comment"]["id"]), "A reply.").await;

    let seen = reader.data(SECTION_COMMENTS, json!({ "slug": "what-we-propose" })).await;
    assert_eq!(seen["section"]["commentCount"], 2, "replies count");
    assert_eq!(seen["section"]["comments"]["totalCount"], 1, "threads are listed");
    assert_eq!(seen["section"]["comments"]["nodes"][0]["body"]["plain"], "Yes.");
    let whole = reader
        .data("{ document(slug: \"bridges\") { commentCount comments { nodes { body { plain } depth parent { id } } } } }", json!({}))
        .await;
    assert_eq!(whole["document"]["commentCount"], 3);
    assert_eq!(
        whole["document"]["comments"]["nodes"],
        json!([{ "body": { "plain": "On the whole paper." }, "depth": 0, "parent": null }])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_a_person_can_put_right_is_said() {
    let service = TestService::start().await;
    let document = service.bridges().await.to_string();
    let reader = service.anybody();
    let with = |name: &str, email: &str, body: &str| json!({ "input": { "targetId": document, "author": { "name": name, "email": email }, "body": body } });
    let long = "é".repeat(10_001);
    for (name, email, body, expected) in [
        ("A", "a@example.org", "  \n ", vec!["BLANK"]),
        ("A", "a@example.org", "\u{200b}", vec!["BLANK"]),
        ("A", "a@example.org", &long, vec!["TOO_LONG"]),
        ("A", "a@example.org", "a\u{0}b", vec!["INVALID_TEXT"]),
        ("A", "a@example.org", "[a]: b", vec!["BLANK"]),
        ("A", "a@example.org", "&#8203;", vec!["BLANK"]),
        ("A", "a@example.org", "&#x202e;abc", vec!["INVALID_TEXT"]),
        ("A", "nobody", "Text", vec!["INVALID_EMAIL"]),
        ("A", "a@b@example.org", "Text", vec!["INVALID_EMAIL"]),
        ("A", "a@example.org\r\nBcc: b@example.org", "Text", vec!["INVALID_EMAIL"]),
        ("A", "", "Text", vec!["BLANK"]),
        ("", "", "", vec!["BLANK", "BLANK", "BLANK"]),
    ] {
        assert_eq!(reader.refusals(SUBMIT, with(name, email, body)).await, expected, "{name} {email}");
    }
    let exact = "é".repeat(10_000);
    let data = reader.data(SUBMIT, with("A", "a@example.org", &exact)).await;
    assert_eq!(data["submitComment"]["errors"], json!([]));
    let data = reader.data(SUBMIT, with("", "a@example.org", "Text")).await;
    assert_eq!(data["submitComment"]["errors"][0]["path"], json!(["author", "name"]));
    assert_eq!(service.count("FROM comments").await, 1, "what was refused was not kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_on_what_is_not_there_is_refused() {
    let service = TestService::start().await;
    service.bridges().await;
    let draft = service
        .import(
            &crate::support::documents::BRIDGES
                .replace("phase: open", "phase: draft")
                .replace("slug: bridges", "slug: draft"),
        )
        .await;
    let reader = service.anybody();
    for missing in [
        "section_01h455vb4pex5vsknk084sn02q",
        "document_01h455vb4pex5vsknk084sn02q",
        "comment_01h455vb4pex5vsknk084sn02q",
        &draft.to_string(),
    ] {
        assert_eq!(
            reader.refusals(SUBMIT, comment(missing, "Text")).await,
            ["TARGET_NOT_FOUND"],
            "{missing}"
        );
    }
    // An id of another kind, or none at all, is the program's mistake and not the person's.
    for nonsense in ["submission_01h455vb4pex5vsknk084sn02q", "section_", "17", ""] {
        assert_eq!(reader.error(SUBMIT, comment(nonsense, "Text")).await, "BAD_REQUEST", "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_go_to_what_is_shown_and_not_too_deep() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let waiting = reader.comment_id(&document.to_string(), "I wait.").await;
    assert_eq!(reader.refusals(SUBMIT, comment(&waiting, "A reply")).await, ["TARGET_NOT_FOUND"]);

    let moderator = service.moderator(document).await;
    moderator.decides(&waiting, 1, "APPROVE").await;
    moderator.decides(&waiting, 2, "HIDE").await;
    assert_eq!(reader.refusals(SUBMIT, comment(&waiting, "A reply")).await, ["NOT_REPLYABLE"]);

    let mut last = reader.comment_id(&document.to_string(), "The top.").await;
    for depth in 0..8 {
        moderator.decides(&last, 1, "APPROVE").await;
        last = reader.comment_id(&last, &format!("Down {depth}.")).await;
    }
    moderator.decides(&last, 1, "APPROVE").await;
    assert_eq!(reader.refusals(SUBMIT, comment(&last, "Too deep")).await, ["NOT_REPLYABLE"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_takes_comments_while_it_is_open_by_the_clock() {
    let service = TestService::start().await;
    let dated = crate::support::documents::BRIDGES
        .replace("phase: open", "phase: open\nopens: 2027-03-01T10:00:00Z\ncloses: 2027-03-02T10:00:00Z");
    let document = service.import(&dated).await.to_string();
    let reader = service.anybody();
    let phase = async || {
        text(&reader.data("{ document(slug: \"bridges\") { phase } }", json!({})).await["document"]["phase"])
    };
    assert_eq!(phase().await, "SCHEDULED");
    assert_eq!(reader.refusals(SUBMIT, comment(&document, "Early")).await, ["DOCUMENT_CLOSED"]);
    service.clock.advance(chrono::TimeDelta::hours(1));
    assert_eq!(phase().await, "OPEN");
    let mut keyed = comment(&document, "In time");
    keyed["input"]["idempotencyKey"] = json!("0123456789abcdef");
    let sent = reader.data(SUBMIT, keyed.clone()).await;
    service.clock.advance(chrono::TimeDelta::hours(24));
    assert_eq!(phase().await, "CLOSED");
    let refused = reader.data(SUBMIT, comment(&document, "Late")).await;
    assert_eq!(refused["submitComment"]["errors"][0]["code"], "DOCUMENT_CLOSED");
    assert!(text(&refused["submitComment"]["errors"][0]["message"]).contains("2 March 2027"), "{refused}");
    // Sent again because the answer was lost, it is still what was taken in time.
    assert_eq!(reader.data(SUBMIT, keyed).await, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_sent_twice_with_a_key_is_kept_once() {
    let service = TestService::start().await;
    let document = service.bridges().await.to_string();
    let reader = service.anybody();
    let mut input = comment(&document, "Once only.");
    input["input"]["idempotencyKey"] = json!("6a7c2c62-6c0c-4d6d-9d52-1a7b7c5d4e3f");
    let (first, second, third) = tokio::join!(
        reader.data(SUBMIT, input.clone()),
        reader.data(SUBMIT, input.clone()),
        reader.data(SUBMIT, input.clone())
    );
    assert_eq!(first, second);
    assert_eq!(first, third);
    assert_eq!(service.count("FROM comments").await, 1);
    assert_eq!(service.count("FROM jobs WHERE kind = 'comments.received'").await, 1);
    assert_eq!(service.count("FROM jobs WHERE kind = 'contributors.send_receipt'").await, 1);
    assert_eq!(service.count("FROM receipts").await, 1);

    input["input"]["body"] = json!("Something else.");
    assert_eq!(reader.refusals(SUBMIT, input.clone()).await, ["IDEMPOTENCY_KEY_REUSED"]);
    input["input"]["idempotencyKey"] = json!("short");
    assert_eq!(reader.refusals(SUBMIT, input).await, ["INVALID_TEXT"]);
    assert_eq!(service.count("FROM comments").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_opens_with_its_own_token_only() {
    let service = TestService::start().await;
    let document = service.bridges().await.to_string();
    let reader = service.anybody();
    let sent = reader.comments(&document, "Mine.").await;
    let token = text(&sent["receipt"]["token"]);
    let query = "query($token: String!) { receipt(token: $token) { reference } }";
    let mut altered = token.clone();
    altered.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
    for wrong in ["", "x", &token[1..], &altered, &format!("{token}A"), &text(&sent["comment"]["id"])] {
        assert_eq!(reader.error(query, json!({ "token": wrong })).await, "NOT_FOUND", "{wrong}");
    }
    let page = reader.get(&text(&sent["receipt"]["url"])).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.unwrap();
    assert!(page.contains("Mine.") && page.contains(&text(&sent["receipt"]["reference"])), "{page}");
    assert_eq!(reader.get("/receipts/nonsense").send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sent_again_after_its_parent_was_hidden_it_is_still_what_was_taken() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let parent = reader.comment_id(&document.to_string(), "The top.").await;
    moderator.decides(&parent, 1, "APPROVE").await;
    let mut reply = comment(&parent, "A reply.");
    reply["input"]["idempotencyKey"] = json!("0123456789abcdef");
    let sent = reader.data(SUBMIT, reply.clone()).await;
    moderator.decides(&parent, 2, "HIDE").await;
    assert_eq!(reader.data(SUBMIT, reply).await, sent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_is_told_why_by_the_receipt() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "Buy now!").await;
    service.moderator(document).await.decides(&text(&sent["comment"]["id"]), 1, "REJECT").await;
    let page = reader.get(&text(&sent["receipt"]["url"])).send().await.unwrap().text().await.unwrap();
    assert!(
        page.contains("It is about another bridge.") && page.contains("not about this document"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_erased_comment_nothing_is_left_but_the_record() {
    use answerable::{
        comments::actions::decide,
        ledger::{Actor, Decision},
    };
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "Xylophone.").await;
    let id = text(&sent["comment"]["id"]);
    reader.comments(&id, "A reply.").await;
    decide(&service.ctx, id.parse().unwrap(), Actor::System, Decision::Erase).await.unwrap();
    let query = "query($id: ID!, $token: String!) { node(id: $id) { ... on Comment { state author { displayName } body { plain } replyCount } }
        receipt(token: $token) { text } document(slug: \"bridges\") { commentCount } }";
    let data = reader.data(query, json!({ "id": id, "token": sent["receipt"]["token"] })).await;
    assert_eq!(data["node"], json!({ "state": "ERASED", "author": null, "body": null, "replyCount": 1 }));
    assert_eq!(data["receipt"]["text"], Value::Null);
    assert_eq!(data["document"]["commentCount"], 1);
    assert_eq!(service.count("FROM comments c JOIN contributors p ON p.id = c.contributor_id WHERE c::text ILIKE '%xylophone%' OR (c.state = 'ERASED' AND (p.display_name <> '' OR p.email_sealed IS NOT NULL))").await, 0);
    assert_eq!(
        service.count("FROM moderation_actions WHERE action = 'ERASE' AND actor_kind = 'SYSTEM'").await,
        1
    );
}
