//! A call of every query and mutation that takes something: refused for a reason of its own where it may be made, so that
//! trying it changes nothing.

use serde_json::{Value, json};

use super::world::Half;

/// A call: the field, its arguments with their types, and what is asked of it.
pub struct Call {
    pub of: &'static str,
    pub field: &'static str,
    pub arguments: Vec<(&'static str, &'static str, Value)>,
    pub selection: &'static str,
}

impl Call {
    /// The operation, which calls its field `probe`.
    pub fn operation(&self) -> String {
        let kind = if self.of == "Query" { "query" } else { "mutation" };
        let declared: Vec<_> = self.arguments.iter().map(|(name, of, _)| format!("${name}: {of}")).collect();
        let given: Vec<_> = self.arguments.iter().map(|(name, ..)| format!("{name}: ${name}")).collect();
        let bracketed = |parts: Vec<String>| {
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        format!(
            "{kind}{} {{ probe: {}{}{} }}",
            bracketed(declared),
            self.field,
            bracketed(given),
            self.selection
        )
    }

    pub fn variables(&self) -> Value {
        Value::Object(
            self.arguments.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())).collect(),
        )
    }

    pub fn name(&self) -> String {
        format!("{}.{}", self.of, self.field)
    }
}

fn query(
    field: &'static str,
    arguments: Vec<(&'static str, &'static str, Value)>,
    selection: &'static str,
) -> Call {
    Call { of: "Query", field, arguments, selection }
}

fn mutation(field: &'static str, of: &'static str, input: Value) -> Call {
    // Of many at once each is answered for itself.
    let selection = match field {
        "handleSubmissions" | "moderateComments" => {
            "{ errors { code message } results { errors { code message } } }"
        }
        _ => "{ errors { code message } }",
    };
    Call { of: "Mutation", field, arguments: vec![("input", of, input)], selection }
}

