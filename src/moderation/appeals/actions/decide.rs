//! Deciding on an appeal: by another moderator than the one whose decision it is about.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::item::Item;
use crate::{
    comments::{self, queries::Counted},
    context::Context,
    error::{Error, Result, UserErrorCode},
    identity::{self, Viewer},
    ids::{AccountId, AppealId, ModerationActionId},
    ledger::{self, Actor, Decision, Effect, ModerationAction, Ruling, Subject},
    moderation::{
        appeals::{
            model::{Appeal, AppealState},
            policy,
            queries::{self, Step},
        },
        changes::changed,
        jobs::AppealDecided,
        statements,
    },
    outbox, submissions,
};

/// How an appeal is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is right: the decision is taken back.
    Uphold,
    /// It is right in part.
    PartlyUphold,
    /// It is not right: the decision stands.
    Dismiss,
}

impl Outcome {
    fn decision(self) -> Decision {
        match self {
            Self::Uphold => Decision::UpholdAppeal,
            Self::PartlyUphold => Decision::PartlyUpholdAppeal,
            Self::Dismiss => Decision::DismissAppeal,
        }
    }

    fn state(self) -> AppealState {
        match self {
            Self::Uphold => AppealState::Upheld,
            Self::PartlyUphold => AppealState::PartlyUpheld,
            Self::Dismiss => AppealState::Dismissed,
        }
    }
}

/// A decision on the appeal that the moderator saw.
pub struct DecideAppeal {
    /// Which appeal.
    pub id: AppealId,
    /// The version that was on the screen.
    pub expected_version: i32,
    /// How it is decided.
    pub outcome: Outcome,
    /// What the author is told.
    pub statement: String,
    /// The passages without which a comment is published, word for word, where the appeal is right in part.
    pub cuts: Vec<String>,
    /// Says that the moderator knows that the decision was their own, and that nobody else moderates the document.
    pub same_moderator_override: bool,
}

/// Says that a moderator has begun to look at an appeal.
pub async fn take_up(ctx: &Context, viewer: &Viewer, id: AppealId, expected_version: i32) -> Result<Appeal> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let (appeal, account) = locked(conn, viewer, id, expected_version).await?;
        policy::may_go_on(&appeal, AppealState::UnderReview)?;
        // Who may decide in the end may begin.
        same_moderator(conn, &appeal, account, true, now).await?;
        let step =
            Step { taken_up_by: Some(account), taken_up_at: Some(now), ..Step::to(AppealState::UnderReview) };
        changed(conn, appeal.subject(), appeal.document_id, now).await?;
        queries::take(conn, id, step).await
    })
    .await
}

/// Decides on an appeal and does what follows from that, in one transaction. Where the appeal is right, the comment is
/// shown again, and the submission is taken up again. A decision that no longer stands is left as it is: then the record
/// alone says that the appeal was right. `Conflict` if the appeal has changed since the moderator saw it, `NotFound` for
/// everybody who does not moderate its document.
pub async fn decide(
    ctx: &Context,
    viewer: &Viewer,
    input: DecideAppeal,
) -> Result<(Appeal, ModerationAction)> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        viewer.require()?;
        let found = policy::readable(viewer, queries::by_id(conn, input.id).await?)?;
        let item = Item::lock(conn, found.subject()).await?;
        let (appeal, account) = locked(conn, viewer, input.id, input.expected_version).await?;
        let state = input.outcome.state();
        policy::may_go_on(&appeal, state)?;
        let (contested, same_moderator) =
            same_moderator(conn, &appeal, account, input.same_moderator_override, now).await?;
        let made = carry_out(conn, &item, &appeal, &contested, account, same_moderator, &input, now).await?;
        let step = Step {
            decision_id: Some(made.action()),
            decided_at: Some(now),
            same_moderator: Some(same_moderator),
            ..Step::to(state)
        };
        let after = queries::take(conn, appeal.id, step).await?;
        outbox::enqueue(conn, now, &AppealDecided { appeal: appeal.id }).await?;
        changed(conn, appeal.subject(), appeal.document_id, now).await?;
        Ok((after, made.record(conn).await?))
    })
    .await
}

