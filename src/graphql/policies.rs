//! Who may read each field and call each mutation, as one table. A field of the schema that is not in it fails a test:
//! nothing becomes public by being forgotten. The rules themselves are enforced in the domains' `policy.rs`; what the
//! table says is tried out against them over HTTP. What a program with an API token may call stands in [`SCOPES`], and
//! is enforced in one place for all of it ([`door`]). `docs/permissions.md` is made from both.

pub(super) mod door;
#[cfg(test)]
mod page;

use crate::identity::Scope;

/// Who may read a field or call a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not, wherever the object itself may be seen.
    Everybody,
    /// Whoever holds the receipt, and the moderators of the document.
    HolderAndModerators,
    /// Whoever holds the token of a link in a mail.
    HolderOfLink,
    /// The moderators of the document.
    Moderators,
    /// Everybody signed in.
    SignedIn,
    /// The person themselves.
    Oneself,
    /// The person themselves, and administrators.
    SelfAndAdministrators,
    /// The editors of the document, and administrators.
    Editors,
    /// The moderators and editors of the document, and administrators.
    ModeratorsAndEditors,
    /// The moderators of the document, and administrators.
    ModeratorsAndAdministrators,
    /// Administrators.
    Administrators,
}

/// One row: a type, who may read these of its fields, the fields.
pub type Row = (&'static str, Who, &'static str);

use Who::{
    Administrators, Editors, Everybody, HolderAndModerators, HolderOfLink, Moderators,
    ModeratorsAndAdministrators, ModeratorsAndEditors, Oneself, SelfAndAdministrators, SignedIn,
};

