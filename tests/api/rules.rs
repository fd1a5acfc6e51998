//! Rules: what withholds, what asks for another wording, what is found, and who sees it.

use std::{collections::HashSet, time::Duration};

use answerable::{identity::Role, ids::DocumentId, seal};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    classifier::{Classifier, Mood},
    contributions::{HANDLE, MODERATE, SUBMISSION, SUBMIT, comment, ruling, submission, text},
    documents::BRIDGES,
};

const SET: &str = "mutation($input: SetModerationRulesInput!) {
  setModerationRules(input: $input) {
    document { rules { id kind effect words limit seconds url timeoutMs submissions } moderationRules { number title body { html } } }
    errors { code message path }
  }
}";

const FOUND: &str = "query($id: ID!) { node(id: $id) {
  ... on Comment { state version findings { kind found withheld } actions { nodes { decision actorKind fromState toState } } }
  ... on Submission { received: state findings { kind found withheld } }
} }";

const PREVIEW: &str = "query($input: PreviewCommentInput!) { previewComment(input: $input) {
  outcome withheldIfFirst needsConfirmation body { html plain } errors { code message path }
} }";

const SECRET: &str = "a secret that both sides have";

async fn editor(service: &TestService, document: DocumentId) -> Actor {
    service.signed_in("Editor", Role::Editor, Some(document)).await
}

async fn sets(editor: &Actor, document: DocumentId, rules: Value) -> Value {
    let data =
        editor.data(SET, json!({ "input": { "documentId": document.to_string(), "rules": rules } })).await;
    assert_eq!(data["setModerationRules"]["errors"], json!([]), "{data:#}");
    data["setModerationRules"]["document"]["rules"].clone()
}

/// A comment by this address.
fn by(email: &str, target: &str, body: &str) -> Value {
    let mut input = comment(target, body);
    input["input"]["author"]["email"] = json!(email);
    input
}

async fn sends(reader: &Actor, input: Value) -> Value {
    let data = reader.data(SUBMIT, input).await;
    assert_eq!(data["submitComment"]["errors"], json!([]), "{data:#}");
    data["submitComment"]["comment"].clone()
}

