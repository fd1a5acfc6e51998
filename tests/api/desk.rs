//! The desk: queues and their filters, counts, claims, deciding on many at once.

use answerable::{identity::Role, ids::DocumentId};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{comment, submission, text},
    documents::BRIDGES,
};

const QUEUE: &str =
    "query($queue: Queue!, $filter: ModerationQueueFilter, $order: QueueOrder, $first: Int, $after: String) {
  moderationQueue(queue: $queue, filter: $filter, order: $order, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage hasPreviousPage }
    nodes { ... on Comment { body { plain } } ... on Submission { text: body { plain } } }
  }
}";

const BULK: &str = "mutation($input: ModerateCommentsInput!) {
  moderateComments(input: $input) {
    decided results { id comment { state version } action { decision } errors { code message } } errors { code path }
  }
}";

async fn texts(actor: &Actor, queue: &str, filter: Value) -> Vec<String> {
    let data = actor.data(QUEUE, json!({ "queue": queue, "filter": filter })).await;
    let page = &data["moderationQueue"];
    let nodes = page["nodes"].as_array().unwrap();
    assert_eq!(page["totalCount"], nodes.len(), "{page:#}");
    nodes.iter().map(|node| text(node["body"].get("plain").unwrap_or(&node["text"]["plain"]))).collect()
}

