//! Ids of other things, other documents and other people, in every place of the schema that takes an id.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    matrix::{
        calls::{Call, calls},
        schema::Schema,
        world::{SECRET, World},
    },
    support::Actor,
};

/// The types that a place takes, by the beginning of their ids.
fn taken(place: &str) -> &'static [&'static str] {
    match place {
        "AddNoteInput.id"
        | "ClaimItemInput.id"
        | "ReleaseItemInput.id"
        | "UndoDecisionInput.id"
        | "EraseContributionInput.id"
        | "Query.accessRecords.itemId"
        | "ModerationQueueFilter.sameAuthorAs"
        // Both mutations of many share the input.
        | "SeenItemInput.id" => &["comment", "submission"],
        "ModerateCommentInput.id" | "ReportCommentInput.commentId" => &["comment"],
        "HandleSubmissionInput.id" => &["submission"],
        "DecideAppealInput.id" | "TakeUpAppealInput.id" | "WithdrawAppealInput.appealId" => &["appeal"],
        "LodgeAppealInput.actionId" => &["action"],
        "AmendContributionInput.removeAttachments" => &["attachment"],
        "AccountInput.id"
        | "RoleInput.accountId"
        | "CreateApiTokenInput.accountId"
        | "Query.accessRecords.accountId" => &["account"],
        "EndSessionInput.id" => &["session"],
        "RevokeApiTokenInput.id" => &["apitoken"],
        "RequeueDeadLettersInput.ids" => &["job"],
        "RuleInput.id" => &["rule"],
        "ModerationQueueFilter.sectionId" => &["section"],
        "PreviewCommentInput.targetId" | "SubmitCommentInput.targetId" => &["document", "section", "comment"],
        "Query.node.id" | "Query.nodes.ids" => &ALL,
        _ if place.ends_with(".documentId") || place.ends_with(".documentIds") => &["document"],
        _ => panic!("{place} takes ids: say of which types"),
    }
}

/// What ids of every type begin with.
const ALL: [&str; 21] = [
    "account",
    "session",
    "apitoken",
    "signin",
    "document",
    "section",
    "revision",
    "contributor",
    "receipt",
    "comment",
    "submission",
    "attachment",
    "action",
    "report",
    "appeal",
    "rule",
    "similar",
    "job",
    "mailing",
    "access",
    "link",
];

const NOT_THERE: &str = "01h455vb4pex5vsknk084sn02q";

/// Every place of these calls that holds an id: which call, what the place is called in the schema, where it is.
fn places(calls: &[Call], schema: &Schema) -> Vec<(usize, String, String)> {
    let mut places = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        for (name, ty, value) in &call.arguments {
            let mut found = Vec::new();
            match value {
                Value::String(_) if ty.contains("ID") => {
                    found.push((format!("{}.{name}", call.name()), format!("/{name}")));
                }
                Value::Array(_) if ty.contains("ID") => {
                    found.push((format!("{}.{name}", call.name()), format!("/{name}/0")));
                }
                _ => schema.ids_within(ty, value, &format!("/{name}"), &mut found),
            }
            places.extend(found.into_iter().map(|(place, path)| (at, place, path)));
        }
    }
    places
}

async fn with(actor: &Actor, call: &Call, path: &str, id: &str) -> Value {
    let mut variables = call.variables();
    *variables.pointer_mut(path).unwrap() = json!(id);
    actor.ask(&call.operation(), variables).await
}

/// What stands in every table that anything of this could be written to.
async fn fingerprint(world: &World) -> Vec<i64> {
    const TABLES: [&str; 17] = [
        "accounts",
        "role_grants",
        "api_tokens",
        "documents",
        "rules",
        "moderation_rules",
        "comments",
        "comment_texts",
        "submissions",
        "submission_texts",
        "attachments",
        "moderation_actions",
        "moderation_claims",
        "appeals",
        "reports",
        "jobs",
        "sessions",
    ];
    let mut sums = Vec::new();
    for table in TABLES {
        // A number that changes with every row: the hashes of the rows, added up.
        let of = format!("FROM {table} t");
        sums.push(world.service.count(&of).await);
        sums.push(
            world
                .service
                .number(&format!("SELECT COALESCE(sum(hashtext(t::text)), 0)::bigint AS count {of}"))
                .await,
        );
    }
    sums
}

