//! Every field and mutation of the schema, asked for as everybody there is, held against a snapshot. A field without a
//! stated policy fails elsewhere; one that this does not reach fails here.

pub mod calls;
pub mod schema;
pub mod world;

use std::{collections::BTreeMap, fmt::Write};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::support::Actor;
use calls::{Call, WITHOUT_INPUT, calls};
use schema::Schema;
use world::{HOLDER, World, actors};

/// Types that are walked by other tests, because the way to them is a token in a mail.
const BY_MAIL: [&str; 2] = ["ActionLink", "MailSubscription"];

/// Where an object of each type is found: as everybody looks for it, and as the holder of a receipt does.
fn way_to(ty: &str, world: &World) -> Option<(String, String)> {
    let a = &world.a;
    let node =
        |id: &str, ty: &str, rest: &str| format!("{{ node(id: \"{id}\") {{ ... on {ty} {{ {rest} }} }} }}");
    let receipt = |token: &str, rest: &str| format!("{{ receipt(token: \"{token}\") {{ {rest} }} }}");
    let slug = a.slug;
    let document = |rest: &str| format!("{{ document(slug: \"{slug}\") {{ {rest} }} }}");
    let section =
        |rest: &str| format!("{{ section(documentSlug: \"{slug}\", slug: \"what-we-know\") {{ {rest} }} }}");
    let comment = |rest: &str| {
        (node(&a.comment, "Comment", rest), receipt(&a.comment_token, &format!("comment {{ {rest} }}")))
    };
    let same = |way: String| (way.clone(), way);
    let rejected = |rest: &str| {
        (node(&a.rejected, "Comment", rest), receipt(&a.rejected_token, &format!("comment {{ {rest} }}")))
    };
    Some(match ty {
        "Document" => same(document("PROBE")),
        "ModerationRule" => same(document("moderationRules { PROBE }")),
        "Policies" => same(document("policies { PROBE }")),
        "Rule" => same(document("rules { PROBE }")),
        "RetentionChange" => same(document("retentionChange { PROBE }")),
        "SimilarGroup" => same(document("similarGroups { nodes { PROBE } }")),
        "ModerationLogEntry" => same(document("moderationLog { nodes { PROBE } }")),
        "Section" => same(section("PROBE")),
        "SectionRevision" => same(section("revision { PROBE }")),
        "Block" => same(section("blocks { PROBE }")),
        "Footnote" => same(format!(
            "{{ section(documentSlug: \"{slug}\", slug: \"why-bridges\") {{ footnotes {{ PROBE }} }} }}"
        )),
        "Text" => same(section("body { PROBE }")),
        "Comment" => comment("PROBE"),
        "Contributor" => comment("author { PROBE }"),
        "Contact" => comment("author { contact { PROBE } }"),
        "EarlierText" => comment("history { PROBE }"),
        "RuleFinding" => comment("findings { PROBE }"),
        "Report" => comment("reports { nodes { PROBE } }"),
        "Claim" => (
            node(&a.pending, "Comment", "claim { PROBE }"),
            receipt(&a.comment_token, "comment { claim { PROBE } }"),
        ),
        "Submission" => {
            (node(&a.submission, "Submission", "PROBE"), receipt(&a.submission_token, "submission { PROBE }"))
        }
        "Attachment" => (
            node(&a.submission, "Submission", "attachments { PROBE }"),
            receipt(&a.submission_token, "submission { attachments { PROBE } }"),
        ),
        "Upload" => same(format!(
            "mutation {{ createUpload(input: {{ documentId: \"{}\", name: \"a.txt\", bytes: 1 }}) {{ upload {{ PROBE }} }} }}",
            a.document
        )),
        // Whoever asks without its token cannot say which.
        "Receipt" => (
            format!("{{ receipt(token: \"{}\") {{ PROBE }} }}", "A".repeat(48)),
            receipt(&a.comment_token, "PROBE"),
        ),
        "StatementOfReasons" => rejected("statementsOfReasons { PROBE }"),
        "Appeal" => (
            node(&a.appeal, "Appeal", "PROBE"),
            receipt(&a.rejected_token, "statementsOfReasons { appeal { PROBE } }"),
        ),
        "ModerationAction" => (
            node(&a.action, "ModerationAction", "PROBE"),
            receipt(&a.rejected_token, "comment { actions { nodes { PROBE } } }"),
        ),
        "CommentPreview" => same(format!(
            "{{ previewComment(input: {{ targetId: \"{}\", body: \"A word.\" }}) {{ PROBE }} }}",
            a.section
        )),
        // Of somebody else: what one sees of oneself stands in the second table.
        "Account" => same(node(&a.account, "Account", "PROBE")),
        "RoleGrant" => same(node(&a.account, "Account", "roles { PROBE }")),
        "ApiToken" => same(node(&a.account, "Account", "apiTokens { PROBE }")),
        "MailPreference" => same(node(&a.account, "Account", "mailPreferences { PROBE }")),
        "SignedInSession" => same(node(&a.account, "Account", "sessions { PROBE }")),
        "ErasurePreview" => (
            format!(
                "mutation {{ eraseContribution(input: {{ id: \"{}\", confirm: false }}) {{ preview {{ PROBE }} }} }}",
                a.comment
            ),
            format!(
                "mutation {{ eraseMyData(input: {{ token: \"{}\", confirm: false }}) {{ preview {{ PROBE }} }} }}",
                a.comment_token
            ),
        ),
        "AccessRecord" => same("{ accessRecords { nodes { PROBE } } }".to_owned()),
        "ModerationCounts" => same("{ moderationCounts { PROBE } }".to_owned()),
        "DeadLetter" => same("{ deadLetters { nodes { PROBE } } }".to_owned()),
        _ => return None,
    })
}

