//! Rows and enums of the ledger.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    db::schema::{moderation_action_details, moderation_actions},
    ids::{AccountId, CommentId, DocumentId, ModerationActionId, SubmissionId},
    text_enum,
};

text_enum! {
    /// Why something was decided against a contribution.
    pub enum Reason {
        /// It insults or threatens somebody.
        Abusive = "ABUSIVE",
        /// It is coarse or indecent.
        Offensive = "OFFENSIVE",
        /// It incites hatred against people for what they are.
        HateSpeech = "HATE_SPEECH",
        /// It pursues or intimidates somebody.
        Harassment = "HARASSMENT",
        /// It breaks the law.
        Illegal = "ILLEGAL",
        /// It tells private matters of somebody who can be recognised.
        PersonalData = "PERSONAL_DATA",
        /// It is sent to many places without regard to the matter.
        Spam = "SPAM",
        /// It promotes goods or services.
        Advertising = "ADVERTISING",
        /// It has nothing to do with the document.
        OffTopic = "OFF_TOPIC",
        /// It says again what the same person has said.
        Duplicate = "DUPLICATE",
        /// It states as fact what is shown to be wrong, to mislead.
        Misinformation = "MISINFORMATION",
        /// Something else, which the statement explains.
        Other = "OTHER",
    }
}

text_enum! {
    /// What kind of item was decided on.
    pub enum SubjectKind {
        /// A public comment.
        Comment = "COMMENT",
        /// A private submission.
        Submission = "SUBMISSION",
    }
}

text_enum! {
    /// Who decided.
    pub enum ActorKind {
        /// A moderator.
        Moderator = "MODERATOR",
        /// A rule of the document.
        Rule = "RULE",
        /// The author themselves.
        Author = "AUTHOR",
        /// The service, carrying out a policy.
        System = "SYSTEM",
    }
}

text_enum! {
    /// What was decided, or done about a decision.
    pub enum Decision {
        /// A comment may be seen.
        Approve = "APPROVE",
        /// A comment may be seen, without the passages that were cut.
        Redact = "REDACT",
        /// A comment that waited will not be published.
        Reject = "REJECT",
        /// The author is asked for another wording.
        RequestChanges = "REQUEST_CHANGES",
        /// A comment that was public is not shown any more.
        Hide = "HIDE",
        /// A decision against a comment is taken back.
        Restore = "RESTORE",
        /// A comment that was published without a look has been looked at.
        MarkReviewed = "MARK_REVIEWED",
        /// What readers reported is no reason to act.
        DismissReports = "DISMISS_REPORTS",
        /// A comment is held for a moderator.
        Withhold = "WITHHOLD",
        /// Its author has put it into other words.
        Amend = "AMEND",
        /// A contribution is taken back.
        Withdraw = "WITHDRAW",
        /// The content of a contribution is gone for good.
        Erase = "ERASE",
        /// A submission's arrival is acknowledged.
        Acknowledge = "ACKNOWLEDGE",
        /// A submission is being worked through.
        TakeUnderReview = "TAKE_UNDER_REVIEW",
        /// A submission has been considered.
        MarkConsidered = "MARK_CONSIDERED",
        /// A submission is set aside, with a reason.
        SetAside = "SET_ASIDE",
        /// Moderators have written something down for each other.
        Note = "NOTE",
        /// The last decision is taken back by the one who made it.
        Undo = "UNDO",
        /// The author challenges a decision.
        LodgeAppeal = "LODGE_APPEAL",
        /// The author takes the challenge back.
        WithdrawAppeal = "WITHDRAW_APPEAL",
        /// The challenge is right: the decision is taken back.
        UpholdAppeal = "UPHOLD_APPEAL",
        /// The challenge is right in part.
        PartlyUpholdAppeal = "PARTLY_UPHOLD_APPEAL",
        /// The challenge is not right: the decision stands.
        DismissAppeal = "DISMISS_APPEAL",
    }
}

/// The item that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A comment.
    Comment(CommentId),
    /// A submission.
    Submission(SubmissionId),
}

impl Subject {
    /// Its kind.
    pub fn kind(self) -> SubjectKind {
        match self {
            Self::Comment(_) => SubjectKind::Comment,
            Self::Submission(_) => SubjectKind::Submission,
        }
    }

    /// Its id, bare.
    pub fn id(self) -> Uuid {
        match self {
            Self::Comment(id) => id.0,
            Self::Submission(id) => id.0,
        }
    }
}

/// One record.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = moderation_actions)]
pub struct ModerationAction {
    /// Its id.
    pub id: ModerationActionId,
    /// The document of the item.
    pub document_id: DocumentId,
    /// Its place in the document's chain, from 1.
    pub seq: i64,
    /// What kind of item.
    pub subject_kind: SubjectKind,
    /// The item.
    pub subject_id: Uuid,
    /// Who decided.
    pub actor_kind: ActorKind,
    /// What was decided.
    pub action: Decision,
    /// The item's state before.
    pub from_state: String,
    /// The item's state after.
    pub to_state: String,
    /// On which ground.
    pub reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    pub rule_cited: Option<i32>,
    /// Whether a rule found it first.
    pub detected: bool,
    /// What was decided together, in one request.
    pub batch_id: Option<Uuid>,
    /// The item's version after.
    pub subject_version: i32,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The salted hash of what could name somebody.
    pub commitment: Vec<u8>,
    /// The hash of the record before.
    pub previous_hash: Vec<u8>,
    /// The hash of this record.
    pub hash: Vec<u8>,
    /// What could name somebody.
    #[diesel(embed)]
    pub details: Option<Details>,
}

/// What of a record could name somebody; all of it goes when it is erased.
#[derive(Clone, Default, Queryable, Selectable)]
#[diesel(table_name = moderation_action_details)]
pub struct Details {
    /// Makes the commitment one that nobody can guess; gone when the details are erased.
    pub salt: Option<Vec<u8>>,
    /// Which account decided, where a person did.
    pub actor_id: Option<AccountId>,
    /// What the person concerned is told.
    pub statement: Option<String>,
    /// What moderators wrote down for each other.
    pub note: Option<String>,
    /// How the item stood before, for undoing.
    pub before: Option<serde_json::Value>,
}

impl ModerationAction {
    /// The item that was decided on.
    pub fn subject(&self) -> Subject {
        match self.subject_kind {
            SubjectKind::Comment => Subject::Comment(CommentId(self.subject_id)),
            SubjectKind::Submission => Subject::Submission(SubmissionId(self.subject_id)),
        }
    }

    /// Which account decided, where a person did and it was not erased.
    pub fn actor_id(&self) -> Option<AccountId> {
        self.details.as_ref()?.actor_id
    }

    /// What the person concerned was told.
    pub fn statement(&self) -> Option<&str> {
        self.details.as_ref()?.statement.as_deref()
    }

    /// What moderators wrote down for each other.
    pub fn note(&self) -> Option<&str> {
        self.details.as_ref()?.note.as_deref()
    }
}
