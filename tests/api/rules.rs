//! Rules: what withholds, what asks for another wording, what is found, and who sees it.

mod classifier;
mod form;
mod similar;

use std::collections::HashSet;

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
