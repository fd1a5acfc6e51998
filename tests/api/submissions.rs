//! Private submissions: only their sender and the moderators of their document ever see them.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{
    TestService,
    contributions::{HANDLE, SUBMISSION, ruling, submission, text},
    documents::BRIDGES,
};

const NODE: &str = "query($id: ID!) {
  node(id: $id) {
    ... on Submission { state body { plain } author { displayName contact { email } } actions { nodes { decision } } }
  }
}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_does_not_exist_for_anybody_else() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let sent = service.anybody().submits(document, "My mother cannot cross at night.").await;
    assert_eq!(sent["submission"]["state"], "RECEIVED");
    let id = text(&sent["submission"]["id"]);

    let moderator = service.moderator(document).await;
    let seen = moderator.data(NODE, json!({ "id": id })).await;
    assert_eq!(seen["node"]["body"]["plain"], "My mother cannot cross at night.");
    assert_eq!(seen["node"]["author"]["contact"]["email"], "neighbour@example.org");

    let elsewhere = service.signed_in("Elsewhere", Role::Moderator, Some(other)).await;
    let editor = service.signed_in("Editor", Role::Editor, Some(document)).await;
    let participant = service.signed_in("Participant", Role::Participant, None).await;
    for stranger in [service.anybody(), elsewhere.clone(), editor, participant, service.administrator().await]
    {
        assert_eq!(stranger.data(NODE, json!({ "id": id })).await["node"], Value::Null);
        assert_ne!(stranger.error(HANDLE, ruling(&id, 1, "ACKNOWLEDGE")).await, "FORBIDDEN");
    }
    // Not there, and not theirs: the same answer.
    let absent = ruling("submission_01h455vb4pex5vsknk084sn02q", 1, "ACKNOWLEDGE");
    let (absent, theirs) =
        (elsewhere.ask(HANDLE, absent).await, elsewhere.ask(HANDLE, ruling(&id, 1, "ACKNOWLEDGE")).await);
    assert_eq!(absent["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(absent["errors"][0]["message"], theirs["errors"][0]["message"]);
    let queue = elsewhere.data("{ moderationQueue { totalCount } }", json!({})).await;
    assert_eq!(queue["moderationQueue"]["totalCount"], 0);

    // Its sender reads it by the receipt, and nothing that is for moderators.
    let query = "query($token: String!) { receipt(token: $token) { kind text submission { id state body { plain } } } }";
    let token = json!({ "token": sent["receipt"]["token"] });
    let held = service.anybody().data(query, token.clone()).await;
    assert_eq!(held["receipt"]["text"], "My mother cannot cross at night.");
    let query = "query($token: String!) { receipt(token: $token) { submission { actions { totalCount } } } }";
    assert_eq!(service.anybody().error(query, token.clone()).await, "UNAUTHENTICATED");
    let query =
        "query($token: String!) { receipt(token: $token) { submission { author { contact { email } } } } }";
    assert_eq!(service.anybody().error(query, token).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_text_nor_address_can_be_read_in_the_database() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.anybody().submits(document, "Xylophone at midnight.").await;
    service.anybody().comments(&document.to_string(), "A public word.").await;
    for table in
        ["submissions", "contributors", "jobs", "receipts", "idempotency_keys", "data_keys", "accounts"]
    {
        let rows = format!(
            "FROM {table} t WHERE t::text ILIKE ANY (ARRAY['%xylophone%', '%neighbour@%', '%reader@%', '%{}%', '%{}%'])",
            hex("Xylophone"),
            hex("neighbour@")
        );
        assert_eq!(service.count(&rows).await, 0, "{table}");
    }
    assert_eq!(
        service.count("FROM submissions t WHERE t::text ILIKE '%received%'").await,
        1,
        "the search works"
    );
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_put_right_is_said() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    assert_eq!(reader.refusals(SUBMISSION, submission(document, " ")).await, ["BLANK"]);
    assert_eq!(reader.refusals(SUBMISSION, submission(document, &"x".repeat(50_001))).await, ["TOO_LONG"]);
    let mut wrong = submission(document, "Text");
    wrong["input"]["author"]["email"] = json!("nobody@");
    assert_eq!(reader.refusals(SUBMISSION, wrong).await, ["INVALID_EMAIL"]);
    let mut missing = submission(document, "Text");
    missing["input"]["documentId"] = json!("document_01h455vb4pex5vsknk084sn02q");
    assert_eq!(reader.refusals(SUBMISSION, missing).await, ["TARGET_NOT_FOUND"]);
    let mut nonsense = submission(document, "Text");
    nonsense["input"]["documentId"] = json!("section_01h455vb4pex5vsknk084sn02q");
    assert_eq!(reader.error(SUBMISSION, nonsense).await, "BAD_REQUEST");
    service.import(&BRIDGES.replace("phase: open", "phase: closed")).await;
    assert_eq!(reader.refusals(SUBMISSION, submission(document, "Late")).await, ["DOCUMENT_CLOSED"]);
    assert_eq!(service.count("FROM submissions").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_sent_twice_with_a_key_is_kept_once() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let mut input = submission(document, "Once only.");
    input["input"]["idempotencyKey"] = json!("0b9f5a52-6c0c-4d6d-9d52-1a7b7c5d4e3f");
    let reader = service.anybody();
    let (first, second) =
        tokio::join!(reader.data(SUBMISSION, input.clone()), reader.data(SUBMISSION, input));
    assert_eq!(first, second);
    assert_eq!(service.count("FROM submissions").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handling_is_recorded_step_by_step() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let sent = service.anybody().submits(document, "Please consider this.").await;
    let id = text(&sent["submission"]["id"]);
    let moderator = service.moderator(document).await;
    let mut version = 1;
    for (decision, state) in [
        ("ACKNOWLEDGE", "ACKNOWLEDGED"),
        ("TAKE_UNDER_REVIEW", "UNDER_REVIEW"),
        ("SET_ASIDE", "SET_ASIDE"),
        ("TAKE_UNDER_REVIEW", "UNDER_REVIEW"),
        ("MARK_CONSIDERED", "CONSIDERED"),
    ] {
        let data = moderator.data(HANDLE, ruling(&id, version, decision)).await;
        assert_eq!(data["handleSubmission"]["submission"]["state"], state, "{data:#}");
        version += 1;
    }
    assert_eq!(moderator.refusals(HANDLE, ruling(&id, version, "ACKNOWLEDGE")).await, ["INVALID_TRANSITION"]);
    assert_eq!(moderator.error(HANDLE, ruling(&id, 1, "TAKE_UNDER_REVIEW")).await, "CONFLICT");
    let seen = moderator.data(NODE, json!({ "id": id })).await;
    let decisions = seen["node"]["actions"]["nodes"].as_array().unwrap();
    assert_eq!(decisions.len(), 5);
    assert_eq!(decisions[2]["decision"], "SET_ASIDE");
    // A statement is owed for setting aside, and for nothing else.
    let sent = service.anybody().submits(document, "Another.").await;
    let mut bare = ruling(&text(&sent["submission"]["id"]), 1, "SET_ASIDE");
    bare["input"].as_object_mut().unwrap().remove("reason");
    bare["input"].as_object_mut().unwrap().remove("statement");
    assert_eq!(moderator.refusals(HANDLE, bare).await, ["REASON_REQUIRED", "BLANK"]);
}