fn from(email: &str, mut input: Value) -> Value {
    input["input"]["author"]["email"] = json!(email);
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_are_filtered_and_sorted() {
    use crate::support::contributions::{SUBMISSION, SUBMIT};
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let section = service.section("what-we-know").await;
    let reader = service.anybody();
    let begun = service.clock.now();
    let first = reader.data(SUBMIT, from("a@example.org", comment(&section, "The ferry is late."))).await;
    let first = text(&first["submitComment"]["comment"]["id"]);
    service.clock.advance(TimeDelta::hours(1));
    reader.data(SUBMIT, from("b@example.org", comment(&document.to_string(), "ÉCOLE gates."))).await;
    reader.data(SUBMISSION, from("a@example.org", submission(document, "A Quiet Word."))).await;
    reader.data(SUBMISSION, submission(document, "Another matter.")).await;
    reader.data(SUBMIT, comment(&other.to_string(), "Elsewhere.")).await;
    let moderator = service.moderator(document).await;

    let waiting = ["The ferry is late.", "ÉCOLE gates.", "A Quiet Word.", "Another matter."];
    assert_eq!(texts(&moderator, "WAITING", Value::Null).await, waiting, "and nothing of another document");
    assert_eq!(texts(&moderator, "PENDING", Value::Null).await, waiting[..2]);
    assert_eq!(texts(&moderator, "WITHHELD", Value::Null).await, [""; 0]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "kind": "SUBMISSION" })).await, waiting[2..]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "sectionId": section })).await, waiting[..1]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "text": "quiet word" })).await, [waiting[2]]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "text": "école" })).await, [waiting[1]]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "text": "nowhere" })).await, [""; 0]);
    assert_eq!(
        texts(&moderator, "WAITING", json!({ "sameAuthorAs": first })).await,
        [waiting[0], waiting[2]],
        "by the address, in its document"
    );
    let later = begun + TimeDelta::minutes(30);
    assert_eq!(texts(&moderator, "WAITING", json!({ "receivedBefore": later })).await, waiting[..1]);
    assert_eq!(texts(&moderator, "WAITING", json!({ "receivedFrom": later })).await, waiting[1..]);
    assert_eq!(
        moderator
            .error(QUEUE, json!({ "queue": "WAITING", "filter": { "documentId": other.to_string() } }))
            .await,
        "FORBIDDEN"
    );
    assert_eq!(
        moderator.error(QUEUE, json!({ "queue": "WAITING", "filter": { "text": "x" } })).await,
        "BAD_REQUEST"
    );

    // Newest first, page by page.
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = moderator
            .data(QUEUE, json!({ "queue": "WAITING", "order": "NEWEST", "first": 3, "after": after }))
            .await;
        let page = data["moderationQueue"].clone();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], !seen.is_empty());
        for node in page["nodes"].as_array().unwrap() {
            seen.push(text(node["body"].get("plain").unwrap_or(&node["text"]["plain"])));
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    seen.reverse();
    assert_eq!(seen, waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_reported_or_appealed_about_has_a_queue() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let report = "mutation($input: ReportCommentInput!) { reportComment(input: $input) { errors { code } } }";
    for (body, reason) in [("Rude.", "ABUSIVE"), ("Buy!", "SPAM")] {
        let id = reader.comment_id(&document.to_string(), body).await;
        reader.data(report, json!({ "input": { "commentId": id, "reason": reason } })).await;
    }
    assert_eq!(texts(&moderator, "REPORTED", Value::Null).await, ["Rude.", "Buy!"]);
    assert_eq!(texts(&moderator, "REPORTED", json!({ "reason": "SPAM" })).await, ["Buy!"]);

    let sent = reader.comments(&document.to_string(), "Off the point?").await;
    moderator.decides(&text(&sent["comment"]["id"]), 1, "HIDE").await;
    let kept = reader.submits(document, "In confidence.").await;
    let set_aside = json!({ "input": { "id": kept["submission"]["id"], "expectedVersion": 1, "decision": "SET_ASIDE",
        "reason": "OFF_TOPIC", "statement": "It is about another town." } });
    moderator.data(crate::support::contributions::HANDLE, set_aside).await;
    assert_eq!(texts(&moderator, "APPEALED", Value::Null).await, [""; 0]);
    let lodge = "mutation($input: LodgeAppealInput!) { lodgeAppeal(input: $input) { appeal { id } errors { code message } } }";
    for receipt in [&sent["receipt"], &kept["receipt"]] {
        let input = json!({ "input": { "token": receipt["token"], "text": "It is not." } });
        let lodged = reader.data(lodge, input).await;
        assert_eq!(lodged["lodgeAppeal"]["errors"], json!([]));
    }
    assert_eq!(texts(&moderator, "APPEALED", Value::Null).await, ["Off the point?", "In confidence."]);
    let submissions = json!({ "kind": "SUBMISSION", "reason": "OFF_TOPIC", "text": "confidence" });
    assert_eq!(texts(&moderator, "APPEALED", submissions).await, ["In confidence."]);
    assert_eq!(texts(&moderator, "APPEALED", json!({ "reason": "SPAM" })).await, [""; 0]);
    let counts = moderator.data("{ moderationCounts { appealed reported } }", json!({})).await;
    assert_eq!(counts["moderationCounts"], json!({ "appealed": 2, "reported": 2 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_too_long_is_overdue_by_the_clock() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    service.anybody().submits(document, "In confidence.").await;
    service.clock.advance(TimeDelta::hours(50));
    let moderator = service.moderator(document).await;
    assert_eq!(texts(&moderator, "OVERDUE", Value::Null).await, [""; 0], "no target is set");
    let editor = service.signed_in("Editor", Role::Editor, Some(document)).await;
    let set = format!(
        "mutation {{ setDocumentPolicies(input: {{ documentId: \"{document}\", targetHours: 48 }}) {{ errors {{ code }} }} }}"
    );
    editor.data(&set, json!({})).await;
    service.anybody().comments(&document.to_string(), "A fresh word.").await;
    assert_eq!(texts(&moderator, "OVERDUE", Value::Null).await, ["A word.", "In confidence."]);
    let counts =
        "{ moderationCounts { waiting pending submissions overdue withheld unreviewed reported mine } }";
    let counts = moderator.data(counts, json!({})).await["moderationCounts"].clone();
    assert_eq!(
        counts,
        json!({ "waiting": 3, "pending": 2, "submissions": 1, "overdue": 2, "withheld": 0, "unreviewed": 0, "reported": 0, "mine": 0 })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_counts_cost_the_same_whatever_waits() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let counts = "{ moderationCounts { waiting pending withheld submissions unreviewed reported appealed overdue awaitingChanges mine } }";
    let cost = async || service.cost(moderator.data(counts, json!({}))).await.0;
    let empty = cost().await;
    for _ in 0..10 {
        service.anybody().comments(&document.to_string(), "A word.").await;
        service.anybody().submits(document, "In confidence.").await;
    }
    assert_eq!(cost().await, empty);
    assert!(empty <= 6, "{empty} statements, those that tell who asks included");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_shows_and_ends() {
    const CLAIM: &str = "mutation($id: ID!, $over: Boolean) { claimItem(input: { id: $id, takeOver: $over }) { claim { isMine until by { displayName } } errors { code } } }";
    const SEEN: &str = "query($id: ID!) { node(id: $id) { ... on Comment { claim { isMine by { displayName } } } ... on Submission { claim { isMine by { displayName } } } } }";
    let service = TestService::start().await;
    let document = service.bridges().await;
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let private = text(&service.anybody().submits(document, "In confidence.").await["submission"]["id"]);
    let claim = |id: &str| json!({ "id": id });

    one.data(CLAIM, claim(&id)).await;
    one.data(CLAIM, claim(&private)).await;
    let seen = json!({ "isMine": false, "by": { "displayName": "Moderator" } });
    assert_eq!(two.data(SEEN, claim(&id)).await["node"]["claim"], seen);
    assert_eq!(two.data(SEEN, claim(&private)).await["node"]["claim"], seen);
    let refused = two.ask(CLAIM, claim(&id)).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "CONFLICT");
    assert!(
        text(&refused["errors"][0]["message"]).contains("Moderator is at work on this until"),
        "{refused}"
    );
    assert_eq!(texts(&one, "MINE", Value::Null).await, ["A word.", "In confidence."]);
    assert_eq!(texts(&two, "WAITING", json!({ "unclaimed": true })).await, [""; 0]);
    assert_eq!(
        texts(&one, "WAITING", json!({ "unclaimed": true })).await.len(),
        2,
        "one's own are not hidden"
    );

    // It ends with the decision, by the clock, by giving back, by being taken over.
    one.decides(&id, 1, "APPROVE").await;
    assert_eq!(two.data(SEEN, claim(&id)).await["node"]["claim"], Value::Null);
    assert_eq!(texts(&one, "MINE", Value::Null).await, ["In confidence."]);
    service.clock.advance(TimeDelta::minutes(16));
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    assert_eq!(texts(&one, "MINE", Value::Null).await, [""; 0]);
    two.data(CLAIM, claim(&private)).await;
    one.data(CLAIM, json!({ "id": private, "over": true })).await;
    assert_eq!(one.data(SEEN, claim(&private)).await["node"]["claim"]["isMine"], true);
    let release = "mutation($id: ID!) { releaseItem(input: { id: $id }) { released } }";
    two.data(release, claim(&private)).await;
    assert_eq!(
        one.data(SEEN, claim(&private)).await["node"]["claim"]["isMine"],
        true,
        "it is not theirs to give"
    );
    one.data(release, claim(&private)).await;
    assert_eq!(one.data(SEEN, claim(&private)).await["node"]["claim"], Value::Null);
    let stranger = service.signed_in("Stranger", Role::Participant, None).await;
    assert_eq!(stranger.error(CLAIM, claim(&private)).await, "NOT_FOUND");
    assert_eq!(stranger.error(CLAIM, claim(&id)).await, "FORBIDDEN");
}

async fn some_comments(service: &TestService, document: DocumentId, count: usize) -> Vec<String> {
    let reader = service.anybody();
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(reader.comment_id(&document.to_string(), &format!("Word {number}.")).await);
    }
    ids
}

fn bulk(ids: &[String], decision: &str, whole: bool) -> Value {
    let items: Vec<_> = ids.iter().map(|id| json!({ "id": id, "expectedVersion": 1 })).collect();
    json!({ "input": { "items": items, "decision": decision, "allOrNothing": whole } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_decided_at_once_each_by_itself_or_as_a_whole() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let ids = some_comments(&service, document, 6).await;
    moderator.decides(&ids[1], 1, "REJECT").await;
    let count = "{ document(slug: \"bridges\") { commentCount } }";

    let whole = moderator.data(BULK, bulk(&ids[..3], "APPROVE", true)).await["moderateComments"].clone();
    assert_eq!(whole["decided"], 0);
    let codes: Vec<_> = (0..3).map(|at| whole["results"][at]["errors"][0]["code"].clone()).collect();
    assert_eq!(codes, ["NOT_DONE", "CHANGED", "NOT_DONE"], "{whole:#}");
    assert!(text(&whole["results"][1]["errors"][0]["message"]).contains("Moderator rejected it"));
    assert_eq!(service.anybody().data(count, json!({})).await["document"]["commentCount"], 0);

    let each = moderator.data(BULK, bulk(&ids[..3], "APPROVE", false)).await["moderateComments"].clone();
    assert_eq!(each["decided"], 2);
    assert_eq!(each["results"][0]["comment"], json!({ "state": "PUBLISHED", "version": 2 }));
    assert_eq!(each["results"][1]["id"], json!(ids[1]));
    assert_eq!(each["results"][1]["errors"][0]["code"], "CHANGED");
    assert_eq!(service.anybody().data(count, json!({})).await["document"]["commentCount"], 2);

    let whole = moderator.data(BULK, bulk(&ids[3..], "APPROVE", true)).await["moderateComments"].clone();
    assert_eq!(whole["decided"], 3);
    assert_eq!(service.anybody().data(count, json!({})).await["document"]["commentCount"], 5);
    assert_eq!(
        service
            .count("FROM moderation_actions GROUP BY batch_id HAVING batch_id IS NOT NULL AND count(*) = 3")
            .await,
        3
    );

    let refused = moderator.data(BULK, bulk(&[], "APPROVE", false)).await;
    assert_eq!(refused["moderateComments"]["errors"][0]["code"], "BLANK");
    let twice = [ids[0].clone(), ids[0].clone()];
    let refused = moderator.data(BULK, bulk(&twice, "APPROVE", false)).await;
    assert_eq!(refused["moderateComments"]["errors"][0]["code"], "INVALID_COMBINATION");
    // What is no moderator's is as if it were not there.
    let stranger = service.signed_in("Stranger", Role::Participant, None).await;
    let refused = stranger.data(BULK, bulk(&ids[..1], "HIDE", false)).await;
    assert_eq!(refused["moderateComments"]["results"][0]["errors"][0]["code"], "TARGET_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_decide_on_the_same_at_once_do_not_wait_for_each_other_for_ever() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let one = service.moderator(document).await;
    let two = service.signed_in("Second Moderator", Role::Moderator, Some(document)).await;
    let mut ids = Vec::new();
    for number in 0..20 {
        let slug = ["what-we-know", "what-we-propose", "what-it-costs"][number % 3];
        ids.push(
            service.anybody().comment_id(&service.section(slug).await, &format!("Word {number}.")).await,
        );
    }
    let backwards: Vec<_> = ids.iter().rev().cloned().collect();
    let (forth, back) = tokio::join!(
        one.data(BULK, bulk(&ids, "APPROVE", true)),
        two.data(BULK, bulk(&backwards, "APPROVE", true)),
    );
    let decided = |data: &Value| data["moderateComments"]["decided"].as_i64().unwrap();
    assert_eq!(decided(&forth) + decided(&back), 20, "{forth:#} {back:#}");
    assert_eq!(service.count("FROM moderation_actions").await, 20);
    let counted = "FROM comment_counts c WHERE c.published = (SELECT count(*) FROM comments x WHERE x.state = 'PUBLISHED' AND (x.section_id = c.scope_id OR x.document_id = c.scope_id))";
    assert_eq!(service.count(counted).await, 4, "three sections and the document");
}
