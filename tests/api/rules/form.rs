//! How long somebody had the form before they sent it.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_sooner_than_it_can_be_written_is_held_or_asked_about() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let (reader, editor) = (service.anybody(), editor(&service, document).await);
    let rule = |effect: &str| json!([{ "kind": "FORM_TIME", "effect": effect, "seconds": 4 }]);
    sets(&editor, document, rule("WITHHOLD")).await;
    let token = async || {
        let data = reader.data("{ document(slug: \"bridges\") { formToken } }", json!({})).await;
        data["document"]["formToken"].clone()
    };
    let comment = |body: &str, token: &Value| {
        let mut input = by("reader@example.org", &document.to_string(), body);
        input["input"]["formToken"] = token.clone();
        input
    };
    let form = token().await;
    assert_eq!(sends(&reader, comment("At once.", &form)).await["state"], "WITHHELD");
    assert_eq!(sends(&reader, comment("With none.", &Value::Null)).await["state"], "WITHHELD");
    service.clock.advance(TimeDelta::seconds(5));
    assert_eq!(sends(&reader, comment("In time.", &form)).await["state"], "PUBLISHED");
    let made_up = json!("1-AAAAAAAAAAAAAAAA");
    assert_eq!(sends(&reader, comment("Made up.", &made_up)).await["state"], "WITHHELD");

    // Submissions are never held, so they are asked about.
    sets(&editor, document, rule("ASK_TO_REVISE")).await;
    let form = token().await;
    let mut input = submission(document, "In confidence.");
    input["input"]["formToken"] = form.clone();
    let asked = reader.data(SUBMISSION, input.clone()).await["makeSubmission"].clone();
    assert_eq!(
        (&asked["errors"][0]["code"], &asked["errors"][0]["path"]),
        (&json!("REVISION_NEEDED"), &json!(["formToken"]))
    );
    assert_eq!(service.count("FROM submissions").await, 0);
    service.clock.advance(TimeDelta::seconds(4));
    let sent = reader.data(SUBMISSION, input).await["makeSubmission"].clone();
    assert_eq!(sent["errors"], json!([]));

    // Who amends has been here before.
    let amend =
        "mutation($input: AmendContributionInput!) { amendContribution(input: $input) { errors { code } } }";
    let again = json!({ "input": { "token": sent["receipt"]["token"], "body": "In other words.", "expectedVersion": 1 } });
    assert_eq!(reader.data(amend, again).await["amendContribution"]["errors"], json!([]));
    let long =
        json!({ "documentId": document.to_string(), "rules": [{ "kind": "FORM_TIME", "seconds": 61 }] });
    assert_eq!(editor.refusals(SET, json!({ "input": long })).await, ["OUT_OF_RANGE"]);
}
