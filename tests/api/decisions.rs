//! What moderators decide beside yes and no: cuts, requests for changes, reviews, notes, undoing.

use answerable::identity::Role;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    TestService,
    contributions::{HANDLE, MODERATE, ruling, text},
};

const COMMENT: &str = "query($id: ID!) { node(id: $id) { ... on Comment {
  state version reason redacted body { markdown html plain }
} } }";

const DESK: &str = "query($id: ID!) { node(id: $id) { ... on Comment {
  state version reviewedAt changesRequestedAt original { markdown } body { plain }
  actions { nodes { decision fromState toState note subjectVersion actor { displayName } } }
} } }";

const UNDO: &str = "mutation($id: ID!, $version: Int!) {
  undoDecision(input: { id: $id, expectedVersion: $version }) {
    item { ... on Comment { state version } ... on Submission { handling: state version } } action { decision } errors { code message }
  }
}";

fn cut(id: &str, version: i64, passages: &[&str]) -> Value {
    let mut input = ruling(id, version, "REDACT");
    input["input"]["reason"] = json!("PERSONAL_DATA");
    input["input"]["statement"] = json!("We cut the name of a neighbour.");
    input["input"]["cuts"] = json!(passages);
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passages_are_cut_for_everybody_and_kept_for_moderators() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&document.to_string(), "Mr **Quill** of no. 7 parks on the path.").await;

    assert_eq!(moderator.refusals(MODERATE, cut(&id, 1, &["Mrs Quill"])).await, ["INVALID_TEXT"]);
    assert_eq!(moderator.refusals(MODERATE, cut(&id, 1, &[])).await, ["BLANK"]);
    let mut elsewhere = ruling(&id, 1, "APPROVE");
    elsewhere["input"]["cuts"] = json!(["Mr"]);
    assert_eq!(moderator.refusals(MODERATE, elsewhere).await, ["INVALID_COMBINATION"]);

    moderator.data(MODERATE, cut(&id, 1, &["Mr **Quill** of no. 7"])).await;
    let seen = reader.data(COMMENT, json!({ "id": id })).await["node"].clone();
    assert_eq!((&seen["state"], &seen["redacted"]), (&json!("PUBLISHED"), &json!(true)));
    assert_eq!(seen["body"]["plain"], "[…] parks on the path.");
    assert!(!seen.to_string().contains("Quill"), "{seen}");
    let listed = "{ document(slug: \"bridges\") { comments { nodes { body { markdown html plain } } } } }";
    assert!(!reader.data(listed, json!({})).await.to_string().contains("Quill"));
    let kept = moderator.data(DESK, json!({ "id": id })).await["node"].clone();
    assert_eq!(kept["original"]["markdown"], "Mr **Quill** of no. 7 parks on the path.");
    assert_eq!(kept["body"]["plain"], "[…] parks on the path.", "moderators see what is public, too");

    // Hidden and restored, it stays cut.
    moderator.decides(&id, 2, "HIDE").await;
    moderator.decides(&id, 3, "RESTORE").await;
    assert_eq!(
        reader.data(COMMENT, json!({ "id": id })).await["node"]["body"]["plain"],
        "[…] parks on the path."
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_sent_back_for_changes_waits_for_its_author() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let id = service.anybody().comment_id(&document.to_string(), "Rubbish, all of it.").await;
    let mut input = ruling(&id, 1, "REQUEST_CHANGES");
    assert_eq!(moderator.refusals(MODERATE, input.clone()).await, ["BLANK"]);
    input["input"]["statement"] = json!("Please say what is wrong with it.");
    let done = moderator.data(MODERATE, input).await;
    assert_eq!(done["moderateComment"]["comment"]["state"], "PENDING");
    let waiting = moderator
        .data("{ moderationQueue { totalCount } moderationCounts { waiting awaitingChanges } }", json!({}))
        .await;
    assert_eq!(waiting["moderationQueue"]["totalCount"], 0);
    assert_eq!(waiting["moderationCounts"], json!({ "waiting": 0, "awaitingChanges": 1 }));
    assert!(moderator.data(DESK, json!({ "id": id })).await["node"]["changesRequestedAt"].is_string());
    // They may decide all the same.
    moderator.decides(&id, 2, "APPROVE").await;
    let counts = moderator.data("{ moderationCounts { awaitingChanges } }", json!({})).await;
    assert_eq!(counts["moderationCounts"]["awaitingChanges"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_published_without_a_look_is_reviewed_once() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let moderator = service.moderator(document).await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let unreviewed = async || {
        moderator.data("{ moderationQueue(queue: UNREVIEWED) { totalCount } }", json!({})).await
            ["moderationQueue"]["totalCount"]
            .clone()
    };
    assert_eq!(unreviewed().await, 1);
    assert_eq!(moderator.refusals(MODERATE, ruling(&id, 1, "DISMISS_REPORTS")).await, ["INVALID_TRANSITION"]);
    moderator.decides(&id, 1, "MARK_REVIEWED").await;
    assert_eq!(unreviewed().await, 0);
    assert_eq!(moderator.refusals(MODERATE, ruling(&id, 2, "MARK_REVIEWED")).await, ["INVALID_TRANSITION"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_can_be_taken_back_for_ten_minutes_by_who_made_it() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    let undo = |version: i64| json!({ "id": id, "version": version });

    assert_eq!(one.refusals(UNDO, undo(1)).await, ["INVALID_TRANSITION"], "nothing has been decided");
    one.decides(&id, 1, "REJECT").await;
    assert_eq!(two.refusals(UNDO, undo(2)).await, ["INVALID_TRANSITION"], "it was not theirs");
    let done = one.data(UNDO, undo(2)).await;
    assert_eq!(done["undoDecision"]["item"], json!({ "state": "PENDING", "version": 3 }));
    assert_eq!(done["undoDecision"]["action"]["decision"], "UNDO");
    assert_eq!(one.refusals(UNDO, undo(3)).await, ["INVALID_TRANSITION"], "undoing is not undone");
    let seen = one.data(DESK, json!({ "id": id })).await["node"].clone();
    assert_eq!(seen["reviewedAt"], Value::Null);

    one.decides(&id, 3, "APPROVE").await;
    let count = "{ document(slug: \"bridges\") { commentCount } }";
    assert_eq!(reader.data(count, json!({})).await["document"]["commentCount"], 1);
    one.data(UNDO, undo(4)).await;
    assert_eq!(reader.data(count, json!({})).await["document"]["commentCount"], 0);
    assert_eq!(reader.data(COMMENT, json!({ "id": id })).await["node"], Value::Null);

    one.decides(&id, 5, "APPROVE").await;
    let reply = reader.comment_id(&id, "Yes.").await;
    one.decides(&reply, 1, "APPROVE").await;
    assert_eq!(one.refusals(UNDO, undo(6)).await, ["INVALID_TRANSITION"], "it has been replied to");
    one.decides(&id, 6, "HIDE").await;
    service.clock.advance(TimeDelta::minutes(11));
    assert_eq!(one.refusals(UNDO, undo(7)).await, ["INVALID_TRANSITION"], "it is too late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_is_taken_back_to_where_it_was() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let id = text(&service.anybody().submits(document, "In confidence.").await["submission"]["id"]);
    moderator.data(HANDLE, ruling(&id, 1, "SET_ASIDE")).await;
    let done = moderator.data(UNDO, json!({ "id": id, "version": 2 })).await;
    assert_eq!(done["undoDecision"]["item"], json!({ "handling": "RECEIVED", "version": 3 }));
    assert_eq!(service.anybody().error(UNDO, json!({ "id": id, "version": 3 })).await, "UNAUTHENTICATED");
    let stranger = service.signed_in("Stranger", Role::Participant, None).await;
    assert_eq!(stranger.error(UNDO, json!({ "id": id, "version": 3 })).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_for_moderators_and_change_nothing() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let note = "mutation($id: ID!, $note: String!) { addNote(input: { id: $id, note: $note }) { item { __typename } action { note } errors { code } } }";
    assert_eq!(moderator.refusals(note, json!({ "id": id, "note": " " })).await, ["BLANK"]);
    let done = moderator.data(note, json!({ "id": id, "note": "Seen at the town hall." })).await;
    assert_eq!(done["addNote"]["action"]["note"], "Seen at the town hall.");
    // Nobody else's screen is out of date because of it.
    moderator.decides(&id, 1, "APPROVE").await;
    let seen = moderator.data(DESK, json!({ "id": id })).await;
    let actions = seen["node"]["actions"]["nodes"].as_array().unwrap();
    let told: Vec<_> =
        actions.iter().map(|action| (text(&action["decision"]), action["note"].clone())).collect();
    assert_eq!(
        told,
        [("NOTE".to_owned(), json!("Seen at the town hall.")), ("APPROVE".to_owned(), Value::Null)]
    );
    assert_eq!(service.anybody().error(note, json!({ "id": id, "note": "x" })).await, "UNAUTHENTICATED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_race_says_who_did_what_meanwhile() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    one.decides(&id, 1, "APPROVE").await;
    one.decides(&id, 2, "HIDE").await;
    let lost = two.ask(MODERATE, ruling(&id, 1, "REJECT")).await;
    let message = text(&lost["errors"][0]["message"]);
    for part in ["Moderator approved it at ", "Moderator hid it at ", "HIDDEN", "version 3"] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_are_for_editors_and_within_bounds() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let set = "mutation($input: SetDocumentPoliciesInput!) { setDocumentPolicies(input: $input) {
        document { policies { moderation targetHours appealDays reportThreshold confirmAddresses } } errors { code path } } }";
    let input = |more: Value| {
        let mut input = json!({ "documentId": document.to_string() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "input": input })
    };
    let moderator = service.moderator(document).await;
    assert_eq!(moderator.error(set, input(json!({ "targetHours": 48 }))).await, "FORBIDDEN");
    let editor = service.signed_in("Editor", Role::Editor, Some(document)).await;
    let done = editor
        .data(set, input(json!({ "targetHours": 48, "reportThreshold": 3, "moderation": "POST" })))
        .await;
    assert_eq!(
        done["setDocumentPolicies"]["document"]["policies"],
        json!({ "moderation": "POST", "targetHours": 48, "appealDays": 183, "reportThreshold": 3, "confirmAddresses": false })
    );
    let done = editor.data(set, input(json!({ "targetHours": null }))).await;
    let policies = &done["setDocumentPolicies"]["document"]["policies"];
    assert_eq!((&policies["targetHours"], &policies["reportThreshold"]), (&Value::Null, &json!(3)));
    assert_eq!(
        editor.refusals(set, input(json!({ "targetHours": 0, "appealDays": 9999 }))).await,
        ["OUT_OF_RANGE", "OUT_OF_RANGE"]
    );
    // Importing again leaves them.
    service.bridges().await;
    let kept = service
        .anybody()
        .data("{ document(slug: \"bridges\") { policies { reportThreshold } } }", json!({}))
        .await;
    assert_eq!(kept["document"]["policies"]["reportThreshold"], 3);
}
