//! Rows and enums of the ledger.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    db::schema::moderation_actions,
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
    /// What was decided.
    pub enum Decision {
        /// A comment may be seen.
        Approve = "APPROVE",
        /// A comment that waited will not be published.
        Reject = "REJECT",
        /// A comment that was public is not shown any more.
        Hide = "HIDE",
        /// A decision against a comment is taken back.
        Restore = "RESTORE",
        /// A comment is held for a moderator.
        Withhold = "WITHHOLD",
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
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = moderation_actions)]
pub struct ModerationAction {
    /// Its id.
    pub id: ModerationActionId,
    /// The document of the item.
    pub document_id: DocumentId,
    /// What kind of item.
    pub subject_kind: SubjectKind,
    /// The item.
    pub subject_id: Uuid,
    /// Who decided.
    pub actor_kind: ActorKind,
    /// Which account, where a person decided.
    pub actor_id: Option<AccountId>,
    /// What was decided.
    pub action: Decision,
    /// The item's state before.
    pub from_state: String,
    /// The item's state after.
    pub to_state: String,
    /// On which ground.
    pub reason: Option<Reason>,
    /// What the person concerned is told.
    pub statement: Option<String>,
    /// The item's version after.
    pub subject_version: i32,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl ModerationAction {
    /// The item that was decided on.
    pub fn subject(&self) -> Subject {
        match self.subject_kind {
            SubjectKind::Comment => Subject::Comment(CommentId(self.subject_id)),
            SubjectKind::Submission => Subject::Submission(SubmissionId(self.subject_id)),
        }
    }
}
