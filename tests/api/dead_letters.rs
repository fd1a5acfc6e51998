//! Jobs that were given up on: listed and put back by administrators.

use answerable::identity::Role;
use serde_json::json;

use crate::support::{
    TestService,
    contributions::text,
    smtp::{At, Rule, SmtpServer},
};

const LIST: &str = "query($first: Int, $after: String) { deadLetters(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { id kind attempts lastError failedAt } } }";
const REQUEUE: &str = "mutation($input: RequeueDeadLettersInput!) { requeueDeadLetters(input: $input) { requeued errors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_on_is_listed_and_put_back() {
    let smtp = SmtpServer::start().await;
    // About us and not about the mailbox: nothing that marks the address.
    for address in ["one@example.org", "two@example.org"] {
        smtp.rule(Rule::refuse(At::Rcpt, 550, "5.7.1").to(address));
    }
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    service.signed_in("Two", Role::Moderator, Some(document)).await;
    let administrator = service.administrator().await;
    for _ in 0..2 {
        service.anybody().comments(&document.to_string(), "A word.").await;
    }
    service.settled().await;
    assert_eq!(moderator.error(LIST, json!({})).await, "FORBIDDEN");
    let all = json!({ "input": { "all": true } });
    assert_eq!(moderator.error(REQUEUE, all.clone()).await, "FORBIDDEN");

    let first = administrator.data(LIST, json!({ "first": 3 })).await["deadLetters"].clone();
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
    let after = json!({ "first": 3, "after": first["pageInfo"]["endCursor"] });
    let second = administrator.data(LIST, after).await["deadLetters"].clone();
    assert_eq!(second["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    for letter in first["nodes"].as_array().unwrap() {
        assert_eq!(letter["kind"], "notifications.mail_moderator");
        assert_eq!((&letter["attempts"], &letter["failedAt"]), (&json!(1), &json!("2027-03-01T09:00:00Z")));
        let why = text(&letter["lastError"]);
        assert!(why.contains("550") && !why.contains("@example.org") && !why.contains("One"), "{why}");
    }

    for (input, code) in [
        (json!({}), "INVALID_COMBINATION"),
        (json!({ "ids": [], "all": true }), "INVALID_COMBINATION"),
        (json!({ "ids": ["job_01h455vb4pex5vsknk084sn02q"] }), "TARGET_NOT_FOUND"),
    ] {
        assert_eq!(administrator.refusals(REQUEUE, json!({ "input": input })).await, [code], "{input}");
    }
    assert_eq!(service.count("FROM jobs WHERE state = 'DEAD'").await, 4);

    smtp.behave();
    let one = json!({ "input": { "ids": [second["nodes"][0]["id"]] } });
    assert_eq!(
        administrator.data(REQUEUE, one).await["requeueDeadLetters"],
        json!({ "requeued": 1, "errors": [] })
    );
    smtp.wait_for(1).await;
    assert_eq!(administrator.data(REQUEUE, all.clone()).await["requeueDeadLetters"]["requeued"], 3);
    smtp.wait_for(4).await;
    service.settled().await;
    let left = administrator.data(LIST, json!({})).await;
    assert_eq!((&left["deadLetters"]["totalCount"], &left["deadLetters"]["nodes"]), (&json!(0), &json!([])));
    assert_eq!(administrator.data(REQUEUE, all).await["requeueDeadLetters"]["requeued"], 0);
}
