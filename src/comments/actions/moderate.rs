//! Deciding on a comment: by a moderator, a rule, its author, or the service itself. One way for all of them, so that
//! state, counters and ledger never part.

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use uuid::Uuid;

use crate::{
    comments::{
        actions::{noted, reply_published},
        jobs::DecisionMade,
        model::{Comment, CommentState, Standing},
        policy,
        queries::{self, Counted},
        redaction,
    },
    context::Context,
    contributors,
    error::{Error, Result, UserErrorCode},
    identity::Viewer,
    ids::{CommentId, ModerationActionId},
    ledger::{self, Actor, Decision, Effect, ModerationAction, Ruling, Subject, UNDO_WINDOW},
    markup, outbox, rules,
};

/// A ruling on what the moderator saw.
#[derive(Clone)]
pub struct ModerateComment {
    /// Which comment.
    pub id: CommentId,
    /// The version that was on the screen.
    pub expected_version: i32,
    /// What is decided; rejecting, hiding and cutting need reason and statement.
    pub ruling: Ruling,
    /// The passages to cut, word for word, where that is decided.
    pub cuts: Vec<String>,
    /// What is decided together with it, in one request.
    pub batch: Option<Uuid>,
}

/// Carries a moderator's ruling out and records it, in one transaction. `Conflict` if the comment has changed since the
/// moderator saw it; `Forbidden` for those who see it and do not moderate its document, `NotFound` for those who do not
/// see it.
pub async fn moderate(
    ctx: &Context,
    viewer: &Viewer,
    input: ModerateComment,
) -> Result<(Comment, ModerationAction)> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let mut counted = Counted::default();
        let made = moderate_within(conn, viewer, input, &mut counted, now).await?;
        counted.apply(conn).await?;
        let made = made.record(conn).await?;
        Ok(made)
    })
    .await
}

/// The same as part of a transaction that decides on more: what is counted is added to `counted`, and the record is
/// still to be made, after everything else.
pub async fn moderate_within(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    input: ModerateComment,
    counted: &mut Counted,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let actor = Actor::Moderator(viewer.require()?.account);
    let comment = locked(conn, input.id).await?;
    policy::may_moderate(viewer, &comment)?;
    let subject = Subject::Comment(comment.id);
    ledger::unchanged(conn, subject, input.expected_version, comment.version, comment.state.as_str()).await?;
    rules::cited(conn, comment.document_id, &input.ruling).await?;
    let step = Step { actor, ruling: input.ruling, cuts: &input.cuts, batch: input.batch };
    carry_out(conn, &comment, step, counted, now).await
}

/// Carries out what nobody sees on a screen first: a rule that withholds, an author who withdraws, the service that
/// erases. Whoever calls this has established that it may be.
pub async fn decide(
    ctx: &Context,
    id: CommentId,
    actor: Actor,
    decision: Decision,
) -> Result<(Comment, ModerationAction)> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| decide_within(conn, id, actor, Ruling::plain(decision), now).await).await
}

/// The same within a transaction, which it ends: nothing that waits for somebody may come after it.
pub async fn decide_within(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    actor: Actor,
    ruling: Ruling,
    now: DateTime<Utc>,
) -> Result<(Comment, ModerationAction)> {
    let comment = locked(conn, id).await?;
    let mut counted = Counted::default();
    let step = Step { actor, ruling, cuts: &[], batch: None };
    let made = carry_out(conn, &comment, step, &mut counted, now).await?;
    counted.apply(conn).await?;
    made.record(conn).await
}

/// What an appeal changes, within a transaction that does more about it: whoever calls this has established that it may be.
/// An appeal upheld in part publishes the comment without `cuts`. What is counted is added to `counted`, and the record is
/// still to be made, after everything else.
pub async fn uphold_within(
    conn: &mut AsyncPgConnection,
    id: CommentId,
    actor: Actor,
    ruling: Ruling,
    cuts: &[String],
    counted: &mut Counted,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let comment = locked(conn, id).await?;
    let step = Step { actor, ruling, cuts, batch: None };
    carry_out(conn, &comment, step, counted, now).await
}

