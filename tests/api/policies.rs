//! The table of policies, tried out: what it says is not for everybody is refused to everybody.

use answerable::graphql::policies::{TABLE, Who};
use serde_json::json;

use crate::support::{TestService, contributions::text};

/// A call of each query and mutation that is not for everybody.
#[expect(clippy::too_many_lines, reason = "a list")]
fn calls(document: &str) -> Vec<(&'static str, String)> {
    let id = "comment_01h455vb4pex5vsknk084sn02q";
    let submission = "submission_01h455vb4pex5vsknk084sn02q";
    let appeal = "appeal_01h455vb4pex5vsknk084sn02q";
    let by_id = |field: &str, of: &str| {
        format!(
            "mutation {{ {field}(input: {{ id: \"{of}_01h455vb4pex5vsknk084sn02q\" }}) {{ errors {{ code }} }} }}"
        )
    };
    let role = |field: &str| {
        format!(
            "mutation {{ {field}(input: {{ accountId: \"account_01h455vb4pex5vsknk084sn02q\", role: EDITOR }}) {{ errors {{ code }} }} }}"
        )
    };
    vec![
        ("Query.moderationQueue", "{ moderationQueue { totalCount } }".to_owned()),
        ("Query.appeals", "{ appeals { totalCount } }".to_owned()),
        (
            "Mutation.takeUpAppeal",
            format!(
                "mutation {{ takeUpAppeal(input: {{ id: \"{appeal}\", expectedVersion: 1 }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.decideAppeal",
            format!(
                "mutation {{ decideAppeal(input: {{ id: \"{appeal}\", expectedVersion: 1, outcome: DISMISS, statement: \"S\" }}) {{ errors {{ code }} }} }}"
            ),
        ),
        ("Query.accessRecords", "{ accessRecords { totalCount } }".to_owned()),
        (
            "Mutation.eraseContribution",
            format!(
                "mutation {{ eraseContribution(input: {{ id: \"{id}\", confirm: true }}) {{ errors {{ code }} }} }}"
            ),
        ),
        ("Query.accounts", "{ accounts { totalCount } }".to_owned()),
        ("Mutation.endOtherSessions", "mutation { endOtherSessions { ended } }".to_owned()),
        ("Mutation.endSession", by_id("endSession", "session")),
        ("Mutation.revokeApiToken", by_id("revokeApiToken", "apitoken")),
        ("Mutation.disableAccount", by_id("disableAccount", "account")),
        ("Mutation.enableAccount", by_id("enableAccount", "account")),
        ("Mutation.grantRole", role("grantRole")),
        ("Mutation.revokeRole", role("revokeRole")),
        (
            "Mutation.createApiToken",
            "mutation { createApiToken(input: { name: \"A\", scopes: [READ] }) { errors { code } } }"
                .to_owned(),
        ),
        ("Query.deadLetters", "{ deadLetters { totalCount } }".to_owned()),
        (
            "Mutation.requeueDeadLetters",
            "mutation { requeueDeadLetters(input: { all: true }) { errors { code } } }".to_owned(),
        ),
        (
            "Mutation.setMailPreferences",
            "mutation { setMailPreferences(input: { mode: NONE }) { errors { code } } }".to_owned(),
        ),
        ("Mutation.signOut", "mutation { signOut { signedOut } }".to_owned()),
        (
            "Mutation.moderateComment",
            format!(
                "mutation {{ moderateComment(input: {{ id: \"{id}\", expectedVersion: 1, decision: APPROVE }}) {{ errors {{ code }} }} }}"
            ),
        ),
        ("Query.moderationCounts", "{ moderationCounts { waiting } }".to_owned()),
        (
            "Mutation.claimItem",
            format!("mutation {{ claimItem(input: {{ id: \"{id}\" }}) {{ errors {{ code }} }} }}"),
        ),
        (
            "Mutation.releaseItem",
            format!("mutation {{ releaseItem(input: {{ id: \"{id}\" }}) {{ errors {{ code }} }} }}"),
        ),
        (
            "Mutation.moderateComments",
            format!(
                "mutation {{ moderateComments(input: {{ items: [{{ id: \"{id}\", expectedVersion: 1 }}], decision: APPROVE }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.handleSubmissions",
            format!(
                "mutation {{ handleSubmissions(input: {{ items: [{{ id: \"{submission}\", expectedVersion: 1 }}], decision: ACKNOWLEDGE }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.addNote",
            format!("mutation {{ addNote(input: {{ id: \"{id}\", note: \"N\" }}) {{ errors {{ code }} }} }}"),
        ),
        (
            "Mutation.undoDecision",
            format!(
                "mutation {{ undoDecision(input: {{ id: \"{id}\", expectedVersion: 1 }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.setDocumentPolicies",
            format!(
                "mutation {{ setDocumentPolicies(input: {{ documentId: \"{document}\" }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.setModerationRules",
            format!(
                "mutation {{ setModerationRules(input: {{ documentId: \"{document}\", rules: [] }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.handleSubmission",
            format!(
                "mutation {{ handleSubmission(input: {{ id: \"{submission}\", expectedVersion: 1, decision: ACKNOWLEDGE }}) {{ errors {{ code }} }} }}"
            ),
        ),
        (
            "Mutation.inviteModerator",
            format!(
                "mutation {{ inviteModerator(input: {{ email: \"a@example.org\", displayName: \"A\", documentIds: [\"{document}\"] }}) {{ errors {{ code }} }} }}"
            ),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_for_everybody_is_refused_at_the_door() {
    let service = TestService::start().await;
    let document = service.bridges().await.to_string();
    let anybody = service.anybody();
    let calls = calls(&document);
    for (of, who, fields) in
        TABLE.iter().filter(|(of, who, _)| ["Query", "Mutation"].contains(of) && *who != Who::Everybody)
    {
        for field in fields.split_whitespace() {
            let name = format!("{of}.{field}");
            let (_, call) = calls
                .iter()
                .find(|(known, _)| *known == name)
                .unwrap_or_else(|| panic!("{name} ({who:?}) is not tried"));
            assert_eq!(anybody.error(call, json!({})).await, "UNAUTHENTICATED", "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_what_everybody_sees_the_rest_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let comment = service.anybody().comment_id(&document.to_string(), "A word.").await;
    let stranger = service.signed_in("Stranger", answerable::identity::Role::Participant, None).await;
    for (of, who, fields) in
        TABLE.iter().filter(|(of, who, _)| ["Comment", "Contributor"].contains(of) && *who == Who::Moderators)
    {
        for field in fields.split_whitespace() {
            let selection = match field {
                "actions" | "reports" => &format!("{field} {{ totalCount }}"),
                "findings" => "findings { kind }",
                "similar" => "similar { count }",
                "contact" => "author { contact { email } }",
                "original" => "original { plain }",
                "claim" => "claim { until }",
                other => other,
            };
            let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Comment {{ {selection} }} }} }}");
            let variables = json!({ "id": comment });
            assert_eq!(
                service.anybody().error(&query, variables.clone()).await,
                "UNAUTHENTICATED",
                "{of}.{field} {who:?}"
            );
            assert_eq!(stranger.error(&query, variables).await, "FORBIDDEN", "{of}.{field}");
        }
    }
    // An account is for itself and administrators.
    let query = "{ viewer { id } }";
    let own = text(&stranger.data(query, json!({})).await["viewer"]["id"]);
    let node = "query($id: ID!) { node(id: $id) { ... on Account { email } } }";
    assert_eq!(service.anybody().data(node, json!({ "id": own })).await["node"], json!(null));
    assert_eq!(service.moderator(document).await.data(node, json!({ "id": own })).await["node"], json!(null));
    assert_eq!(stranger.data(node, json!({ "id": own })).await["node"]["email"], "stranger@example.org");
    assert_eq!(
        service.administrator().await.data(node, json!({ "id": own })).await["node"]["email"],
        "stranger@example.org"
    );
}