async fn locked(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    id: AppealId,
    expected_version: i32,
) -> Result<(Appeal, AccountId)> {
    let account = viewer.require()?.account;
    let appeal = policy::readable(viewer, queries::lock(conn, id).await?)?;
    policy::unchanged(&appeal, expected_version)?;
    Ok((appeal, account))
}

/// The contested decision, and whether it was this very account that made it; refused where that is not to be.
async fn same_moderator(
    conn: &mut AsyncPgConnection,
    appeal: &Appeal,
    account: AccountId,
    overridden: bool,
    now: DateTime<Utc>,
) -> Result<(ModerationAction, bool)> {
    let contested = ledger::queries::by_ids(conn, &[appeal.action_id]).await?.pop();
    let contested = contested.ok_or_else(|| Error::missing("decision"))?;
    let moderators = identity::queries::moderators_of(conn, appeal.document_id, now).await?;
    let same = policy::is_same_moderator(&contested, account, &moderators, overridden)?;
    Ok((contested, same))
}

/// What was carried out and is still to be recorded.
enum Made {
    Comment(Box<comments::actions::Unrecorded>),
    Submission(submissions::actions::Unrecorded),
    Nothing { account: AccountId, ruling: Ruling, effect: Effect, now: DateTime<Utc> },
}

impl Made {
    fn action(&self) -> ModerationActionId {
        match self {
            Self::Comment(made) => made.action(),
            Self::Submission(made) => made.action(),
            Self::Nothing { effect, .. } => effect.action,
        }
    }

    async fn record(self, conn: &mut AsyncPgConnection) -> Result<ModerationAction> {
        match self {
            Self::Comment(made) => Ok(made.record(conn).await?.1),
            Self::Submission(made) => Ok(made.record(conn).await?.1),
            Self::Nothing { account, ruling, effect, now } => {
                ledger::record(conn, Actor::Moderator(account), ruling, effect, now).await
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "they are what is decided, about what, and by whom")]
async fn carry_out(
    conn: &mut AsyncPgConnection,
    item: &Item,
    appeal: &Appeal,
    contested: &ModerationAction,
    account: AccountId,
    same_moderator: bool,
    input: &DecideAppeal,
    now: DateTime<Utc>,
) -> Result<Made> {
    let cuts = input.cuts.as_slice();
    let may_cut = matches!(appeal.subject(), Subject::Comment(_)) && input.outcome == Outcome::PartlyUphold;
    if !cuts.is_empty() && !may_cut {
        let message = "Passages are cut where an appeal about a comment is upheld in part, and nowhere else.";
        return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["cuts"]));
    }
    let ruling = Ruling {
        decision: input.outcome.decision(),
        // What is cut is cut on the ground on which the whole was decided against.
        reason: contested.reason.filter(|_| !cuts.is_empty()),
        rule: contested.rule_cited.filter(|_| !cuts.is_empty()),
        statement: Some(input.statement.clone()),
        note: same_moderator.then(|| {
            "Decided by the moderator who made the decision: nobody else moderates the document.".into()
        }),
    }
    .check()?;
    let actions = ledger::queries::of_subjects(conn, &[appeal.subject()]).await?;
    let stands = statements::of(&actions)
        .into_iter()
        .any(|statement| statement.action.id == contested.id && statement.stands);
    let actor = Actor::Moderator(account);
    match (appeal.subject(), input.outcome) {
        (Subject::Comment(id), Outcome::Uphold | Outcome::PartlyUphold)
            if stands && (input.outcome == Outcome::Uphold || !cuts.is_empty()) =>
        {
            let mut counted = Counted::default();
            let made =
                comments::actions::uphold_within(conn, id, actor, ruling, cuts, &mut counted, now).await?;
            counted.apply(conn).await?;
            Ok(Made::Comment(Box::new(made)))
        }
        (Subject::Submission(id), Outcome::Uphold) if stands => {
            Ok(Made::Submission(submissions::actions::uphold_within(conn, id, actor, ruling, now).await?))
        }
        _ if !cuts.is_empty() => {
            let message = "The decision that this appeal is about no longer stands, so there is nothing to cut. Decide on the appeal without.";
            Err(Error::refused(UserErrorCode::InvalidTransition, message, &["cuts"]))
        }
        _ => {
            let effect = item.unchanged(appeal.document_id, ModerationActionId::new(now));
            Ok(Made::Nothing { account, ruling, effect, now })
        }
    }
}
