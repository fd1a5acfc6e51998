//! Mail to those whose contributions were decided on, once a decision can no longer be undone: what was decided, and, where
//! it goes against them, why, and how to challenge it. What was decided together is one letter to each person.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{
    Post,
    contributors::reference,
    draft::{Draft, Letter},
    notices,
};
use crate::{
    comments::{self, CommentState},
    context::Context,
    contributors::{self, Contributor, Receipt, receipts},
    documents::{self, model::Document},
    error::Result,
    ids::{CommentId, ContributorId, JobId, ModerationActionId, SubmissionId},
    ledger::{self, ActorKind, Decision, ModerationAction, Subject, UNDO_WINDOW},
    locale::{self, Words},
    outbox::{self, Failure, Job},
    phrase,
};

/// One decision, to tell its contribution's author of.
struct Told {
    action: ModerationAction,
    receipt: Receipt,
}

/// Tells the author of `subject` what has been decided, unless somebody else has been told to or it stands no more. `job`
/// is the job itself, to be carried out again when more of its batch can be told of.
pub(super) async fn decided<J: Job>(post: Post, id: JobId, subject: Subject, job: J) -> Result<(), Failure> {
    let ctx = &post.ctx;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let records = ledger::queries::of_subjects(&mut conn, &[subject]).await?;
    // Whatever this job was made for: what stands is what counts, be it an earlier decision that came back by an undo.
    let Some(action) = standing(&records).filter(|action| is_mailed(action)).cloned() else { return Ok(()) };
    let mut actions = vec![action.clone()];
    if let Some(batch) = action.batch_id {
        actions = ledger::queries::of_batch(&mut conn, batch).await?;
    }
    if let Some(due) = actions.iter().map(told_at).max()
        && due > now
    {
        // A single one has a job of its own that comes then; of a batch the last may have been the last to have one.
        if action.batch_id.is_some() {
            outbox::enqueue(&mut conn, due, &job).await?;
        }
        return Ok(());
    }
    let mine = of_one_person(&mut conn, &action, actions).await?;
    let Some((author, actions)) = mine else { return Ok(()) };
    let ids: Vec<Uuid> = actions.iter().map(|action| action.id.0).collect();
    let claimed = notices::claim(&mut conn, &ids, id, now).await?;
    let claimed: HashSet<ModerationActionId> = claimed.into_iter().map(ModerationActionId).collect();
    let told = with_receipts(ctx, &mut conn, actions, &claimed).await?;
    let document = documents::queries::by_ids(&mut conn, &[author.document_id]).await?.pop();
    drop(conn);
    let Some(document) = document.filter(|_| !told.is_empty()) else { return Ok(()) };
    let letter = letter(ctx, &document, &told)?;
    post.send_to_contributor(id, &author, letter).await
}

/// The decision by which an item stands as it does: undone ones are taken back, and what changes nothing for its author is
/// passed over.
fn standing(records: &[ModerationAction]) -> Option<&ModerationAction> {
    let mut made: Vec<&ModerationAction> = Vec::new();
    for record in records {
        match record.action {
            Decision::Undo => drop(made.pop()),
            Decision::Note => {}
            _ => made.push(record),
        }
    }
    made.into_iter().rev().find(|record| {
        !matches!(
            record.action,
            Decision::MarkReviewed
                | Decision::DismissReports
                | Decision::LodgeAppeal
                | Decision::WithdrawAppeal
                | Decision::PartlyUpholdAppeal
                | Decision::DismissAppeal
        )
    })
}

/// When a decision can no longer be undone. What the service does by itself nobody undoes.
fn told_at(action: &ModerationAction) -> DateTime<Utc> {
    let window = if action.actor_kind == ActorKind::Moderator { UNDO_WINDOW } else { TimeDelta::zero() };
    action.created_at + window
}

/// Whether a decision is one that the author is written to about. Appeals have letters of their own.
fn is_mailed(action: &ModerationAction) -> bool {
    let by_moderator = action.actor_kind == ActorKind::Moderator;
    match action.action {
        // Shown before, and held for what readers have reported. What a rule holds its author is told as they send it.
        Decision::Withhold => action.actor_kind == ActorKind::System,
        // Seen by everybody before: nothing has changed for its author.
        Decision::Approve => by_moderator && action.from_state != action.to_state,
        Decision::Redact
        | Decision::Reject
        | Decision::RequestChanges
        | Decision::Hide
        | Decision::Restore
        | Decision::Acknowledge
        | Decision::MarkConsidered
        | Decision::SetAside => by_moderator,
        _ => false,
    }
}

