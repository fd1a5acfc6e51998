//! Who has read what was said in confidence: the record that reading leaves, and its list for administrators.

use async_graphql::{Context, ID, Object, connection::Connection};

use super::{
    batching::in_round,
    documents::{Document, owning},
    errors::Result,
    identity::Account,
    loaders,
    paging::{PageArgs, Total, TotalCount, connection, id},
    time::DateTime,
};
use crate::{
    error::Error,
    identity::Viewer,
    ids::{AccessRecordId, AnyId, DocumentId},
    ledger::Subject,
    privacy::access::{self, AccessKind, Confidential, Filter, Reading},
};

/// Leaves a record that the viewer reads this. Called before the content is fetched: where it fails, nothing is given. All
/// that one round of a request reads is recorded with one statement.
pub(super) async fn leave_record(ctx: &Context<'_>, document: DocumentId, what: Confidential) -> Result<()> {
    let account = ctx.data_unchecked::<Viewer>().require()?.account;
    loaders::of(ctx).load_one(Reading { account, document, what }).await?;
    Ok(())
}

pub(super) struct AccessRecord(access::AccessRecord);

/// That somebody has read a submission, or how a contributor can be reached. What one account reads of one contribution within ten minutes is one record. For administrators.
#[Object]
impl AccessRecord {
    /// Its id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// Who has read it.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        Ok(loaders::of(ctx).load_one(self.0.account_id).await?.map(Account))
    }

    /// The document it belongs to.
    async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        owning(ctx, self.0.document_id).await
    }

    /// What was read.
    async fn kind(&self) -> AccessKind {
        self.0.kind
    }

    /// The id of the comment or submission. It opens nothing for an administrator who does not moderate the document.
    async fn item_id(&self) -> ID {
        match self.0.subject() {
            Subject::Comment(comment) => id(comment),
            Subject::Submission(submission) => id(submission),
        }
    }

    /// When it was read first, within its ten minutes.
    async fn read_at(&self) -> DateTime {
        self.0.read_at.into()
    }
}

/// Records of reading.
#[derive(Default)]
pub(super) struct AccessQuery;

#[Object]
impl AccessQuery {
    /// Who has read submissions and how contributors can be reached, the latest first. For administrators.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "they are those of the field")]
    async fn access_records(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what belongs to this document.")] document_id: Option<ID>,
        #[graphql(desc = "Only what this account has read.")] account_id: Option<ID>,
        #[graphql(desc = "Only what concerns this comment or submission.")] item_id: Option<ID>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, AccessRecord, TotalCount>>> {
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        viewer.require_administrator()?;
        let filter = Filter {
            document: document_id.map(|given| given.parse()).transpose()?,
            account: account_id.map(|given| given.parse()).transpose()?,
            item: item_id.map(|given| item(&given)).transpose()?,
        };
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let window = PageArgs { first, after, last, before }.window::<AccessRecordId>("accessRecords")?;
        let page = in_round(ctx, async move { access::list(&app, &viewer, filter, window).await }).await?;
        Ok(Some(connection("accessRecords", page, |row| row.id, AccessRecord, Total::AccessRecords(filter))))
    }
}

/// A contribution by its id; `BadRequest` for the id of anything else.
pub(super) fn item(given: &ID) -> crate::error::Result<Subject> {
    match AnyId::parse(given)? {
        AnyId::CommentId(comment) => Ok(Subject::Comment(comment)),
        AnyId::SubmissionId(submission) => Ok(Subject::Submission(submission)),
        other => Err(Error::BadRequest(format!(
            "This needs the id of a comment or a submission; the one given is of type `{}`.",
            other.prefix()
        ))),
    }
}
