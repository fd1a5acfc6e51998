//! Tokens for programs.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{SUBMIT, comment, text},
};

const CREATE: &str = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) {
  token apiToken { id name scopes document { slug } createdAt expiresAt lastUsedAt revokedAt } errors { code path } } }";
const REVOKE: &str =
    "mutation($id: ID!) { revokeApiToken(input: { id: $id }) { apiToken { revokedAt } errors { code } } }";
const OWN: &str = "{ viewer { id apiTokens { id lastUsedAt revokedAt } } }";
const QUEUE: &str = "{ moderationQueue(queue: UNREVIEWED) { totalCount } }";
const VIEWER: &str = "{ viewer { displayName } }";

pub async fn make(of: &Actor, input: Value) -> (String, Value) {
    let made = of.data(CREATE, json!({ "input": input })).await["createApiToken"].clone();
    assert_eq!(made["errors"], json!([]), "{made}");
    (text(&made["token"]), made["apiToken"].clone())
}

fn input(scopes: &[&str]) -> Value {
    json!({ "name": "A map of comments", "scopes": scopes })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_acts_with_what_its_token_allows() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let moderator = service.moderator(document).await;
    let (token, row) = make(&moderator, input(&["READ"])).await;
    assert!(token.starts_with("ans_") && token.len() == 43, "{token}");
    assert_eq!(row["expiresAt"], "2027-05-30T09:00:00Z");
    assert_eq!(
        service.count(&format!("FROM api_tokens WHERE api_tokens::text LIKE '%{}%'", &token[4..20])).await,
        0
    );
    let reader = service.anybody().with_token(&token);
    assert_eq!(reader.data(VIEWER, json!({})).await["viewer"]["displayName"], "Moderator");
    let target = document.to_string();
    for beyond in [
        (SUBMIT, comment(&target, "A word.")),
        (QUEUE, json!({})),
        ("mutation { signOut { signedOut } }", json!({})),
        (CREATE, json!({ "input": input(&["READ"]) })),
        (REVOKE, json!({ "id": row["id"] })),
        ("mutation { setMailPreferences(input: { mode: NONE }) { errors { code } } }", json!({})),
        (OWN, json!({})),
        ("{ viewer { sessions { id } } }", json!({})),
    ] {
        assert_eq!(reader.error(beyond.0, beyond.1).await, "FORBIDDEN", "{}", beyond.0);
    }
    assert_eq!(service.count("FROM comments").await, 0);
    // With READ alone it is not even a moderator who reads.
    let comment_id = service.anybody().comment_id(&target, "A word.").await;
    let reviewed = "query($id: ID!) { node(id: $id) { ... on Comment { reviewedAt } } }";
    assert_eq!(reader.error(reviewed, json!({ "id": comment_id })).await, "FORBIDDEN");

    let (token, _) = make(&moderator, input(&["READ", "MODERATE"])).await;
    let desk = service.anybody().with_token(&token);
    assert_eq!(desk.data(QUEUE, json!({})).await["moderationQueue"]["totalCount"], 1);
    assert_eq!(desk.data(reviewed, json!({ "id": comment_id })).await["node"]["reviewedAt"], Value::Null);
    assert_eq!(desk.error(SUBMIT, comment(&target, "A word.")).await, "FORBIDDEN");
    let (token, _) = make(&moderator, input(&["CONTRIBUTE"])).await;
    let writer = service.anybody().with_token(&token);
    writer.comments(&target, "By a program.").await;
    assert_eq!(writer.error(VIEWER, json!({})).await, "FORBIDDEN", "it does not read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_by_its_time_by_revocation_and_with_the_role() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let (token, row) =
        make(&moderator, json!({ "name": "A", "scopes": ["MODERATE"], "expiresInDays": 1 })).await;
    let desk = service.anybody().with_token(&token);
    desk.data(QUEUE, json!({})).await;
    // The last use is an hour, written once in it.
    service.clock.advance(chrono::TimeDelta::minutes(50));
    let moderator = service.moderator(document).await;
    desk.data(QUEUE, json!({})).await;
    let used = async |moderator: &Actor| {
        moderator.data(OWN, json!({})).await["viewer"]["apiTokens"][0]["lastUsedAt"].clone()
    };
    assert_eq!(used(&moderator).await, "2027-03-01T09:00:00Z");
    service.clock.advance(chrono::TimeDelta::minutes(25));
    let moderator = service.moderator(document).await;
    desk.data(QUEUE, json!({})).await;
    assert_eq!(used(&moderator).await, "2027-03-01T10:00:00Z");
    // The owner loses the role, and so does the token.
    crate::support::postgres::order(&service.database_url, "DELETE FROM role_grants").await;
    assert_eq!(desk.error(QUEUE, json!({})).await, "FORBIDDEN");
    let (other, other_row) = make(&moderator, input(&["READ"])).await;
    let stranger = service.signed_in("Stranger", Role::Participant, None).await;
    assert_eq!(stranger.error(REVOKE, json!({ "id": other_row["id"] })).await, "NOT_FOUND");
    let other = service.anybody().with_token(&other);
    other.data(VIEWER, json!({})).await;
    assert_eq!(
        moderator.data(REVOKE, json!({ "id": other_row["id"] })).await["revokeApiToken"]["apiToken"]["revokedAt"],
        "2027-03-01T10:15:00Z"
    );
    assert_eq!(other.error(VIEWER, json!({})).await, "UNAUTHENTICATED");
    service.clock.advance(chrono::TimeDelta::hours(23));
    assert_eq!(desk.error(QUEUE, json!({})).await, "UNAUTHENTICATED", "its day is over: {row}");
    for wrong in
        ["ans_", "ans_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", &format!("{token}a"), &token.to_uppercase()]
    {
        assert_eq!(
            service.anybody().with_token(wrong).error(VIEWER, json!({})).await,
            "UNAUTHENTICATED",
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_for_one_document_knows_no_other() {
    let service = TestService::start().await;
    let one = service.bridges_after().await;
    let other = crate::support::documents::BRIDGES
        .replace("slug: bridges", "slug: ferries")
        .replace("phase: open", "phase: open\nmoderation: post");
    let other = service.import(&other).await;
    let moderator = service.signed_in("Moderator", Role::Moderator, None).await;
    let wanted =
        json!({ "name": "A", "scopes": ["READ", "CONTRIBUTE", "MODERATE"], "documentId": one.to_string() });
    let (token, row) = make(&moderator, wanted).await;
    assert_eq!(row["document"]["slug"], "bridges");
    let program = service.anybody().with_token(&token);
    let list = "{ documents { totalCount nodes { slug } } ferries: document(slug: \"ferries\") { id } }";
    assert_eq!(
        program.data(list, json!({})).await,
        json!({ "documents": { "totalCount": 1, "nodes": [{ "slug": "bridges" }] }, "ferries": null })
    );
    program.comments(&one.to_string(), "Here.").await;
    assert_eq!(program.refusals(SUBMIT, comment(&other.to_string(), "There.")).await, ["TARGET_NOT_FOUND"]);
    let there = service.anybody().comment_id(&other.to_string(), "There.").await;
    let node = "query($id: ID!) { node(id: $id) { id } }";
    assert_eq!(program.data(node, json!({ "id": there })).await["node"], Value::Null);
    assert_eq!(moderator.data(node, json!({ "id": there })).await["node"]["id"], there);
    assert_eq!(program.data(QUEUE, json!({})).await["moderationQueue"]["totalCount"], 1);
    assert_eq!(moderator.data(QUEUE, json!({})).await["moderationQueue"]["totalCount"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_a_token_more_than_they_have() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other =
        service.import(&crate::support::documents::BRIDGES.replace("slug: bridges", "slug: ferries")).await;
    let administrator = service.administrator().await;
    let moderator = service.moderator(document).await;
    let participant = service.signed_in("Ann", Role::Participant, None).await;
    let refused = async |who: &Actor, input: Value| who.refusals(CREATE, json!({ "input": input })).await;
    for scopes in [&["MODERATE"], &["EDIT"], &["ADMINISTER"]] {
        assert_eq!(refused(&participant, input(scopes)).await, ["NOT_ALLOWED"], "{scopes:?}");
    }
    assert_eq!(refused(&administrator, input(&["MODERATE", "EDIT"])).await, ["NOT_ALLOWED", "NOT_ALLOWED"]);
    let elsewhere = json!({ "name": "A", "scopes": ["MODERATE"], "documentId": other.to_string() });
    assert_eq!(refused(&moderator, elsewhere).await, ["NOT_ALLOWED"]);
    let of_one = json!({ "name": "A", "scopes": ["ADMINISTER"], "documentId": document.to_string() });
    assert_eq!(refused(&administrator, of_one).await, ["NOT_ALLOWED"]);
    assert_eq!(
        refused(&participant, json!({ "name": " ", "scopes": [], "expiresInDays": 367 })).await,
        ["BLANK", "BLANK", "OUT_OF_RANGE"]
    );
    // For somebody else: an administrator, for whoever holds no office, and nothing beyond contributing.
    let ann = crate::people::id_of(&participant).await;
    let for_ann = |scopes: &[&str]| json!({ "name": "A", "scopes": scopes, "accountId": ann });
    let (token, _) = make(&administrator, for_ann(&["READ", "CONTRIBUTE"])).await;
    let program = service.anybody().with_token(&token);
    assert_eq!(program.data(VIEWER, json!({})).await["viewer"]["displayName"], "Ann");
    assert_eq!(refused(&administrator, for_ann(&["ADMINISTER"])).await, ["NOT_ALLOWED"]);
    assert_eq!(moderator.error(CREATE, json!({ "input": for_ann(&["READ"]) })).await, "FORBIDDEN");
    let for_moderator =
        json!({ "name": "A", "scopes": ["READ"], "accountId": crate::people::id_of(&moderator).await });
    assert_eq!(refused(&administrator, for_moderator).await, ["NOT_ALLOWED"]);
    let of_administrator =
        service.anybody().with_token(&make(&administrator, input(&["ADMINISTER"])).await.0);
    of_administrator.data("{ accounts { totalCount } }", json!({})).await;
}
