//! A ruling: checked before it is carried out, recorded in the same transaction.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::{
    model::{ActorKind, Decision, ModerationAction, Reason, Subject},
    queries,
};
use crate::{
    error::{Error, Result, UserError, UserErrorCode},
    ids::{AccountId, DocumentId, ModerationActionId},
    text,
};

/// A decision with its grounds. A restrictive one needs both, another takes none.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// What is decided.
    pub decision: Decision,
    /// On which ground.
    pub reason: Option<Reason>,
    /// What the person concerned is told.
    pub statement: Option<String>,
}

impl Ruling {
    /// A decision that needs no grounds.
    pub fn plain(decision: Decision) -> Self {
        Self { decision, reason: None, statement: None }
    }

    /// The same ruling with its statement in the form it is kept; refused with what to put right.
    pub fn check(self) -> Result<Self> {
        let Self { decision, reason, statement } = self;
        if !decision.is_restrictive() {
            if reason.is_some() || statement.is_some() {
                let message = format!("{} takes neither a reason nor a statement.", decision.as_str());
                return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["reason"]));
            }
            return Ok(Self { decision, reason, statement });
        }
        let mut problems = Vec::new();
        if reason.is_none() {
            let message = "Say on which ground: the person concerned is told.";
            problems.push(UserError::new(UserErrorCode::ReasonRequired, message, &["reason"]));
        }
        let statement =
            text::body(&mut problems, &statement.unwrap_or_default(), text::MAX_STATEMENT, &["statement"]);
        if problems.is_empty() {
            Ok(Self { decision, reason, statement: Some(statement) })
        } else {
            Err(Error::Refused(problems))
        }
    }
}

impl Decision {
    /// Whether it goes against somebody, who is then owed a statement of reasons.
    pub fn is_restrictive(self) -> bool {
        matches!(self, Self::Reject | Self::Hide | Self::SetAside)
    }
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A moderator.
    Moderator(AccountId),
    /// A rule of the document.
    Rule,
    /// The author themselves.
    Author,
    /// The service, carrying out a policy.
    System,
}

impl Actor {
    fn kind(self) -> ActorKind {
        match self {
            Self::Moderator(_) => ActorKind::Moderator,
            Self::Rule => ActorKind::Rule,
            Self::Author => ActorKind::Author,
            Self::System => ActorKind::System,
        }
    }

    fn account(self) -> Option<AccountId> {
        match self {
            Self::Moderator(account) => Some(account),
            Self::Rule | Self::Author | Self::System => None,
        }
    }
}

/// What a ruling did to an item.
pub struct Effect {
    /// The document of the item.
    pub document: DocumentId,
    /// The item.
    pub subject: Subject,
    /// Its state before.
    pub from: &'static str,
    /// Its state after.
    pub to: &'static str,
    /// Its version after.
    pub version: i32,
}

/// Records a ruling, within the transaction that carries it out.
pub async fn record(
    conn: &mut AsyncPgConnection,
    actor: Actor,
    ruling: Ruling,
    effect: Effect,
    now: DateTime<Utc>,
) -> Result<ModerationAction> {
    let action = ModerationAction {
        id: ModerationActionId::new(now),
        document_id: effect.document,
        subject_kind: effect.subject.kind(),
        subject_id: effect.subject.id(),
        actor_kind: actor.kind(),
        actor_id: actor.account(),
        action: ruling.decision,
        from_state: effect.from.into(),
        to_state: effect.to.into(),
        reason: ruling.reason,
        statement: ruling.statement,
        subject_version: effect.version,
        created_at: now,
    };
    queries::append(conn, &action).await?;
    Ok(action)
}

/// `Conflict` unless the item is as the moderator saw it.
pub fn unchanged(what: &str, expected: i32, version: i32, state: &str) -> Result<()> {
    if expected == version {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "This {what} has changed since you saw it: it is {state} now, version {version}. Look at it again and decide anew."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(decision: Decision, reason: Option<Reason>, statement: Option<&str>) -> Vec<UserErrorCode> {
        match (Ruling { decision, reason, statement: statement.map(Into::into) }).check() {
            Err(Error::Refused(problems)) => problems.into_iter().map(|problem| problem.code).collect(),
            other => {
                assert!(other.is_ok());
                Vec::new()
            }
        }
    }

    #[test]
    fn what_goes_against_somebody_needs_reasons() {
        use UserErrorCode::{Blank, InvalidCombination, ReasonRequired};
        for decision in [Decision::Reject, Decision::Hide, Decision::SetAside] {
            assert_eq!(problems(decision, None, None), [ReasonRequired, Blank]);
            assert_eq!(problems(decision, Some(Reason::Spam), Some(" ")), [Blank]);
            assert_eq!(problems(decision, Some(Reason::Spam), Some("It was sent forty times.")), []);
        }
        for decision in [Decision::Approve, Decision::Restore, Decision::Acknowledge] {
            assert_eq!(problems(decision, None, None), []);
            assert_eq!(problems(decision, Some(Reason::Spam), None), [InvalidCombination]);
        }
    }
}
