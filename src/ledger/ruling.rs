//! A ruling: checked before it is carried out, recorded in the same transaction.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{
    chain,
    model::{ActorKind, Decision, Details, ModerationAction, Reason, Subject},
    queries,
};
use crate::{
    error::{Error, Result, UserError, UserErrorCode},
    identity,
    ids::{AccountId, DocumentId, ModerationActionId},
    seal, text,
};

/// How long whoever decided can take the decision back themselves; the person concerned is told after that.
pub const UNDO_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// A decision with its grounds. A restrictive one needs reason and statement, another takes none.
#[derive(Clone)]
pub struct Ruling {
    /// What is decided.
    pub decision: Decision,
    /// On which ground.
    pub reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    pub rule: Option<i32>,
    /// What the person concerned is told: the facts, in plain words.
    pub statement: Option<String>,
    /// What moderators write down for each other.
    pub note: Option<String>,
}

impl Ruling {
    /// A decision that needs no grounds.
    pub fn plain(decision: Decision) -> Self {
        Self { decision, reason: None, rule: None, statement: None, note: None }
    }

    /// The same ruling with its texts in the form they are kept; refused with what to put right.
    pub fn check(self) -> Result<Self> {
        let Self { decision, reason, rule, statement, note } = self;
        let mut problems = Vec::new();
        let grounds = decision.grounds();
        if grounds == Grounds::Full && reason.is_none() {
            let message = "Say on which ground: the person concerned is told.";
            problems.push(UserError::new(UserErrorCode::ReasonRequired, message, &["reason"]));
        }
        if grounds == Grounds::None && (reason.is_some() || statement.is_some() || rule.is_some()) {
            let message = format!("{} takes neither a reason nor a statement.", decision.as_str());
            problems.push(UserError::new(UserErrorCode::InvalidCombination, message, &["reason"]));
        }
        let statement = match grounds {
            Grounds::None => None,
            Grounds::Full | Grounds::Statement => {
                let given = statement.unwrap_or_default();
                Some(text::body(&mut problems, &given, text::MAX_STATEMENT, &["statement"]))
            }
        };
        let note = match note {
            None if decision == Decision::Note => Some(String::new()),
            other => other,
        };
        let note = note.map(|note| text::body(&mut problems, &note, text::MAX_STATEMENT, &["note"]));
        if problems.is_empty() {
            Ok(Self { decision, reason, rule, statement, note })
        } else {
            Err(Error::Refused(problems))
        }
    }
}

/// What a decision has to be explained with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grounds {
    None,
    Statement,
    Full,
}

impl Decision {
    /// Whether it goes against somebody, who is then owed a statement of reasons and can appeal.
    pub fn is_restrictive(self) -> bool {
        matches!(self, Self::Reject | Self::Hide | Self::SetAside | Self::Redact)
    }

    fn grounds(self) -> Grounds {
        match self {
            _ if self.is_restrictive() => Grounds::Full,
            Self::RequestChanges | Self::UpholdAppeal | Self::PartlyUpholdAppeal | Self::DismissAppeal => {
                Grounds::Statement
            }
            _ => Grounds::None,
        }
    }

    /// What was done, to be read after a name: `approved it`.
    pub fn in_the_past(self) -> &'static str {
        match self {
            Self::Approve => "approved it",
            Self::Redact => "cut passages from it",
            Self::Reject => "rejected it",
            Self::RequestChanges => "asked the author for changes",
            Self::Hide => "hid it",
            Self::Restore => "restored it",
            Self::MarkReviewed => "marked it as reviewed",
            Self::DismissReports => "dismissed the reports",
            Self::Withhold => "withheld it",
            Self::Amend => "changed its text",
            Self::Withdraw => "withdrew it",
            Self::Erase => "erased it",
            Self::Acknowledge => "acknowledged it",
            Self::TakeUnderReview => "took it under review",
            Self::MarkConsidered => "marked it as considered",
            Self::SetAside => "set it aside",
            Self::Note => "added a note",
            Self::Undo => "took the last decision back",
            Self::LodgeAppeal => "appealed",
            Self::WithdrawAppeal => "withdrew the appeal",
            Self::UpholdAppeal => "upheld the appeal",
            Self::PartlyUpholdAppeal => "upheld the appeal in part",
            Self::DismissAppeal => "dismissed the appeal",
        }
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
    /// The id of the record to be made; jobs that are about it are enqueued first.
    pub action: ModerationActionId,
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
    /// Whether a rule found it first.
    pub detected: bool,
    /// What is decided together, in one request.
    pub batch: Option<Uuid>,
    /// How the item stood before, where the decision can be undone.
    pub before: Option<serde_json::Value>,
}

/// A ruling that has been carried out and is still to be recorded: the record locks the document's chain, so it comes
/// after everything else.
pub struct Unrecorded<T> {
    /// How what it is about stands now.
    pub after: T,
    /// Who has decided.
    pub actor: Actor,
    /// What was decided.
    pub ruling: Ruling,
    /// What came of it.
    pub effect: Effect,
    /// When.
    pub now: DateTime<Utc>,
}

impl<T> Unrecorded<T> {
    /// Whose chain the record is added to: who makes more than one takes them in the order of these.
    pub fn document(&self) -> DocumentId {
        self.effect.document
    }

    /// The id of the record to be made.
    pub fn action(&self) -> ModerationActionId {
        self.effect.action
    }

