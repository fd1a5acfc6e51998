//! Loaders: what many fields of one page ask for is fetched in one statement. Built for each request.

mod accounts;
mod rules;

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use async_graphql::{
    Context as GraphqlContext,
    dataloader::{DataLoader, HashMapCache, Loader},
};
use uuid::Uuid;

use super::{batching::Spawner, sections::Revision, text::Text};
use crate::{
    attachments::{self, actions::Shown},
    comments::{
        self, Comment,
        queries::{Key, Listed, Room, Shelf},
    },
    context::Context,
    contributors::{self, Contributor},
    db::{
        SharedText,
        paging::{Page, Window},
    },
    documents::{
        self,
        model::{Document, Section},
    },
    error::{Error, Result},
    identity::{self, Account},
    ids::{
        AccountId, AppealId, CommentId, ContributorId, DocumentId, ModerationActionId, ReportId, SectionId,
        SectionRevisionId, SubmissionId,
    },
    ledger::{
        self, ModerationAction,
        queries::{LogEntry, Stretch},
    },
    moderation::{
        appeals::{self, Appeal},
        claims::{self, Claim},
        reports::{self, Report},
    },
    privacy::access::{self, Reading},
    submissions::{self, Submission},
};

pub(super) use accounts::{ApiTokensOf, GrantsOf, MailChosenBy};
pub(super) use rules::{
    EarlierComment, EarlierSubmission, FindingsIn, GroupsOf, MembersOf, RuleTextsOf, RulesOf, SimilarTo,
};

/// All loaders of one request.
pub(super) type Loads = DataLoader<Loaders, HashMapCache>;

/// The loaders of the request.
pub(super) fn of<'a>(ctx: &GraphqlContext<'a>) -> &'a Loads {
    ctx.data_unchecked::<Loads>()
}

/// Fetches for many askers at once.
pub(super) struct Loaders {
    ctx: Context,
    /// For comments in lists.
    room: Room,
}

impl Loaders {
    /// Loaders for one request; `keeps` says whether what was loaded is kept until its end.
    pub(super) fn start(ctx: Context, spawner: Spawner, keeps: bool) -> Loads {
        let spawn = move |load| {
            spawner.spawn(load);
        };
        // No delay: the spawner sees to it that everybody has asked.
        let loads =
            DataLoader::with_cache(Self { ctx, room: Room::default() }, spawn, HashMapCache::default())
                .delay(Duration::ZERO);
        loads.enable_all_cache(keeps);
        loads
    }
}

/// Rows by their ids.
fn by_id<K: Hash + Eq, V>(rows: Vec<V>, id: impl Fn(&V) -> K) -> HashMap<K, V> {
    rows.into_iter().map(|row| (id(&row), row)).collect()
}

/// Implements the loader of rows that one query finds by their ids.
macro_rules! rows {
    ($($id:ty => $row:ty: $query:path;)*) => {$(
        impl Loader<$id> for Loaders {
            type Value = $row;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, $row>> {
                let mut conn = self.ctx.db.get().await?;
                Ok(by_id($query(&mut conn, ids).await?, |row| row.id))
            }
        }
    )*};
}

rows! {
    DocumentId => Document: documents::queries::by_ids;
    CommentId => Comment: comments::queries::by_ids;
    SubmissionId => Submission: submissions::queries::by_ids;
    ContributorId => Contributor: contributors::queries::by_ids;
    AccountId => Account: identity::queries::accounts;
    ModerationActionId => ModerationAction: ledger::queries::by_ids;
    AppealId => Appeal: appeals::queries::by_ids;
}

impl Loader<SectionRevisionId> for Loaders {
    type Value = Revision;
    type Error = Error;

    async fn load(&self, ids: &[SectionRevisionId]) -> Result<HashMap<SectionRevisionId, Revision>> {
        let rows = documents::queries::texts(&mut *self.ctx.db.get().await?, ids).await?;
        rows.into_iter().map(|row| Ok((row.id, Revision::read(row)?))).collect()
    }
}

/// A document's summary, to be shown. Known by the document alone: in one request it says one thing.
#[derive(Clone)]
pub(super) struct SummaryOf {
    pub document: DocumentId,
    pub markdown: SharedText,
}

impl PartialEq for SummaryOf {
    fn eq(&self, other: &Self) -> bool {
        self.document == other.document
    }
}

impl Eq for SummaryOf {}

impl Hash for SummaryOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.document.hash(state);
    }
}

impl Loader<SummaryOf> for Loaders {
    type Value = Text;
    type Error = Error;

