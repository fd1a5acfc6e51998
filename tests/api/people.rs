//! What administrators do about people.

use answerable::{
    db::Target,
    identity::{Role, actions},
};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use crate::{
    limits::comes_about,
    support::{Actor, TestService, contributions::text},
};

const ACCOUNTS: &str =
    "query($role: Role, $first: Int, $after: String) { accounts(role: $role, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { id displayName email disabledAt roles { role document { slug } } apiTokens { id } } } }";
const GRANT: &str = "mutation($input: RoleInput!) { grantRole(input: $input) {
  account { roles { role document { slug } } } errors { code path } } }";
pub const REVOKE: &str = "mutation($input: RoleInput!) { revokeRole(input: $input) {
  account { roles { role document { slug } } } errors { code path } } }";
pub const DISABLE: &str =
    "mutation($id: ID!) { disableAccount(input: { id: $id }) { account { disabledAt } errors { code } } }";
const ENABLE: &str =
    "mutation($id: ID!) { enableAccount(input: { id: $id }) { account { disabledAt } errors { code } } }";
const VIEWER: &str = "{ viewer { id } }";

pub async fn id_of(actor: &Actor) -> String {
    text(&actor.data(VIEWER, json!({})).await["viewer"]["id"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_list_accounts_and_nobody_else_does() {
    let service = TestService::start().await;
    let administrator = service.administrator().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    for name in ["Ann", "Ben", "Cat"] {
        service.signed_in(name, Role::Participant, None).await;
    }
    let page = administrator.data(ACCOUNTS, json!({ "first": 2 })).await["accounts"].clone();
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(5), &json!(true)));
    assert_eq!(page["nodes"][1]["displayName"], "Moderator");
    assert_eq!(
        page["nodes"][1]["roles"],
        json!([{ "role": "MODERATOR", "document": { "slug": "bridges" } }])
    );
    let next = json!({ "first": 9, "after": page["pageInfo"]["endCursor"] });
    assert_eq!(administrator.data(ACCOUNTS, next).await["accounts"]["nodes"].as_array().unwrap().len(), 3);
    let moderators = administrator.data(ACCOUNTS, json!({ "role": "MODERATOR" })).await["accounts"].clone();
    assert_eq!(
        (&moderators["totalCount"], &moderators["nodes"][0]["email"]),
        (&json!(1), &json!("moderator@example.org"))
    );
    for (who, code) in [(&moderator, "FORBIDDEN"), (&service.anybody(), "UNAUTHENTICATED")] {
        assert_eq!(who.error(ACCOUNTS, json!({})).await, code);
        assert_eq!(who.error(DISABLE, json!({ "id": id_of(&administrator).await })).await, code);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_are_given_and_taken_and_hold_at_once() {
    let service = TestService::start().await;
    let administrator = service.administrator().await;
    let document = service.bridges().await.to_string();
    let ann = service.signed_in("Ann", Role::Participant, None).await;
    let account = id_of(&ann).await;
    let queue = "{ moderationQueue { totalCount } }";
    let role = |role: &str, document: Option<&str>| json!({ "input": { "accountId": account, "role": role, "documentId": document } });
    assert_eq!(ann.error(queue, json!({})).await, "FORBIDDEN");
    for _ in 0..2 {
        let granted = administrator.data(GRANT, role("MODERATOR", Some(&document))).await;
        assert_eq!(granted["grantRole"]["account"]["roles"].as_array().unwrap().len(), 2, "{granted}");
    }
    assert_eq!(ann.data(queue, json!({})).await["moderationQueue"]["totalCount"], 0);
    assert_eq!(ann.error(GRANT, role("ADMINISTRATOR", None)).await, "FORBIDDEN");
    let taken = administrator.data(REVOKE, role("MODERATOR", Some(&document))).await;
    assert_eq!(taken["revokeRole"]["account"]["roles"], json!([{ "role": "PARTICIPANT", "document": null }]));
    assert_eq!(ann.error(queue, json!({})).await, "FORBIDDEN", "with the very next request");
    assert_eq!(
        administrator.refusals(REVOKE, role("MODERATOR", Some(&document))).await,
        ["TARGET_NOT_FOUND"]
    );
    assert_eq!(
        administrator.refusals(GRANT, role("ADMINISTRATOR", Some(&document))).await,
        ["INVALID_COMBINATION"]
    );
    let nowhere = role("EDITOR", Some("document_01h455vb4pex5vsknk084sn02q"));
    assert_eq!(administrator.error(GRANT, nowhere).await, "NOT_FOUND");
    let nobody = json!({ "input": { "accountId": "account_01h455vb4pex5vsknk084sn02q", "role": "EDITOR" } });
    assert_eq!(administrator.error(GRANT, nobody).await, "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_always_runs_the_installation() {
    let service = TestService::start().await;
    let administrator = service.administrator().await;
    let own = id_of(&administrator).await;
    let role = |account: &str| json!({ "input": { "accountId": account, "role": "ADMINISTRATOR" } });
    assert_eq!(administrator.refusals(REVOKE, role(&own)).await, ["LAST_ADMINISTRATOR"]);
    assert_eq!(administrator.refusals(DISABLE, json!({ "id": own })).await, ["LAST_ADMINISTRATOR"]);
    assert_eq!(administrator.data(VIEWER, json!({})).await["viewer"]["id"], own, "nothing of it was done");
    // Two who take it from each other at the same moment: one of them keeps it. Again and again, because it is chance who of
    // two looks first whether somebody is left.
    for _ in 0..8 {
        let administrator = service.administrator().await;
        let second = service.signed_in("Second", Role::Administrator, None).await;
        let other = id_of(&second).await;
        let mut held = Target::parse(&service.database_url, None).unwrap().dial(None).await.unwrap();
        held.batch_execute("BEGIN; SELECT 1 FROM role_grants FOR UPDATE").await.unwrap();
        let (one, two, ()) =
            tokio::join!(administrator.ask(REVOKE, role(&other)), second.ask(REVOKE, role(&own)), async {
                let both_wait = "FROM (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                                 AND wait_event_type = 'Lock' HAVING count(*) = 2) AS both_wait";
                comes_about(&service, both_wait).await;
                held.batch_execute("COMMIT").await.unwrap();
            });
        let left = service.count("FROM role_grants WHERE role = 'ADMINISTRATOR'").await;
        assert_eq!(left, 1, "{one:#} {two:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_is_out_at_once_and_its_sessions_do_not_come_back() {
    let service = TestService::start().await;
    let administrator = service.administrator().await;
    let (somebody, session) = crate::identity::session(&service).await;
    let mair = somebody.with_token(&text(&session["accessToken"]));
    let make = "mutation { createApiToken(input: { name: \"A map\", scopes: [READ] }) { token } }";
    let program = somebody.with_token(&text(&mair.data(make, json!({})).await["createApiToken"]["token"]));
    assert_eq!(program.data(VIEWER, json!({})).await["viewer"]["id"], id_of(&mair).await);
    let id = id_of(&mair).await;
    let link = actions::make_link(&service.ctx, id.parse().unwrap(), TimeDelta::hours(1)).await.unwrap();
    let link = actions::sign_in_url(&service.ctx, link, 0);
    for _ in 0..2 {
        let disabled = administrator.data(DISABLE, json!({ "id": id })).await;
        assert_eq!(disabled["disableAccount"]["account"]["disabledAt"], "2027-03-01T09:00:00Z");
    }
    let refresh = "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) { session { accessToken } errors { code } } }";
    let out = async || {
        assert_eq!(mair.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
        assert_eq!(program.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
        let again = somebody.refusals(refresh, json!({ "token": session["refreshToken"] })).await;
        assert_eq!(again, ["INVALID_TOKEN"]);
    };
    out().await;
    let sign_in = "mutation($token: String!) { signIn(input: { token: $token }) { errors { code } } }";
    let mailed = json!({ "token": link.split_once("token=").unwrap().1 });
    assert_eq!(somebody.refusals(sign_in, mailed).await, ["INVALID_TOKEN"], "by a link from before");
    let enabled = administrator.data(ENABLE, json!({ "id": id })).await;
    assert_eq!(enabled["enableAccount"]["account"]["disabledAt"], Value::Null);
    out().await;
    crate::identity::session(&service).await;
}
