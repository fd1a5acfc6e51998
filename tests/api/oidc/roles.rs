//! Roles by claims, once nobody hears of the claims any more.

use answerable::{
    identity::{Role, actions, queries},
    ids::DocumentId,
    mail::EmailAddress,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Issuer, ProviderKey, VIEWER, bearing, claims, with};
use crate::{
    people::{DISABLE, REVOKE, id_of},
    support::{Actor, TestService, smtp::SmtpServer},
};

const QUEUE: &str = "{ moderationQueue { totalCount } }";
const MODERATORS: &str = "{ accounts(role: MODERATOR) { totalCount nodes { displayName } } }";

/// Somebody's session that began with a mailed link.
async fn by_link(service: &TestService, email: &str) -> Actor {
    let account = actions::by_email(&service.ctx, &EmailAddress::parse(email).unwrap()).await.unwrap();
    let link = actions::make_link(&service.ctx, account.unwrap().id, TimeDelta::minutes(5)).await.unwrap();
    let url = actions::sign_in_url(&service.ctx, link, 0);
    service.sign_in(url.split_once("token=").unwrap().1).await
}

/// To whom mail goes of a comment that is sent now.
async fn mailed_of_a_comment(service: &TestService, document: DocumentId) -> Vec<String> {
    let smtp = SmtpServer::start().await;
    service.anybody().comments(&document.to_string(), "It waits.").await;
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    // Workers send at the same time: in which order is theirs.
    let mut to: Vec<_> = smtp.messages().iter().flat_map(|message| message.to.clone()).collect();
    to.retain(|to| to != "reader@example.org");
    to.sort();
    to
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_claims_gave_ends_a_day_after_they_were_heard_of() {
    let key = ProviderKey::new("one");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service().await;
    let document = service.bridges().await;
    let ann = service.administrator().await;
    let mair = bearing(&service, &key, &claims(&issuer, &service));
    mair.data(QUEUE, json!({})).await;
    let (token, _) =
        crate::api_tokens::make(&mair, json!({ "name": "A desk", "scopes": ["READ", "MODERATE"] })).await;
    let program = service.anybody().with_token(&token);
    // A role that was given here does not end.
    service.signed_in("Bo", Role::Moderator, None).await;
    let held = "FROM role_grants WHERE held_until";
    let moderators = async || {
        let mut conn = service.ctx.db.get().await.unwrap();
        queries::moderators_of(&mut conn, document, service.clock.now()).await.unwrap().len()
    };

    // What is noted of the claims is noted anew from hour to hour, and not with every request.
    service.clock.advance(TimeDelta::minutes(59));
    bearing(&service, &key, &claims(&issuer, &service)).data(QUEUE, json!({})).await;
    assert_eq!(service.count(&format!("{held} = '2027-03-02T09:00:00Z'")).await, 1);
    service.clock.advance(TimeDelta::minutes(1));
    bearing(&service, &key, &claims(&issuer, &service)).data(QUEUE, json!({})).await;
    assert_eq!(service.count(&format!("{held} = '2027-03-02T10:00:00Z'")).await, 1);

    service.until("2027-03-02T09:59:59Z");
    by_link(&service, "mair@example.org").await.data(QUEUE, json!({})).await;
    program.data(QUEUE, json!({})).await;
    assert_eq!(moderators().await, 2);
    assert_eq!(
        mailed_of_a_comment(&service, document).await,
        ["bo@example.org", "mair@example.org"],
        "both moderate"
    );
    service.until("2027-03-02T10:00:00Z");
    let session = by_link(&service, "mair@example.org").await;
    assert_eq!(session.data(VIEWER, json!({})).await["viewer"]["roles"], json!([]));
    for lapsed in [&session, &program] {
        assert_eq!(lapsed.error(QUEUE, json!({})).await, "FORBIDDEN");
    }
    let ann = ann.with_token(by_link(&service, "administrator@example.org").await.token().unwrap());
    let listed = ann.data(MODERATORS, json!({})).await["accounts"].clone();
    assert_eq!(listed, json!({ "totalCount": 1, "nodes": [{ "displayName": "Bo" }] }));
    assert_eq!(moderators().await, 1);
    assert_eq!(mailed_of_a_comment(&service, document).await, ["bo@example.org"]);

    // Whoever comes from the provider again has what it gives, everywhere.
    bearing(&service, &key, &claims(&issuer, &service)).data(QUEUE, json!({})).await;
    session.data(QUEUE, json!({})).await;
    program.data(QUEUE, json!({})).await;
    assert_eq!(moderators().await, 2);
    let none = with(&claims(&issuer, &service), "groups", json!([]));
    assert_eq!(bearing(&service, &key, &none).error(QUEUE, json!({})).await, "FORBIDDEN");
    assert_eq!(session.error(QUEUE, json!({})).await, "FORBIDDEN", "at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_take_the_last_administrator_away_and_nobody_counts_on_them() {
    let key = ProviderKey::new("one");
    let issuer = Issuer::start(&[&key]);
    let service = issuer.service().await;
    let chief = |subject: &str, groups: Value| {
        let claims = with(&claims(&issuer, &service), "email_verified", json!(false));
        bearing(&service, &key, &with(&with(&claims, "sub", json!(subject)), "groups", groups))
    };
    let (one, two) = (chief("one", json!(["chief"])), chief("two", json!(["chief"])));
    let (first, second) = (id_of(&one).await, id_of(&two).await);
    let role = |account: &str| json!({ "input": { "accountId": account, "role": "ADMINISTRATOR" } });
    // Where all come from the provider, one of them stays, as ever.
    assert_eq!(one.data(DISABLE, json!({ "id": second })).await["disableAccount"]["errors"], json!([]));
    assert_eq!(one.refusals(DISABLE, json!({ "id": first })).await, ["LAST_ADMINISTRATOR"]);
    // The provider's word is not refused: who is dismissed there is out, though nobody is left.
    let dismissed = chief("one", json!([]));
    assert_eq!(dismissed.data(VIEWER, json!({})).await["viewer"]["roles"], json!([]));
    assert_eq!(dismissed.error(DISABLE, json!({ "id": second })).await, "FORBIDDEN");
    let mut conn = service.ctx.db.get().await.unwrap();
    assert!(queries::administrators(&mut conn, service.clock.now()).await.unwrap().is_empty());
    drop(conn);

    // Who was made one here stays: another by claims may be gone tomorrow.
    let ann = service.administrator().await;
    let own = id_of(&ann).await;
    chief("one", json!(["chief"])).data("{ accounts { totalCount } }", json!({})).await;
    assert_eq!(ann.refusals(REVOKE, role(&own)).await, ["LAST_ADMINISTRATOR"]);
    assert_eq!(ann.refusals(DISABLE, json!({ "id": own })).await, ["LAST_ADMINISTRATOR"]);
    service.signed_in("Bo", Role::Administrator, None).await;
    assert_eq!(ann.data(REVOKE, role(&own)).await["revokeRole"]["errors"], json!([]));
}
