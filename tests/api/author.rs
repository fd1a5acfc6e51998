//! The author's side: changing and taking back what was sent, by the receipt's token alone.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, MODERATE, ruling, text},
    documents::BRIDGES,
    postgres,
};

const AMEND: &str = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) {
  receipt { text comment { state version amendedAt changesRequestedAt } submission { state version amendedAt } }
  errors { code message path }
} }";

const WITHDRAW: &str = "mutation($input: WithdrawContributionInput!) { withdrawContribution(input: $input) {
  receipt { text comment { state version } submission { state version } }
  errors { code message path }
} }";

const HELD: &str = "query($token: String!) { receipt(token: $token) {
  text comment { state version history { version body { plain } replacedAt } }
  submission { state version history { version body { markdown html } } }
} }";

const HISTORY: &str = "query($id: ID!) { node(id: $id) {
  ... on Comment { state version redacted reviewedAt body { plain } history { version body { plain } }
    actions { nodes { decision actorKind fromState toState subjectVersion } } }
  ... on Submission { received: state version text: body { plain } earlier: history { version body { plain } }
    log: actions { nodes { decision actorKind fromState toState subjectVersion } } }
} }";

fn amendment(token: &Value, version: i64, body: &str) -> Value {
    json!({ "input": { "token": token, "body": body, "expectedVersion": version } })
}

async fn amends(reader: &Actor, token: &Value, version: i64, body: &str) -> Value {
    let data = reader.data(AMEND, amendment(token, version, body)).await["amendContribution"].clone();
    assert_eq!(data["errors"], json!([]), "{data:#}");
    data["receipt"].clone()
}

async fn withdraws(reader: &Actor, token: &Value) -> Value {
    let data =
        reader.data(WITHDRAW, json!({ "input": { "token": token } })).await["withdrawContribution"].clone();
    assert_eq!(data["errors"], json!([]), "{data:#}");
    data["receipt"].clone()
}