    /// Makes the record.
    pub async fn record(self, conn: &mut AsyncPgConnection) -> Result<(T, ModerationAction)> {
        let action = record(conn, self.actor, self.ruling, self.effect, self.now).await?;
        Ok((self.after, action))
    }
}

/// Records a ruling, within the transaction that carries it out. From here to the commit nobody else adds to the
/// document's chain, so this comes last.
pub async fn record(
    conn: &mut AsyncPgConnection,
    actor: Actor,
    ruling: Ruling,
    effect: Effect,
    now: DateTime<Utc>,
) -> Result<ModerationAction> {
    let salt = seal::random::<32>().map_err(Error::internal)?;
    let details = Details {
        salt: Some(salt.to_vec()),
        actor_id: actor.account(),
        statement: ruling.statement,
        note: ruling.note,
        before: effect.before,
    };
    let action = ModerationAction {
        id: effect.action,
        document_id: effect.document,
        seq: 0,
        subject_kind: effect.subject.kind(),
        subject_id: effect.subject.id(),
        actor_kind: actor.kind(),
        action: ruling.decision,
        from_state: effect.from.into(),
        to_state: effect.to.into(),
        reason: ruling.reason,
        rule_cited: ruling.rule,
        detected: effect.detected,
        batch_id: effect.batch,
        subject_version: effect.version,
        created_at: now,
        commitment: chain::commitment(&details).unwrap_or_default(),
        previous_hash: Vec::new(),
        hash: Vec::new(),
        details: Some(details),
    };
    queries::append(conn, action).await
}

/// `Conflict` unless the item is as the moderator saw it; it says who did what meanwhile.
pub async fn unchanged(
    conn: &mut AsyncPgConnection,
    subject: Subject,
    expected: i32,
    version: i32,
    state: &str,
) -> Result<()> {
    if expected == version {
        return Ok(());
    }
    let since = queries::since(conn, subject, expected).await?;
    let ids: Vec<AccountId> = since.iter().filter_map(ModerationAction::actor_id).collect();
    let accounts = identity::queries::accounts(conn, &ids).await?;
    let done: Vec<String> = since
        .iter()
        .map(|action| {
            let account = accounts.iter().find(|account| Some(account.id) == action.actor_id());
            let who = account.map_or(action.actor_kind.in_a_sentence(), |account| &account.display_name);
            format!("{who} {} at {}", action.action.in_the_past(), action.created_at.format("%H:%M UTC"))
        })
        .collect();
    let what = match subject {
        Subject::Comment(_) => "comment",
        Subject::Submission(_) => "submission",
    };
    let done = if done.is_empty() { String::new() } else { format!(" {};", done.join(", ")) };
    Err(Error::Conflict(format!(
        "This {what} has changed since you saw it:{done} it is {state} now, version {version}. Look at it again and decide anew."
    )))
}

/// The decision that the account may take back at this moment: its own, the last on this item, not older than
/// [`UNDO_WINDOW`]. Refused with the reason otherwise.
pub async fn undoable(
    conn: &mut AsyncPgConnection,
    subject: Subject,
    account: AccountId,
    version: i32,
    now: DateTime<Utc>,
) -> Result<(Decision, serde_json::Value)> {
    let refuse = |message: &str| Err(Error::refused(UserErrorCode::InvalidTransition, message, &["id"]));
    let Some(last) = queries::last(conn, subject).await? else {
        return refuse("Nothing has been decided about this yet.");
    };
    if last.actor_id() != Some(account) {
        return refuse("The last decision was not yours. Decide anew instead.");
    }
    if now - last.created_at > UNDO_WINDOW {
        return refuse("A decision can be undone for ten minutes. Decide anew instead.");
    }
    let before = last.details.and_then(|details| details.before);
    match before {
        Some(before) if last.subject_version == version => Ok((last.action, before)),
        _ => refuse("This decision cannot be undone. Decide anew instead."),
    }
}

impl ActorKind {
    fn in_a_sentence(self) -> &'static str {
        match self {
            Self::Moderator => "a moderator",
            Self::Rule => "a rule",
            Self::Author => "the author",
            Self::System => "the service",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(decision: Decision, reason: Option<Reason>, statement: Option<&str>) -> Vec<UserErrorCode> {
        let ruling = Ruling { reason, statement: statement.map(Into::into), ..Ruling::plain(decision) };
        match ruling.check() {
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
        for decision in [Decision::Reject, Decision::Hide, Decision::SetAside, Decision::Redact] {
            assert_eq!(problems(decision, None, None), [ReasonRequired, Blank]);
            assert_eq!(problems(decision, Some(Reason::Spam), Some(" ")), [Blank]);
            assert_eq!(problems(decision, Some(Reason::Spam), Some("It was sent forty times.")), []);
        }
        for decision in [Decision::Approve, Decision::Restore, Decision::Acknowledge] {
            assert_eq!(problems(decision, None, None), []);
            assert_eq!(problems(decision, Some(Reason::Spam), None), [InvalidCombination]);
        }
        assert_eq!(problems(Decision::RequestChanges, None, None), [Blank]);
        assert_eq!(problems(Decision::RequestChanges, None, Some("Please leave the name out.")), []);
        assert_eq!(problems(Decision::Note, None, None), [Blank], "a note without a text is none");
    }
}
