//! The moderators' desk in the API: queues and their lengths, claims, deciding on many at once.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};
use uuid::Uuid;

use super::{
    batching::in_round,
    comments::{Comment, CommentDecision},
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders::{self, ClaimOn},
    moderation::{ModerationAction, ModerationItem, comment_item, no_item, submission_item},
    paging::{PageArgs, Total, TotalCount, connection},
    submissions::{Submission, SubmissionDecision},
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    identity::Viewer,
    ids::AnyId,
    ledger::{Reason, Ruling, Subject, SubjectKind},
    moderation::{
        bulk::{self, Outcome, Seen},
        claims,
        desk::{self, Filter, Queue, QueueOrder, Waiting, Wanted},
    },
    privacy::access,
};

pub(super) struct Claim(claims::Claim);

/// That a moderator is at work on an item. For moderators of the document.
#[Object]
impl Claim {
    /// Who is at work on it.
    async fn by(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        Ok(loaders::of(ctx).load_one(self.0.account_id).await?.map(Account))
    }

    /// Whether it is the viewer.
    async fn is_mine(&self, ctx: &Context<'_>) -> bool {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.require().is_ok_and(|signed_in| signed_in.account == self.0.account_id)
    }

    /// Until when, unless something is decided before.
    async fn until(&self) -> DateTime {
        self.0.expires_at.into()
    }
}

/// The claim on an item of this version, if one holds.
pub(super) async fn claim_on(ctx: &Context<'_>, subject: Uuid, version: i32) -> Result<Option<Claim>> {
    let now = ctx.data_unchecked::<crate::context::Context>().clock.now();
    let found = loaders::of(ctx).load_one(ClaimOn(subject)).await?;
    Ok(found.filter(|claim| claim.holds(version, now)).map(Claim))
}

/// Which part of a queue.
#[derive(InputObject, Default)]
struct ModerationQueueFilter {
    /// Only what is about this document.
    document_id: Option<ID>,
    /// Only comments on this section.
    section_id: Option<ID>,
    /// Only comments, or only submissions.
    kind: Option<SubjectKind>,
    /// Only what was last decided on this ground; in the queue REPORTED: what readers have reported on this ground.
    reason: Option<Reason>,
    /// Only what was received at this moment or later.
    received_from: Option<DateTime>,
    /// Only what was received before this moment.
    received_before: Option<DateTime>,
    /// Only what holds these words as they stand, in any case; 2 to 200 characters. The texts of submissions are sealed and opened one by one: name the document as well. Each in which they are found leaves a record of reading.
    text: Option<String>,
    /// Only what was sent from the same e-mail address as this comment or submission, in its document.
    same_author_as: Option<ID>,
    /// Only what no other moderator is at work on.
    unclaimed: Option<bool>,
}

impl ModerationQueueFilter {
    fn read(self) -> Result<Filter> {
        let text = self.text.map(|text| text.trim().to_owned());
        if text.as_ref().is_some_and(|text| !(2..=200).contains(&text.chars().count())) {
            let message = "`text` has 2 to 200 characters.";
            return Err(crate::error::Error::BadRequest(message.into()).into());
        }
        let same_author_as = self.same_author_as.map(|id| subject_of(&id)).transpose()?;
        Ok(Filter {
            document: self.document_id.map(|given| given.parse()).transpose()?,
            section: self.section_id.map(|given| given.parse()).transpose()?,
            kind: self.kind,
            reason: self.reason,
            received_from: self.received_from.map(Into::into),
            received_before: self.received_before.map(Into::into),
            text,
            same_author_as,
            unclaimed: self.unclaimed.unwrap_or_default(),
        })
    }
}

fn subject_of(id: &ID) -> Result<Subject> {
    match AnyId::parse(id)? {
        AnyId::CommentId(id) => Ok(Subject::Comment(id)),
        AnyId::SubmissionId(id) => Ok(Subject::Submission(id)),
        other => Err(no_item(&other).into()),
    }
}

/// How long the queues are. Comments and submissions together, where a queue holds both.
#[derive(SimpleObject)]
pub(super) struct ModerationCounts {
    /// Everything that nobody has decided on.
    waiting: i64,
    /// Comments that wait and no rule holds.
    pending: i64,
    /// Comments that a rule holds.
    withheld: i64,
    /// Submissions that nobody has handled.
    submissions: i64,
    /// Comments that were published without a look.
    unreviewed: i64,
    /// Comments that readers have reported since a moderator last looked.
    reported: i64,
    /// Appeals that nobody has decided; `appeals` lists them.
    appealed: i64,
    /// What has waited longer than the document's target.
    overdue: i64,
    /// Comments whose authors have been asked for another wording.
    awaiting_changes: i64,
    /// What the viewer is at work on.
    mine: i64,
}

