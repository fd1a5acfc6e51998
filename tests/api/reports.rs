//! Readers' reports: who counts, what enough of them do, and what the reporter hears.

use answerable::{identity::Role, ids::DocumentId};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{MODERATE, ruling, text},
    smtp::SmtpServer,
};

const REPORT: &str = "mutation($input: ReportCommentInput!) {
  reportComment(input: $input) { received comment { id state version } errors { code message path } }
}";

const REPORTS: &str = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { node(id: $id) { ... on Comment {
  state version openReports
  reports(first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id reason explanation hasContact createdAt outcome }
  }
} } }";

fn report(comment: &str, email: Option<&str>) -> Value {
    json!({ "input": { "commentId": comment, "reason": "ABUSIVE", "email": email } })
}

async fn reports(actor: &Actor, comment: &str, email: Option<&str>) -> Value {
    let data = actor.data(REPORT, report(comment, email)).await;
    assert_eq!(data["reportComment"]["errors"], json!([]), "{data:#}");
    assert_eq!(data["reportComment"]["received"], true);
    data["reportComment"]["comment"].clone()
}

async fn seen(moderator: &Actor, comment: &str) -> Value {
    moderator.data(REPORTS, json!({ "id": comment })).await["node"].clone()
}

async fn threshold(service: &TestService, document: DocumentId, reports: i32) {
    let query = "mutation($input: SetDocumentPoliciesInput!) { setDocumentPolicies(input: $input) { errors { code } } }";
    let input = json!({ "input": { "documentId": document.to_string(), "reportThreshold": reports } });
    service.administrator().await.data(query, input).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_report_for_each_person_and_comment_counts() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    let other = reader.comment_id(&document.to_string(), "Another.").await;

    let first = reports(&reader, &id, None).await;
    assert_eq!(first, json!({ "id": id, "state": "PUBLISHED", "version": 1 }));
    assert_eq!(reports(&reader, &id, None).await, first, "the same answer once more");
    assert_eq!(seen(&moderator, &id).await["openReports"], 1);
    let mut explained = report(&id, Some("Worried@example.org"));
    explained["input"]["explanation"] = json!("  It names my daughter. ");
    reader.data(REPORT, explained).await;
    reports(&reader, &id, Some("worried@EXAMPLE.org")).await;
    let signed_in = service.signed_in("Participant", Role::Participant, None).await;
    reports(&signed_in, &id, Some("another@example.org")).await;
    reports(&signed_in, &id, None).await;
    let found = seen(&moderator, &id).await;
    assert_eq!((&found["openReports"], &found["version"]), (&json!(3), &json!(1)));
    assert_eq!(found["reports"]["totalCount"], 3);
    let nodes = found["reports"]["nodes"].as_array().unwrap();
    assert!(text(&nodes[0]["id"]).starts_with("report_"));
    assert_eq!(
        nodes.iter().map(|node| (&node["explanation"], &node["hasContact"])).collect::<Vec<_>>(),
        [
            (&Value::Null, &json!(false)),
            (&json!("It names my daughter."), &json!(true)),
            (&Value::Null, &json!(true))
        ]
    );
    assert_eq!((&nodes[0]["reason"], &nodes[0]["outcome"]), (&json!("ABUSIVE"), &Value::Null));

    let page = moderator.data(REPORTS, json!({ "id": id, "first": 2 })).await["node"]["reports"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let rest = json!({ "id": id, "first": 2, "after": page["pageInfo"]["endCursor"] });
    let rest = moderator.data(REPORTS, rest).await["node"]["reports"].clone();
    assert_eq!(rest["nodes"], json!([nodes[2]]));
    assert_eq!(
        (&rest["pageInfo"]["hasPreviousPage"], &rest["pageInfo"]["hasNextPage"]),
        (&json!(true), &json!(false))
    );
    let last = moderator.data(REPORTS, json!({ "id": id, "last": 1 })).await["node"]["reports"].clone();
    assert_eq!((&last["nodes"], &last["pageInfo"]["hasPreviousPage"]), (&rest["nodes"], &json!(true)));

    // Nobody can follow a person from one comment to another, and a dump of the database reads as noise.
    reports(&reader, &other, Some("worried@example.org")).await;
    reports(&signed_in, &other, None).await;
    assert_eq!(service.count("FROM (SELECT DISTINCT reporter_hash FROM reports) r").await, 5);
    let plain = "FROM reports WHERE encode(contact_sealed, 'escape') || encode(coalesce(explanation_sealed, ''), 'escape') ~* 'worried|daughter'";
    assert_eq!(service.count(plain).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_reported_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    assert_eq!(reader.refusals(REPORT, report(&id, None)).await, ["TARGET_NOT_FOUND"], "it is not public");
    assert_eq!(moderator.refusals(REPORT, report(&id, None)).await, ["TARGET_NOT_FOUND"]);
    moderator.decides(&id, 1, "APPROVE").await;
    let mut long = report(&id, Some("nobody@"));
    long["input"]["explanation"] = json!("x".repeat(2_001));
    assert_eq!(reader.refusals(REPORT, long).await, ["TOO_LONG", "INVALID_EMAIL"]);
    assert_eq!(reader.error(REPORT, report(&document.to_string(), None)).await, "BAD_REQUEST");
    let nobody = "comment_01h455vb4pex5vsknk084sn02q";
    assert_eq!(reader.refusals(REPORT, report(nobody, None)).await, ["TARGET_NOT_FOUND"]);
    moderator.decides(&id, 2, "HIDE").await;
    assert_eq!(reader.refusals(REPORT, report(&id, None)).await, ["TARGET_NOT_FOUND"]);
    assert_eq!(service.count("FROM reports").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_sent_twice_with_a_key_is_kept_once() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    let mut input = report(&id, None);
    input["input"]["idempotencyKey"] = json!("0b9f5a52-6c0c-4d6d-9d52-1a7b7c5d4e3f");
    let (first, second) =
        tokio::join!(reader.data(REPORT, input.clone()), reader.data(REPORT, input.clone()));
    assert_eq!(first, second);
    input["input"]["reason"] = json!("SPAM");
    assert_eq!(reader.refusals(REPORT, input).await, ["IDEMPOTENCY_KEY_REUSED"]);
    assert_eq!(service.count("FROM reports").await, 1);
    assert_eq!(service.count("FROM comments WHERE open_reports = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reporting_is_limited_by_person_and_by_place() {
    let service = TestService::with(&["--no-worker", "--reports-per-hour", "2"]).await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(reader.comment_id(&document.to_string(), &format!("Word {n}.")).await);
    }
    reports(&reader, &ids[0], None).await;
    reports(&reader, &ids[1], Some("one@example.org")).await;
    let refused = reader.ask(REPORT, report(&ids[2], Some("two@example.org"))).await;
    let error = &refused["errors"][0];
    assert_eq!(error["extensions"]["code"], "RATE_LIMITED", "{refused:#}");
    assert_eq!(error["extensions"]["retryAfter"], 1800);
    assert!(text(&error["message"]).contains("in 30 minutes"), "{error:#}");
    reports(&reader, &ids[0], None).await;
    assert_eq!(service.count("FROM reports").await, 2, "what was reported before costs nothing");

    // The same person elsewhere has had their share; somebody else there has not.
    let account = service.signed_in("Participant", Role::Participant, None).await;
    let (here, there) = (account.at_address("127.0.0.2"), account.at_address("127.0.0.3"));
    reports(&here, &ids[2], None).await;
    reports(&here, &ids[3], None).await;
    assert_eq!(there.error(REPORT, report(&ids[4], None)).await, "RATE_LIMITED");
    reports(&reader.at_address("127.0.0.3"), &ids[4], None).await;

    service.clock.advance(TimeDelta::minutes(30));
    reports(&reader, &ids[2], Some("two@example.org")).await;
    assert_eq!(reader.error(REPORT, report(&ids[3], None)).await, "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enough_reports_withhold_a_comment_until_a_moderator_has_looked() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    threshold(&service, document, 2).await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&service.section("what-we-propose").await, "A word.").await;
    reader.comment_id(&id, "A reply.").await;
    let [here, there, elsewhere] =
        ["127.0.0.2", "127.0.0.3", "127.0.0.4"].map(|address| reader.at_address(address));
    assert_eq!(reports(&here, &id, Some("one@example.org")).await["state"], "PUBLISHED");
    assert_eq!(
        reports(&here, &id, Some("invented@example.org")).await["state"],
        "PUBLISHED",
        "one place counts once, whatever addresses are typed there"
    );
    assert_eq!(seen(&moderator, &id).await["openReports"], 2);
    let withheld = reports(&there, &id, Some("two@example.org")).await;
    assert_eq!((&withheld["state"], &withheld["version"]), (&json!("WITHHELD"), &json!(2)));

    let query = "query($id: ID!) { document(slug: \"bridges\") { commentCount } node(id: $id) { ... on Comment {
        state body { plain } author { displayName } statementsOfReasons { decision } replies { nodes { body { plain } } } } } }";
    let seen_by_all = reader.data(query, json!({ "id": id })).await;
    assert_eq!(
        seen_by_all["node"],
        json!({ "state": "WITHHELD", "body": null, "author": null, "statementsOfReasons": null,
            "replies": { "nodes": [{ "body": { "plain": "A reply." } }] } }),
        "a tombstone keeps the replies"
    );
    assert_eq!(seen_by_all["document"]["commentCount"], 1);
    let query = "query($id: ID!) { moderationQueue { nodes { ... on Comment { id } } } node(id: $id) { ... on Comment {
        actions { nodes { decision actorKind actor { displayName } note fromState toState
            statementOfReasons { ground automatedDecision automatedDetection appealable appealableUntil } } } } } }";
    let at_the_desk = moderator.data(query, json!({ "id": id })).await;
    assert_eq!(at_the_desk["moderationQueue"]["nodes"], json!([{ "id": id }]));
    assert_eq!(
        at_the_desk["node"]["actions"]["nodes"],
        json!([{ "decision": "WITHHOLD", "actorKind": "SYSTEM", "actor": null, "fromState": "PUBLISHED", "toState": "WITHHELD",
            "note": "Readers have reported it: 3 since a moderator last looked.",
            "statementOfReasons": { "ground": null, "automatedDecision": true, "automatedDetection": false,
                "appealable": false, "appealableUntil": null } }])
    );

    moderator.decides(&id, 2, "APPROVE").await;
    let detected = "query($id: ID!) { node(id: $id) { ... on Comment { actions(last: 1) { nodes { decision detected } } } } }";
    let last = moderator.data(detected, json!({ "id": id })).await["node"]["actions"]["nodes"].clone();
    assert_eq!(last, json!([{ "decision": "APPROVE", "detected": false }]), "readers had found it");
    assert_eq!(seen(&moderator, &id).await["openReports"], 0);
    assert_eq!(reports(&elsewhere, &id, Some("three@example.org")).await["state"], "PUBLISHED");
    assert_eq!(reports(&there, &id, Some("two@example.org")).await["state"], "PUBLISHED");
    assert_eq!(
        reports(&there, &id, Some("four@example.org")).await["state"],
        "WITHHELD",
        "counted from zero again"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_trusted_proxy_a_place_is_whom_it_speaks_for() {
    let arguments = |proxy| ["--no-worker", "--reports-per-hour", "1", "--trusted-proxies", proxy];
    for (proxy, refused) in [("127.0.0.1,::1", [false, false, true]), ("10.0.0.0/8", [false, true, true])] {
        let service = TestService::with(&arguments(proxy)).await;
        let document = service.bridges_after().await;
        let reader = service.anybody();
        let mut found = Vec::new();
        for (number, client) in ["192.0.2.1", "192.0.2.2", "192.0.2.1"].into_iter().enumerate() {
            let id = reader.comment_id(&document.to_string(), &format!("Word {number}.")).await;
            let body = json!({ "query": REPORT, "variables": report(&id, None) });
            let sent = reader.post("/graphql").header("X-Forwarded-For", client).json(&body).send().await;
            let answer: Value = sent.unwrap().json().await.unwrap();
            found.push(answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED");
        }
        assert_eq!(found, refused, "{proxy}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_is_told_that_reports_withhold_their_comment() {
    let smtp = SmtpServer::start().await;
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    threshold(&service, document, 1).await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "A word.").await;
    let url = text(&sent["receipt"]["url"]);
    reports(&reader, &text(&sent["comment"]["id"]), None).await;
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    let messages = smtp.messages();
    let mails: Vec<_> = messages.iter().filter(|mail| mail.to == ["reader@example.org"]).collect();
    assert_eq!(mails.len(), 1, "at once, for nobody can undo it");
    let mail = mails[0].read();
    assert_eq!(mail.subject, "Your comment is not shown for the time being: Bridges for Everyone");
    assert_eq!(mail.link("/receipts/"), url);
    let page = reader.get(&url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("held by the service, because readers reported it"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_report_at_once_withhold_it_once() {
    let service = TestService::with(&["--no-worker", "--reports-per-hour", "100"]).await;
    let document = service.bridges_after().await;
    threshold(&service, document, 3).await;
    let reader = service.anybody();
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    let all = (0..12).map(|n| {
        let reader = reader.at_address(&format!("127.0.0.{}", n + 2));
        let input = report(&id, Some(&format!("reader{n}@example.org")));
        tokio::spawn(async move { reader.data(REPORT, input).await })
    });
    let mut received = 0;
    for answer in all.collect::<Vec<_>>() {
        let answer = answer.await.unwrap();
        if answer["reportComment"]["received"] == true {
            received += 1;
        } else {
            assert_eq!(answer["reportComment"]["errors"][0]["code"], "TARGET_NOT_FOUND", "{answer:#}");
        }
    }
    assert_eq!(received, 3);
    assert_eq!(service.count("FROM moderation_actions WHERE action = 'WITHHOLD'").await, 1);
    assert_eq!(service.count("FROM comments WHERE state = 'WITHHELD' AND open_reports = 3").await, 1);
    assert_eq!(service.count("FROM reports").await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_an_address_is_told_what_came_of_it() {
    let smtp = SmtpServer::start().await;
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let mut ids = Vec::new();
    for what in ["hidden", "undone", "restored", "open", "cut"] {
        let id = reader.comment_id(&document.to_string(), &format!("Quixotic, and {what}.")).await;
        reports(&reader, &id, Some(&format!("{what}@example.org"))).await;
        ids.push(id);
    }
    reports(&reader, &ids[0], None).await;
    let [hidden, undone, restored, open, cut] = ids.as_slice() else { unreachable!() };
    moderator.decides(hidden, 1, "HIDE").await;
    moderator.decides(undone, 1, "HIDE").await;
    let undo = "mutation($input: UndoDecisionInput!) { undoDecision(input: $input) { errors { code } } }";
    moderator.data(undo, json!({ "input": { "id": undone, "expectedVersion": 2 } })).await;
    moderator.decides(restored, 1, "HIDE").await;
    moderator.decides(restored, 2, "RESTORE").await;
    reports(&reader, restored, Some("afterwards@example.org")).await;
    let mut redact = ruling(cut, 1, "REDACT");
    redact["input"]["cuts"] = json!(["Quixotic"]);
    redact["input"]["reason"] = json!("ABUSIVE");
    redact["input"]["statement"] = json!("A word was abusive.");
    assert_eq!(moderator.data(MODERATE, redact).await["moderateComment"]["errors"], json!([]));

    let told = ["--smtp-url", &smtp.url()];
    service.work_with(&told).await;
    let to = || {
        let mut to: Vec<_> = smtp.messages().iter().flat_map(|message| message.to.clone()).collect();
        // The moderator is told of what waits, and the author of what was decided.
        to.retain(|address| !["moderator@example.org", "reader@example.org"].contains(&address.as_str()));
        to.sort();
        to
    };
    assert_eq!(to(), Vec::<String>::new(), "a decision can be undone for ten minutes");
    service.clock.advance(TimeDelta::minutes(10));
    service.work_with(&told).await;
    assert_eq!(to(), ["cut@example.org", "hidden@example.org", "restored@example.org"]);
    for message in smtp.messages() {
        let mail = message.read();
        let expected = match message.to[0].as_str() {
            "hidden@example.org" => "is not shown any more",
            "restored@example.org" => "stays as it is",
            "cut@example.org" => "cut from it",
            _ => continue,
        };
        for part in [&mail.text, &mail.html] {
            assert!(part.contains(expected) && part.contains("Bridges for Everyone"), "{part}");
            assert!(!part.contains("reader@example.org") && !part.contains("Moderator"), "{part}");
        }
    }
    let outcome = async |id: &str| {
        let found = seen(&moderator, id).await;
        let nodes = found["reports"]["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["outcome"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(outcome(hidden).await, [json!("REMOVED"), json!("REMOVED")]);
    assert_eq!(outcome(undone).await, [Value::Null]);
    assert_eq!(outcome(restored).await, [json!("KEPT"), Value::Null], "one came after the decision");
    assert_eq!(outcome(open).await, [Value::Null]);
    assert_eq!(outcome(cut).await, [json!("CUT")]);
    assert_eq!(seen(&moderator, undone).await["openReports"], 1);
    assert_eq!(service.count("FROM jobs WHERE state = 'DEAD' OR payload::text LIKE '%@%'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn undoing_a_decision_forgets_no_report() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let id = reader.comment_id(&document.to_string(), "A word.").await;
    reports(&reader, &id, Some("one@example.org")).await;
    moderator.decides(&id, 1, "DISMISS_REPORTS").await;
    reports(&reader, &id, Some("two@example.org")).await;
    let undo = "mutation($input: UndoDecisionInput!) { undoDecision(input: $input) { errors { code } } }";
    moderator.data(undo, json!({ "input": { "id": id, "expectedVersion": 2 } })).await;
    assert_eq!(seen(&moderator, &id).await["openReports"], 2);
}
