//! Statements of reasons and appeals against decisions.

mod lists;
mod outside;

use answerable::{identity::Role, ids::DocumentId};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, MODERATE, ruling, text},
    documents::BRIDGES,
    smtp::SmtpServer,
};

const LODGE: &str = "mutation($input: LodgeAppealInput!) {
  lodgeAppeal(input: $input) { appeal { id state text version sameModerator } errors { code message path } }
}";

const WITHDRAW: &str = "mutation($input: WithdrawAppealInput!) {
  withdrawAppeal(input: $input) { appeal { id state version } errors { code message path } }
}";

const TAKE_UP: &str = "mutation($input: TakeUpAppealInput!) {
  takeUpAppeal(input: $input) { appeal { id state version takenUpBy { displayName } } errors { code message path } }
}";

const DECIDE: &str = "mutation($input: DecideAppealInput!) {
  decideAppeal(input: $input) {
    appeal { id state version statement sameModerator decidedBy { displayName } comment { state version } submission { state version } }
    action { decision fromState toState note statement reason }
    errors { code message path }
  }
}";

const RECEIPT: &str = "query($token: String!) { receipt(token: $token) {
  statementsOfReasons {
    actionId decision ground ruleCited facts decidedAt automatedDetection automatedDecision stands
    appealableUntil appealable appealUrl appeal { id state text statement decidedAt sameModerator }
  }
  comment { state body { plain } statementsOfReasons { decision appealUrl } }
  submission { state statementsOfReasons { decision } }
} }";

const APPEALS: &str = "query($filter: AppealFilter, $first: Int, $after: String) {
  appeals(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id state version text lodgedAt action { decision } comment { id body { plain } } submission { id } decidedBy { displayName } }
  }
}";

/// Two moderators and a comment of somebody's that one of them has hidden.
struct Scene {
    service: TestService,
    document: DocumentId,
    first: Actor,
    second: Actor,
    comment: String,
    token: String,
}

async fn scene() -> Scene {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let first = service.signed_in("First", Role::Moderator, Some(document)).await;
    let second = service.signed_in("Second", Role::Moderator, Some(document)).await;
    let (comment, token) = hidden(&service, &first, "What I said about the ford.").await;
    Scene { service, document, first, second, comment, token }
}

/// A comment that `moderator` has hidden, and its receipt's token.
async fn hidden(service: &TestService, moderator: &Actor, body: &str) -> (String, String) {
    let sent = service.anybody().comments(&service.section("what-we-propose").await, body).await;
    let comment = text(&sent["comment"]["id"]);
    moderator.decides(&comment, 1, "HIDE").await;
    (comment, text(&sent["receipt"]["token"]))
}

fn lodging(token: &str, words: &str) -> Value {
    json!({ "input": { "token": token, "text": words } })
}

fn deciding(appeal: &str, version: i64, outcome: &str) -> Value {
    json!({ "input": { "id": appeal, "expectedVersion": version, "outcome": outcome, "statement": "We have looked again." } })
}

impl Scene {
    /// Lodges an appeal against the last decision and returns its id.
    async fn lodges(&self) -> String {
        lodges(&self.service, &self.token).await
    }

    async fn statements(&self) -> Vec<Value> {
        let data = self.service.anybody().data(RECEIPT, json!({ "token": self.token })).await;
        data["receipt"]["statementsOfReasons"].as_array().unwrap().clone()
    }
}