/// What somebody sees of themselves.
const OWN: [(&str, &str); 5] = [
    ("Account", "{ viewer { PROBE } }"),
    ("RoleGrant", "{ viewer { roles { PROBE } } }"),
    ("ApiToken", "{ viewer { apiTokens { PROBE } } }"),
    ("MailPreference", "{ viewer { mailPreferences { PROBE } } }"),
    ("SignedInSession", "{ viewer { sessions { PROBE } } }"),
];

/// What came of asking, in one sign: `+` given, `0` nothing there to be given, `-` the object itself is not there, or the
/// beginning of the code it was refused with. A mutation that was refused for what a person can put right is `+`.
fn sign(answer: &Value) -> char {
    fn found(within: &Value) -> Option<&Value> {
        match within {
            Value::Object(fields) => fields.get("probe").or_else(|| fields.values().find_map(found)),
            Value::Array(items) => items.iter().find_map(found),
            _ => None,
        }
    }
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return match code {
            "UNAUTHENTICATED" => 'U',
            "FORBIDDEN" => 'F',
            "NOT_FOUND" => 'N',
            // It was let in, and what it saw is of another version.
            "CONFLICT" => '+',
            other => panic!("{other}: {answer:#}"),
        };
    }
    match found(&answer["data"]) {
        // Of many at once: what came of the only one.
        Some(given) if given["results"][0]["errors"][0]["code"] == "TARGET_NOT_FOUND" => 'N',
        None => '-',
        Some(Value::Null) => '0',
        Some(Value::Array(items)) if items.is_empty() => '0',
        Some(_) => '+',
    }
}

async fn ask(actor: &Actor, query: &str, variables: Value) -> char {
    sign(&actor.ask(query, variables).await)
}

/// The table: one line for each field, one column for each actor.
fn table(actors: &[(String, Actor)], rows: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (at, (name, _)) in actors.iter().enumerate() {
        writeln!(text, "{}{name}", "│ ".repeat(at)).unwrap();
    }
    for (field, signs) in rows {
        let signs: Vec<_> = signs.chars().map(String::from).collect();
        writeln!(text, "{} {field}", signs.join(" ")).unwrap();
    }
    text
}