/// A rule holds a comment that is locked already.
pub(super) async fn withhold(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
    counted: &mut Counted,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let ruling = Ruling::plain(Decision::Withhold);
    carry_out(conn, comment, Step { actor: Actor::Rule, ruling, cuts: &[], batch: None }, counted, now).await
}

/// Takes the moderator's own last decision back, within ten minutes: the comment stands as it stood before.
pub async fn undo(
    ctx: &Context,
    viewer: &Viewer,
    id: CommentId,
    expected_version: i32,
) -> Result<(Comment, ModerationAction)> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = locked(conn, id).await?;
        policy::may_moderate(viewer, &comment)?;
        let subject = Subject::Comment(id);
        ledger::unchanged(conn, subject, expected_version, comment.version, comment.state.as_str()).await?;
        let (_, before) = ledger::undoable(conn, subject, account, comment.version, now).await?;
        let mut before: Standing = serde_json::from_value(before)?;
        // The decision set the counter to nothing; who has reported it since then counts on top of those before.
        before.open_reports += comment.open_reports;
        if before.published_at.is_none() && queries::has_visible_replies(conn, id).await? {
            let message = "It has been replied to meanwhile. Hide it instead: the replies keep their place.";
            return Err(Error::refused(UserErrorCode::InvalidTransition, message, &["id"]));
        }
        let mut counted = Counted::default();
        let after = stand(conn, &comment, &before, &mut counted).await?;
        let effect = Effect { before: None, ..effect(&comment, &after, ModerationActionId::new(now), None) };
        counted.apply(conn).await?;
        noted(conn, Some(&comment), &after, now).await?;
        let ruling = Ruling::plain(Decision::Undo);
        let action = ledger::record(conn, Actor::Moderator(account), ruling, effect, now).await?;
        Ok((after, action))
    })
    .await
}

/// Writes down what moderators tell each other about a comment. It changes nothing else, not even the version.
pub async fn note(
    ctx: &Context,
    viewer: &Viewer,
    id: CommentId,
    note: String,
) -> Result<(Comment, ModerationAction)> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let ruling = Ruling { note: Some(note), ..Ruling::plain(Decision::Note) };
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let comment = locked(conn, id).await?;
        policy::may_moderate(viewer, &comment)?;
        let ruling = ruling.check()?;
        let effect =
            Effect { before: None, ..effect(&comment, &comment, ModerationActionId::new(now), None) };
        let action = ledger::record(conn, Actor::Moderator(account), ruling, effect, now).await?;
        Ok((comment, action))
    })
    .await
}

pub(super) async fn locked(conn: &mut AsyncPgConnection, id: CommentId) -> Result<Comment> {
    queries::lock(conn, id).await?.ok_or_else(|| Error::missing("comment"))
}

/// One step of one comment.
struct Step<'a> {
    actor: Actor,
    ruling: Ruling,
    cuts: &'a [String],
    batch: Option<Uuid>,
}

/// A decision on a comment that is still to be recorded.
pub type Unrecorded = ledger::Unrecorded<Comment>;

async fn carry_out(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
    step: Step<'_>,
    counted: &mut Counted,
    now: DateTime<Utc>,
) -> Result<Unrecorded> {
    let Step { actor, ruling, cuts, batch } = step;
    let state = match ruling.decision {
        Decision::PartlyUpholdAppeal if !cuts.is_empty() => {
            policy::transition(comment, Decision::UpholdAppeal)?
        }
        decision => policy::transition(comment, decision)?,
    };
    let ruling = ruling.check()?;
    let standing = standing_after(comment, state, actor, &ruling, cuts, now)?;
    let mut after = stand(conn, comment, &standing, counted).await?;
    if state == CommentState::Erased {
        after = queries::blank(conn, comment.id).await?;
        queries::forget_texts(conn, comment.id).await?;
        rules::forget(conn, Subject::Comment(comment.id)).await?;
        ledger::queries::erase_details(conn, Subject::Comment(comment.id), now).await?;
        contributors::queries::erase(conn, comment.contributor_id, now).await?;
    }
    let action = ModerationActionId::new(now);
    let told_at = if matches!(actor, Actor::Moderator(_)) { now + UNDO_WINDOW } else { now };
    outbox::enqueue(conn, told_at, &DecisionMade { comment: comment.id, action }).await?;
    reply_published(conn, Some(comment), &after, told_at).await?;
    noted(conn, Some(comment), &after, now).await?;
    let mut effect = effect(comment, &after, action, batch);
    let subject = Subject::Comment(comment.id);
    effect.detected = comment.state == CommentState::Withheld
        && matches!(actor, Actor::Moderator(_))
        && ledger::queries::withheld_by_rule(conn, subject).await?;
    if ruling.decision.is_about_an_appeal() {
        // The appeal was decided with it: that is final.
        effect.before = None;
    }
    Ok(Unrecorded { after, actor, ruling, effect, now })
}

