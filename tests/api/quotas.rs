//! How often somebody may do something: by the address they type, and by where they come from.

use answerable::identity::Role;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{SUBMISSION, SUBMIT, comment, submission, text},
};

const CONFIRM: &str =
    "mutation { confirmContribution(input: { token: \"nothing\" }) { receipt { kind } errors { code } } }";
const RECEIPT: &str = "query($token: String!) { receipt(token: $token) { kind } }";

async fn limited(actor: &Actor, query: &str, variables: Value) -> bool {
    let answer = actor.ask(query, variables).await;
    let error = &answer["errors"][0]["extensions"];
    assert!(error["code"] != "RATE_LIMITED" || error["retryAfter"].as_u64() > Some(0), "{answer:#}");
    error["code"] == "RATE_LIMITED"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_e_mail_address_sends_so_much() {
    let service = TestService::with(&["--no-worker", "--contributions-per-hour", "2"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let by = |email: &str, mut input: Value| {
        input["input"]["author"]["email"] = json!(email);
        input
    };
    let mut first = by("one@example.org", comment(&document.to_string(), "One."));
    first["input"]["idempotencyKey"] = json!("0b9f5a52-6c0c-4d6d-9d52-1a7b7c5d4e3f");
    assert!(!limited(&reader, SUBMIT, first.clone()).await);
    assert!(!limited(&reader, SUBMISSION, by("ONE@example.org", submission(document, "Two."))).await);
    let same_mailbox = by("o.ne+plan@example.org", comment(&document.to_string(), "Three."));
    assert!(limited(&reader, SUBMIT, same_mailbox).await, "whatever stands behind a plus");
    let third = by("one@example.org", comment(&document.to_string(), "Three."));
    assert!(limited(&reader.at_address("127.0.0.2"), SUBMIT, third.clone()).await, "wherever they are");
    assert!(!limited(&reader, SUBMIT, first).await, "what was taken before is answered again");
    assert!(!limited(&reader, SUBMIT, by("two@example.org", comment(&document.to_string(), "Four."))).await);
    assert_eq!(service.count("FROM comments").await, 2);
    service.clock.advance(TimeDelta::minutes(30));
    assert!(!limited(&reader, SUBMIT, third).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_changes_so_much_without_signing_in() {
    let service = TestService::with(&["--no-worker", "--writes-per-hour", "3"]).await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let reader = service.anybody().at_address("127.0.0.2");
    // Two at once count as two.
    let confirm = |name| {
        format!("{name}: confirmContribution(input: {{ token: \"nothing\" }}) {{ errors {{ code }} }}")
    };
    let both = format!("mutation {{ {} {} }}", confirm("a"), confirm("b"));
    assert!(!limited(&reader, &both, json!({})).await);
    // The forms of pages count as well.
    assert_eq!(reader.post("/unsubscribe/nothing").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let page = reader.post("/unsubscribe/nothing").send().await.unwrap();
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.headers()["retry-after"], "1200");
    let page = page.text().await.unwrap();
    assert!(page.contains("Try again in 20 minutes."), "{page}");
    let asked = reader.post("/graphql").header("Accept", "application/graphql-response+json");
    let refused = asked.json(&json!({ "query": CONFIRM })).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "1200");
    assert!(!limited(&reader, "{ documents { totalCount } }", json!({})).await, "reading goes on");
    assert!(!limited(&reader.at_address("127.0.0.3"), CONFIRM, json!({})).await);
    let there = moderator.at_address("127.0.0.2");
    for _ in 0..4 {
        assert!(!limited(&there, CONFIRM, json!({})).await, "who has an office was let in by somebody");
    }
    // An account that was given none is one more of whoever asks for it, wherever they are.
    let participant = service.signed_in("Participant", Role::Participant, None).await;
    for last in 4..7 {
        let there = participant.at_address(&format!("127.0.0.{last}"));
        assert!(!limited(&there, CONFIRM, json!({})).await);
    }
    assert!(limited(&participant.at_address("127.0.0.7"), CONFIRM, json!({})).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_asks_for_so_many_links_and_receipts() {
    let limits = ["--no-worker", "--sign-ins-per-hour", "2", "--receipts-per-hour", "2"];
    let service = TestService::with(&limits).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let sent = reader.comments(&document.to_string(), "A word.").await;
    let ask = "mutation { requestSignInLink(input: { email: \"moderator@example.org\" }) { sent } }";
    let asked = [limited(&reader, ask, json!({})).await, limited(&reader, ask, json!({})).await];
    assert_eq!((asked, limited(&reader, ask, json!({})).await), ([false, false], true));
    let token = json!({ "token": sent["receipt"]["token"] });
    assert!(!limited(&reader, RECEIPT, token.clone()).await);
    let page = text(&sent["receipt"]["url"]);
    assert_eq!(reader.get(&page).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(reader.get(&page).send().await.unwrap().status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(limited(&reader, RECEIPT, token.clone()).await);
    assert!(!limited(&reader.at_address("127.0.0.2"), RECEIPT, token).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_place_or_account_asks_for_so_much_in_a_minute() {
    let service = TestService::with(&["--no-worker", "--query-cost-per-minute", "500"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    // A page of a hundred costs a hundred times its item.
    let dear = "{ documents(first: 100) { nodes { title } } }";
    let asked = [limited(&reader, dear, json!({})).await, limited(&reader, dear, json!({})).await];
    assert_eq!((asked, limited(&reader, dear, json!({})).await), ([false, false], true));
    assert!(!limited(&reader.at_address("127.0.0.2"), dear, json!({})).await);
    assert!(!limited(&moderator, dear, json!({})).await, "an account has a budget of its own");
    service.clock.advance(TimeDelta::seconds(30));
    assert!(!limited(&reader, dear, json!({})).await);
    let too_dear = "{ documents(first: 100) { nodes { id title slug language phase createdAt } } }";
    let answer = reader.at_address("127.0.0.3").ask(too_dear, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "RATE_LIMITED",
        "dearer than a minute allows: {answer:#}"
    );
}