impl From<desk::Lengths> for ModerationCounts {
    fn from(desk::Lengths { comments, submissions, appealed, mine }: desk::Lengths) -> Self {
        Self {
            waiting: comments.pending + comments.withheld + submissions.unhandled,
            pending: comments.pending,
            withheld: comments.withheld,
            submissions: submissions.unhandled,
            unreviewed: comments.unreviewed,
            reported: comments.reported,
            appealed,
            overdue: comments.overdue + submissions.overdue,
            awaiting_changes: comments.awaiting_changes,
            mine,
        }
    }
}

/// What waits for the viewer as a moderator.
#[derive(Default)]
pub(super) struct DeskQuery;

#[Object]
impl DeskQuery {
    /// A queue of the documents the viewer moderates. For moderators.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn moderation_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which queue; `WAITING` when not given.")] queue: Option<Queue>,
        #[graphql(desc = "Only a part of it.")] filter: Option<ModerationQueueFilter>,
        #[graphql(desc = "In which order; `OLDEST` first when not given.")] order: Option<QueueOrder>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, ModerationItem, TotalCount>>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        viewer.require()?;
        let filter = filter.unwrap_or_default().read()?;
        let (queue, order) = (queue.unwrap_or(Queue::Waiting), order.unwrap_or(QueueOrder::Oldest));
        let list = match order {
            QueueOrder::Oldest => "queue",
            QueueOrder::Newest => "queue:NEWEST",
        };
        let window = PageArgs { first, after, last, before }.window::<Uuid>(list)?;
        let wanted = Wanted::new(queue, order, filter);
        let asked = wanted.clone();
        let listed = async move { desk::queue(&app, &viewer, &asked, window, access::record_found).await };
        let page = in_round(ctx, listed).await?;
        let item = |waiting| match waiting {
            Waiting::Comment(row) => comment_item(row),
            Waiting::Submission(row) => submission_item(row),
        };
        Ok(Some(connection(list, page, Waiting::key, item, Total::Queue(wanted))))
    }

    /// How long all queues are, of one document or of all the viewer moderates. For moderators.
    async fn moderation_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this document alone.")] document_id: Option<ID>,
    ) -> Result<Option<ModerationCounts>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let document = document_id.map(|given| given.parse()).transpose()?;
        let lengths = in_round(ctx, async move { desk::lengths(&app, &viewer, document).await }).await?;
        Ok(Some(lengths.into()))
    }
}

/// An item to be claimed.
#[derive(InputObject)]
struct ClaimItemInput {
    /// The comment or submission.
    id: ID,
    /// Take it over from another moderator who is at work on it.
    take_over: Option<bool>,
}

/// What claiming did.
#[derive(SimpleObject)]
struct ClaimItemPayload {
    /// The claim, which the others see.
    claim: Option<Claim>,
    /// What has to be put right; then nothing was claimed.
    errors: Vec<UserError>,
}

/// An item to be given back.
#[derive(InputObject)]
struct ReleaseItemInput {
    /// The comment or submission.
    id: ID,
}