    async fn load(&self, keys: &[SummaryOf]) -> Result<HashMap<SummaryOf, Text>> {
        Ok(keys.iter().map(|key| (key.clone(), Text::written(key.markdown.clone()))).collect())
    }
}

/// A submission's text, to be opened and shown. Known by the submission and its version.
#[derive(Clone)]
pub(super) struct TextOf(pub Submission);

impl PartialEq for TextOf {
    fn eq(&self, other: &Self) -> bool {
        (self.0.id, self.0.version) == (other.0.id, other.0.version)
    }
}

impl Eq for TextOf {}

impl Hash for TextOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.0.id, self.0.version).hash(state);
    }
}

impl Loader<TextOf> for Loaders {
    type Value = Text;
    type Error = Error;

    async fn load(&self, keys: &[TextOf]) -> Result<HashMap<TextOf, Text>> {
        let mut found = HashMap::new();
        for key in keys {
            if let Some(text) = submissions::actions::text_of(&self.ctx, &key.0).await? {
                found.insert(key.clone(), Text::written(text.into()));
            }
        }
        Ok(found)
    }
}

/// A document's name in addresses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Slug(pub String);

impl Loader<Slug> for Loaders {
    type Value = Document;
    type Error = Error;

    async fn load(&self, slugs: &[Slug]) -> Result<HashMap<Slug, Document>> {
        let slugs: Vec<&str> = slugs.iter().map(|slug| slug.0.as_str()).collect();
        let mut conn = self.ctx.db.get().await?;
        let found = documents::queries::by_slugs(&mut conn, &slugs).await?;
        Ok(found.into_iter().map(|document| (Slug(document.slug.clone()), document)).collect())
    }
}

/// The files that belong to a submission.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AttachmentsOf(pub SubmissionId);

impl Loader<AttachmentsOf> for Loaders {
    type Value = Arc<[Shown]>;
    type Error = Error;

    async fn load(&self, keys: &[AttachmentsOf]) -> Result<HashMap<AttachmentsOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = attachments::actions::of_submissions(&self.ctx, &ids).await?;
        Ok(rules::grouped(rows.into_iter().map(|(id, row)| (AttachmentsOf(id), row))))
    }
}

/// All sections of a document, in reading order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SectionsOf(pub DocumentId);

impl Loader<SectionsOf> for Loaders {
    type Value = Arc<[Arc<Section>]>;
    type Error = Error;

    async fn load(&self, keys: &[SectionsOf]) -> Result<HashMap<SectionsOf, Self::Value>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let found = documents::queries::sections(&mut conn, &ids).await?;
        Ok(found
            .into_iter()
            .map(|(id, sections)| (SectionsOf(id), sections.into_iter().map(Arc::new).collect()))
            .collect())
    }
}

impl Loader<SectionId> for Loaders {
    /// The document that the section is part of.
    type Value = DocumentId;
    type Error = Error;

    async fn load(&self, ids: &[SectionId]) -> Result<HashMap<SectionId, DocumentId>> {
        let mut conn = self.ctx.db.get().await?;
        documents::queries::documents_of_sections(&mut conn, ids).await
    }
}

/// The claim on an item, whether it still holds or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ClaimOn(pub Uuid);

impl Loader<ClaimOn> for Loaders {
    type Value = Claim;
    type Error = Error;

    async fn load(&self, keys: &[ClaimOn]) -> Result<HashMap<ClaimOn, Claim>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let found = claims::queries::by_subjects(&mut conn, &ids).await?;
        Ok(by_id(found, |claim| ClaimOn(claim.subject_id)))
    }
}

/// One page of one owner's comments.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CommentPage {
    pub shelf: Shelf,
    pub owner: Uuid,
    pub window: Window<Key>,
}

impl Loader<CommentPage> for Loaders {
    type Value = Page<Listed>;
    type Error = Error;

    async fn load(&self, keys: &[CommentPage]) -> Result<HashMap<CommentPage, Page<Listed>>> {
        let mut groups: HashMap<(Shelf, Window<Key>), Vec<Uuid>> = HashMap::new();
        for key in keys {
            groups.entry((key.shelf, key.window.clone())).or_default().push(key.owner);
        }
        let mut conn = self.ctx.db.get().await?;
        let mut found = HashMap::new();
        for ((shelf, window), owners) in groups {
            let pages = comments::queries::list(&mut conn, shelf, &owners, &window, &self.room).await?;
            found.extend(
                pages
                    .into_iter()
                    .map(|(owner, page)| (CommentPage { shelf, owner, window: window.clone() }, page)),
            );
        }
        Ok(found)
    }
}

/// How long one owner's list of comments is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ListLength {
    pub shelf: Shelf,
    pub owner: Uuid,
}