/// The table. An object that is not for everybody is guarded where it is reached: a `Submission` by `node`, `receipt`
/// and the queue, a `ModerationAction` by the `actions` of its subject.
pub const TABLE: &[Row] = &[
    (
        "Query",
        Everybody,
        "actionLink document documents exportMyData mailSubscription node nodes previewComment receipt section viewer",
    ),
    ("Query", Moderators, "appeals moderationCounts moderationQueue"),
    ("Query", Administrators, "accessRecords accounts deadLetters"),
    (
        "Mutation",
        Everybody,
        "amendContribution confirmContribution createUpload eraseMyData followActionLink lodgeAppeal makeSubmission \
         refreshSession reportComment requestSignInLink signIn submitComment unsubscribe withdrawAppeal withdrawContribution",
    ),
    (
        "Mutation",
        SignedIn,
        "createApiToken endOtherSessions endSession revokeApiToken setMailPreferences signOut",
    ),
    (
        "Mutation",
        Moderators,
        "addNote claimItem decideAppeal handleSubmission handleSubmissions moderateComment moderateComments \
         releaseItem takeUpAppeal undoDecision",
    ),
    ("Mutation", ModeratorsAndAdministrators, "eraseContribution"),
    ("Mutation", Editors, "setDocumentPolicies setModerationRules"),
    (
        "Mutation",
        Administrators,
        "disableAccount enableAccount grantRole inviteModerator requeueDeadLetters revokeRole",
    ),
    ("Subscription", Everybody, "commentPublished"),
    ("Subscription", Moderators, "moderationCountsChanged moderationItemChanged"),
    (
        "Document",
        Everybody,
        "closesAt commentCount comments contactErasedAt createdAt formToken id language moderationLog moderationRules opensAt owner phase \
         policies section sections slug summary title updatedAt",
    ),
    ("Document", ModeratorsAndEditors, "rules"),
    ("Document", Editors, "retentionChange"),
    ("RetentionChange", Editors, "at by daysBefore"),
    ("Document", Moderators, "similarGroups"),
    ("Rule", ModeratorsAndEditors, "effect id kind limit seconds submissions timeoutMs url words"),
    ("ModerationRule", Everybody, "body number title"),
    ("RuleFinding", Moderators, "found foundAt kind withheld"),
    ("SimilarGroup", Moderators, "count id items"),
    ("EarlierText", HolderAndModerators, "body replacedAt version"),
    ("CommentPreview", Everybody, "body errors needsConfirmation outcome withheldIfFirst"),
    (
        "Policies",
        Everybody,
        "appealDays attachmentTypes confirmAddresses maxAttachmentBytes maxAttachments maxCommentLength maxReplyDepth maxSubmissionLength moderation \
         reportThreshold retentionDays targetHours",
    ),
    (
        "Section",
        Everybody,
        "blocks body children commentCount comments depth document footnotes id next number parent previous \
         readingTimeMinutes revision slug title wordCount",
    ),
    ("SectionRevision", Everybody, "createdAt id ordinal"),
    ("Block", Everybody, "body key kind number"),
    ("Footnote", Everybody, "body label referencedBy"),
    ("Text", Everybody, "html markdown plain"),
    (
        "Comment",
        Everybody,
        "amendedAt author body createdAt depth document id intake parent publishedAt reason redacted replies \
         replyCount section state version",
    ),
    ("Comment", HolderAndModerators, "changesRequestedAt history statement statementsOfReasons"),
    ("Comment", Moderators, "actions claim findings openReports original reports reviewedAt similar"),
    ("Contributor", Everybody, "displayName"),
    ("Contributor", Moderators, "contact"),
    ("Contact", Moderators, "bouncedAt email"),
    (
        "Submission",
        HolderAndModerators,
        "amendedAt attachments author body createdAt document history id intake reason state statement \
         statementsOfReasons version",
    ),
    ("Attachment", HolderAndModerators, "bytes createdAt id mediaType name"),
    // Its sender has the file; nobody else is to have it by a link that was seen.
    ("Attachment", Moderators, "url"),
    ("Upload", Everybody, "expiresAt id token url"),
    ("CreateUploadPayload", Everybody, "errors upload"),
    ("Submission", Moderators, "actions claim findings similar"),
    (
        "Receipt",
        HolderAndModerators,
        "comment kind receivedAt reference statementsOfReasons submission text token url",
    ),
    (
        "StatementOfReasons",
        HolderAndModerators,
        "actionId appeal appealUrl appealable appealableUntil automatedDecision automatedDetection decidedAt \
         decision facts ground ruleCited stands",
    ),
    ("Appeal", HolderAndModerators, "decidedAt id lodgedAt sameModerator state statement text version"),
    ("Appeal", Moderators, "action comment decidedBy submission takenUpBy"),
    ("Report", Moderators, "createdAt explanation hasContact id outcome reason"),
    (
        "ModerationAction",
        Moderators,
        "actor actorKind createdAt decision detected fromState hash id note reason ruleCited seq statement \
         statementOfReasons subjectId subjectVersion toState",
    ),
    // Nothing in it names anybody, and of notes there is only their place.
    (
        "ModerationLogEntry",
        Everybody,
        "actorKind comment createdAt decision detected fromState hash previousHash reason ruleCited seq \
         subjectKind toState",
    ),
    // A moderator sees the names of those who decided beside them.
    ("Account", SignedIn, "displayName id"),
    ("Account", SelfAndAdministrators, "apiTokens bouncedAt disabledAt email mailPreferences roles"),
    ("Account", Oneself, "sessions"),
    ("SignedInSession", Oneself, "device expiresAt id isCurrent lastUsedAt startedAt"),
    ("ApiToken", SelfAndAdministrators, "createdAt document expiresAt id lastUsedAt name revokedAt scopes"),
    ("MailPreference", SelfAndAdministrators, "document hour mode timeZone topics"),
    ("MailSubscription", HolderOfLink, "documentTitle replies stopped"),
    ("ActionLink", HolderOfLink, "comment expiresAt message moderator state"),
    ("DeadLetter", Administrators, "attempts failedAt id kind lastError"),
    ("RoleGrant", SelfAndAdministrators, "document role"),
    ("Session", Oneself, "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt"),
    ("SubmitCommentPayload", Everybody, "comment errors receipt"),
    ("ConfirmContributionPayload", Everybody, "errors receipt"),
    ("UnsubscribePayload", HolderOfLink, "errors subscription"),
    ("MakeSubmissionPayload", Everybody, "errors receipt submission"),
    ("ModerateCommentPayload", Moderators, "action comment errors"),
    ("SetDocumentPoliciesPayload", Editors, "document errors"),
    ("Claim", Moderators, "by isMine until"),
    (
        "ModerationCounts",
        Moderators,
        "appealed awaitingChanges mine overdue pending reported submissions unreviewed waiting withheld",
    ),
    ("ClaimItemPayload", Moderators, "claim errors"),
    ("ReleaseItemPayload", Moderators, "errors released"),
    ("ModerateCommentsPayload", Moderators, "decided errors results"),
    ("CommentResult", Moderators, "action comment errors id"),
    ("HandleSubmissionsPayload", Moderators, "decided errors results"),
    ("SubmissionResult", Moderators, "action errors id submission"),
    ("SetModerationRulesPayload", Editors, "document errors"),
    ("AmendContributionPayload", Everybody, "errors receipt"),
    ("WithdrawContributionPayload", Everybody, "errors receipt"),
    ("AddNotePayload", Moderators, "action errors item"),
    ("UndoDecisionPayload", Moderators, "action errors item"),
    ("HandleSubmissionPayload", Moderators, "action errors submission"),
    ("ReportCommentPayload", Everybody, "comment errors received"),
    ("LodgeAppealPayload", Everybody, "appeal errors"),
    ("WithdrawAppealPayload", Everybody, "appeal errors"),
    ("TakeUpAppealPayload", Moderators, "appeal errors"),
    ("DecideAppealPayload", Moderators, "action appeal errors"),
    ("RequestSignInLinkPayload", Everybody, "errors secret sent"),
    ("SignInPayload", Everybody, "account errors session"),
    ("RefreshSessionPayload", Everybody, "errors session"),
    ("SignOutPayload", SignedIn, "errors signedOut"),
    ("EndSessionPayload", SignedIn, "ended errors"),
    ("EndOtherSessionsPayload", SignedIn, "ended errors"),
    ("CreateApiTokenPayload", SignedIn, "apiToken errors token"),
    ("RevokeApiTokenPayload", SignedIn, "apiToken errors"),
    ("InviteModeratorPayload", Administrators, "account errors"),
    ("GrantRolePayload", Administrators, "account errors"),
    ("RevokeRolePayload", Administrators, "account errors"),
    ("DisableAccountPayload", Administrators, "account errors"),
    ("EnableAccountPayload", Administrators, "account errors"),
    ("SetMailPreferencesPayload", SignedIn, "errors mailPreferences"),
    ("FollowActionLinkPayload", HolderOfLink, "comment errors"),
    ("RequeueDeadLettersPayload", Administrators, "errors requeued"),
    (
        "ErasurePreview",
        Everybody,
        "appeals attachments comments earlierTexts publishedComments reports submissions",
    ),
    ("EraseMyDataPayload", Everybody, "erased errors preview receipt"),
    ("EraseContributionPayload", ModeratorsAndAdministrators, "comment erased errors preview"),
    ("AccessRecord", Administrators, "account document id itemId kind readAt"),
    ("AccessRecordConnection", Administrators, "edges nodes pageInfo totalCount"),
    ("AccessRecordEdge", Administrators, "cursor node"),
    ("UserError", Everybody, "code message path"),
    ("PageInfo", Everybody, "endCursor hasNextPage hasPreviousPage startCursor"),
    ("DocumentConnection", Everybody, "edges nodes pageInfo totalCount"),
    ("DocumentEdge", Everybody, "cursor node"),
    ("SectionConnection", Everybody, "edges nodes pageInfo totalCount"),
    ("SectionEdge", Everybody, "cursor node"),
    ("CommentConnection", Everybody, "edges nodes pageInfo totalCount"),
    ("CommentEdge", Everybody, "cursor node"),
    ("AccountConnection", Administrators, "edges nodes pageInfo totalCount"),
    ("AccountEdge", Administrators, "cursor node"),
    ("DeadLetterConnection", Administrators, "edges nodes pageInfo totalCount"),
    ("DeadLetterEdge", Administrators, "cursor node"),
    ("ModerationActionConnection", Moderators, "edges nodes pageInfo totalCount"),
    ("ModerationActionEdge", Moderators, "cursor node"),
    ("ModerationLogEntryConnection", Everybody, "edges nodes pageInfo totalCount"),
    ("ModerationLogEntryEdge", Everybody, "cursor node"),
    ("AppealConnection", Moderators, "edges nodes pageInfo totalCount"),
    ("AppealEdge", Moderators, "cursor node"),
    ("ReportConnection", Moderators, "edges nodes pageInfo totalCount"),
    ("ReportEdge", Moderators, "cursor node"),
    ("SimilarGroupConnection", Moderators, "edges nodes pageInfo totalCount"),
    ("SimilarGroupEdge", Moderators, "cursor node"),
    ("ModerationItemConnection", Moderators, "edges nodes pageInfo totalCount"),
    ("ModerationItemEdge", Moderators, "cursor node"),
];