async fn row(actors: &[(String, Actor)], way: &(String, String), field: &str) -> String {
    let asked = actors.iter().map(|(name, actor)| {
        let query = if name == HOLDER { &way.1 } else { &way.0 };
        let query = query.replace("PROBE", &format!("probe: {field}"));
        async move { ask(actor, &query, json!({})).await }
    });
    stream::iter(asked).buffered(6).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_what_the_table_says_and_nothing_else() {
    let world = World::build().await;
    let schema = Schema::read(&world.service.anybody()).await;
    let actors = actors(&world).await;
    // Somebody is at work on what waits, so that there is a claim to be seen.
    let claim = "mutation($id: ID!) { claimItem(input: { id: $id }) { errors { code } } }";
    world.a.moderator.data(claim, json!({ "id": world.a.pending })).await;
    // And somebody has read what is private, so that there is a record of it.
    let read = "query($id: ID!) { node(id: $id) { ... on Submission { body { plain } } } }";
    world.a.moderator.data(read, json!({ "id": world.a.submission })).await;
    // And somebody has changed for how long contributors can be reached.
    let keep = "mutation($id: ID!) { setDocumentPolicies(input: { documentId: $id, retentionDays: 400 }) { errors { code } } }";
    world.everything.data(keep, json!({ "id": world.a.document.to_string() })).await;
    let mut rows = BTreeMap::new();
    for ty in schema.objects() {
        let is_frame = ["Connection", "Edge", "Payload"].iter().any(|end| ty.ends_with(end));
        let is_walked_elsewhere = [
            "Query",
            "Mutation",
            "Subscription",
            "PageInfo",
            "UserError",
            "Session",
            "CommentResult",
            "SubmissionResult",
        ]
        .contains(&ty.as_str())
            || BY_MAIL.contains(&ty.as_str());
        if is_frame || is_walked_elsewhere {
            continue;
        }
        let way = way_to(&ty, &world)
            .unwrap_or_else(|| panic!("no way to a {ty} is known here: say where one is found"));
        for (field, selection) in schema.fields(&ty) {
            let signs = row(&actors, &way, &format!("{field}{selection}")).await;
            rows.insert(format!("{ty}.{field}"), signs);
        }
    }
    let mut shown = table(&actors, &rows);
    let mut own = BTreeMap::new();
    for (ty, way) in OWN {
        let way = (way.to_owned(), way.to_owned());
        for (field, selection) in schema.fields(ty) {
            own.insert(format!("{ty}.{field}"), row(&actors, &way, &format!("{field}{selection}")).await);
        }
    }
    shown += "\nOf oneself\n";
    shown += &table(&actors, &own);
    insta::assert_snapshot!("fields", shown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_does_what_the_table_says_and_nothing_else() {
    let world = World::build().await;
    let schema = Schema::read(&world.service.anybody()).await;
    let actors = actors(&world).await;
    let tried: BTreeMap<String, Call> = calls(&world.a).into_iter().map(|call| (call.name(), call)).collect();
    let mut rows = BTreeMap::new();
    for of in ["Query", "Mutation"] {
        for (field, _) in schema.fields(of) {
            let name = format!("{of}.{field}");
            if WITHOUT_INPUT.contains(&field.as_str()) {
                continue;
            }
            let call = tried.get(&name).unwrap_or_else(|| panic!("{name} is not tried: add a call of it"));
            let mut signs = String::new();
            for (who, actor) in &actors {
                // What it would end or disable is another's: an administrator's own calls come to something here.
                let is_own = who == "moderator" && ["endSession", "revokeApiToken"].contains(&field.as_str());
                let by_administrator =
                    ["disableAccount", "enableAccount", "revokeApiToken"].contains(&field.as_str());
                if is_own || (by_administrator && (who == "administrator" || who.contains("ADMINISTER"))) {
                    signs.push('*');
                    continue;
                }
                signs.push(ask(actor, &call.operation(), call.variables()).await);
            }
            rows.insert(name, signs);
        }
    }
    for field in WITHOUT_INPUT {
        let operation = format!("mutation {{ probe: {field} {{ errors {{ code }} }} }}");
        let mut signs = String::new();
        for (_, actor) in &actors {
            signs.push(ask(actor, &operation, json!({})).await);
        }
        rows.insert(format!("Mutation.{field}"), signs);
    }
    insta::assert_snapshot!("calls", table(&actors, &rows));
}