/// The author of what `first` is about, and those of `actions` that still stand and are about what the same person wrote.
async fn of_one_person(
    conn: &mut AsyncPgConnection,
    first: &ModerationAction,
    actions: Vec<ModerationAction>,
) -> Result<Option<(Contributor, Vec<ModerationAction>)>> {
    let subjects: Vec<Subject> = actions.iter().map(ModerationAction::subject).collect();
    let mut records: HashMap<Uuid, Vec<ModerationAction>> = HashMap::new();
    for record in ledger::queries::of_subjects(conn, &subjects).await? {
        records.entry(record.subject_id).or_default().push(record);
    }
    let authors = authors_of(conn, &subjects).await?;
    let ids: Vec<ContributorId> = authors.values().copied().collect();
    let people = contributors::queries::by_ids(conn, &ids).await?;
    let author_of = |action: &ModerationAction| {
        let id = authors.get(&action.subject_id)?;
        people.iter().find(|person| person.id == *id)
    };
    let Some(author) = author_of(first) else { return Ok(None) };
    let stands = |action: &ModerationAction| {
        let standing = records.get(&action.subject_id).and_then(|records| standing(records));
        standing.is_some_and(|standing| standing.id == action.id)
    };
    let is_theirs = |person: &Contributor| {
        person.id == author.id || person.email_hash.is_some() && person.email_hash == author.email_hash
    };
    let author = author.clone();
    let mut theirs: Vec<ModerationAction> = actions
        .iter()
        .filter(|action| is_mailed(action) && stands(action) && author_of(action).is_some_and(is_theirs))
        .cloned()
        .collect();
    theirs.sort_by_key(|action| action.subject_id);
    Ok(Some((author, theirs)))
}

async fn authors_of(
    conn: &mut AsyncPgConnection,
    subjects: &[Subject],
) -> Result<HashMap<Uuid, ContributorId>> {
    let (mut comments, mut submissions) = (Vec::new(), Vec::new());
    for subject in subjects {
        match subject {
            Subject::Comment(id) => comments.push(CommentId(id.0)),
            Subject::Submission(id) => submissions.push(SubmissionId(id.0)),
        }
    }
    let mut authors = HashMap::new();
    for comment in comments::queries::by_ids(conn, &comments).await? {
        authors.insert(comment.id.0, comment.contributor_id);
    }
    for submission in crate::submissions::queries::by_ids(conn, &submissions).await? {
        authors.insert(submission.id.0, submission.contributor_id);
    }
    Ok(authors)
}

async fn with_receipts(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    actions: Vec<ModerationAction>,
    claimed: &HashSet<ModerationActionId>,
) -> Result<Vec<Told>> {
    let subjects: Vec<Uuid> = actions.iter().map(|action| action.subject_id).collect();
    let mut receipts: HashMap<Uuid, Receipt> = receipts::of_all(ctx, conn, &subjects)
        .await?
        .into_iter()
        .map(|receipt| (receipt.subject, receipt))
        .collect();
    Ok(actions
        .into_iter()
        .filter(|action| claimed.contains(&action.id))
        .filter_map(|action| receipts.remove(&action.subject_id).map(|receipt| Told { action, receipt }))
        .collect())
}

/// The letter about one decision, or about many that were made together.
fn letter(ctx: &Context, document: &Document, told: &[Told]) -> Result<Letter, Failure> {
    let words = locale::words(&document.language);
    let title = document.title.as_str();
    let draft = if let [one] = told {
        let subject = phrase!(words, "decision-subject", outcome = one.outcome(), document = title);
        let draft =
            one.tell(words, document, Draft::new(words, subject), vec![reference(words, &one.receipt)]);
        draft.button(phrase!(words, "receipt-open"), &one.receipt.url(ctx))
    } else {
        let subject = phrase!(words, "decisions-subject", count = told.len(), document = title);
        let mut draft = Draft::new(words, subject).paragraph(phrase!(
            words,
            "decisions-made",
            count = told.len(),
            document = title
        ));
        for one in told {
            draft = one.tell(
                words,
                document,
                draft.heading(phrase!(words, "decisions-one", reference = one.receipt.reference.as_str())),
                Vec::new(),
            );
            draft = draft.link(phrase!(words, "receipt-open"), &one.receipt.url(ctx));
        }
        draft
    };
    draft.why(phrase!(words, "contributor-why", document = title)).finish()
}

