//! Readers' reports in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::Connection};

use super::{
    batching::in_round,
    comments::Comment,
    errors::{Result, UserError, outcome},
    loaders::{self, ReportPage},
    paging::{PageArgs, Total, TotalCount, connection, id},
    time::DateTime,
};
use crate::{
    identity::Viewer,
    ids::{CommentId, ReportId},
    ledger::Reason,
    moderation::reports::{self, ReportOutcome, actions::ReportComment, model},
};

pub(super) struct Report(model::Report);

/// A reader's complaint about a comment. Who made it nobody is told. For moderators of the document.
#[Object]
impl Report {
    /// Its global id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// On which ground.
    async fn reason(&self) -> Reason {
        self.0.reason
    }

    /// What the reader says about it.
    async fn explanation(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(sealed) = self.0.explanation_sealed.clone() else { return Ok(None) };
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let place = model::Report::explanation_place(self.0.id);
        Ok(Some(in_round(ctx, async move { app.vault.open_text(place, &sealed).await }).await?))
    }

    /// Whether the reader left an address, to be told what came of it.
    async fn has_contact(&self) -> bool {
        self.0.contact_sealed.is_some()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// What came of it; nothing as long as nobody has decided, or the decision can still be undone.
    async fn outcome(&self) -> Option<ReportOutcome> {
        self.0.outcome
    }
}

/// A page of the reports on one comment.
pub(super) async fn reports_on(
    ctx: &Context<'_>,
    comment: CommentId,
    args: PageArgs,
) -> Result<Connection<String, Report, TotalCount>> {
    let window = args.window::<ReportId>("reports")?;
    let page = loaders::of(ctx).load_one(ReportPage { comment, window }).await?.unwrap_or_default();
    Ok(connection("reports", page, |report| report.id, Report, Total::Reports(comment)))
}

/// A report as it is sent.
#[derive(InputObject)]
struct ReportCommentInput {
    /// The comment.
    comment_id: ID,
    /// On which ground.
    reason: Reason,
    /// What is wrong with it, up to 2,000 characters. Only moderators of the document ever see it.
    explanation: Option<String>,
    /// Where to tell what came of it. Nobody ever sees it.
    email: Option<String>,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it is kept once and gets the same answer.
    idempotency_key: Option<String>,
}

/// What a report did.
#[derive(SimpleObject)]
struct ReportCommentPayload {
    /// Whether the report is held. The answer is the same where this person had reported the comment before.
    received: bool,
    /// The comment as it is then.
    comment: Option<Comment>,
    /// What has to be put right; then nothing was kept.
    errors: Vec<UserError>,
}

/// Reporting comments.
#[derive(Default)]
pub(super) struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Reports a comment to the moderators; no account is needed. One report for each person and comment counts. Too many from one person or one place in an hour are `RATE_LIMITED`: `extensions.retryAfter` says in how many seconds to try again.
    async fn report_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] input: ReportCommentInput,
    ) -> Result<Option<ReportCommentPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let input = ReportComment {
            comment: input.comment_id.parse()?,
            reason: input.reason,
            explanation: input.explanation,
            email: input.email,
            idempotency_key: input.idempotency_key,
        };
        let (reported, errors) = outcome(reports::actions::report(app, viewer, input).await)?;
        Ok(Some(ReportCommentPayload {
            received: reported.is_some(),
            comment: reported.and_then(|row| Comment::seen(ctx, row)),
            errors,
        }))
    }
}