fn with_optional_ids(world: &World) -> Vec<Call> {
    let mut all = calls(&world.b);
    let author = json!({ "name": "A", "email": "a@example.org" });
    all.push(Call {
        of: "Mutation",
        field: "createApiToken",
        arguments: vec![(
            "input",
            "CreateApiTokenInput!",
            json!({ "name": "A", "scopes": ["READ"], "accountId": world.b.account }),
        )],
        selection: "{ token errors { code message } }",
    });
    // Whatever has an id can be asked for by it.
    for id in [&world.b.submission, &world.b.appeal, &world.b.action, &world.b.account, &world.b.rejected] {
        let of = |field, name, ty, value| Call {
            of: "Query",
            field,
            arguments: vec![(name, ty, value)],
            selection: "{ __typename id }",
        };
        all.push(of("node", "id", "ID!", json!(id)));
        all.push(of("nodes", "ids", "[ID!]!", json!([id])));
    }
    for id in [&world.b.pending, &world.b.submission] {
        let filter = json!({ "sameAuthorAs": id });
        all.push(Call {
            of: "Query",
            field: "moderationQueue",
            arguments: vec![("filter", "ModerationQueueFilter", filter)],
            selection: "{ totalCount }",
        });
    }
    // What could succeed for whoever may not: with inputs that are right but for the id.
    all.push(Call {
        of: "Mutation",
        field: "submitComment",
        arguments: vec![(
            "input",
            "SubmitCommentInput!",
            json!({ "targetId": world.b.pending, "author": author, "body": "A word." }),
        )],
        selection: "{ comment { id } errors { code message } }",
    });
    for (field, ty, input) in [
        (
            "moderateComment",
            "ModerateCommentInput!",
            json!({ "id": world.b.pending, "expectedVersion": 1, "decision": "APPROVE" }),
        ),
        (
            "handleSubmission",
            "HandleSubmissionInput!",
            json!({ "id": world.b.submission, "expectedVersion": 1, "decision": "ACKNOWLEDGE" }),
        ),
        ("takeUpAppeal", "TakeUpAppealInput!", json!({ "id": world.b.appeal, "expectedVersion": 1 })),
        ("addNote", "AddNoteInput!", json!({ "id": world.b.submission, "note": "A note." })),
        (
            "withdrawAppeal",
            "WithdrawAppealInput!",
            json!({ "appealId": world.b.appeal, "token": world.a.rejected_token }),
        ),
        (
            "lodgeAppeal",
            "LodgeAppealInput!",
            json!({ "actionId": world.b.action, "token": world.a.comment_token, "text": "It is." }),
        ),
    ] {
        all.push(Call {
            of: "Mutation",
            field,
            arguments: vec![("input", ty, input)],
            selection: "{ errors { code message } }",
        });
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_of_another_type_is_a_clear_error_everywhere() {
    let world = World::build().await;
    let schema = Schema::read(&world.service.anybody()).await;
    let calls = with_optional_ids(&world);
    let places = places(&calls, &schema);
    let tried: BTreeSet<String> = places.iter().map(|(_, place, _)| place.clone()).collect();
    // Subscriptions are asked for in another way, and tried where that is.
    let there: BTreeSet<String> =
        schema.places_of_ids().into_iter().filter(|place| !place.starts_with("Subscription.")).collect();
    assert_eq!(tried, there, "every place of the schema that takes an id is tried");
    let before = fingerprint(&world).await;
    for (at, place, path) in &places {
        let call = &calls[*at];
        for prefix in ALL.into_iter().filter(|prefix| !taken(place).contains(prefix)) {
            let answer = with(&world.everything, call, path, &format!("{prefix}_{NOT_THERE}")).await;
            // Some say so among what a person can put right.
            let is_refused = answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
                || answer["data"]["probe"]["errors"][0]["code"].is_string();
            assert!(is_refused, "{place} of {} took an id of type {prefix}: {answer:#}", call.name());
        }
        for nonsense in
            ["", "nonsense", "comment_", "'; DROP TABLE comments; --", "comment_zzzzzzzzzzzzzzzzzzzzzzzzzz"]
        {
            let answer = with(&world.everything, call, path, nonsense).await;
            let is_refused = answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
                || answer["data"]["probe"]["errors"][0]["code"].is_string();
            assert!(is_refused, "{place} of {}: {nonsense}: {answer:#}", call.name());
        }
    }
    assert_eq!(fingerprint(&world).await, before, "nothing was changed");
}

/// An answer without the ids in it, to be compared.
fn bare(answer: &Value) -> String {
    let words = answer.to_string();
    words
        .split(['"', ' ', '.', '`'])
        .map(|word| if word.contains('_') && word.len() > 30 { "ID" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_anothers_is_not_there_and_nothing_comes_of_trying() {
    let world = World::build().await;
    let schema = Schema::read(&world.service.anybody()).await;
    let calls = with_optional_ids(&world);
    let places = places(&calls, &schema);
    let before = fingerprint(&world).await;
    let anybody = world.service.anybody();
    for (who, actor) in [
        ("the moderator of another document", &world.a.moderator),
        ("a participant", &world.participant),
        ("nobody", &anybody),
    ] {
        for (at, place, path) in &places {
            let call = &calls[*at];
            let variables = call.variables();
            let id = variables.pointer(path).unwrap().as_str().unwrap().to_owned();
            let theirs = with(actor, call, path, &id).await;
            let text = theirs.to_string();
            assert!(
                !text.contains(SECRET),
                "{who} read what is not theirs by {place} of {}: {theirs:#}",
                call.name()
            );
            let (prefix, _) = id.split_once('_').unwrap();
            // That a document and its public comments are there is no secret.
            let is_public = ["document", "section", "comment"].contains(&prefix);
            if is_public && ![&world.b.pending, &world.b.rejected].contains(&&id) {
                continue;
            }
            let absent = with(actor, call, path, &format!("{prefix}_{NOT_THERE}")).await;
            assert_eq!(
                bare(&theirs),
                bare(&absent),
                "{who} can tell whether it is there by {place} of {}",
                call.name()
            );
            let given = &theirs["data"]["probe"];
            let is_refused = theirs["errors"].is_array()
                || given.is_null()
                || *given == json!([null])
                || given["errors"].as_array().is_some_and(|errors| !errors.is_empty())
                || given["results"][0]["errors"].as_array().is_some_and(|errors| !errors.is_empty())
                || given["totalCount"] == 0;
            assert!(is_refused, "{who} by {place} of {}: {theirs:#}", call.name());
        }
    }
    assert_eq!(fingerprint(&world).await, before, "nothing was changed");
}
