//! What can be appealed against, and who decides. Pure.

use chrono::{DateTime, Utc};

use super::model::{Appeal, AppealState};
use crate::{
    error::{Error, Result, UserErrorCode},
    identity::Viewer,
    ids::{AccountId, ModerationActionId},
    ledger::ModerationAction,
    moderation::statements::Statement,
};

/// The statement that is appealed against: the one of this decision, or the last that can be. `NotFound` for a decision
/// that is none on this contribution.
pub fn contested(
    statements: Vec<Statement>,
    action: Option<ModerationActionId>,
    days: i32,
    now: DateTime<Utc>,
) -> Result<Statement> {
    let refuse = |message: String| Err(Error::refused(UserErrorCode::NotAppealable, message, &["actionId"]));
    let found = match action {
        Some(action) => statements.into_iter().find(|statement| statement.action.id == action),
        None => statements.into_iter().rfind(|statement| statement.action.action.is_restrictive()),
    };
    let Some(found) = found else {
        return match action {
            Some(_) => Err(Error::missing("decision")),
            None => refuse("Nothing was decided that could be appealed against.".into()),
        };
    };
    let Some(until) = found.appealable_until(days) else {
        let message = "A rule held it back until a moderator has looked. What the moderator decides can be appealed against.";
        return refuse(message.into());
    };
    if !found.stands {
        return refuse(
            "This decision was taken back or another came after it, so there is nothing to appeal against."
                .into(),
        );
    }
    if now > until {
        let day = until.format("%-d %B %Y, %H:%M UTC");
        return refuse(format!("The time to appeal against this decision ended on {day}."));
    }
    Ok(found)
}

/// Once for each decision.
pub fn refused_as_second(first: Option<&Appeal>) -> Error {
    let day = first.map(|first| first.lodged_at.format("%-d %B %Y").to_string());
    let message = format!(
        "A decision can be appealed against once, and you have appealed against this one{}.",
        day.map(|day| format!(" on {day}")).unwrap_or_default()
    );
    Error::refused(UserErrorCode::NotAppealable, message, &["actionId"])
}

/// The appeal, if the viewer moderates its document; `NotFound` otherwise, whether it is there or not.
pub fn readable(viewer: &Viewer, appeal: Option<Appeal>) -> Result<Appeal> {
    appeal.filter(|appeal| viewer.moderates(appeal.document_id)).ok_or_else(|| Error::missing("appeal"))
}

/// `Conflict` unless the appeal is as the moderator saw it.
pub fn unchanged(appeal: &Appeal, expected: i32) -> Result<()> {
    if appeal.version == expected {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This appeal has changed since you saw it: it is {} now, version {}. Look at it again and decide anew.",
        appeal.state.as_str(),
        appeal.version
    )))
}

/// Refuses a step on an appeal that has come to its end, or a beginning that was made already.
pub fn may_go_on(appeal: &Appeal, to: AppealState) -> Result<()> {
    let begins_again = to == AppealState::UnderReview && appeal.state == AppealState::UnderReview;
    if appeal.is_open() && !begins_again {
        return Ok(());
    }
    let message = match appeal.state {
        AppealState::UnderReview => "This appeal is under review already.".to_owned(),
        AppealState::Withdrawn => "This appeal was withdrawn by its author, which ends it.".to_owned(),
        state => format!("This appeal was decided: it is {}.", state.as_str()),
    };
    Err(Error::refused(UserErrorCode::InvalidTransition, message, &["id"]))
}

/// Whether the same moderator decides on their own decision, which is refused unless nobody else moderates the document and
/// they say so.
pub fn is_same_moderator(
    contested: &ModerationAction,
    account: AccountId,
    moderators: &[AccountId],
    overridden: bool,
) -> Result<bool> {
    if contested.actor_id() != Some(account) {
        return Ok(false);
    }
    let others = moderators.iter().any(|moderator| *moderator != account);
    let message = match (others, overridden) {
        (false, true) => return Ok(true),
        (true, _) => {
            "You made the decision that this appeal is about. Another moderator of the document decides on it."
        }
        (false, false) => {
            "You made the decision that this appeal is about, and nobody else moderates this document. Invite somebody, or say with `sameModeratorOverride` that you decide nevertheless: that is recorded and shown."
        }
    };
    Err(Error::refused(UserErrorCode::AnotherModeratorNeeded, message, &["sameModeratorOverride"]))
}