async fn lodges(service: &TestService, token: &str) -> String {
    let data = service.anybody().data(LODGE, lodging(token, "It *is* about this bridge.")).await;
    assert_eq!(data["lodgeAppeal"]["errors"], json!([]), "{data:#}");
    text(&data["lodgeAppeal"]["appeal"]["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_author_reads_the_reasons_and_nobody_else_does() {
    let scene = scene().await;
    let statements = scene.statements().await;
    let action = text(&statements[0]["actionId"]);
    assert!(action.starts_with("action_"));
    assert_eq!(
        statements,
        [json!({
            "actionId": action, "decision": "HIDE", "ground": "OFF_TOPIC", "ruleCited": null,
            "facts": "It is about another bridge.", "decidedAt": "2027-03-01T09:00:00Z",
            "automatedDetection": false, "automatedDecision": false, "stands": true,
            "appealableUntil": "2027-08-31T09:00:00Z", "appealable": true,
            "appealUrl": format!("{}/receipts/{}/appeal", scene.service.base, scene.token), "appeal": null
        })]
    );
    let query =
        "query($id: ID!) { node(id: $id) { ... on Comment { statementsOfReasons { facts appealUrl } } } }";
    let of = async |actor: &Actor| {
        let data = actor.data(query, json!({ "id": scene.comment })).await;
        data["node"]["statementsOfReasons"].clone()
    };
    let stranger = scene.service.signed_in("Stranger", Role::Participant, None).await;
    for nobody in [scene.service.anybody(), stranger, scene.service.administrator().await] {
        assert_eq!(of(&nobody).await, Value::Null);
    }
    let seen = of(&scene.second).await;
    assert_eq!(
        seen,
        json!([{ "facts": "It is about another bridge.", "appealUrl": null }]),
        "not the secret link"
    );
    // What was undone makes no statement, what was replaced does not stand.
    scene.first.decides(&scene.comment, 2, "RESTORE").await;
    assert_eq!(scene.statements().await[0]["stands"], false);
    scene.first.decides(&scene.comment, 3, "HIDE").await;
    assert_eq!(scene.statements().await.len(), 2);
    let undo = "mutation($input: UndoDecisionInput!) { undoDecision(input: $input) { errors { code } } }";
    scene.first.data(undo, json!({ "input": { "id": scene.comment, "expectedVersion": 4 } })).await;
    assert_eq!(scene.statements().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_that_is_right_brings_the_comment_back() {
    let scene = scene().await;
    let counts = async || {
        let query = "{ document(slug: \"bridges\") { commentCount section(slug: \"what-we-propose\") { commentCount } } }";
        let document = scene.service.anybody().data(query, json!({})).await["document"].clone();
        (document["commentCount"].as_i64().unwrap(), document["section"]["commentCount"].as_i64().unwrap())
    };
    assert_eq!(counts().await, (0, 0));
    let appeal = scene.lodges().await;
    let taken = scene.second.data(TAKE_UP, json!({ "input": { "id": appeal, "expectedVersion": 1 } })).await;
    assert_eq!(
        taken["takeUpAppeal"]["appeal"],
        json!({ "id": appeal, "state": "UNDER_REVIEW", "version": 2, "takenUpBy": { "displayName": "Second" } })
    );
    let decided = scene.second.data(DECIDE, deciding(&appeal, 2, "UPHOLD")).await["decideAppeal"].clone();
    assert_eq!(
        decided,
        json!({
            "appeal": { "id": appeal, "state": "UPHELD", "version": 3, "statement": "We have looked again.",
                "sameModerator": false, "decidedBy": { "displayName": "Second" },
                "comment": { "state": "PUBLISHED", "version": 3 }, "submission": null },
            "action": { "decision": "UPHOLD_APPEAL", "fromState": "HIDDEN", "toState": "PUBLISHED", "note": null,
                "statement": "We have looked again.", "reason": null },
            "errors": []
        })
    );
    assert_eq!(counts().await, (1, 1));
    let seen =
        scene.service.anybody().data(RECEIPT, json!({ "token": scene.token })).await["receipt"].clone();
    assert_eq!(seen["comment"]["body"]["plain"], "What I said about the ford.");
    let statement = &seen["statementsOfReasons"][0];
    assert_eq!((&statement["stands"], &statement["appealable"]), (&json!(false), &json!(false)));
    assert_eq!(
        statement["appeal"],
        json!({ "id": appeal, "state": "UPHELD", "text": "It *is* about this bridge.",
            "statement": "We have looked again.", "decidedAt": "2027-03-01T09:00:00Z", "sameModerator": false })
    );
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { reviewedAt actions { nodes { decision actorKind seq } } } } }";
    let seen = scene.first.data(query, json!({ "id": scene.comment })).await["node"].clone();
    let decisions: Vec<_> =
        seen["actions"]["nodes"].as_array().unwrap().iter().map(|node| text(&node["decision"])).collect();
    assert_eq!(decisions, ["HIDE", "LODGE_APPEAL", "UPHOLD_APPEAL"]);
    assert_eq!(seen["actions"]["nodes"][1]["actorKind"], "AUTHOR");
    assert_ne!(seen["reviewedAt"], Value::Null);
    // It is final: whoever decided on the appeal cannot take it back beside it.
    let undo = "mutation($input: UndoDecisionInput!) { undoDecision(input: $input) { item { __typename } action { id } errors { code } } }";
    let input = json!({ "input": { "id": scene.comment, "expectedVersion": 3 } });
    assert_eq!(scene.second.refusals(undo, input).await, ["INVALID_TRANSITION"]);
    assert_eq!(scene.service.count("FROM appeals WHERE encode(text_sealed, 'escape') ~ 'bridge'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appeal_can_be_right_in_part_or_not_at_all() {
    let scene = scene().await;
    let appeal = scene.lodges().await;
    let mut partly = deciding(&appeal, 1, "PARTLY_UPHOLD");
    partly["input"]["cuts"] = json!(["the ford"]);
    let decided = scene.second.data(DECIDE, partly).await["decideAppeal"].clone();
    assert_eq!(decided["appeal"]["state"], "PARTLY_UPHELD", "{decided:#}");
    assert_eq!(decided["action"]["reason"], "OFF_TOPIC", "what is cut is cut on the same ground");
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { state redacted body { plain } } } }";
    assert_eq!(
        scene.service.anybody().data(query, json!({ "id": scene.comment })).await["node"],
        json!({ "state": "PUBLISHED", "redacted": true, "body": { "plain": "What I said about […]." } })
    );

    let (_, token) = hidden(&scene.service, &scene.first, "Another word.").await;
    let appeal = lodges(&scene.service, &token).await;
    let mut cut = deciding(&appeal, 1, "DISMISS");
    cut["input"]["cuts"] = json!(["word"]);
    assert_eq!(scene.second.refusals(DECIDE, cut).await, ["INVALID_COMBINATION"]);
    let mut mute = deciding(&appeal, 1, "DISMISS");
    mute["input"]["statement"] = json!(" ");
    assert_eq!(scene.second.refusals(DECIDE, mute).await, ["BLANK"]);
    let decided = scene.second.data(DECIDE, deciding(&appeal, 1, "DISMISS")).await["decideAppeal"].clone();
    assert_eq!(decided["appeal"]["comment"], json!({ "state": "HIDDEN", "version": 2 }));
    assert_eq!(decided["action"]["decision"], "DISMISS_APPEAL");
    assert_eq!(
        scene.second.refusals(DECIDE, deciding(&appeal, 2, "UPHOLD")).await,
        ["INVALID_TRANSITION"],
        "it has come to its end"
    );
    assert_eq!(scene.service.count("FROM comments WHERE state = 'HIDDEN'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_is_appealed_against_once() {
    let scene = scene().await;
    let reader = scene.service.anybody();
    assert_eq!(reader.refusals(LODGE, lodging(&scene.token, " ")).await, ["BLANK"]);
    assert_eq!(reader.refusals(LODGE, lodging(&scene.token, &"x".repeat(4_001))).await, ["TOO_LONG"]);
    let mut input = lodging(&scene.token, "Twice over.");
    input["input"]["idempotencyKey"] = json!("0b9f5a52-6c0c-4d6d-9d52-1a7b7c5d4e3f");
    let (one, two) = tokio::join!(reader.data(LODGE, input.clone()), reader.data(LODGE, input.clone()));
    assert_eq!(one, two);
    let appeal = text(&one["lodgeAppeal"]["appeal"]["id"]);
    let again = lodging(&scene.token, "Once more.");
    assert_eq!(reader.refusals(LODGE, again.clone()).await, ["NOT_APPEALABLE"]);
    let mut named = again.clone();
    named["input"]["actionId"] = scene.statements().await[0]["actionId"].clone();
    assert_eq!(reader.refusals(LODGE, named).await, ["NOT_APPEALABLE"]);
    // Not even when it was taken back, but a new decision is another matter.
    let withdrawal = json!({ "input": { "token": scene.token, "appealId": appeal } });
    let withdrawn = reader.data(WITHDRAW, withdrawal.clone()).await;
    assert_eq!(
        withdrawn["withdrawAppeal"]["appeal"],
        json!({ "id": appeal, "state": "WITHDRAWN", "version": 2 })
    );
    assert_eq!(reader.refusals(WITHDRAW, withdrawal).await, ["INVALID_TRANSITION"]);
    assert_eq!(reader.refusals(LODGE, again.clone()).await, ["NOT_APPEALABLE"]);
    assert_eq!(scene.second.refusals(DECIDE, deciding(&appeal, 2, "DISMISS")).await, ["INVALID_TRANSITION"]);
    scene.second.decides(&scene.comment, 2, "RESTORE").await;
    assert_eq!(reader.refusals(LODGE, again.clone()).await, ["NOT_APPEALABLE"], "nothing stands against it");
    scene.second.decides(&scene.comment, 3, "HIDE").await;
    lodges(&scene.service, &scene.token).await;
    assert_eq!(scene.service.count("FROM appeals").await, 2);
    assert_eq!(scene.service.count("FROM moderation_actions WHERE action = 'WITHDRAW_APPEAL'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_to_appeal_ends_by_the_clock() {
    let scene = scene().await;
    let query = "mutation($input: SetDocumentPoliciesInput!) { setDocumentPolicies(input: $input) { errors { code } } }";
    let input = json!({ "input": { "documentId": scene.document.to_string(), "appealDays": 14 } });
    scene.service.administrator().await.data(query, input).await;
    scene.service.clock.advance(TimeDelta::days(14));
    assert_eq!(scene.statements().await[0]["appealable"], true, "to the very moment");
    scene.service.clock.advance(TimeDelta::seconds(1));
    let statement = scene.statements().await.remove(0);
    assert_eq!((&statement["appealable"], &statement["appealUrl"]), (&json!(false), &Value::Null));
    assert_eq!(statement["appealableUntil"], "2027-03-15T09:00:00Z");
    let late = scene.service.anybody().data(LODGE, lodging(&scene.token, "Too late?")).await;
    let error = &late["lodgeAppeal"]["errors"][0];
    assert_eq!(error["code"], "NOT_APPEALABLE");
    assert!(text(&error["message"]).contains("15 March 2027"), "{error:#}");
    let page = scene.service.anybody().get(&format!("/receipts/{}", scene.token)).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("The time to appeal ended on") && !page.contains("<form"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_moderator_decides_unless_there_is_none() {
    let scene = scene().await;
    let appeal = scene.lodges().await;
    let own = deciding(&appeal, 1, "DISMISS");
    assert_eq!(scene.first.refusals(DECIDE, own.clone()).await, ["ANOTHER_MODERATOR_NEEDED"]);
    let mut overridden = own.clone();
    overridden["input"]["sameModeratorOverride"] = json!(true);
    assert_eq!(
        scene.first.refusals(DECIDE, overridden).await,
        ["ANOTHER_MODERATOR_NEEDED"],
        "the second one is there"
    );
    let begin = json!({ "input": { "id": appeal, "expectedVersion": 1 } });
    assert_eq!(scene.first.refusals(TAKE_UP, begin).await, ["ANOTHER_MODERATOR_NEEDED"]);

    let alone =
        scene.service.import(&BRIDGES.replace("slug: bridges", "slug: alone\nmoderation: post")).await;
    let moderator = scene.service.signed_in("Alone", Role::Moderator, Some(alone)).await;
    let sent = scene.service.anybody().comments(&alone.to_string(), "A word.").await;
    moderator.decides(&text(&sent["comment"]["id"]), 1, "HIDE").await;
    let appeal = lodges(&scene.service, &text(&sent["receipt"]["token"])).await;
    let own = deciding(&appeal, 1, "DISMISS");
    let refused = moderator.data(DECIDE, own.clone()).await["decideAppeal"]["errors"][0].clone();
    assert_eq!(refused["code"], "ANOTHER_MODERATOR_NEEDED");
    assert!(text(&refused["message"]).contains("sameModeratorOverride"), "{refused:#}");
    let mut overridden = own;
    overridden["input"]["sameModeratorOverride"] = json!(true);
    let decided = moderator.data(DECIDE, overridden).await["decideAppeal"].clone();
    assert_eq!(
        (&decided["appeal"]["state"], &decided["appeal"]["sameModerator"]),
        (&json!("DISMISSED"), &json!(true))
    );
    assert!(text(&decided["action"]["note"]).contains("nobody else moderates"), "{decided:#}");
    let page = scene.service.anybody().get(&format!("/receipts/{}", text(&sent["receipt"]["token"])));
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("by the moderator who made the first decision"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_decide_at_once_do_not_both() {
    let scene = scene().await;
    let third = scene.service.signed_in("Third", Role::Moderator, Some(scene.document)).await;
    for _ in 0..5 {
        let (_, token) = hidden(&scene.service, &scene.first, "A word.").await;
        let appeal = lodges(&scene.service, &token).await;
        let (one, other) = tokio::join!(
            scene.second.ask(DECIDE, deciding(&appeal, 1, "UPHOLD")),
            third.ask(DECIDE, deciding(&appeal, 1, "DISMISS"))
        );
        let codes: Vec<_> = [&one, &other]
            .iter()
            .filter_map(|answer| answer["errors"][0]["extensions"]["code"].as_str())
            .collect();
        assert_eq!(codes, ["CONFLICT"], "{one:#} {other:#}");
        let upheld = one.get("errors").is_none();
        let shown = format!(
            "FROM comments c JOIN appeals a ON a.subject_id = c.id WHERE a.version = 2 AND a.state = '{}' AND c.state = '{}'",
            if upheld { "UPHELD" } else { "DISMISSED" },
            if upheld { "PUBLISHED" } else { "HIDDEN" }
        );
        assert!(scene.service.count(&shown).await >= 1);
    }
    let records = "FROM moderation_actions WHERE action IN ('UPHOLD_APPEAL', 'DISMISS_APPEAL')";
    assert_eq!(scene.service.count(records).await, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_somebody_elses_is_not_there() {
    let scene = scene().await;
    let reader = scene.service.anybody();
    let (_, others) = hidden(&scene.service, &scene.first, "Somebody else's.").await;
    let action = scene.statements().await[0]["actionId"].clone();
    // Another's receipt opens neither the decision nor the appeal.
    let mut wrong = lodging(&others, "Let me.");
    wrong["input"]["actionId"] = action.clone();
    assert_eq!(reader.error(LODGE, wrong).await, "NOT_FOUND");
    assert_eq!(reader.error(LODGE, lodging("nonsense", "Let me.")).await, "NOT_FOUND");
    let appeal = scene.lodges().await;
    let mut wrong = lodging(&others, "Let me.");
    wrong["input"]["actionId"] = action;
    assert_eq!(reader.error(LODGE, wrong).await, "NOT_FOUND", "not even that there is an appeal is told");
    let withdrawal = json!({ "input": { "token": others, "appealId": appeal } });
    assert_eq!(reader.error(WITHDRAW, withdrawal).await, "NOT_FOUND");
    // Nor does the id alone.
    let elsewhere = scene.service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let elsewhere = scene.service.signed_in("Elsewhere", Role::Moderator, Some(elsewhere)).await;
    let node = "query($id: ID!) { node(id: $id) { ... on Appeal { text } } }";
    for stranger in [&elsewhere, &scene.service.administrator().await] {
        assert_eq!(stranger.error(DECIDE, deciding(&appeal, 1, "UPHOLD")).await, "NOT_FOUND");
        assert_eq!(
            stranger.error(TAKE_UP, json!({ "input": { "id": appeal, "expectedVersion": 1 } })).await,
            "NOT_FOUND"
        );
        assert_eq!(stranger.data(node, json!({ "id": appeal })).await["node"], Value::Null);
    }
    assert_eq!(reader.data(node, json!({ "id": appeal })).await["node"], Value::Null);
    assert_eq!(
        scene.second.data(node, json!({ "id": appeal })).await["node"]["text"],
        "It *is* about this bridge."
    );
    // The holder sees the appeal, but not who decided.
    let query = "query($token: String!) { receipt(token: $token) { statementsOfReasons { appeal { decidedBy { displayName } } } } }";
    assert_eq!(reader.error(query, json!({ "token": scene.token })).await, "UNAUTHENTICATED");
    let filter = json!({ "filter": { "documentId": scene.document.to_string() } });
    assert_eq!(elsewhere.error(APPEALS, filter).await, "FORBIDDEN");
    assert_eq!(elsewhere.data(APPEALS, json!({})).await["appeals"]["totalCount"], 0);
    assert_eq!(scene.service.count("FROM appeals WHERE state = 'LODGED' AND version = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_that_was_set_aside_is_taken_up_again() {
    let scene = scene().await;
    let reader = scene.service.anybody();
    let sent = reader.submits(scene.document, "Please consider the ford.").await;
    let (id, token) = (text(&sent["submission"]["id"]), text(&sent["receipt"]["token"]));
    assert_eq!(
        reader.refusals(LODGE, lodging(&token, "Why?")).await,
        ["NOT_APPEALABLE"],
        "nothing is decided"
    );
    scene.first.data(HANDLE, ruling(&id, 1, "SET_ASIDE")).await;
    let appeal = lodges(&scene.service, &token).await;
    let mut cut = deciding(&appeal, 1, "PARTLY_UPHOLD");
    cut["input"]["cuts"] = json!(["ford"]);
    assert_eq!(scene.second.refusals(DECIDE, cut).await, ["INVALID_COMBINATION"]);
    let decided = scene.second.data(DECIDE, deciding(&appeal, 1, "UPHOLD")).await["decideAppeal"].clone();
    assert_eq!(
        decided["appeal"]["submission"],
        json!({ "state": "UNDER_REVIEW", "version": 3 }),
        "{decided:#}"
    );
    let seen = reader.data(RECEIPT, json!({ "token": token })).await["receipt"].clone();
    assert_eq!(
        seen["submission"],
        json!({ "state": "UNDER_REVIEW", "statementsOfReasons": [{ "decision": "SET_ASIDE" }] })
    );
    let listed = scene.second.data(APPEALS, json!({})).await["appeals"]["nodes"][0].clone();
    assert_eq!((&listed["submission"]["id"], &listed["comment"]), (&json!(id), &Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_longer_stands_is_not_brought_back_twice() {
    let scene = scene().await;
    let appeal = scene.lodges().await;
    // Somebody has restored it meanwhile, and it was hidden anew on another ground.
    scene.second.decides(&scene.comment, 2, "RESTORE").await;
    scene.second.decides(&scene.comment, 3, "HIDE").await;
    let mut partly = deciding(&appeal, 1, "PARTLY_UPHOLD");
    partly["input"]["cuts"] = json!(["the ford"]);
    assert_eq!(scene.second.refusals(DECIDE, partly).await, ["INVALID_TRANSITION"]);
    let decided = scene.second.data(DECIDE, deciding(&appeal, 1, "UPHOLD")).await["decideAppeal"].clone();
    assert_eq!(decided["appeal"]["state"], "UPHELD");
    assert_eq!(
        decided["appeal"]["comment"],
        json!({ "state": "HIDDEN", "version": 4 }),
        "the later decision stands"
    );
    lodges(&scene.service, &scene.token).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passages_that_were_cut_come_back() {
    let scene = scene().await;
    let sent = scene.service.anybody().comments(&scene.document.to_string(), "Whole and good.").await;
    let (id, token) = (text(&sent["comment"]["id"]), text(&sent["receipt"]["token"]));
    let mut redact = ruling(&id, 1, "REDACT");
    redact["input"]["cuts"] = json!(["and good"]);
    redact["input"]["reason"] = json!("ABUSIVE");
    redact["input"]["statement"] = json!("It was abusive.");
    assert_eq!(scene.first.data(MODERATE, redact).await["moderateComment"]["errors"], json!([]));
    let appeal = lodges(&scene.service, &token).await;
    scene.second.data(DECIDE, deciding(&appeal, 1, "UPHOLD")).await;
    let query =
        "query($id: ID!) { node(id: $id) { ... on Comment { state redacted reason body { plain } } } }";
    assert_eq!(
        scene.service.anybody().data(query, json!({ "id": id })).await["node"],
        json!({ "state": "PUBLISHED", "redacted": false, "reason": null, "body": { "plain": "Whole and good." } })
    );
}