/// How a comment stands after a decision.
fn standing_after(
    comment: &Comment,
    state: CommentState,
    actor: Actor,
    ruling: &Ruling,
    cuts: &[String],
    now: DateTime<Utc>,
) -> Result<Standing> {
    let mut standing = comment.standing();
    let published_now = state == CommentState::Published && !comment.is_published();
    standing.state = state;
    standing.published_at = comment.published_at.or(published_now.then_some(now));
    let looked_at = matches!(actor, Actor::Moderator(_)) && !ruling.decision.is_about_an_appeal();
    if looked_at {
        standing.reviewed_at = (state != CommentState::Pending).then_some(now);
        standing.open_reports = 0;
    }
    if matches!(state, CommentState::Withdrawn | CommentState::Erased) {
        // Nothing is left to be looked at.
        standing.open_reports = 0;
    }
    if ruling.decision.keeps_grounds() && cuts.is_empty() {
        return Ok(standing);
    }
    if !looked_at {
        // Who upholds an appeal has looked as well; a rule or the author has not.
        standing.reviewed_at = matches!(actor, Actor::Moderator(_)).then_some(now);
    }
    standing.reason = ruling.reason;
    standing.statement.clone_from(&ruling.statement);
    standing.changes_requested_at = (ruling.decision == Decision::RequestChanges).then_some(now);
    match ruling.decision {
        Decision::Redact | Decision::PartlyUpholdAppeal => {
            let markdown = redaction::cut(&comment.markdown, cuts)?;
            let shown = markup::comment_markup(&markdown);
            standing.redacted_markdown = Some(markdown);
            standing.redacted_html = Some(shown.html);
            standing.redacted_plain = Some(shown.plain);
        }
        _ if !cuts.is_empty() => {
            let message =
                "Passages are cut by the decision REDACT alone, or where an appeal is upheld in part.";
            return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["cuts"]));
        }
        // Whole again where the cuts are what was appealed against; what somebody was shown for another reason stays cut.
        Decision::UpholdAppeal if comment.is_published() => {
            standing.redacted_markdown = None;
            standing.redacted_html = None;
            standing.redacted_plain = None;
        }
        _ => {}
    }
    Ok(standing)
}

impl Decision {
    /// Whether what was said about an earlier decision on the same comment goes on being true.
    fn keeps_grounds(self) -> bool {
        matches!(self, Self::MarkReviewed | Self::DismissReports)
            || self.is_about_an_appeal() && self != Self::UpholdAppeal
    }

    fn is_about_an_appeal(self) -> bool {
        matches!(
            self,
            Self::LodgeAppeal
                | Self::WithdrawAppeal
                | Self::UpholdAppeal
                | Self::PartlyUpholdAppeal
                | Self::DismissAppeal
        )
    }
}

/// Lets a comment stand so, and counts what that changes for readers.
async fn stand(
    conn: &mut AsyncPgConnection,
    comment: &Comment,
    standing: &Standing,
    counted: &mut Counted,
) -> Result<Comment> {
    let after = queries::stand(conn, comment.id, standing).await?;
    counted.add(comment, &after);
    Ok(after)
}

pub(super) fn effect(
    before: &Comment,
    after: &Comment,
    action: ModerationActionId,
    batch: Option<Uuid>,
) -> Effect {
    Effect {
        action,
        document: before.document_id,
        subject: Subject::Comment(before.id),
        from: before.state.as_str(),
        to: after.state.as_str(),
        version: after.version,
        detected: false,
        batch,
        before: (after.state != CommentState::Erased)
            .then(|| serde_json::to_value(before.standing()).ok())
            .flatten(),
    }
}
