//! Two documents with something of everything in them, and everybody there is.

use answerable::{identity::Role, ids::DocumentId};
use serde_json::json;

use crate::{
    api_tokens, people,
    support::{Actor, TestService, contributions::text, documents::BRIDGES, postgres},
};

/// What nobody but the moderators of the second document may ever be shown.
pub const SECRET: &str = "xylophone";

/// A document and what was sent to it.
pub struct Half {
    pub document: DocumentId,
    pub slug: &'static str,
    pub section: String,
    /// A public comment that was put into other words, found by a rule and reported, and its receipt.
    pub comment: String,
    pub comment_token: String,
    /// One that waits.
    pub pending: String,
    pub submission: String,
    pub submission_token: String,
    pub attachment: String,
    /// A comment that was decided against, its receipt, the record of that, and the challenge to it.
    pub rejected: String,
    pub rejected_token: String,
    pub action: String,
    pub appeal: String,
    pub rule: String,
    pub moderator: Actor,
    pub account: String,
    pub session: String,
    pub api_token: String,
}

pub struct World {
    pub service: TestService,
    pub a: Half,
    pub b: Half,
    pub administrator: Actor,
    pub participant: Actor,
    /// Somebody with every role there is, everywhere.
    pub everything: Actor,
}

impl World {
    pub async fn build() -> Self {
        let service = TestService::start().await;
        let administrator = service.administrator().await;
        let a = half(&service, "bridges").await;
        let b = half(&service, "ferries").await;
        let participant = service.signed_in("Participant", Role::Participant, None).await;
        for role in [Role::Administrator, Role::Editor, Role::Moderator] {
            service.signed_in("Everything", role, None).await;
        }
        let everything = service.signed_in("Everything", Role::Participant, None).await;
        postgres::order(
            &service.database_url,
            "UPDATE jobs SET state = 'DEAD', finished_at = created_at WHERE id = (SELECT min(id::text)::uuid FROM jobs)",
        )
        .await;
        Self { service, a, b, administrator, participant, everything }
    }
}

async fn half(service: &TestService, slug: &'static str) -> Half {
    let document = service.import(&BRIDGES.replace("slug: bridges", &format!("slug: {slug}"))).await;
    service.rule(document, 1).await;
    let name = format!("Moderator of {slug}");
    let moderator = service.signed_in(&name, Role::Moderator, Some(document)).await;
    let editor = service.signed_in(&format!("Editor of {slug}"), Role::Editor, Some(document)).await;
    let set = "mutation($input: SetModerationRulesInput!) { setModerationRules(input: $input) { document { rules { id } } errors { message } } }";
    let rules = json!([{ "kind": "WORD_LIST", "words": ["heron"], "effect": "WITHHOLD" }, { "kind": "REPEATED_TEXT" }]);
    let rules =
        editor.data(set, json!({ "input": { "documentId": document.to_string(), "rules": rules } })).await;
    let find = "query($slug: String!) { section(documentSlug: $slug, slug: \"what-we-propose\") { id } }";
    let section = text(&service.anybody().data(find, json!({ "slug": slug })).await["section"]["id"]);
    let anybody = service.anybody();

    let words = format!(
        "The heron at the {SECRET} pond likes a bridge of which there is more to be said than anybody would"
    );
    let sent = anybody.comments(&section, &words).await;
    let comment = text(&sent["comment"]["id"]);
    let version = async || {
        let query = "query($id: ID!) { node(id: $id) { ... on Comment { version } } }";
        moderator.data(query, json!({ "id": comment })).await["node"]["version"].as_i64().unwrap()
    };
    let amend = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) { errors { message } } }";
    let input = json!({ "token": sent["receipt"]["token"], "body": format!("{words} read."), "expectedVersion": version().await });
    assert_eq!(
        anybody.data(amend, json!({ "input": input })).await["amendContribution"]["errors"],
        json!([])
    );
    moderator.decides(&comment, version().await, "APPROVE").await;
    let report = "mutation($id: ID!) { reportComment(input: { commentId: $id, reason: SPAM }) { received } }";
    anybody.data(report, json!({ "id": comment })).await;

    let pending = anybody.comment_id(&section, &format!("{words} read twice, {SECRET}.")).await;
    let file = anybody.sends_file(document, &format!("{SECRET}.txt"), SECRET.as_bytes()).await;
    let made = anybody.submits_with(document, &format!("In confidence: {SECRET}."), &[&file]).await;
    let against = anybody.comments(&section, &format!("Another {SECRET}.")).await;
    let rejected = text(&against["comment"]["id"]);
    moderator.decides(&rejected, 1, "REJECT").await;
    let rejected_token = text(&against["receipt"]["token"]);
    let lodge = "mutation($token: String!) { lodgeAppeal(input: { token: $token, text: \"It is.\" }) { appeal { id } errors { message } } }";
    let appeal = anybody.data(lodge, json!({ "token": rejected_token })).await["lodgeAppeal"].clone();
    let find = "query($token: String!) { receipt(token: $token) { statementsOfReasons { actionId } } }";
    let found = anybody.data(find, json!({ "token": rejected_token })).await;

    let sessions = moderator.data("{ viewer { sessions { id } } }", json!({})).await;
    let (_, row) = api_tokens::make(&moderator, json!({ "name": "A", "scopes": ["READ"] })).await;
    Half {
        document,
        slug,
        section,
        comment,
        comment_token: text(&sent["receipt"]["token"]),
        pending,
        submission: text(&made["submission"]["id"]),
        attachment: file.id,
        submission_token: text(&made["receipt"]["token"]),
        rejected,
        rejected_token,
        action: text(&found["receipt"]["statementsOfReasons"][0]["actionId"]),
        appeal: text(&appeal["appeal"]["id"]),
        rule: text(&rules["setModerationRules"]["document"]["rules"][0]["id"]),
        account: people::id_of(&moderator).await,
        moderator,
        session: text(&sessions["viewer"]["sessions"][0]["id"]),
        api_token: text(&row["id"]),
    }
}

/// Everybody there is, by name.
pub async fn actors(world: &World) -> Vec<(String, Actor)> {
    let service = &world.service;
    let editor = service.signed_in("Editor of bridges", Role::Participant, None).await;
    let mut all = vec![
        ("nobody".to_owned(), service.anybody()),
        ("participant".to_owned(), world.participant.clone()),
        ("moderator of another document".to_owned(), world.b.moderator.clone()),
        ("moderator".to_owned(), world.a.moderator.clone()),
        ("editor".to_owned(), editor),
        ("administrator".to_owned(), world.administrator.clone()),
        (HOLDER.to_owned(), service.anybody()),
    ];
    for scope in ["READ", "CONTRIBUTE", "MODERATE", "EDIT", "ADMINISTER"] {
        let scopes = if scope == "READ" { json!([scope]) } else { json!(["READ", scope]) };
        let input = json!({ "name": scope, "scopes": scopes });
        let (token, _) = api_tokens::make(&world.everything, input).await;
        all.push((format!("token that can {scope}"), service.anybody().with_token(&token)));
    }
    all
}

/// Who reads by the receipt what others look up.
pub const HOLDER: &str = "holder of the receipt";
