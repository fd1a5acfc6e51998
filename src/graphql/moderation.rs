//! Records of decisions in the API, and what moderators do with any kind of item.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union, connection::Connection};

use super::{
    comments::Comment,
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders::{self, ActionsOn},
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    statements::{StatementOfReasons, statement_of},
    submissions::Submission,
    time::DateTime,
};
use crate::{
    comments::{self, policy::Access},
    error::Error,
    identity::Viewer,
    ids::{AnyId, ModerationActionId},
    ledger::{self, ActorKind, Decision, Reason},
    submissions,
};

pub(super) struct ModerationAction(pub ledger::ModerationAction);

/// One record of one decision on one item. For moderators of the document.
#[Object]
impl ModerationAction {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// The id of the comment or submission that was decided on.
    async fn subject_id(&self) -> ID {
        match self.0.subject() {
            ledger::Subject::Comment(comment) => id(comment),
            ledger::Subject::Submission(submission) => id(submission),
        }
    }

    /// What was decided.
    async fn decision(&self) -> Decision {
        self.0.action
    }

    /// As what the one who decided did so.
    async fn actor_kind(&self) -> ActorKind {
        self.0.actor_kind
    }

    /// Who decided, where it was a person with an account.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        let Some(actor) = self.0.actor_id() else { return Ok(None) };
        Ok(loaders::of(ctx).load_one(actor).await?.map(Account))
    }

    /// The state before.
    async fn from_state(&self) -> &str {
        &self.0.from_state
    }

    /// The state after.
    async fn to_state(&self) -> &str {
        &self.0.to_state
    }

    /// On which ground.
    async fn reason(&self) -> Option<Reason> {
        self.0.reason
    }

    /// What the person concerned was told.
    async fn statement(&self) -> Option<&str> {
        self.0.statement()
    }

    /// What moderators wrote down for each other.
    async fn note(&self) -> Option<&str> {
        self.0.note()
    }

    /// The rule of the document that is cited, by its number.
    async fn rule_cited(&self) -> Option<i32> {
        self.0.rule_cited
    }

    /// Whether a rule found it first.
    async fn detected(&self) -> bool {
        self.0.detected
    }

    /// Its place in the document's log, from 1.
    async fn seq(&self) -> i64 {
        self.0.seq
    }

    /// The hash of this record, which covers the one before.
    async fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0.hash)
    }

    /// What the person concerned is told about it, where it goes against them and was not undone.
    async fn statement_of_reasons(&self, ctx: &Context<'_>) -> Result<Option<StatementOfReasons>> {
        statement_of(ctx, self.0.subject(), self.0.id).await
    }

    /// The version of the item that the decision made.
    async fn subject_version(&self) -> i32 {
        self.0.subject_version
    }

    /// When it was decided.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// A page of the records on one item.
pub(super) async fn actions_on(
    ctx: &Context<'_>,
    key: ActionsOn,
    args: PageArgs,
) -> Result<Connection<String, ModerationAction, TotalCount>> {
    let window = args.window::<ModerationActionId>("actions")?;
    let all = loaders::of(ctx).load_one(key).await?.unwrap_or_default();
    let page = slice(&all, |action| action.id, &window);
    Ok(connection("actions", page, |action| action.id, ModerationAction, Total::Known(all.len())))
}

/// Something that waits for a moderator.
#[derive(Union)]
pub(super) enum ModerationItem {
    /// A comment that nobody has decided on.
    Comment(Comment),
    /// A submission that nobody has handled.
    Submission(Submission),
}

/// A note on what was on the screen or not: it changes nothing else.
#[derive(InputObject)]
struct AddNoteInput {
    /// The comment or submission.
    id: ID,
    /// The note, up to 4,000 characters. Only moderators of the document ever see it.
    note: String,
}

/// What a note did.
#[derive(SimpleObject)]
struct AddNotePayload {
    /// The item.
    item: Option<ModerationItem>,
    /// The record of the note.
    action: Option<ModerationAction>,
    /// What has to be put right; then nothing was written down.
    errors: Vec<UserError>,
}

/// A decision to be taken back.
#[derive(InputObject)]
struct UndoDecisionInput {
    /// The comment or submission.
    id: ID,
    /// Its version as it was on the screen; a CONFLICT if it has changed since.
    expected_version: i32,
}

/// What taking a decision back did.
#[derive(SimpleObject)]
struct UndoDecisionPayload {
    /// The item as it is now.
    item: Option<ModerationItem>,
    /// The record of that.
    action: Option<ModerationAction>,
    /// Why it was not done; then nothing was changed.
    errors: Vec<UserError>,
}

type Done<T> = (Option<T>, Option<ModerationAction>, Vec<UserError>);

fn done<R>(
    result: crate::error::Result<(R, ledger::ModerationAction)>,
    item: impl FnOnce(R) -> ModerationItem,
) -> Result<Done<ModerationItem>> {
    let (done, errors) = outcome(result)?;
    let (row, action) = done.unzip();
    Ok((row.map(item), action.map(ModerationAction), errors))
}

pub(super) fn comment_item(row: crate::comments::Comment) -> ModerationItem {
    ModerationItem::Comment(Comment::new(row, Access::Moderator))
}

pub(super) fn submission_item(row: crate::submissions::Submission) -> ModerationItem {
    ModerationItem::Submission(Submission::new(row, Access::Moderator))
}

pub(super) fn no_item(id: &AnyId) -> Error {
    Error::BadRequest(format!("`id` is of a comment or a submission, not of type `{}`.", id.prefix()))
}

/// What moderators do with any kind of item.
#[derive(Default)]
pub(super) struct ModerationMutation;

#[Object]
impl ModerationMutation {
    /// Writes a note on a comment or submission, for the other moderators of the document. For moderators.
    async fn add_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: AddNoteInput,
    ) -> Result<Option<AddNotePayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (item, action, errors) = match AnyId::parse(&input.id)? {
            AnyId::CommentId(id) => {
                done(comments::actions::note(app, viewer, id, input.note).await, comment_item)?
            }
            AnyId::SubmissionId(id) => {
                done(submissions::actions::note(app, viewer, id, input.note).await, submission_item)?
            }
            other => return Err(no_item(&other).into()),
        };
        Ok(Some(AddNotePayload { item, action, errors }))
    }

    /// Takes back one's own last decision on a comment or submission, within ten minutes: the item stands as it stood before. Nobody has been told of the decision until then. For moderators.
    async fn undo_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which item.")] input: UndoDecisionInput,
    ) -> Result<Option<UndoDecisionPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let version = input.expected_version;
        let (item, action, errors) = match AnyId::parse(&input.id)? {
            AnyId::CommentId(id) => {
                done(comments::actions::undo(app, viewer, id, version).await, comment_item)?
            }
            AnyId::SubmissionId(id) => {
                done(submissions::actions::undo(app, viewer, id, version).await, submission_item)?
            }
            other => return Err(no_item(&other).into()),
        };
        Ok(Some(UndoDecisionPayload { item, action, errors }))
    }
}
