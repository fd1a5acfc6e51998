//! Who has read what was said in confidence: a submission's text, or how somebody can be reached.
//!
//! Queries never write what the API shows; this record is the one thing that reading leaves behind. It is committed on a
//! connection of its own before the content is given, and where it cannot be written nothing is given.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::queries;
use crate::{
    context::Context,
    db::paging::{self, Page, Span, Window},
    error::{Error, Result},
    identity::Viewer,
    ids::{AccessRecordId, AccountId, ContributorId, DocumentId, SubmissionId},
    ledger::Subject,
    submissions::Submission,
    text_enum,
};

pub use queries::AccessRecord;

/// What reads within one stretch of time leave one record for each account and item.
const STRETCH: TimeDelta = TimeDelta::minutes(10);

text_enum! {
    /// What was read.
    pub enum AccessKind {
        /// What a submission says, or said before; or that a search has found words in it.
        Submission = "SUBMISSION",
        /// How whoever contributed can be reached.
        Contact = "CONTACT",
    }
}

/// What is about to be given to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reading {
    /// Who reads.
    pub account: AccountId,
    /// The document it belongs to.
    pub document: DocumentId,
    /// What is read.
    pub what: Confidential,
}

/// What was said in confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidential {
    /// The text of a submission.
    Submission(SubmissionId),
    /// The address of a contributor.
    Contact(ContributorId),
}

impl Confidential {
    /// The kind of record it leaves.
    pub fn kind(self) -> AccessKind {
        match self {
            Self::Submission(_) => AccessKind::Submission,
            Self::Contact(_) => AccessKind::Contact,
        }
    }

    pub(super) fn id(self) -> Uuid {
        match self {
            Self::Submission(id) => id.0,
            Self::Contact(id) => id.0,
        }
    }
}

/// Records what is about to be read, in one statement however much it is.
pub async fn record(ctx: &Context, readings: &[Reading]) -> Result<()> {
    let now = ctx.clock.now();
    let stretch = now.duration_trunc(STRETCH).map_err(Error::internal)?;
    queries::insert(&mut *ctx.db.get().await?, readings, stretch, now).await
}

/// Records that a search of the viewer's has found words in these submissions, which says what they hold: a
/// [`Witness`](crate::moderation::desk::Witness) of searches.
pub fn record_found<'a>(
    ctx: &'a Context,
    viewer: &'a Viewer,
    found: &'a [Submission],
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        if found.is_empty() {
            return Ok(());
        }
        let account = viewer.require()?.account;
        let reading = |row: &Submission| Reading {
            account,
            document: row.document_id,
            what: Confidential::Submission(row.id),
        };
        record(ctx, &found.iter().map(reading).collect::<Vec<_>>()).await
    })
}

/// Which of the records.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// About this document alone.
    pub document: Option<DocumentId>,
    /// By this account alone.
    pub account: Option<AccountId>,
    /// About this contribution alone.
    pub item: Option<Subject>,
}

/// A page of the records, the latest first. For administrators.
pub async fn list(
    ctx: &Context,
    viewer: &Viewer,
    filter: Filter,
    window: Window<AccessRecordId>,
) -> Result<Page<AccessRecord>> {
    viewer.require_administrator()?;
    paging::page(
        window,
        |record: &AccessRecord| record.id,
        async |span: Span<AccessRecordId>| queries::records(&mut *ctx.db.get().await?, &filter, &span).await,
    )
    .await
}

/// How many they are. For administrators.
pub async fn count(ctx: &Context, viewer: &Viewer, filter: Filter) -> Result<i64> {
    viewer.require_administrator()?;
    queries::count_records(&mut *ctx.db.get().await?, &filter).await
}

impl AccessRecord {
    /// Since when this may have been read.
    pub fn at(&self) -> DateTime<Utc> {
        self.read_at
    }
}
