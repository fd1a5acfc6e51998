//! Who may see, reply to and decide on a comment. Pure.

use chrono::{DateTime, Utc};

use super::model::{Comment, CommentState};
use crate::{
    contributors::Intake,
    documents::{
        self,
        model::{Document, ModerationMode},
    },
    error::{Error, Result, UserErrorCode},
    identity::Viewer,
    ledger::Decision,
};

/// How many replies deep a thread may go.
pub const MAX_DEPTH: i32 = 8;

/// As whom somebody looks at a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Like everybody.
    Public,
    /// By a link that was mailed to a moderator about it: its text, and nothing of what was said about it.
    Link,
    /// As the one who wrote it, by its receipt.
    Holder,
    /// As a moderator of its document.
    Moderator,
}

/// As whom the viewer may look at this comment; `None` where it is not there for them.
pub fn access(viewer: &Viewer, comment: &Comment) -> Option<Access> {
    if viewer.moderates(comment.document_id) {
        return Some(Access::Moderator);
    }
    comment.visible.then_some(Access::Public)
}

/// Whether the text may be read with this access: tombstones keep theirs from readers, and an erased one has none.
pub fn may_read_text(access: Access, comment: &Comment) -> bool {
    comment.state != CommentState::Erased && (access >= Access::Link || comment.is_published())
}

/// Refuses everybody but the moderators of the comment's document; those who cannot see it do not learn that it is
/// there.
pub fn may_moderate(viewer: &Viewer, comment: &Comment) -> Result<()> {
    match access(viewer, comment) {
        Some(Access::Moderator) => Ok(()),
        Some(_) => Err(Error::Forbidden("Only a moderator of this document may do this.".into())),
        None => Err(Error::missing("comment")),
    }
}

/// Refuses the author another wording where there is none to be had, and says what to do instead.
pub fn may_amend(comment: &Comment, document: &Document, now: DateTime<Utc>) -> Result<()> {
    let refuse = |message: &str| Err(Error::refused(UserErrorCode::InvalidTransition, message, &["token"]));
    let is_open = || documents::policy::takes_contributions(document, now, &["token"]);
    match comment.state {
        _ if comment.intake == Intake::Expired => {
            refuse("The address was not confirmed in time, so this does not count. Write anew.")
        }
        // Asked for: that takes as long as it takes.
        CommentState::Pending | CommentState::Withheld if comment.changes_requested_at.is_some() => Ok(()),
        CommentState::Pending | CommentState::Withheld if comment.published_at.is_none() => is_open(),
        // Else the author's next wording would bring back what was cut.
        CommentState::Published if comment.is_redacted() => refuse(
            "A moderator has cut passages from this, so it cannot be changed. Withdraw it and write anew, or challenge the decision.",
        ),
        CommentState::Published if document.moderation == ModerationMode::Post => is_open(),
        CommentState::Published => refuse(
            "A moderator has published these very words, so they cannot be changed. Withdraw the comment and write anew.",
        ),
        CommentState::Pending | CommentState::Withheld => refuse(
            "This was public and a moderator is looking at it, so it cannot be changed now. Withdraw it and write anew.",
        ),
        CommentState::Rejected | CommentState::Hidden => refuse(
            "A moderator has decided against this, so it cannot be changed. Withdraw it and write anew, or challenge the decision.",
        ),
        CommentState::Withdrawn => refuse("You have withdrawn this. Write anew."),
        CommentState::Erased => refuse("This was erased. Write anew."),
    }
}

/// How often a contribution may be put into other words: every wording is kept.
const MAX_WORDINGS: i64 = 50;

/// Refuses another wording of what was changed too often.
pub fn has_room_for_another(earlier: i64) -> Result<()> {
    if earlier < MAX_WORDINGS {
        return Ok(());
    }
    let message = format!("This was changed {MAX_WORDINGS} times already. Withdraw it and write anew.");
    Err(Error::refused(UserErrorCode::InvalidTransition, message, &["token"]))
}

/// The state a decision leads to from the present one, or why it cannot be made. What does not count, because its author's
/// address is not confirmed, is published by nobody.
pub fn transition(comment: &Comment, decision: Decision) -> Result<CommentState> {
    let next = next(comment, decision)?;
    if next == CommentState::Published
        && comment.published_at.is_none()
        && comment.intake != Intake::Confirmed
    {
        return Err(Error::refused(
            UserErrorCode::InvalidTransition,
            "Its author has not confirmed the address, so this does not count and cannot be published.",
            &["decision"],
        ));
    }
    Ok(next)
}