/// A call of each, about what is in this half of the world.
#[expect(clippy::too_many_lines, reason = "a list")]
pub fn calls(of: &Half) -> Vec<Call> {
    let document = of.document.to_string();
    let author = json!({ "name": "A", "email": "a@example.org" });
    let nonsense = "A".repeat(48);
    vec![
        query("node", vec![("id", "ID!", json!(of.pending))], "{ id }"),
        query("nodes", vec![("ids", "[ID!]!", json!([of.submission]))], "{ id }"),
        query("document", vec![("slug", "String!", json!(of.slug))], "{ id }"),
        query("documents", vec![], "{ totalCount }"),
        query(
            "section",
            vec![("documentSlug", "String!", json!(of.slug)), ("slug", "String!", json!("what-we-know"))],
            "{ id }",
        ),
        query("receipt", vec![("token", "String!", json!(of.submission_token))], "{ kind }"),
        query("actionLink", vec![("token", "String!", json!(nonsense))], "{ state }"),
        query("mailSubscription", vec![("token", "String!", json!(nonsense))], "{ stopped }"),
        query("viewer", vec![], "{ id }"),
        query(
            "previewComment",
            vec![("input", "PreviewCommentInput!", json!({ "targetId": of.section, "body": "A word." }))],
            "{ outcome errors { code message } }",
        ),
        query(
            "moderationQueue",
            vec![(
                "filter",
                "ModerationQueueFilter",
                json!({ "documentId": document, "sectionId": of.section, "sameAuthorAs": of.pending }),
            )],
            "{ totalCount }",
        ),
        query("moderationCounts", vec![("documentId", "ID", json!(document))], "{ waiting }"),
        query(
            "appeals",
            vec![("filter", "AppealFilter", json!({ "documentId": document }))],
            "{ totalCount }",
        ),
        query("deadLetters", vec![], "{ totalCount }"),
        query("accounts", vec![], "{ totalCount }"),
        query(
            "accessRecords",
            vec![
                ("accountId", "ID", json!(of.account)),
                ("documentId", "ID", json!(document)),
                ("itemId", "ID", json!(of.submission)),
            ],
            "{ totalCount }",
        ),
        query("exportMyData", vec![("documentId", "ID", json!(document))], ""),
        mutation("addNote", "AddNoteInput!", json!({ "id": of.pending, "note": " " })),
        mutation(
            "amendContribution",
            "AmendContributionInput!",
            json!({ "token": nonsense, "body": "A word.", "expectedVersion": 1, "removeAttachments": [of.attachment] }),
        ),
        mutation(
            "createUpload",
            "CreateUploadInput!",
            json!({ "documentId": document, "name": " ", "bytes": 1 }),
        ),
        mutation("claimItem", "ClaimItemInput!", json!({ "id": of.pending, "takeOver": false })),
        mutation("confirmContribution", "ConfirmContributionInput!", json!({ "token": nonsense })),
        mutation(
            "createApiToken",
            "CreateApiTokenInput!",
            json!({ "name": " ", "scopes": ["READ"], "documentId": document }),
        ),
        mutation(
            "decideAppeal",
            "DecideAppealInput!",
            json!({ "id": of.appeal, "expectedVersion": 99, "outcome": "DISMISS", "statement": "No." }),
        ),
        // Without `confirm` nothing is erased.
        mutation(
            "eraseContribution",
            "EraseContributionInput!",
            json!({ "id": of.pending, "confirm": false }),
        ),
        mutation("eraseMyData", "EraseMyDataInput!", json!({ "documentId": document, "confirm": false })),
        mutation("disableAccount", "AccountInput!", json!({ "id": of.account })),
        mutation("enableAccount", "AccountInput!", json!({ "id": of.account })),
        mutation("endSession", "EndSessionInput!", json!({ "id": of.session })),
        mutation(
            "followActionLink",
            "FollowActionLinkInput!",
            json!({ "token": nonsense, "decision": "APPROVE" }),
        ),
        mutation(
            "grantRole",
            "RoleInput!",
            json!({ "accountId": of.account, "role": "ADMINISTRATOR", "documentId": document }),
        ),
        mutation(
            "revokeRole",
            "RoleInput!",
            json!({ "accountId": of.account, "role": "EDITOR", "documentId": document }),
        ),
        mutation(
            "handleSubmission",
            "HandleSubmissionInput!",
            json!({ "id": of.submission, "expectedVersion": 99, "decision": "ACKNOWLEDGE" }),
        ),
        mutation(
            "handleSubmissions",
            "HandleSubmissionsInput!",
            json!({ "items": [{ "id": of.submission, "expectedVersion": 99 }], "decision": "ACKNOWLEDGE", "allOrNothing": true }),
        ),
        mutation(
            "inviteModerator",
            "InviteModeratorInput!",
            json!({ "email": "nobody", "displayName": "A", "documentIds": [document] }),
        ),
        mutation(
            "lodgeAppeal",
            "LodgeAppealInput!",
            json!({ "token": of.comment_token, "actionId": of.action, "text": "It is." }),
        ),
        mutation(
            "makeSubmission",
            "MakeSubmissionInput!",
            json!({ "documentId": document, "author": author, "body": " " }),
        ),
        mutation(
            "moderateComment",
            "ModerateCommentInput!",
            json!({ "id": of.pending, "expectedVersion": 99, "decision": "APPROVE" }),
        ),
        mutation(
            "moderateComments",
            "ModerateCommentsInput!",
            json!({ "items": [{ "id": of.pending, "expectedVersion": 99 }], "decision": "APPROVE", "allOrNothing": true }),
        ),
        mutation("refreshSession", "RefreshSessionInput!", json!({ "refreshToken": nonsense })),
        mutation("releaseItem", "ReleaseItemInput!", json!({ "id": of.pending })),
        mutation(
            "reportComment",
            "ReportCommentInput!",
            json!({ "commentId": of.pending, "reason": "SPAM" }),
        ),
        mutation("requestSignInLink", "RequestSignInLinkInput!", json!({ "email": "nobody" })),
        mutation(
            "requeueDeadLetters",
            "RequeueDeadLettersInput!",
            json!({ "ids": ["job_01h455vb4pex5vsknk084sn02q"] }),
        ),
        mutation("revokeApiToken", "RevokeApiTokenInput!", json!({ "id": of.api_token })),
        mutation(
            "setDocumentPolicies",
            "SetDocumentPoliciesInput!",
            json!({ "documentId": document, "targetHours": -1 }),
        ),
        mutation(
            "setMailPreferences",
            "SetMailPreferencesInput!",
            json!({ "documentId": document, "hour": 99 }),
        ),
        mutation(
            "setModerationRules",
            "SetModerationRulesInput!",
            json!({ "documentId": document, "rules": [{ "id": of.rule, "kind": "WORD_LIST", "words": [] }] }),
        ),
        mutation("signIn", "SignInInput!", json!({ "token": nonsense })),
        mutation(
            "submitComment",
            "SubmitCommentInput!",
            json!({ "targetId": of.section, "author": author, "body": " " }),
        ),
        mutation("takeUpAppeal", "TakeUpAppealInput!", json!({ "id": of.appeal, "expectedVersion": 99 })),
        mutation("undoDecision", "UndoDecisionInput!", json!({ "id": of.rejected, "expectedVersion": 99 })),
        mutation("unsubscribe", "UnsubscribeInput!", json!({ "token": nonsense })),
        mutation(
            "withdrawAppeal",
            "WithdrawAppealInput!",
            json!({ "appealId": of.appeal, "token": of.comment_token }),
        ),
        mutation("withdrawContribution", "WithdrawContributionInput!", json!({ "token": nonsense })),
    ]
}

/// Those that end what is asking, or take nothing: tried last, and each with a session of its own.
pub const WITHOUT_INPUT: [&str; 2] = ["endOtherSessions", "signOut"];