impl Loader<ListLength> for Loaders {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[ListLength]) -> Result<HashMap<ListLength, i64>> {
        let mut groups: HashMap<Shelf, Vec<Uuid>> = HashMap::new();
        for key in keys {
            groups.entry(key.shelf).or_default().push(key.owner);
        }
        let mut conn = self.ctx.db.get().await?;
        let mut found = HashMap::new();
        for (shelf, owners) in groups {
            let counts = comments::queries::count_listed(&mut conn, shelf, &owners).await?;
            found.extend(counts.into_iter().map(|(owner, count)| (ListLength { shelf, owner }, count)));
        }
        Ok(found)
    }
}

/// How many published comments a section or document has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct PublishedCount(pub Uuid);

impl Loader<PublishedCount> for Loaders {
    type Value = i32;
    type Error = Error;

    async fn load(&self, keys: &[PublishedCount]) -> Result<HashMap<PublishedCount, i32>> {
        let scopes: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let counts = comments::queries::published_counts(&mut conn, &scopes).await?;
        Ok(counts.into_iter().map(|(scope, count)| (PublishedCount(scope), count)).collect())
    }
}

/// All records on one item, oldest first. An item has a handful.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ActionsOn(pub ledger::Subject);

impl Loader<ActionsOn> for Loaders {
    type Value = Arc<[ModerationAction]>;
    type Error = Error;

    async fn load(&self, keys: &[ActionsOn]) -> Result<HashMap<ActionsOn, Self::Value>> {
        let subjects: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let rows = ledger::queries::of_subjects(&mut conn, &subjects).await?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            found.entry(ActionsOn(row.subject())).or_default().push(row);
        }
        Ok(found.into_iter().map(|(key, rows)| (key, rows.into())).collect())
    }
}

/// How many records the log of a document has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LogLength(pub DocumentId);

impl Loader<LogLength> for Loaders {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[LogLength]) -> Result<HashMap<LogLength, i64>> {
        let documents: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let found = ledger::queries::lengths(&mut conn, &documents).await?;
        Ok(found.into_iter().map(|(document, length)| (LogLength(document), length)).collect())
    }
}

impl Loader<Stretch> for Loaders {
    /// The records, the latest first.
    type Value = Vec<LogEntry>;
    type Error = Error;

    async fn load(&self, keys: &[Stretch]) -> Result<HashMap<Stretch, Vec<LogEntry>>> {
        ledger::queries::entries(&mut *self.ctx.db.get().await?, keys).await
    }
}

/// The appeal against a decision.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct AppealAgainst(pub ModerationActionId);

impl Loader<AppealAgainst> for Loaders {
    type Value = Appeal;
    type Error = Error;

    async fn load(&self, keys: &[AppealAgainst]) -> Result<HashMap<AppealAgainst, Appeal>> {
        let actions: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        Ok(by_id(appeals::queries::against(&mut conn, &actions).await?, |row| AppealAgainst(row.action_id)))
    }
}

/// One page of the reports on one comment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ReportPage {
    pub comment: CommentId,
    pub window: Window<ReportId>,
}

impl Loader<ReportPage> for Loaders {
    type Value = Page<Report>;
    type Error = Error;

    async fn load(&self, keys: &[ReportPage]) -> Result<HashMap<ReportPage, Page<Report>>> {
        let mut groups: HashMap<Window<ReportId>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            groups.entry(key.window.clone()).or_default().push(key.comment.0);
        }
        let mut conn = self.ctx.db.get().await?;
        let mut found = HashMap::new();
        for (window, comments) in groups {
            let pages = reports::queries::list(&mut conn, &comments, &window).await?;
            let key = |comment| ReportPage { comment, window: window.clone() };
            found.extend(pages.into_iter().map(|(comment, page)| (key(comment), page)));
        }
        Ok(found)
    }
}

/// How many reports a comment has had.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ReportCount(pub CommentId);

impl Loader<ReportCount> for Loaders {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[ReportCount]) -> Result<HashMap<ReportCount, i64>> {
        let comments: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let counts = reports::queries::counts(&mut conn, &comments).await?;
        Ok(counts.into_iter().map(|(comment, count)| (ReportCount(comment), count)).collect())
    }
}

impl Loader<Reading> for Loaders {
    /// That it was recorded.
    type Value = ();
    type Error = Error;

    async fn load(&self, readings: &[Reading]) -> Result<HashMap<Reading, ()>> {
        access::record(&self.ctx, readings).await?;
        Ok(readings.iter().map(|reading| (*reading, ())).collect())
    }
}