fn next(comment: &Comment, decision: Decision) -> Result<CommentState> {
    use CommentState::{Erased, Hidden, Pending, Published, Rejected, Withdrawn, Withheld};
    let was_public = comment.published_at.is_some();
    match (decision, comment.state) {
        (Decision::Approve | Decision::Redact, Pending | Withheld)
        | (Decision::Redact, Published)
        | (Decision::Restore, Hidden)
        | (Decision::UpholdAppeal, Published | Rejected | Hidden) => Ok(Published),
        // Post-moderated and not looked at yet: approving it says that somebody has.
        (Decision::Approve | Decision::MarkReviewed, Published) if comment.reviewed_at.is_none() => {
            Ok(Published)
        }
        (Decision::DismissReports, Published) if comment.open_reports > 0 => Ok(Published),
        // What readers have seen leaves a tombstone, so that replies keep their place.
        (Decision::Reject | Decision::Hide, Withheld) if was_public => Ok(Hidden),
        (Decision::Reject, Pending | Withheld) => Ok(Rejected),
        (Decision::RequestChanges, state @ (Pending | Withheld)) if !was_public => Ok(state),
        (Decision::Restore, Rejected) => Ok(Pending),
        (Decision::Hide, Published) => Ok(Hidden),
        (Decision::Withhold, Pending | Published) => Ok(Withheld),
        (Decision::Withdraw, Pending | Withheld | Published | Rejected | Hidden) => Ok(Withdrawn),
        (Decision::Erase, state) if state != Erased => Ok(Erased),
        (
            Decision::PartlyUpholdAppeal
            | Decision::DismissAppeal
            | Decision::LodgeAppeal
            | Decision::WithdrawAppeal,
            state @ (Published | Rejected | Hidden),
        ) => Ok(state),
        (decision, state) => Err(Error::refused(
            UserErrorCode::InvalidTransition,
            format!(
                "{} is not possible for a comment that is {}. {}",
                decision.as_str(),
                state.as_str(),
                advice(state)
            ),
            &["decision"],
        )),
    }
}

fn advice(state: CommentState) -> &'static str {
    match state {
        CommentState::Pending | CommentState::Withheld => {
            "It can be approved, rejected, or sent back for changes."
        }
        CommentState::Published => "It can be hidden, or passages of it cut.",
        CommentState::Rejected | CommentState::Hidden => "It can be restored.",
        CommentState::Withdrawn | CommentState::Erased => "Nothing more can be decided about it.",
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        db::SharedText,
        ids::{CommentId, ContributorId, DocumentId},
    };

    fn comment(state: CommentState) -> Comment {
        let at = DateTime::UNIX_EPOCH;
        let id = CommentId::new(at);
        Comment {
            id,
            document_id: DocumentId::new(at),
            section_id: None,
            revision_id: None,
            parent_id: None,
            root_id: id,
            depth: 0,
            contributor_id: ContributorId::new(at),
            markdown: SharedText::default(),
            html: SharedText::default(),
            plain: SharedText::default(),
            state,
            reason: None,
            statement: None,
            version: 1,
            published_at: None,
            reviewed_at: None,
            created_at: at,
            visible: false,
            intake: Intake::Confirmed,
            redacted_markdown: None,
            redacted_html: None,
            redacted_plain: None,
            changes_requested_at: None,
            amended_at: None,
            open_reports: 0,
        }
    }

    #[test]
    fn every_decision_is_possible_from_the_right_states_only() {
        use CommentState::{Erased, Hidden, Pending, Published, Rejected, Withdrawn, Withheld};
        let states = [Pending, Withheld, Published, Rejected, Hidden, Withdrawn, Erased];
        let possible = |decision| {
            states
                .into_iter()
                .filter(|state| transition(&comment(*state), decision).is_ok())
                .collect::<Vec<_>>()
        };
        assert_eq!(possible(Decision::Approve), [Pending, Withheld, Published]);
        assert_eq!(possible(Decision::Reject), [Pending, Withheld]);
        assert_eq!(possible(Decision::Hide), [Published]);
        assert_eq!(possible(Decision::Restore), [Rejected, Hidden]);
        assert_eq!(possible(Decision::Withhold), [Pending, Published]);
        assert_eq!(possible(Decision::Redact), [Pending, Withheld, Published]);
        assert_eq!(possible(Decision::RequestChanges), [Pending, Withheld]);
        assert_eq!(possible(Decision::MarkReviewed), [Published]);
        assert_eq!(possible(Decision::DismissReports), []);
        assert_eq!(possible(Decision::Withdraw), [Pending, Withheld, Published, Rejected, Hidden]);
        assert_eq!(possible(Decision::Erase), [Pending, Withheld, Published, Rejected, Hidden, Withdrawn]);
        assert_eq!(possible(Decision::Acknowledge), []);
        let seen = Comment { published_at: Some(DateTime::UNIX_EPOCH), ..comment(Withheld) };
        assert_eq!(transition(&seen, Decision::Reject).unwrap(), Hidden, "it leaves a tombstone");
        assert!(transition(&seen, Decision::RequestChanges).is_err());
        for intake in [Intake::Unconfirmed, Intake::Expired] {
            for (decision, state) in [
                (Decision::Approve, Pending),
                (Decision::Redact, Withheld),
                (Decision::UpholdAppeal, Rejected),
            ] {
                let uncounted = Comment { intake, ..comment(state) };
                assert!(transition(&uncounted, decision).is_err(), "{decision:?}");
                assert!(transition(&uncounted, Decision::Withdraw).is_ok());
            }
        }
        let reviewed = Comment { reviewed_at: Some(DateTime::UNIX_EPOCH), ..comment(Published) };
        assert!(transition(&reviewed, Decision::Approve).is_err());
    }

    #[test]
    fn a_tombstone_keeps_its_text_from_readers() {
        let hidden = Comment { visible: true, ..comment(CommentState::Hidden) };
        assert_eq!(access(&Viewer::anonymous(), &hidden), Some(Access::Public));
        assert!(!may_read_text(Access::Public, &hidden));
        assert!(may_read_text(Access::Holder, &hidden) && may_read_text(Access::Moderator, &hidden));
        let erased = Comment { visible: true, ..comment(CommentState::Erased) };
        assert!(!may_read_text(Access::Holder, &erased) && !may_read_text(Access::Moderator, &erased));
        assert_eq!(access(&Viewer::anonymous(), &comment(CommentState::Pending)), None);
    }
}