async fn decides(moderator: &Actor, id: &Value, version: i64, decision: &str) {
    let mut input = ruling(&text(id), version, decision);
    if ["REDACT", "REQUEST_CHANGES"].contains(&decision) {
        input["input"]["statement"] = json!("Please leave the name out.");
    }
    if decision == "REDACT" {
        input["input"]["reason"] = json!("PERSONAL_DATA");
        input["input"]["cuts"] = json!(["secret"]);
    }
    let data = moderator.data(MODERATE, input).await;
    assert_eq!(data["moderateComment"]["errors"], json!([]), "{data:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_that_waits_is_put_into_other_words() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "Frist words.").await;
    let (token, id) = (&sent["receipt"]["token"], &sent["comment"]["id"]);
    let jobs = service.count("FROM jobs WHERE kind = 'comments.received'").await;
    let receipt = amends(&reader, token, 1, "First *words*.").await;
    assert_eq!(receipt["text"], "First *words*.");
    assert_eq!(
        receipt["comment"],
        json!({ "state": "PENDING", "version": 2, "amendedAt": "2027-03-01T09:00:00Z", "changesRequestedAt": null })
    );
    assert_eq!(
        service.count("FROM jobs WHERE kind = 'comments.received'").await,
        jobs + 1,
        "moderators are told again"
    );
    amends(&reader, token, 2, "Second words.").await;

    let moderator = service.moderator(document).await;
    let seen = moderator.data(HISTORY, json!({ "id": id })).await["node"].clone();
    assert_eq!(seen["body"]["plain"], "Second words.");
    assert_eq!(
        seen["history"],
        json!([{ "version": 1, "body": { "plain": "Frist words." } }, { "version": 2, "body": { "plain": "First words." } }])
    );
    assert_eq!(
        seen["actions"]["nodes"][0],
        json!({ "decision": "AMEND", "actorKind": "AUTHOR", "fromState": "PENDING", "toState": "PENDING", "subjectVersion": 2 })
    );
    let held = reader.data(HELD, json!({ "token": token })).await["receipt"].clone();
    assert_eq!(held["comment"]["history"].as_array().unwrap().len(), 2);
    // A moderator who saw the earlier words has not seen these.
    assert_eq!(moderator.error(MODERATE, ruling(&text(id), 1, "APPROVE")).await, "CONFLICT");
    // And an author who did not see what happened meanwhile looks again.
    let answer = reader.ask(AMEND, amendment(token, 1, "Third.")).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT");
    assert_eq!(reader.refusals(AMEND, amendment(token, 3, " ")).await, ["BLANK"]);
    assert_eq!(reader.refusals(AMEND, amendment(token, 3, &"x".repeat(10_001))).await, ["TOO_LONG"]);
    // Readers see none of it, once it is published.
    decides(&moderator, id, 3, "APPROVE").await;
    let seen = reader
        .data(
            "query($id: ID!) { node(id: $id) { ... on Comment { history { version } } } }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(seen["node"]["history"], Value::Null);
    assert_eq!(reader.refusals(AMEND, amendment(token, 4, "Fourth.")).await, ["INVALID_TRANSITION"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_for_changes_come_back_to_the_queue_whenever_they_come() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let sent = reader.comments(&document.to_string(), "Ask Mrs X at number 9.").await;
    let (token, id) = (&sent["receipt"]["token"], &sent["comment"]["id"]);
    let waits = async || {
        moderator.data("{ moderationQueue { totalCount } }", json!({})).await["moderationQueue"]["totalCount"]
            .clone()
    };
    decides(&moderator, id, 1, "REQUEST_CHANGES").await;
    assert_eq!(waits().await, 0);
    service.import(&BRIDGES.replace("phase: open", "phase: closed")).await;
    let receipt = amends(&reader, token, 2, "Ask the neighbours.").await;
    assert_eq!(receipt["comment"]["changesRequestedAt"], Value::Null);
    assert_eq!(receipt["comment"]["state"], "PENDING");
    assert_eq!(waits().await, 1);
    let seen = reader.data(
        "query($token: String!) { receipt(token: $token) { comment { statement } } }",
        json!({ "token": token }),
    );
    assert_eq!(
        seen.await["receipt"]["comment"]["statement"],
        Value::Null,
        "what was said about the earlier words is over"
    );
    // Once only: now it waits, and the document is closed.
    assert_eq!(reader.refusals(AMEND, amendment(token, 3, "Once more.")).await, ["DOCUMENT_CLOSED"]);
    decides(&moderator, id, 3, "APPROVE").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_look_at_the_new_words_as_well() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = service.signed_in("Editor", Role::Editor, Some(document)).await;
    let set = "mutation($input: SetModerationRulesInput!) { setModerationRules(input: $input) { errors { message } } }";
    let rules = json!([
        { "kind": "WORD_LIST", "words": ["pills"] }, { "kind": "WORD_LIST", "effect": "ASK_TO_REVISE", "words": ["idiot"] }
    ]);
    editor.data(set, json!({ "input": { "documentId": document.to_string(), "rules": rules } })).await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let sent = reader.comments(&document.to_string(), "A word.").await;
    let (token, id) = (&sent["receipt"]["token"], &sent["comment"]["id"]);
    reader.comments(&text(id), "A reply.").await;
    let count = async || {
        let query = "{ document(slug: \"bridges\") { commentCount } }";
        reader.data(query, json!({})).await["document"]["commentCount"].clone()
    };
    assert_eq!(count().await, 2);
    let receipt = amends(&reader, token, 1, "Other words.").await;
    assert_eq!(
        (&receipt["comment"]["state"], &receipt["comment"]["version"]),
        (&json!("PUBLISHED"), &json!(2))
    );
    assert_eq!(reader.refusals(AMEND, amendment(token, 2, "You idiot.")).await, ["REVISION_NEEDED"]);
    let receipt = amends(&reader, token, 2, "Cheap pills.").await;
    assert_eq!(
        (&receipt["comment"]["state"], &receipt["comment"]["version"]),
        (&json!("WITHHELD"), &json!(4))
    );
    assert_eq!(count().await, 1);
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { state body { plain } replies { nodes { body { plain } } } } } }";
    let seen = reader.data(query, json!({ "id": id })).await["node"].clone();
    assert_eq!(
        seen,
        json!({ "state": "WITHHELD", "body": null, "replies": { "nodes": [{ "body": { "plain": "A reply." } }] } }),
        "what was public leaves a tombstone"
    );
    let seen = moderator.data(HISTORY, json!({ "id": id })).await["node"].clone();
    let log: Vec<_> = seen["actions"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| {
            (
                text(&action["decision"]),
                text(&action["actorKind"]),
                text(&action["toState"]),
                action["subjectVersion"].as_i64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("AMEND", "AUTHOR", "PUBLISHED", 2),
        ("AMEND", "AUTHOR", "PUBLISHED", 3),
        ("WITHHOLD", "RULE", "WITHHELD", 4),
    ];
    assert_eq!(
        log,
        expected.map(|(decision, actor, state, version)| (
            decision.into(),
            actor.into(),
            state.into(),
            version
        ))
    );
    // It was public: its author cannot go on changing it while it is held.
    assert_eq!(reader.refusals(AMEND, amendment(token, 4, "Fine words.")).await, ["INVALID_TRANSITION"]);

    // One that never was can, and then waits for a moderator.
    let held = reader.comments(&document.to_string(), "More pills.").await;
    assert_eq!(held["comment"]["state"], "WITHHELD");
    let receipt = amends(&reader, &held["receipt"]["token"], 2, "No more.").await;
    assert_eq!(receipt["comment"]["state"], "PENDING");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_is_changed_only_where_moderators_look_afterwards() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let sent = reader.comments(&document.to_string(), "A secret word.").await;
    let (token, id) = (&sent["receipt"]["token"], &sent["comment"]["id"]);
    decides(&moderator, id, 1, "MARK_REVIEWED").await;
    amends(&reader, token, 2, "An open word.").await;
    let seen = moderator.data(HISTORY, json!({ "id": id })).await["node"].clone();
    assert_eq!(seen["body"]["plain"], "An open word.");
    assert_eq!(
        (&seen["redacted"], &seen["reviewedAt"]),
        (&json!(false), &Value::Null),
        "it is to be looked at again"
    );
    assert_eq!(seen["history"][0]["body"]["plain"], "A secret word.");
    // What was cut does not come back by another wording.
    let cut = reader.comments(&document.to_string(), "A secret name.").await;
    decides(&moderator, &cut["comment"]["id"], 1, "REDACT").await;
    assert_eq!(
        reader.refusals(AMEND, amendment(&cut["receipt"]["token"], 2, "A secret name.")).await,
        ["INVALID_TRANSITION"]
    );
    // Not after a decision against it, and not after the document has closed.
    let hidden = reader.comments(&document.to_string(), "Another word.").await;
    decides(&moderator, &hidden["comment"]["id"], 1, "HIDE").await;
    assert_eq!(
        reader.refusals(AMEND, amendment(&hidden["receipt"]["token"], 2, "Better.")).await,
        ["INVALID_TRANSITION"]
    );
    service.import(&BRIDGES.replace("phase: open", "phase: closed\nmoderation: post")).await;
    assert_eq!(reader.refusals(AMEND, amendment(token, 3, "Too late.")).await, ["DOCUMENT_CLOSED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_is_taken_back_from_every_state() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    for (decisions, version) in [
        (vec![], 2),
        (vec!["REJECT"], 3),
        (vec!["APPROVE"], 3),
        (vec!["APPROVE", "HIDE"], 4),
        (vec!["REQUEST_CHANGES"], 3),
    ] {
        let sent = reader.comments(&document.to_string(), "A word.").await;
        let (token, id) = (&sent["receipt"]["token"], &sent["comment"]["id"]);
        let was_public = decisions.contains(&"APPROVE");
        for (at, decision) in (1..).zip(&decisions) {
            decides(&moderator, id, at, decision).await;
        }
        if decisions == ["APPROVE"] {
            let reply = reader.comment_id(&text(id), "A reply.").await;
            moderator.decides(&reply, 1, "APPROVE").await;
        }
        // Twice at the same moment, and once more: it is withdrawn once.
        let (one, two) = tokio::join!(withdraws(&reader, token), withdraws(&reader, token));
        assert_eq!(one, two);
        assert_eq!(withdraws(&reader, token).await, one);
        assert_eq!(
            one,
            json!({ "text": "A word.", "comment": { "state": "WITHDRAWN", "version": version }, "submission": null })
        );
        let seen = moderator.data(HISTORY, json!({ "id": id })).await["node"]["actions"]["nodes"].clone();
        let last = seen.as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["decision"], &last["actorKind"]), (&json!("WITHDRAW"), &json!("AUTHOR")));
        assert_eq!(seen.as_array().unwrap().len(), decisions.len() + 1);
        let query =
            "query($id: ID!) { node(id: $id) { ... on Comment { state body { plain } replyCount } } }";
        let public = reader.data(query, json!({ "id": id })).await["node"].clone();
        let replies = i32::from(decisions == ["APPROVE"]);
        let tombstone = json!({ "state": "WITHDRAWN", "body": null, "replyCount": replies });
        assert_eq!(public, if was_public { tombstone } else { Value::Null }, "{decisions:?}");
        assert_eq!(
            reader.refusals(AMEND, amendment(token, version, "Back again.")).await,
            ["INVALID_TRANSITION"]
        );
    }
    let query = "{ document(slug: \"bridges\") { commentCount } moderationQueue { totalCount } }";
    let seen = moderator.data(query, json!({})).await;
    assert_eq!(seen, json!({ "document": { "commentCount": 1 }, "moderationQueue": { "totalCount": 0 } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submission_is_changed_until_it_is_worked_through_and_taken_back_any_time() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let sent = reader.submits(document, "Xylophone at midnight.").await;
    let (token, id) = (&sent["receipt"]["token"], &sent["submission"]["id"]);
    let decide = async |version: i64, decision: &str| {
        let data = moderator.data(HANDLE, ruling(&text(id), version, decision)).await;
        assert_eq!(data["handleSubmission"]["errors"], json!([]), "{data:#}");
    };
    let receipt = amends(&reader, token, 1, "Bassoon at *midnight*.").await;
    assert_eq!(receipt["text"], "Bassoon at *midnight*.");
    assert_eq!(
        receipt["submission"],
        json!({ "state": "RECEIVED", "version": 2, "amendedAt": "2027-03-01T09:00:00Z" })
    );
    decide(2, "ACKNOWLEDGE").await;
    let jobs = service.count("FROM jobs WHERE kind = 'submissions.received'").await;
    let receipt = amends(&reader, token, 3, "Trombone at dawn.").await;
    assert_eq!(receipt["submission"]["state"], "RECEIVED", "it waits again: nobody has seen these words");
    assert_eq!(service.count("FROM jobs WHERE kind = 'submissions.received'").await, jobs + 1);
    let seen = moderator.data(HISTORY, json!({ "id": id })).await["node"].clone();
    assert_eq!(seen["text"]["plain"], "Trombone at dawn.");
    assert_eq!(
        seen["earlier"],
        json!([
            { "version": 1, "body": { "plain": "Xylophone at midnight." } },
            { "version": 3, "body": { "plain": "Bassoon at midnight." } }
        ])
    );
    let held = reader.data(HELD, json!({ "token": token })).await["receipt"]["submission"]["history"].clone();
    assert_eq!(
        held[1]["body"],
        json!({ "markdown": "Bassoon at *midnight*.", "html": "<p>Bassoon at <em>midnight</em>.</p>" })
    );
    // No word of any of them can be read in the database.
    for table in [
        "submissions",
        "submission_texts",
        "similar_groups",
        "similar_members",
        "similar_bands",
        "jobs",
        "rule_findings",
        "moderation_actions",
    ] {
        let hex = |word: &str| data_encoding::HEXLOWER.encode(word.as_bytes());
        let rows = format!(
            "FROM {table} t WHERE t::text ILIKE ANY (ARRAY['%xylophone%', '%bassoon%', '%trombone%', '%{}%', '%{}%'])",
            hex("Xylophone"),
            hex("Bassoon")
        );
        assert_eq!(service.count(&rows).await, 0, "{table}");
    }
    // A sealed text opens in its own place only.
    let swap = "UPDATE submission_texts SET body_sealed = (SELECT body_sealed FROM submissions LIMIT 1) WHERE version = 1";
    postgres::order(&service.database_url, swap).await;
    assert_eq!(moderator.error(HISTORY, json!({ "id": id })).await, "INTERNAL");

    assert_eq!(reader.error(AMEND, amendment(token, 3, "Stale.")).await, "CONFLICT");
    decide(4, "TAKE_UNDER_REVIEW").await;
    assert_eq!(reader.refusals(AMEND, amendment(token, 5, "Too late.")).await, ["INVALID_TRANSITION"]);
    decide(5, "SET_ASIDE").await;
    let withdrawn = withdraws(&reader, token).await;
    assert_eq!(withdrawn["submission"], json!({ "state": "WITHDRAWN", "version": 7 }));
    assert_eq!(withdraws(&reader, token).await, withdrawn);
    assert_eq!(
        moderator.refusals(HANDLE, ruling(&text(id), 7, "TAKE_UNDER_REVIEW")).await,
        ["INVALID_TRANSITION"]
    );

    let other = reader.submits(document, "Another.").await;
    service.import(&BRIDGES.replace("phase: open", "phase: closed")).await;
    assert_eq!(
        reader.refusals(AMEND, amendment(&other["receipt"]["token"], 1, "Late.")).await,
        ["DOCUMENT_CLOSED"]
    );
    assert_eq!(withdraws(&reader, &other["receipt"]["token"]).await["submission"]["state"], "WITHDRAWN");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_token_opens_and_only_its_own() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let mine = reader.comments(&document.to_string(), "Mine.").await;
    let theirs = reader.comments(&document.to_string(), "Theirs.").await;
    let (my_token, their_token) = (text(&mine["receipt"]["token"]), text(&theirs["receipt"]["token"]));
    // The id of one receipt with the proof of another, an id instead of a token, and nonsense.
    let decode = |token: &str| data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    let mixed = [&decode(&their_token)[..16], &decode(&my_token)[16..]].concat();
    let mixed = data_encoding::BASE64URL_NOPAD.encode(&mixed);
    for token in [mixed, text(&theirs["comment"]["id"]), text(&theirs["receipt"]["reference"]), String::new()]
    {
        assert_eq!(
            reader.error(AMEND, amendment(&json!(token), 1, "Changed.")).await,
            "NOT_FOUND",
            "{token}"
        );
        assert_eq!(reader.error(WITHDRAW, json!({ "input": { "token": token } })).await, "NOT_FOUND");
    }
    // A moderator is not the author either.
    let moderator = service.moderator(document).await;
    assert_eq!(
        moderator.error(WITHDRAW, json!({ "input": { "token": text(&theirs["comment"]["id"]) } })).await,
        "NOT_FOUND"
    );
    amends(&reader, &mine["receipt"]["token"], 1, "Mine, changed.").await;
    withdraws(&reader, &mine["receipt"]["token"]).await;
    let held = reader.data(HELD, json!({ "token": their_token })).await["receipt"].clone();
    assert_eq!(held["text"], "Theirs.");
    assert_eq!((&held["comment"]["state"], &held["comment"]["version"]), (&json!("PENDING"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_at_the_same_moment_one_counts() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    for round in 0..5 {
        let sent = reader.comments(&document.to_string(), &format!("Words of round {round}.")).await;
        let (token, id) = (&sent["receipt"]["token"], text(&sent["comment"]["id"]));
        let (one, two, decided) = tokio::join!(
            reader.ask(AMEND, amendment(token, 1, "One.")),
            reader.ask(AMEND, amendment(token, 1, "Two.")),
            moderator.ask(MODERATE, ruling(&id, 1, "APPROVE")),
        );
        let lost = |answer: &Value| answer["errors"][0]["extensions"]["code"] == "CONFLICT";
        let losers = [&one, &two, &decided].into_iter().filter(|answer| lost(answer)).count();
        assert_eq!(losers, 2, "{one:#} {two:#} {decided:#}");
        let held = reader.data(HELD, json!({ "token": token })).await["receipt"].clone();
        assert_eq!(held["comment"]["version"], 2);
        assert_eq!(held["comment"]["history"].as_array().unwrap().len(), usize::from(lost(&decided)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_sent_twice_is_made_once() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let comment = reader.comments(&document.to_string(), "First.").await["receipt"]["token"].clone();
    let file = reader.sends_file(document, "bench.txt", b"Under the third bench.").await;
    let submission = reader.submits(document, "First.").await["receipt"]["token"].clone();
    for (token, files) in [(comment, json!([])), (submission, json!([file.token]))] {
        let mut variables = amendment(&token, 1, "Second.");
        variables["input"]["attachments"] = files;
        variables["input"]["idempotencyKey"] = json!(format!("a random text {}", text(&token)));
        let [one, two] =
            [reader.data(AMEND, variables.clone()).await, reader.data(AMEND, variables.clone()).await];
        assert_eq!(one["amendContribution"]["errors"], json!([]));
        assert_eq!(one, two);
        variables["input"]["body"] = json!("Third.");
        assert_eq!(reader.refusals(AMEND, variables.clone()).await, ["IDEMPOTENCY_KEY_REUSED"]);
        variables["input"]["idempotencyKey"] = json!("short");
        assert_eq!(reader.refusals(AMEND, variables).await, ["INVALID_TEXT"]);
    }
    assert_eq!(service.count("FROM moderation_actions WHERE action = 'AMEND'").await, 2);
}