/// A letter of some fifty words, in which only the signature differs.
fn letter(signed: &str) -> String {
    format!(
        "Dear council, I write to ask that the north bridge be built first. Every morning four hundred people wait for a \
         ferry that does not run in fog, and many of them are children on their way to school. Please put the north bridge \
         before all others in your plan for next year. Yours, {signed}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_list_withholds_whatever_the_case_and_accents() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    sets(&editor, document, json!([{ "kind": "WORD_LIST", "words": ["Scélérat", "cheap pills"] }])).await;
    let reader = service.anybody();
    let target = document.to_string();
    let held = sends(&reader, comment(&target, "The mayor is a SCELERAT.")).await;
    assert_eq!(held["state"], "WITHHELD");
    let also = sends(&reader, comment(&target, "Buy *cheap*\n**Pills** here.")).await;
    assert_eq!(also["state"], "WITHHELD");
    let hidden = sends(&reader, comment(&target, "A see\u{200B}n scel\u{AD}erat.")).await;
    assert_eq!(hidden["state"], "WITHHELD", "an invisible character within a word hides nothing");
    let fine = sends(&reader, comment(&target, "No scelerats here, no cheap old pills.")).await;
    assert_eq!(fine["state"], "PUBLISHED", "whole words and phrases");

    // What is withheld is not published, though the document is moderated afterwards.
    let query = "query($id: ID!) { document(slug: \"bridges\") { commentCount } node(id: $id) { id } }";
    let seen = reader.data(query, json!({ "id": held["id"] })).await;
    assert_eq!(seen, json!({ "document": { "commentCount": 1 }, "node": null }));
    let moderator = service.moderator(document).await;
    let seen = moderator.data(FOUND, json!({ "id": held["id"] })).await;
    assert_eq!(
        seen["node"],
        json!({
            "state": "WITHHELD", "version": 2,
            "findings": [{ "kind": "WORD_LIST", "found": "It has words of the list: “Scélérat”.", "withheld": true }],
            "actions": { "nodes": [
                { "decision": "WITHHOLD", "actorKind": "RULE", "fromState": "PENDING", "toState": "WITHHELD" }
            ] }
        })
    );
    let queue = moderator.data("{ moderationQueue { totalCount } }", json!({})).await;
    assert_eq!(queue["moderationQueue"]["totalCount"], 3);
    moderator.decides(&text(&held["id"]), 2, "APPROVE").await;
    assert_eq!(reader.data(query, json!({ "id": held["id"] })).await["document"]["commentCount"], 2);
    // What was found names no word in the database.
    assert_eq!(service.count("FROM rule_findings f WHERE f::text ILIKE '%scélérat%'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_author_is_asked_to_revise_before_anything_is_kept() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let editor = editor(&service, document).await;
    let rules = json!([
        { "kind": "WORD_LIST", "effect": "ASK_TO_REVISE", "words": ["idiot"] },
        { "kind": "LINKS", "effect": "ASK_TO_REVISE", "limit": 1 }
    ]);
    sets(&editor, document, rules).await;
    let reader = service.anybody();
    let target = document.to_string();
    let body = "You idiot, see https://a.example and [this](https://b.example).";
    let data = reader.data(SUBMIT, comment(&target, body)).await;
    let errors = &data["submitComment"]["errors"];
    assert_eq!(
        *errors,
        json!([
            { "code": "REVISION_NEEDED", "path": ["body"],
              "message": "Please leave these words out or find others for them: “idiot”." },
            { "code": "REVISION_NEEDED", "path": ["body"],
              "message": "This has 2 links, and there is room for 1. Please leave some of them out." }
        ])
    );
    assert_eq!(
        reader.refusals(SUBMISSION, submission(document, "What an idiot.")).await,
        ["REVISION_NEEDED"]
    );
    assert_eq!(service.count("FROM comments").await + service.count("FROM submissions").await, 0);
    assert_eq!(service.count("FROM contributors").await + service.count("FROM rule_findings").await, 0);

    reader.comments(&target, "One link: https://a.example.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_a_comment_does_not_tell_of_a_submission() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let reader = service.anybody();
    let target = document.to_string();
    sets(&editor, document, json!([{ "kind": "TOO_FAST", "seconds": 600 }, { "kind": "FIRST_TIME" }])).await;
    let mut sent = submission(document, "In confidence.");
    sent["input"]["author"]["email"] = json!("private@example.org");
    reader.data(SUBMISSION, sent).await;
    // As of everybody who has not commented before.
    let private = sends(&reader, by("private@example.org", &target, "A word.")).await;
    assert_eq!(private["state"], sends(&reader, by("new@example.org", &target, "Another.")).await["state"]);
    let found = service.count("FROM rule_findings WHERE kind = 'TOO_FAST'").await;
    assert_eq!(found, 0, "nothing came of this address in public");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_first_times_and_haste_are_withheld() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let reader = service.anybody();
    let target = document.to_string();
    sets(&editor, document, json!([{ "kind": "LINKS" }])).await;
    assert_eq!(sends(&reader, comment(&target, "See www.example.org.")).await["state"], "WITHHELD");
    assert_eq!(sends(&reader, comment(&target, "See nothing.")).await["state"], "PUBLISHED");

    sets(&editor, document, json!([{ "kind": "FIRST_TIME" }])).await;
    let first = sends(&reader, by("New@Example.org", &target, "Here I am.")).await;
    assert_eq!(first["state"], "WITHHELD");
    assert_eq!(sends(&reader, by("new@example.org", &target, "And again.")).await["state"], "PUBLISHED");
    // A submission is nobody's to withhold: what was found is kept.
    let mut sent = submission(document, "In confidence.");
    sent["input"]["author"]["email"] = json!("third@example.org");
    let sent = reader.data(SUBMISSION, sent).await["makeSubmission"].clone();
    assert_eq!(sent["submission"]["state"], "RECEIVED");
    let moderator = service.moderator(document).await;
    let seen = moderator.data(FOUND, json!({ "id": sent["submission"]["id"] })).await;
    assert_eq!(seen["node"]["findings"][0]["kind"], "FIRST_TIME");
    assert_eq!(seen["node"]["findings"][0]["withheld"], false);

    sets(&editor, document, json!([{ "kind": "TOO_FAST", "seconds": 30 }])).await;
    service.clock.advance(TimeDelta::seconds(31));
    assert_eq!(sends(&reader, by("new@example.org", &target, "Slowly.")).await["state"], "PUBLISHED");
    service.clock.advance(TimeDelta::seconds(29));
    assert_eq!(sends(&reader, by("new@example.org", &target, "Fast.")).await["state"], "WITHHELD");
    // Of ten at the same moment one is the first.
    let together = (0..10).map(|n| {
        sends(&reader, by("ten@example.org", &target, ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"][n]))
    });
    let states = futures_util::future::join_all(together).await;
    let published = states.iter().filter(|comment| comment["state"] == "PUBLISHED").count();
    assert_eq!(published, 1, "{states:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_texts_are_found_and_a_few_are_allowed() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let editor = editor(&service, document).await;
    sets(&editor, document, json!([{ "kind": "REPEATED_TEXT", "limit": 1 }])).await;
    let reader = service.anybody();
    let target = document.to_string();
    let moderator = service.moderator(document).await;
    // What was said in confidence, or about another document, does not show in what happens to a comment.
    reader.submits(document, &letter("A neighbour")).await;
    reader.submits(document, &letter("Another")).await;
    reader.comments(&other.to_string(), &letter("Elsewhere")).await;

    assert_eq!(sends(&reader, by("a@example.org", &target, &letter("A"))).await["state"], "PUBLISHED");
    let second = sends(&reader, by("b@example.org", &target, &letter("B"))).await;
    assert_eq!(second["state"], "PUBLISHED", "one other is within the limit");
    let seen = moderator.data(FOUND, json!({ "id": second["id"] })).await;
    assert_eq!(
        seen["node"]["findings"],
        json!([{ "kind": "REPEATED_TEXT", "found": "It says nearly the same as one other contribution.", "withheld": false }])
    );
    let third = sends(&reader, by("b@example.org", &target, &letter("B, again"))).await;
    assert_eq!(third["state"], "WITHHELD");
    let seen = moderator.data(FOUND, json!({ "id": third["id"] })).await;
    assert_eq!(
        seen["node"]["findings"][0]["found"],
        "It says nearly the same as 2 other contributions, 1 of them by the same address."
    );
    let different = "I would rather see the ferry run at night, because the bridge takes years to build and we cross today.";
    assert_eq!(sends(&reader, by("c@example.org", &target, different)).await["state"], "PUBLISHED");
    // Short words of agreement are no copies of each other, unless one person says them again and again.
    for (address, state) in
        [("d", "PUBLISHED"), ("e", "PUBLISHED"), ("f", "PUBLISHED"), ("d", "PUBLISHED"), ("d", "WITHHELD")]
    {
        let sent = by(&format!("{address}@example.org"), &target, "I agree.");
        assert_eq!(sends(&reader, sent).await["state"], state, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_one_group_and_nothing_of_it_is_lost() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    // All at once, from the very first on; every fifth in the writer's own words as well.
    let letters = (0..200).map(async |n: i32| {
        let mut body = letter(&format!("Reader {n}"));
        if n % 5 == 0 {
            body.push_str(" I have crossed here for twenty years, in all weathers.");
        }
        reader.submits(document, &body).await
    });
    let sent = futures_util::future::join_all(letters).await;
    for n in 0..8 {
        let comment = format!(
            "{} My view number {n}.",
            ["ferry", "ford", "bridge", "road", "night", "fog", "school", "cost"][n]
        );
        reader.comments(&document.to_string(), &comment).await;
    }
    reader.comments(&document.to_string(), &letter("In public")).await;
    let moderator = service.moderator(document).await;
    let query = "{ document(slug: \"bridges\") { similarGroups { totalCount nodes { id count items(first: 3) { totalCount pageInfo { hasNextPage } nodes { __typename } } } } } }";
    let groups = moderator.data(query, json!({})).await["document"]["similarGroups"].clone();
    assert_eq!(groups["totalCount"], 1, "{groups:#}");
    let group = &groups["nodes"][0];
    assert_eq!(group["count"], 201);
    assert_eq!(group["items"]["totalCount"], 201);
    assert_eq!(group["items"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(group["items"]["nodes"][0]["__typename"], "Submission");
    assert_eq!(service.count("FROM submissions").await, 200);

    // Each of them leads to the group, and the whole of it can be walked through.
    let query = "query($id: ID!, $after: String) { node(id: $id) { ... on Submission { similar { id count items(first: 100, after: $after) {
        pageInfo { endCursor } nodes { ... on Submission { id } ... on Comment { public: id } } } } } } }";
    let mut ids = HashSet::new();
    let mut after = Value::Null;
    for _ in 0..3 {
        let id = &sent[7]["submission"]["id"];
        let similar =
            moderator.data(query, json!({ "id": id, "after": after })).await["node"]["similar"].clone();
        assert_eq!((&similar["id"], &similar["count"]), (&group["id"], &group["count"]));
        for node in similar["items"]["nodes"].as_array().unwrap() {
            ids.insert(text(node.get("id").unwrap_or(&node["public"])));
        }
        after = similar["items"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(ids.len(), 201);
    assert!(sent.iter().all(|sent| ids.contains(&text(&sent["submission"]["id"]))));
    // The group is represented by one letter, whatever its size: what a letter costs does not grow with the campaign.
    assert_eq!(service.count("FROM similar_groups g WHERE (SELECT count(*) FROM similar_members m WHERE m.group_id = g.id) > 100").await, 1);
    assert!(service.count("FROM similar_bands").await <= 20 * service.count("FROM similar_groups").await);
    for stranger in [reader, editor(&service, document).await] {
        let answer =
            stranger.ask("{ document(slug: \"bridges\") { similarGroups { totalCount } } }", json!({})).await;
        assert_eq!(answer["data"]["document"]["similarGroups"], Value::Null, "{answer:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_found_costs_the_same_for_one_and_for_many() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    sets(
        &editor(&service, document).await,
        document,
        json!([{ "kind": "FIRST_TIME" }, { "kind": "REPEATED_TEXT" }]),
    )
    .await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let query = "{ moderationQueue(first: 50) { nodes {
        ... on Comment { findings { found } history { body { plain } } similar { count items(first: 3) { totalCount nodes { __typename } } } }
        ... on Submission { found: findings { found } before: history { body { plain } } like: similar { count items(first: 3) { nodes { __typename } } } }
      } } document(slug: \"bridges\") { moderationRules { number } rules { kind } similarGroups { nodes { items(first: 2) { nodes { __typename } } } } } }";
    let cost = async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = service.ctx.db.statements();
        moderator.data(query, json!({})).await;
        service.ctx.db.statements() - before
    };
    for n in 0..3 {
        reader.comments(&document.to_string(), &letter(&n.to_string())).await;
        reader.submits(document, &letter(&n.to_string())).await;
    }
    cost().await;
    let few = cost().await;
    for n in 0..12 {
        let body = format!(
            "{} {0} {0} is what my letter number {n} says, and I say it {0} times.",
            ["oak", "elm", "ash", "yew", "fir", "box"][n / 2]
        );
        reader.comments(&document.to_string(), &body).await;
        reader.submits(document, &body).await;
    }
    assert_eq!(cost().await, few);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_letters_at_the_same_moment_land_in_one_group() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    for round in 0..5 {
        let body = format!(
            "{} Round {round} of this very letter, {round}{round}{round}.",
            ["oak", "elm", "ash", "yew", "fir"][round].repeat(30)
        );
        let twins = (0..4).map(|_| reader.comments(document.to_string().leak(), &body));
        futures_util::future::join_all(twins).await;
    }
    let groups = service.count("FROM similar_groups").await;
    assert_eq!(groups, 5);
    assert_eq!(service.count("FROM similar_members").await, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classifier_decides_and_its_request_is_signed() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let classifier =
        Classifier::start(Mood::Answers(json!({ "withhold": true, "label": "spam, 0.98" }))).await;
    let rule = json!([{ "kind": "CLASSIFIER", "url": classifier.url, "secret": SECRET }]);
    let rules = sets(&editor, document, rule).await;
    let reader = service.anybody();
    let target = document.to_string();
    let held = sends(&reader, comment(&target, "Buy *now*.")).await;
    assert_eq!(held["state"], "WITHHELD");
    let asked = classifier.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].json(), json!({ "kind": "COMMENT", "documentId": target, "text": "Buy *now*." }));
    let stamp = asked[0].header("x-answerable-timestamp");
    assert_eq!(stamp, service.clock.now().timestamp().to_string());
    let signed = seal::sign(SECRET.as_bytes(), &[stamp.as_bytes(), b".", &asked[0].body].concat());
    let signature = format!("sha256={}", data_encoding::HEXLOWER.encode(&signed));
    assert_eq!(asked[0].header("x-answerable-signature"), signature);
    let moderator = service.moderator(document).await;
    let found = |id: &Value| {
        let (moderator, id) = (moderator.clone(), id.clone());
        async move { moderator.data(FOUND, json!({ "id": id })).await["node"]["findings"].clone() }
    };
    let said = "The classifier says to withhold this: spam, 0.98";
    assert_eq!(found(&held["id"]).await, json!([{ "kind": "CLASSIFIER", "found": said, "withheld": true }]));

    classifier.is_now(Mood::Answers(json!({ "withhold": false, "label": "praise" })));
    let fine = sends(&reader, comment(&target, "Well done.")).await;
    assert_eq!(fine["state"], "PUBLISHED");
    let said = json!([{ "kind": "CLASSIFIER", "found": "The classifier says: praise", "withheld": false }]);
    assert_eq!(found(&fine["id"]).await, said, "what informs is kept as well");
    classifier.is_now(Mood::Answers(json!({ "withhold": false })));
    let plain = sends(&reader, comment(&target, "A plain word.")).await;
    assert_eq!(found(&plain["id"]).await, json!([]));

    // What is private is not sent outside, unless an editor says so.
    let before = classifier.asked().len();
    reader.submits(document, "In confidence.").await;
    assert_eq!(classifier.asked().len(), before);
    // The secret stays when the rule is named, and can be read by nobody.
    let rule =
        json!([{ "id": rules[0]["id"], "kind": "CLASSIFIER", "url": classifier.url, "submissions": true }]);
    let rules = sets(&editor, document, rule).await;
    assert_eq!(rules[0]["timeoutMs"], 2000);
    assert!(!rules.to_string().contains("secret"), "{rules}");
    reader.submits(document, "In confidence.").await;
    let asked = classifier.asked().pop().unwrap();
    assert_eq!(asked.json()["kind"], "SUBMISSION");
    let stamp = asked.header("x-answerable-timestamp");
    let signed = seal::sign(SECRET.as_bytes(), &[stamp.as_bytes(), b".", &asked.body].concat());
    assert_eq!(
        asked.header("x-answerable-signature"),
        format!("sha256={}", data_encoding::HEXLOWER.encode(&signed))
    );
    assert_eq!(service.count("FROM rules r WHERE r::text LIKE '%both sides%'").await, 0);

    // Nobody outside is asked about what is refused anyway.
    let before = classifier.asked().len();
    service.import(&BRIDGES.replace("phase: open", "phase: closed\nmoderation: post")).await;
    assert_eq!(reader.refusals(SUBMIT, comment(&target, "Late.")).await, ["DOCUMENT_CLOSED"]);
    assert_eq!(classifier.asked().len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classifier_that_is_not_reached_withholds() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let elsewhere = Classifier::start(Mood::Answers(json!({ "withhold": false, "label": "" }))).await;
    let classifier = Classifier::start(Mood::Hangs).await;
    let rule = |url: &str| json!([{ "kind": "CLASSIFIER", "url": url, "secret": SECRET, "timeoutMs": 700 }]);
    sets(&editor, document, rule(&classifier.url)).await;
    let moderator = service.moderator(document).await;
    let reader = service.anybody();
    let target = document.to_string();
    let moods = [
        (Mood::Hangs, "it did not answer within 700 ms"),
        (Mood::Drips, "it did not answer within 700 ms"),
        (Mood::Says("withhold: no"), "its answer is not the JSON that it should be"),
        (Mood::Says("{\"withhold\": \"no\"}"), "its answer is not the JSON that it should be"),
        (Mood::Redirects(elsewhere.url.clone()), "it answered with HTTP status 307"),
        (Mood::Floods, "its answer has more than 16384 bytes"),
        (Mood::Closes, "no connection to it could be made, or it broke"),
    ];
    let check = async |why: &str| {
        let begun = tokio::time::Instant::now();
        let held = sends(&reader, comment(&target, "A word.")).await;
        assert_eq!(held["state"], "WITHHELD", "{why}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{why}: {:?}", begun.elapsed());
        let found = moderator.data(FOUND, json!({ "id": held["id"] })).await;
        let expected = format!("The classifier was not reached: {why}.");
        assert_eq!(
            found["node"]["findings"],
            json!([{ "kind": "CLASSIFIER", "found": expected, "withheld": true }])
        );
    };
    for (mood, why) in moods {
        classifier.is_now(mood);
        check(why).await;
    }
    assert!(elsewhere.asked().is_empty(), "a redirect is not followed");
    // Nobody is there at all.
    let gone = classifier.url.clone();
    drop(classifier);
    tokio::time::sleep(Duration::from_millis(50)).await;
    sets(&editor, document, rule(&gone)).await;
    check("no connection to it could be made, or it broke").await;
    // While one author waits for a classifier, others and their connections do not.
    let slow = Classifier::start(Mood::Hangs).await;
    let rules = json!([{ "kind": "CLASSIFIER", "url": slow.url, "secret": SECRET, "timeoutMs": 3000 }]);
    sets(&editor, document, rules).await;
    let waiting: Vec<_> = (0..12).map(|_| sends(&reader, comment(&target, "A word."))).collect();
    let begun = tokio::time::Instant::now();
    let (held, ()) = tokio::join!(futures_util::future::join_all(waiting), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        reader.data("{ document(slug: \"bridges\") { commentCount } }", json!({})).await;
        assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
    });
    assert!(held.iter().all(|comment| comment["state"] == "WITHHELD"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_are_set_by_editors_and_what_makes_no_sense_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let editor = editor(&service, document).await;
    let input = |rules: Value, texts: Value| json!({ "input": { "documentId": document.to_string(), "rules": rules, "texts": texts } });
    let moderator = service.moderator(document).await;
    assert_eq!(moderator.error(SET, input(json!([]), json!([]))).await, "FORBIDDEN");
    assert_eq!(service.anybody().error(SET, input(json!([]), json!([]))).await, "UNAUTHENTICATED");
    let wrong = [
        (json!([{ "kind": "WORD_LIST" }]), "OUT_OF_RANGE"),
        (json!([{ "kind": "WORD_LIST", "words": ["…"] }]), "INVALID_TEXT"),
        (json!([{ "kind": "LINKS", "limit": -1 }]), "OUT_OF_RANGE"),
        (json!([{ "kind": "LINKS", "words": ["a"] }]), "INVALID_COMBINATION"),
        (json!([{ "kind": "TOO_FAST", "seconds": 0 }]), "OUT_OF_RANGE"),
        (json!([{ "kind": "FIRST_TIME", "effect": "ASK_TO_REVISE" }]), "INVALID_COMBINATION"),
        (json!([{ "kind": "REPEATED_TEXT", "effect": "ASK_TO_REVISE" }]), "INVALID_COMBINATION"),
        (
            json!([{ "kind": "CLASSIFIER", "effect": "ASK_TO_REVISE", "url": "http://a.example", "secret": SECRET }]),
            "INVALID_COMBINATION",
        ),
        (json!([{ "kind": "CLASSIFIER", "url": "http://a.example" }]), "INVALID_TEXT"),
        (json!([{ "kind": "CLASSIFIER", "url": "file:///etc/passwd", "secret": SECRET }]), "INVALID_TEXT"),
        (json!([{ "kind": "CLASSIFIER", "url": "http://u:p@a.example", "secret": SECRET }]), "INVALID_TEXT"),
        (
            json!([{ "kind": "CLASSIFIER", "url": "http://a.example", "secret": SECRET, "timeoutMs": 10_001 }]),
            "OUT_OF_RANGE",
        ),
        (json!([{ "id": "rule_01h455vb4pex5vsknk084sn02q", "kind": "FIRST_TIME" }]), "TARGET_NOT_FOUND"),
    ];
    for (rules, code) in wrong {
        assert_eq!(editor.refusals(SET, input(rules.clone(), json!([]))).await, [code], "{rules}");
    }
    let twice =
        json!([{ "number": 1, "title": "A", "body": "A" }, { "number": 1, "title": "B", "body": "B" }]);
    assert_eq!(editor.refusals(SET, input(json!([]), twice)).await, ["OUT_OF_RANGE"]);

    let texts = json!([{ "number": 2, "title": "On topic", "body": "Keep to the *bridges*." }, { "number": 1, "title": "Be kind", "body": "Be." }]);
    let data = editor
        .data(SET, input(json!([{ "kind": "FIRST_TIME" }, { "kind": "LINKS", "limit": 3 }]), texts))
        .await;
    assert_eq!(
        data["setModerationRules"]["document"]["moderationRules"],
        json!([
            { "number": 1, "title": "Be kind", "body": { "html": "<p>Be.</p>" } },
            { "number": 2, "title": "On topic", "body": { "html": "<p>Keep to the <em>bridges</em>.</p>" } }
        ])
    );
    // What is not given stays.
    let kept = sets(&editor, document, json!([{ "kind": "FIRST_TIME" }])).await;
    assert_eq!(kept.as_array().unwrap().len(), 1);
    let query = "{ document(slug: \"bridges\") { moderationRules { number } } }";
    let read = service.anybody().data(query, json!({})).await;
    assert_eq!(read["document"]["moderationRules"], json!([{ "number": 1 }, { "number": 2 }]));
    // The rules that run by themselves are for those who work on the document.
    let query = "{ document(slug: \"bridges\") { rules { kind } } }";
    assert_eq!(service.anybody().error(query, json!({})).await, "UNAUTHENTICATED");
    let participant = service.signed_in("Participant", Role::Participant, None).await;
    assert_eq!(participant.error(query, json!({})).await, "FORBIDDEN");
    for actor in [moderator, editor, service.administrator().await] {
        assert_eq!(
            actor.data(query, json!({})).await["document"]["rules"],
            json!([{ "kind": "FIRST_TIME" }])
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ruling_cites_a_rule_that_is_there() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let sent = service.anybody().submits(document, "Another.").await;
    let moderator = service.moderator(document).await;
    let citing = |id: &str, decision: &str, rule: i32| {
        let mut input = ruling(id, 1, decision);
        input["input"]["rule"] = json!(rule);
        input
    };
    let submission = text(&sent["submission"]["id"]);
    assert_eq!(moderator.refusals(MODERATE, citing(&id, "REJECT", 1)).await, ["TARGET_NOT_FOUND"]);
    let texts = json!([{ "number": 1, "title": "Be kind", "body": "Be." }]);
    let input = json!({ "input": { "documentId": document.to_string(), "texts": texts } });
    editor(&service, document).await.data(SET, input).await;
    assert_eq!(moderator.refusals(MODERATE, citing(&id, "REJECT", 2)).await, ["TARGET_NOT_FOUND"]);
    assert_eq!(moderator.refusals(HANDLE, citing(&submission, "SET_ASIDE", 2)).await, ["TARGET_NOT_FOUND"]);
    let done = moderator.data(MODERATE, citing(&id, "REJECT", 1)).await;
    assert_eq!(done["moderateComment"]["errors"], json!([]));
    let done = moderator.data(HANDLE, citing(&submission, "SET_ASIDE", 1)).await;
    assert_eq!(done["handleSubmission"]["errors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_tells_what_will_happen_and_keeps_nothing() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let classifier = Classifier::start(Mood::Answers(json!({ "withhold": true, "label": "x" }))).await;
    let target = document.to_string();
    let reader = service.anybody();
    let preview = async |body: &str| {
        let input = json!({ "input": { "targetId": target, "body": body } });
        reader.data(PREVIEW, input).await["previewComment"].clone()
    };
    let told = preview("A *word*. ![x](http://x.example/i.png)").await;
    assert_eq!(
        told,
        json!({
            "outcome": "PUBLISHED", "withheldIfFirst": false, "needsConfirmation": false, "errors": [],
            "body": { "html": "<p>A <em>word</em>. x</p>", "plain": "A word. x" }
        })
    );
    let rules = json!([
        { "kind": "WORD_LIST", "words": ["pills", "potions"] },
        { "kind": "LINKS", "effect": "ASK_TO_REVISE" },
        { "kind": "REPEATED_TEXT" },
        { "kind": "CLASSIFIER", "url": classifier.url, "secret": SECRET }
    ]);
    sets(&editor, document, rules).await;
    let told = preview("Cheap pills.").await;
    assert_eq!((&told["outcome"], &told["errors"]), (&json!("WITHHELD"), &json!([])));
    assert!(!told.to_string().contains("potions"));
    let told = preview("See https://a.example.").await;
    assert_eq!(told["outcome"], "REFUSED");
    assert_eq!(told["errors"][0]["code"], "REVISION_NEEDED");
    assert_eq!(preview(" ").await["errors"][0]["code"], "BLANK");
    // What others said in public counts; what was said in confidence does not show.
    reader.submits(document, &letter("A neighbour")).await;
    assert_eq!(preview(&letter("B")).await["outcome"], "PUBLISHED");
    reader.comments(&target, &letter("A")).await;
    assert_eq!(preview(&letter("B")).await["outcome"], "WITHHELD");
    assert_eq!(classifier.asked().len(), 1, "the classifier was asked about what was sent alone");
    // Who has contributed before is not for everybody to find out.
    sets(&editor, document, json!([{ "kind": "FIRST_TIME" }])).await;
    for email in ["reader@example.org", "nobody@example.org"] {
        let input = json!({ "input": { "targetId": target, "body": "A word.", "author": { "name": "A", "email": email } } });
        let told = reader.data(PREVIEW, input).await["previewComment"].clone();
        assert_eq!((&told["outcome"], &told["withheldIfFirst"]), (&json!("PUBLISHED"), &json!(true)));
    }
    let input =
        json!({ "input": { "targetId": target, "body": "A word.", "author": { "name": "", "email": "x" } } });
    let told = reader.data(PREVIEW, input).await["previewComment"].clone();
    assert_eq!(told["errors"].as_array().unwrap().len(), 2);
    assert_eq!(service.count("FROM comments").await, 1);

    service.import(&BRIDGES.replace("phase: open", "phase: closed")).await;
    let told = preview("Late.").await;
    assert_eq!(
        (&told["outcome"], &told["errors"][0]["code"]),
        (&json!("REFUSED"), &json!("DOCUMENT_CLOSED"))
    );
    let input = json!({ "input": { "targetId": "comment_01h455vb4pex5vsknk084sn02q", "body": "A word." } });
    let told = reader.data(PREVIEW, input).await["previewComment"].clone();
    assert_eq!(
        (&told["outcome"], &told["errors"][0]["code"]),
        (&json!("REFUSED"), &json!("TARGET_NOT_FOUND"))
    );
}