/// What an API token needs which scope for. What stands in no row, no API token can call: signing in and out, a person's
/// own choices, and tokens themselves. Of what it reaches it sees what its owner sees with the roles of its scopes.
pub const SCOPES: &[(&str, Scope, &str)] = &[
    (
        "Query",
        Scope::Read,
        "actionLink document documents mailSubscription node nodes previewComment receipt section viewer",
    ),
    ("Query", Scope::Moderate, "appeals moderationCounts moderationQueue"),
    ("Query", Scope::Administer, "accessRecords accounts deadLetters"),
    (
        "Mutation",
        Scope::Contribute,
        "amendContribution confirmContribution createUpload lodgeAppeal makeSubmission reportComment submitComment \
         withdrawAppeal withdrawContribution",
    ),
    (
        "Mutation",
        Scope::Moderate,
        "addNote claimItem decideAppeal handleSubmission handleSubmissions moderateComment moderateComments \
         releaseItem takeUpAppeal undoDecision",
    ),
    ("Mutation", Scope::Edit, "setDocumentPolicies setModerationRules"),
    (
        "Mutation",
        Scope::Administer,
        "disableAccount enableAccount grantRole inviteModerator requeueDeadLetters revokeRole",
    ),
    ("Subscription", Scope::Read, "commentPublished"),
    ("Subscription", Scope::Moderate, "moderationCountsChanged moderationItemChanged"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[tokio::test]
    async fn every_field_of_the_schema_has_a_stated_policy() {
        let schema = super::super::builder().finish();
        let answer = schema.execute("{ __schema { types { name kind fields { name } } } }").await;
        let answer = answer.data.into_json().unwrap();
        let mut fields = BTreeSet::new();
        for ty in answer["__schema"]["types"].as_array().unwrap() {
            let name = ty["name"].as_str().unwrap();
            if ty["kind"] == "OBJECT" && !name.starts_with("__") {
                let of = ty["fields"].as_array().unwrap().iter();
                fields.extend(of.map(|field| format!("{name}.{}", field["name"].as_str().unwrap())));
            }
        }
        assert!(fields.len() > 100, "{fields:?}");
        let mut stated = BTreeSet::new();
        for (name, _, of) in TABLE {
            for field in of.split_whitespace() {
                assert!(stated.insert(format!("{name}.{field}")), "{name}.{field} stands twice in the table");
            }
        }
        let forgotten: Vec<_> = fields.difference(&stated).collect();
        assert!(forgotten.is_empty(), "no policy is stated for {forgotten:?}");
        let gone: Vec<_> = stated.difference(&fields).collect();
        assert!(gone.is_empty(), "the table states a policy for what is not in the schema: {gone:?}");
        let mut scoped = BTreeSet::new();
        for (name, _, of) in SCOPES {
            for field in of.split_whitespace() {
                assert!(scoped.insert(format!("{name}.{field}")), "{name}.{field} has two scopes");
            }
        }
        let gone: Vec<_> = scoped.difference(&fields).collect();
        assert!(gone.is_empty(), "a scope is stated for what is not in the schema: {gone:?}");
        // Whoever adds a query or mutation says whether programs may call it: by a row of `SCOPES`, or here.
        let top = stated.iter().filter(|field| field.starts_with("Query.") || field.starts_with("Mutation."));
        let people_alone: Vec<_> = top.filter(|field| !scoped.contains(*field)).collect();
        assert_eq!(
            people_alone,
            [
                "Mutation.createApiToken",
                "Mutation.endOtherSessions",
                "Mutation.endSession",
                "Mutation.eraseContribution",
                "Mutation.eraseMyData",
                "Mutation.followActionLink",
                "Mutation.refreshSession",
                "Mutation.requestSignInLink",
                "Mutation.revokeApiToken",
                "Mutation.setMailPreferences",
                "Mutation.signIn",
                "Mutation.signOut",
                "Mutation.unsubscribe",
                "Query.exportMyData",
            ]
        );
    }
}
