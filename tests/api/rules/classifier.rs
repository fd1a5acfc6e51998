//! Classifiers outside: what they are asked, and what becomes of a contribution when they do not answer.

use std::pin::pin;

use super::*;
use crate::support::patience::{in_time, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_classifier_decides_and_its_request_is_signed() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let editor = editor(&service, document).await;
    let classifier =
        Classifier::start(Mood::Answers(json!({ "withhold": true, "label": "spam, 0.98" }))).await;
    let rule =
        json!([{ "kind": "CLASSIFIER", "url": classifier.url, "secret": SECRET, "timeoutMs": 10_000 }]);
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
    let patient = json!([{ "id": rules[0]["id"], "kind": "CLASSIFIER", "url": classifier.url, "submissions": true, "timeoutMs": 10_000 }]);
    sets(&editor, document, patient).await;
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
    let rule = async |url: &str, millis: u32| {
        let rule = json!([{ "kind": "CLASSIFIER", "url": url, "secret": SECRET, "timeoutMs": millis }]);
        sets(&editor, document, rule).await;
    };
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
        let held = in_time(why, sends(&reader, comment(&target, "A word."))).await;
        assert_eq!(held["state"], "WITHHELD", "{why}");
        let found = moderator.data(FOUND, json!({ "id": held["id"] })).await;
        let expected = format!("The classifier was not reached: {why}.");
        assert_eq!(
            found["node"]["findings"],
            json!([{ "kind": "CLASSIFIER", "found": expected, "withheld": true }])
        );
    };
    for (mood, why) in moods {
        let hangs = matches!(mood, Mood::Hangs | Mood::Drips);
        rule(&classifier.url, if hangs { 700 } else { 10_000 }).await;
        classifier.is_now(mood);
        check(why).await;
    }
    assert!(elsewhere.asked().is_empty(), "a redirect is not followed");
    // Nobody is there at all: nobody listens on port 9 of this machine.
    rule("http://127.0.0.1:9/check", 10_000).await;
    check("no connection to it could be made, or it broke").await;
    // While one author waits for a classifier, others and their connections do not.
    let slow = Classifier::start(Mood::Hangs).await;
    rule(&slow.url, 10_000).await;
    let waiting = (0..12).map(|_| sends(&reader, comment(&target, "A word.")));
    let mut waiting = pin!(futures_util::future::join_all(waiting));
    let other = async {
        until("all of them wait", async || slow.asked().len() == 12).await;
        reader.data("{ document(slug: \"bridges\") { commentCount } }", json!({})).await
    };
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("the other waits with them"),
        _ = other => {}
    }
    assert!(waiting.await.iter().all(|comment| comment["state"] == "WITHHELD"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_listed_places_are_asked() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let classifier = Classifier::start(Mood::Answers(json!({ "withhold": false }))).await;
    let rule =
        json!([{ "kind": "CLASSIFIER", "url": classifier.url, "secret": SECRET, "timeoutMs": 10_000 }]);
    sets(&editor(&service, document).await, document, rule.clone()).await;
    let target = document.to_string();
    assert_eq!(sends(&service.anybody(), comment(&target, "A word.")).await["state"], "PUBLISHED");
    let (url, data_dir) = service.stop().await;

    let elsewhere = ["--no-worker", "--classifiers", "https://classifier.example.org"];
    let service = TestService::on(url, data_dir, &elsewhere).await;
    let asked = classifier.asked().len();
    let held = sends(&service.anybody(), comment(&target, "Another word.")).await;
    assert_eq!((&held["state"], classifier.asked().len()), (&json!("WITHHELD"), asked));
    let given = json!({ "input": { "documentId": target, "rules": rule } });
    let refused = editor(&service, document).await.refusals(SET, given).await;
    assert_eq!(refused, ["NOT_ALLOWED"]);
}
