//! Statements of reasons: what a person is owed who was decided against, read from the records of the decisions. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use crate::ledger::{ActorKind, Decision, ModerationAction};

/// One decision against somebody, with what has become of it.
#[derive(Clone)]
pub struct Statement {
    /// The record of the decision.
    pub action: ModerationAction,
    /// Whether the contribution still stands as that decision left it.
    pub stands: bool,
}

impl Statement {
    /// Whether a rule, and no person, found it.
    pub fn automated_detection(&self) -> bool {
        self.action.detected || self.action.actor_kind == ActorKind::Rule
    }

    /// Whether it was decided by the service, be it for what a rule found or for what readers reported, and no person has
    /// looked yet.
    pub fn automated_decision(&self) -> bool {
        is_automatic(self.action.actor_kind)
    }

    /// Until when it can be appealed against where that takes so many days; nothing for what a moderator is to decide on
    /// anyway.
    pub fn appealable_until(&self, days: i32) -> Option<DateTime<Utc>> {
        self.action.action.is_restrictive().then(|| self.action.created_at + TimeDelta::days(i64::from(days)))
    }
}

/// The statements that the records on one item make, earliest first. What was undone before anybody was told makes none.
pub fn of(actions: &[ModerationAction]) -> Vec<Statement> {
    actions
        .iter()
        .enumerate()
        .filter(|(_, action)| owes_reasons(action))
        .filter_map(|(at, action)| {
            let mut later = actions[at + 1..].iter().filter(|later| later.action != Decision::Note);
            if later.next().is_some_and(|next| next.action == Decision::Undo) {
                return None;
            }
            let replaced = actions[at..].windows(2).any(|pair| replaces(&pair[0], &pair[1]));
            Some(Statement { action: action.clone(), stands: !replaced })
        })
        .collect()
}

/// The last decision on one item that meets a condition and still counts: what was undone does not.
pub fn last_effective(
    actions: &[ModerationAction],
    meets: impl Fn(&ModerationAction) -> bool,
) -> Option<&ModerationAction> {
    let mut standing = Vec::new();
    for action in actions.iter().filter(|action| action.action != Decision::Note) {
        if action.action == Decision::Undo {
            standing.pop();
        } else {
            standing.push(action);
        }
    }
    standing.into_iter().rev().find(|action| meets(action))
}

fn owes_reasons(action: &ModerationAction) -> bool {
    action.action.is_restrictive() || action.action == Decision::Withhold && is_automatic(action.actor_kind)
}

fn is_automatic(actor: ActorKind) -> bool {
    matches!(actor, ActorKind::Rule | ActorKind::System)
}

/// Whether an item stands differently after this record than the one before it left it.
fn replaces(before: &ModerationAction, later: &ModerationAction) -> bool {
    match later.action {
        Decision::Note
        | Decision::MarkReviewed
        | Decision::DismissReports
        | Decision::LodgeAppeal
        | Decision::WithdrawAppeal
        | Decision::DismissAppeal => false,
        // Where the decision no longer stood, the record alone says that the appeal was right.
        Decision::UpholdAppeal | Decision::PartlyUpholdAppeal => {
            later.subject_version > before.subject_version
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::{DocumentId, ModerationActionId},
        ledger::SubjectKind,
    };

    fn actions(decisions: &[Decision]) -> Vec<ModerationAction> {
        let mut version = 1;
        let mut record = |(seq, decision): (usize, &Decision)| {
            use Decision::{DismissAppeal, LodgeAppeal, Note};
            version += i32::from(![DismissAppeal, LodgeAppeal, Note].contains(decision));
            record_of(seq, *decision, version)
        };
        decisions.iter().enumerate().map(&mut record).collect()
    }

    fn record_of(seq: usize, decision: Decision, version: i32) -> ModerationAction {
        ModerationAction {
            id: ModerationActionId(Uuid::from_u128(seq as u128)),
            document_id: DocumentId(Uuid::nil()),
            seq: i64::try_from(seq).unwrap(),
            subject_kind: SubjectKind::Comment,
            subject_id: Uuid::nil(),
            actor_kind: if decision == Decision::Withhold { ActorKind::Rule } else { ActorKind::Moderator },
            action: decision,
            from_state: String::new(),
            to_state: String::new(),
            reason: None,
            rule_cited: None,
            detected: false,
            batch_id: None,
            subject_version: version,
            created_at: DateTime::UNIX_EPOCH,
            commitment: Vec::new(),
            previous_hash: Vec::new(),
            hash: Vec::new(),
            details: None,
        }
    }

    fn standing(decisions: &[Decision]) -> Vec<(Decision, bool)> {
        of(&actions(decisions)).into_iter().map(|of| (of.action.action, of.stands)).collect()
    }

    #[test]
    fn a_statement_stands_until_something_else_is_decided() {
        use Decision::{
            Approve, DismissAppeal, Hide, LodgeAppeal, Note, Redact, Reject, Restore, Undo, UpholdAppeal,
            Withhold,
        };
        assert_eq!(standing(&[Approve]), []);
        assert_eq!(
            standing(&[Approve, Hide, Note, LodgeAppeal, DismissAppeal]),
            [(Hide, true)],
            "an appeal that failed changes nothing"
        );
        assert_eq!(standing(&[Reject, LodgeAppeal, UpholdAppeal]), [(Reject, false)]);
        assert_eq!(standing(&[Reject, Restore, Redact]), [(Reject, false), (Redact, true)]);
        assert_eq!(standing(&[Withhold, Reject]), [(Withhold, false), (Reject, true)]);
        assert_eq!(standing(&[Reject, Note, Undo]), [], "nobody was told");
        let mut settled = actions(&[Hide, LodgeAppeal, Restore, Hide, UpholdAppeal]);
        settled[4].subject_version = settled[3].subject_version;
        assert!(of(&settled)[1].stands, "an appeal that was right, and had been done, changes nothing");
    }

    #[test]
    fn what_was_undone_does_not_count() {
        use Decision::{Hide, Note, Restore, Undo};
        let last = |decisions: &[Decision]| {
            last_effective(&actions(decisions), |_| true).map(|action| action.action)
        };
        assert_eq!(last(&[Hide, Note]), Some(Hide));
        assert_eq!(last(&[Hide, Restore, Note, Undo]), Some(Hide));
        assert_eq!(last(&[Hide, Undo]), None);
    }

    #[test]
    fn what_a_rule_holds_back_is_no_last_word() {
        let of = |decision| of(&actions(&[decision])).remove(0);
        let withheld = of(Decision::Withhold);
        assert!(withheld.automated_decision() && withheld.automated_detection());
        assert_eq!(withheld.appealable_until(10), None);
        let hidden = of(Decision::Hide);
        assert!(!hidden.automated_decision() && !hidden.automated_detection());
        assert_eq!(hidden.appealable_until(10), Some(DateTime::UNIX_EPOCH + TimeDelta::days(10)));
    }
}