/// What giving back did.
#[derive(SimpleObject)]
struct ReleaseItemPayload {
    /// Whether the viewer has no claim on it any more.
    released: bool,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// An item as it was on the screen.
#[derive(InputObject)]
struct SeenItemInput {
    /// Which.
    id: ID,
    /// Its version on the screen; one that has changed since is left as it is.
    expected_version: i32,
}

/// The same decision on many comments.
#[derive(InputObject)]
struct ModerateCommentsInput {
    /// The comments, up to 200.
    items: Vec<SeenItemInput>,
    /// What is decided; cutting passages is done one by one.
    decision: CommentDecision,
    /// On which ground; to reject and hide.
    reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    rule: Option<i32>,
    /// What their authors are told; to reject and hide, and to ask for changes.
    statement: Option<String>,
    /// A note for the other moderators.
    note: Option<String>,
    /// Change nothing where one of them cannot be decided so.
    all_or_nothing: Option<bool>,
}

/// What became of one comment.
#[derive(SimpleObject)]
struct CommentResult {
    /// Which.
    id: ID,
    /// The comment as it is now.
    comment: Option<Comment>,
    /// The record of the decision.
    action: Option<ModerationAction>,
    /// Why nothing was changed.
    errors: Vec<UserError>,
}

/// What a decision on many comments did.
#[derive(SimpleObject)]
struct ModerateCommentsPayload {
    /// For each comment, in the order they were given in.
    results: Vec<CommentResult>,
    /// How many were decided on.
    decided: i32,
    /// What has to be put right with the request itself; then nothing was changed.
    errors: Vec<UserError>,
}

/// The same decision on many submissions.
#[derive(InputObject)]
struct HandleSubmissionsInput {
    /// The submissions, up to 200.
    items: Vec<SeenItemInput>,
    /// What is decided.
    decision: SubmissionDecision,
    /// On which ground; to set aside.
    reason: Option<Reason>,
    /// The rule of the document that is cited, by its number.
    rule: Option<i32>,
    /// What their senders are told; to set aside.
    statement: Option<String>,
    /// A note for the other moderators.
    note: Option<String>,
    /// Change nothing where one of them cannot be decided so.
    all_or_nothing: Option<bool>,
}

/// What became of one submission.
#[derive(SimpleObject)]
struct SubmissionResult {
    /// Which.
    id: ID,
    /// The submission as it is now.
    submission: Option<Submission>,
    /// The record of the decision.
    action: Option<ModerationAction>,
    /// Why nothing was changed.
    errors: Vec<UserError>,
}

/// What a decision on many submissions did.
#[derive(SimpleObject)]
struct HandleSubmissionsPayload {
    /// For each submission, in the order they were given in.
    results: Vec<SubmissionResult>,
    /// How many were decided on.
    decided: i32,
    /// What has to be put right with the request itself; then nothing was changed.
    errors: Vec<UserError>,
}

fn seen<I: std::str::FromStr<Err = crate::error::Error>>(items: &[SeenItemInput]) -> Result<Vec<Seen<I>>> {
    let seen = items.iter().map(|item| Ok(Seen { id: item.id.parse()?, version: item.expected_version }));
    Ok(seen.collect::<crate::error::Result<_>>()?)
}

/// How many were decided on, and for each what it is now and what hindered it.
type Told<T> = (Option<T>, Option<ModerationAction>, Vec<UserError>);

fn told<T>(outcomes: Vec<Outcome<T>>) -> (i32, Vec<Told<T>>) {
    let decided = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let told = outcomes.into_iter().map(|outcome| match outcome {
        Ok((row, action)) => (Some(row), Some(ModerationAction(action)), Vec::new()),
        Err(problems) => (None, None, problems.into_iter().map(Into::into).collect()),
    });
    (i32::try_from(decided).unwrap_or(i32::MAX), told.collect())
}

/// The work at the desk.
#[derive(Default)]
pub(super) struct DeskMutation;

#[Object]
impl DeskMutation {
    /// Says that one is at work on an item, so that the others choose another. It holds for a while, 15 minutes when not configured, or until something is decided; claimed again it holds anew. For moderators.
    async fn claim_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: ClaimItemInput,
    ) -> Result<Option<ClaimItemPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let subject = subject_of(&input.id)?;
        let take_over = input.take_over.unwrap_or_default();
        let (claim, errors) = outcome(claims::claim(app, viewer, subject, take_over).await)?;
        Ok(Some(ClaimItemPayload { claim: claim.map(Claim), errors }))
    }

    /// Gives an item back that one is not at work on any more. For moderators.
    async fn release_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: ReleaseItemInput,
    ) -> Result<Option<ReleaseItemPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (done, errors) = outcome(claims::release(app, viewer, subject_of(&input.id)?).await)?;
        Ok(Some(ReleaseItemPayload { released: done.is_some(), errors }))
    }

    /// Decides the same about up to 200 comments, each by itself or all or nothing. Whoever wrote more than one of them gets one mail. For moderators.
    async fn moderate_comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: ModerateCommentsInput,
    ) -> Result<Option<ModerateCommentsPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let items = seen(&input.items)?;
        let ruling = Ruling {
            decision: input.decision.into(),
            reason: input.reason,
            rule: input.rule,
            statement: input.statement,
            note: input.note,
        };
        let whole = input.all_or_nothing.unwrap_or_default();
        let done = bulk::moderate(app, viewer, &items, &ruling, whole).await;
        let (outcomes, errors) = outcome(done)?;
        let (decided, told) = told(outcomes.unwrap_or_default());
        let results = input.items.into_iter().zip(told).map(|(item, (row, action, errors))| CommentResult {
            id: item.id,
            comment: row.map(|row| Comment::new(row, Access::Moderator)),
            action,
            errors,
        });
        Ok(Some(ModerateCommentsPayload { results: results.collect(), decided, errors }))
    }

    /// Decides the same about up to 200 submissions, each by itself or all or nothing. Whoever sent more than one of them gets one mail. For moderators.
    async fn handle_submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: HandleSubmissionsInput,
    ) -> Result<Option<HandleSubmissionsPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let items = seen(&input.items)?;
        let ruling = Ruling {
            decision: input.decision.into(),
            reason: input.reason,
            rule: input.rule,
            statement: input.statement,
            note: input.note,
        };
        let whole = input.all_or_nothing.unwrap_or_default();
        let (outcomes, errors) = outcome(bulk::handle(app, viewer, &items, &ruling, whole).await)?;
        let (decided, told) = told(outcomes.unwrap_or_default());
        let results =
            input.items.into_iter().zip(told).map(|(item, (row, action, errors))| SubmissionResult {
                id: item.id,
                submission: row.map(|row| Submission::new(row, Access::Moderator)),
                action,
                errors,
            });
        Ok(Some(HandleSubmissionsPayload { results: results.collect(), decided, errors }))
    }
}