impl Told {
    /// What happened, as texts tell it apart.
    fn outcome(&self) -> &'static str {
        let restored = self.action.action == Decision::Restore;
        if restored && self.action.to_state != CommentState::Published.as_str() {
            return "RESTORE_WAITS";
        }
        self.action.action.as_str()
    }

    fn tell(
        &self,
        words: &'static Words,
        document: &Document,
        draft: Draft,
        mut facts: Vec<(String, String)>,
    ) -> Draft {
        let action = &self.action;
        let received = words.moment(&self.receipt.received_at);
        let mut draft =
            draft.paragraph(phrase!(words, "decision-what", outcome = self.outcome(), received = received));
        if action.action.is_restrictive() {
            facts.extend(grounds(words, action));
        }
        if !facts.is_empty() {
            draft = draft.facts(facts);
        }
        if let Some(statement) = action.statement() {
            draft = draft.paragraph(phrase!(words, "decision-statement")).whole(statement);
        }
        if action.action == Decision::RequestChanges {
            draft = draft.paragraph(phrase!(words, "decision-amend"));
        }
        if action.action.is_restrictive() {
            let until = appeal_until(document, action.created_at);
            draft = draft.paragraph(phrase!(words, "decision-appeal", until = words.moment(&until)));
        }
        draft
    }
}

/// Until when a decision can be appealed against.
fn appeal_until(document: &Document, decided: DateTime<Utc>) -> DateTime<Utc> {
    decided + TimeDelta::days(document.appeal_days.into())
}

/// The ground, the rule that is cited, and what part a rule had in it.
fn grounds(words: &Words, action: &ModerationAction) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    if let Some(reason) = action.reason {
        facts.push((phrase!(words, "ground"), phrase!(words, "ground-of", reason = reason.as_str())));
    }
    if let Some(rule) = action.rule_cited {
        facts.push((phrase!(words, "rule-cited"), phrase!(words, "rule-number", number = rule)));
    }
    let detected = if action.detected { "YES" } else { "NO" };
    facts.push((phrase!(words, "decided-by"), phrase!(words, "detected", detected = detected)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Reason;

    fn made(number: u128, decision: Decision) -> ModerationAction {
        ModerationAction {
            id: ModerationActionId(Uuid::from_u128(number)),
            document_id: crate::ids::DocumentId(Uuid::nil()),
            seq: 0,
            subject_kind: ledger::SubjectKind::Comment,
            subject_id: Uuid::nil(),
            actor_kind: ActorKind::Moderator,
            action: decision,
            from_state: "PENDING".into(),
            to_state: "PUBLISHED".into(),
            reason: None,
            rule_cited: None,
            detected: false,
            batch_id: None,
            subject_version: 0,
            created_at: DateTime::UNIX_EPOCH,
            commitment: Vec::new(),
            previous_hash: Vec::new(),
            hash: Vec::new(),
            details: None,
        }
    }

    #[test]
    fn what_stands_is_what_is_told() {
        use Decision::{
            Approve, DismissReports, Hide, LodgeAppeal, MarkReviewed, Note, Reject, Restore, Undo,
        };
        let stands = |decisions: &[Decision]| {
            let records: Vec<_> = decisions.iter().zip(1..).map(|(made_by, n)| made(n, *made_by)).collect();
            standing(&records).map(|record| record.id.0.as_u128())
        };
        assert_eq!(stands(&[]), None);
        assert_eq!(stands(&[Approve]), Some(1));
        assert_eq!(stands(&[Approve, Hide]), Some(2));
        assert_eq!(stands(&[Approve, Hide, Undo]), Some(1));
        assert_eq!(stands(&[Reject, Undo]), None);
        assert_eq!(stands(&[Reject, Note, LodgeAppeal]), Some(1));
        assert_eq!(stands(&[Approve, MarkReviewed, DismissReports]), Some(1));
        assert_eq!(stands(&[Reject, Restore, Note, Undo, Restore]), Some(5));
    }

    #[test]
    fn the_grounds_name_the_rule_and_who_noticed() {
        let mut action = made(1, Decision::Reject);
        action.reason = Some(Reason::Spam);
        action.rule_cited = Some(7);
        action.detected = true;
        let said = |tag| format!("{:?}", grounds(locale::words(tag), &action));
        assert!(
            said("en").contains("no. 7 of the rules")
                && said("en").contains("a rule of the service noticed it")
        );
        assert!(
            said("cy").contains("rhif 7") && said("cy").contains("sylwodd un o reolau"),
            "{}",
            said("cy")
        );
        // Every ground has words of its own, in every language.
        for tag in locale::tags() {
            let words = |reason: Reason| action_ground(tag, reason);
            let other = words(Reason::Other);
            for reason in [
                Reason::Abusive,
                Reason::Offensive,
                Reason::HateSpeech,
                Reason::Harassment,
                Reason::Illegal,
                Reason::PersonalData,
                Reason::Spam,
                Reason::Advertising,
                Reason::OffTopic,
                Reason::Duplicate,
                Reason::Misinformation,
            ] {
                assert_ne!(words(reason), other, "{tag}");
            }
        }
    }

    fn action_ground(tag: &str, reason: Reason) -> String {
        let mut action = made(1, Decision::Reject);
        action.reason = Some(reason);
        grounds(locale::words(tag), &action).swap_remove(0).1
    }
}
