//! Documents in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject, connection::Connection};

use super::{
    batching::in_round,
    comments::{Comment, comments_on},
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders::{self, PublishedCount, SectionsOf, Slug, SummaryOf},
    moderation_log::{ModerationLogEntry, log_of},
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    rules::{ModerationRule, Rule, SimilarGroup, groups_of, rules_of, texts_of},
    sections::Section,
    text::Text,
    time::DateTime,
};
use crate::{
    comments::{model::CommentOrder, queries::Shelf},
    documents::{
        self,
        actions::SetPolicies,
        model::{self, ModerationMode, Phase},
        policy,
    },
    error::Error,
    files::kind::Kind,
    identity::Viewer,
    ids::DocumentId,
    rules::form,
};

pub(super) struct Document(pub model::Document);

/// That somebody has changed for how long contributors can be reached.
#[derive(SimpleObject)]
struct RetentionChange {
    /// When.
    at: DateTime,
    /// Who.
    by: Option<Account>,
    /// For how many days it was before.
    days_before: i32,
}

/// What applies to contributions to a document.
#[derive(SimpleObject)]
struct Policies {
    /// Whether comments are looked at before or after they can be seen.
    moderation: ModerationMode,
    /// Within how many hours a contribution is to be decided on.
    target_hours: Option<i32>,
    /// For how many days a decision can be appealed against.
    appeal_days: i32,
    /// How many readers' reports, from as many accounts or places, withhold a comment until a moderator has looked.
    report_threshold: Option<i32>,
    /// Whether a contribution counts only once its author has confirmed the address.
    confirm_addresses: bool,
    /// For how many days after its closing whoever contributed can be reached; then addresses, and names that were not shown, are erased.
    retention_days: i32,
    /// How many characters a comment may have.
    max_comment_length: usize,
    /// How many characters a submission may have.
    max_submission_length: usize,
    /// How many replies deep a conversation may go.
    max_reply_depth: i32,
    /// How many files a submission may have; with 0 none are taken.
    max_attachments: usize,
    /// How many bytes one of them may have.
    max_attachment_bytes: u64,
    /// Of which kinds they may be, as media types.
    attachment_types: Vec<&'static str>,
}

/// What is put to the public: a text in sections, open for contributions from one moment to another.
#[Object]
impl Document {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// Its name in addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is about, in a few sentences.
    async fn summary(&self, ctx: &Context<'_>) -> Result<Text> {
        let key = SummaryOf { document: self.0.id, markdown: self.0.summary.clone() };
        let found = loaders::of(ctx).load_one(key).await?;
        Ok(found.ok_or_else(|| Error::missing("document"))?)
    }

    /// The language it is written in, as a BCP 47 tag.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// The body that puts it to the public, and answers for it.
    async fn owner(&self) -> &str {
        &self.0.owner
    }

    /// Where it stands at this moment, by the clock.
    async fn phase(&self, ctx: &Context<'_>) -> Phase {
        let app = ctx.data_unchecked::<crate::context::Context>();
        self.0.phase_at(app.clock.now())
    }

    /// When it opens for contributions.
    async fn opens_at(&self) -> Option<DateTime> {
        self.0.opens_at.map(Into::into)
    }

    /// When it closes for contributions.
    async fn closes_at(&self) -> Option<DateTime> {
        self.0.closes_at.map(Into::into)
    }

    /// When it was first put into this service.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// What applies to contributions.
    async fn policies(&self, ctx: &Context<'_>) -> Policies {
        let files = &ctx.data_unchecked::<crate::context::Context>().files;
        Policies {
            moderation: self.0.moderation,
            target_hours: self.0.target_hours,
            appeal_days: self.0.appeal_days,
            report_threshold: self.0.report_threshold,
            confirm_addresses: self.0.confirm_addresses,
            retention_days: self.0.retention_days,
            max_comment_length: crate::text::MAX_COMMENT,
            max_submission_length: crate::text::MAX_SUBMISSION,
            max_reply_depth: crate::comments::policy::MAX_DEPTH,
            max_attachments: files.most,
            max_attachment_bytes: files.most_bytes,
            attachment_types: Kind::ALL.map(Kind::media_type).to_vec(),
        }
    }

    /// When the contact details of its contributors are erased, or were: `retentionDays` after it has closed, or is to close. A change of these days, or an earlier closing time, erases nothing sooner than seven days after it; until then it is undone by setting it back. Nothing while nobody knows when it closes.
    async fn contact_erased_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        self.0.contact_erased_at(app.clock.now()).map(Into::into)
    }

    /// Who changed `retentionDays` last; nothing where nobody has. For editors of the document and administrators.
    async fn retention_change(&self, ctx: &Context<'_>) -> Result<Option<RetentionChange>> {
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.require()?;
        policy::may_edit(viewer, &self.0)?;
        let model::RetentionChange { at: Some(at), by, before: Some(days_before) } = self.0.retention_change
        else {
            return Ok(None);
        };
        let by = match by {
            Some(account) => loaders::of(ctx).load_one(account).await?.map(Account),
            None => None,
        };
        Ok(Some(RetentionChange { at: at.into(), by, days_before }))
    }

    /// To be fetched when a form for a contribution is shown, and sent with it as `formToken`: it says when, so that a rule can tell people from robots without troubling either. Good for a day.
    async fn form_token(&self, ctx: &Context<'_>) -> String {
        let app = ctx.data_unchecked::<crate::context::Context>();
        form::token(app.vault.keys(), self.0.id, app.clock.now())
    }

    /// The moderation rules that decisions on contributions cite, by number.
    async fn moderation_rules(&self, ctx: &Context<'_>) -> Result<Vec<ModerationRule>> {
        texts_of(ctx, &self.0).await
    }

    /// The rules that run by themselves when a contribution arrives or is amended. For moderators and editors of the document.
    async fn rules(&self, ctx: &Context<'_>) -> Result<Option<Vec<Rule>>> {
        Ok(Some(rules_of(ctx, &self.0).await?))
    }

    /// The contributions that say nearly the same, in groups, the largest first. For moderators of the document.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn similar_groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<String, SimilarGroup, TotalCount>>> {
        Ok(Some(groups_of(ctx, &self.0, PageArgs { first, after, last, before }).await?))
    }

    /// How many published comments there are on the document and all its sections, replies included.
    #[graphql(complexity = "1")]
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(loaders::of(ctx).load_one(PublishedCount(self.0.id.0)).await?.unwrap_or(0))
    }

    /// All its sections in reading order, those within others included.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn sections(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only the sections that are not within another.")] top_level_only: Option<bool>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, Section, TotalCount>> {
        let window = PageArgs { first, after, last, before }.window("sections")?;
        let all = sections_of(ctx, self.0.id).await?;
        // Places, not the sections there: a document has up to two thousand, and is asked for a few of them.
        let is_listed = |at: &usize| top_level_only != Some(true) || all[*at].parent_id.is_none();
        let listed: Vec<usize> = (0..all.len()).filter(is_listed).collect();
        let position = |at: &usize| all[*at].position;
        let page = slice(&listed, position, &window);
        Ok(connection("sections", page, position, |at| Section::at(&all, at), Total::Known(listed.len())))
    }

    /// One of its sections, by its name in addresses.
    async fn section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The section's name in addresses.")] slug: String,
    ) -> Result<Option<Section>> {
        section_where(ctx, self.0.id, |section| section.slug == slug).await
    }

    /// The conversations about the document as a whole; those about its sections are with the sections.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which order; `NEWEST` first when not given.")] order: Option<CommentOrder>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, Comment, TotalCount>> {
        comments_on(
            ctx,
            Shelf::Document(order.unwrap_or(CommentOrder::Newest)),
            self.0.id.0,
            PageArgs { first, after, last, before },
        )
        .await
    }

    /// What was decided about contributions, by which role and on which ground, the latest first. Nothing in it names anybody. It is added to and never changed: each record carries the hash of the one before.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn moderation_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, ModerationLogEntry, TotalCount>> {
        log_of(ctx, self.0.id, PageArgs { first, after, last, before }).await
    }
}

/// The sections of a document, in reading order.
async fn sections_of(ctx: &Context<'_>, document: DocumentId) -> Result<Arc<[Arc<model::Section>]>> {
    Ok(loaders::of(ctx).load_one(SectionsOf(document)).await?.unwrap_or_default())
}

/// The section of a document that is the one meant, if there is one.
pub(super) async fn section_where(
    ctx: &Context<'_>,
    document: DocumentId,
    is_meant: impl Fn(&model::Section) -> bool,
) -> Result<Option<Section>> {
    let all = sections_of(ctx, document).await?;
    Ok(all.iter().position(|section| is_meant(section)).map(|at| Section::at(&all, at)))
}

/// A document by its id; nothing where the viewer may read none.
pub(super) async fn readable(ctx: &Context<'_>, document: DocumentId) -> Result<Option<Document>> {
    let viewer = ctx.data_unchecked::<Viewer>();
    let found = loaders::of(ctx).load_one(document).await?;
    Ok(found.filter(|document| policy::may_read(viewer, document)).map(Document))
}

/// The document that something is part of.
pub(super) async fn owning(ctx: &Context<'_>, document: DocumentId) -> Result<Document> {
    let found = loaders::of(ctx).load_one(document).await?;
    Ok(Document(found.ok_or_else(|| Error::missing("document"))?))
}

/// Documents, and sections by name.
#[derive(Default)]
pub(super) struct DocumentQuery;

#[Object]
impl DocumentQuery {
    /// The documents that can be read, newest first.
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, Document, TotalCount>> {
        let window = PageArgs { first, after, last, before }.window("documents")?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let page =
            in_round(ctx, async move { documents::actions::list(&app, &viewer, window).await }).await?;
        Ok(connection("documents", page, |document| document.id, Document, Total::Documents))
    }

    /// One document, by its name in addresses.
    async fn document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document's name in addresses.")] slug: String,
    ) -> Result<Option<Document>> {
        by_slug(ctx, slug).await
    }

    /// One section, by the names of its document and of itself in addresses.
    async fn section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document's name in addresses.")] document_slug: String,
        #[graphql(desc = "The section's name in addresses.")] slug: String,
    ) -> Result<Option<Section>> {
        let Some(document) = by_slug(ctx, document_slug).await? else { return Ok(None) };
        section_where(ctx, document.0.id, |section| section.slug == slug).await
    }
}

async fn by_slug(ctx: &Context<'_>, slug: String) -> Result<Option<Document>> {
    // PostgreSQL refuses this character in a text at all; no slug has it.
    if slug.contains('\0') {
        return Ok(None);
    }
    let viewer = ctx.data_unchecked::<Viewer>();
    let found = loaders::of(ctx).load_one(Slug(slug)).await?;
    Ok(found.filter(|document| policy::may_read(viewer, document)).map(Document))
}

/// The policies to change; what is not given stays.
#[derive(InputObject)]
struct SetDocumentPoliciesInput {
    /// The document.
    document_id: ID,
    /// Whether comments are looked at before or after they can be seen.
    moderation: Option<ModerationMode>,
    /// Within how many hours a contribution is to be decided on, 1 to 8760; `null`: never overdue.
    target_hours: MaybeUndefined<i32>,
    /// For how many days a decision can be appealed against, 1 to 3650.
    appeal_days: Option<i32>,
    /// How many readers' reports, from as many accounts or places, withhold a comment until a moderator has looked, 1 to 1000; `null`: no number does.
    report_threshold: MaybeUndefined<i32>,
    /// Whether a contribution counts only once its author has confirmed the address.
    confirm_addresses: Option<bool>,
    /// For how many days after its closing whoever contributed can be reached, 1 to 3650; then contact details are erased for good, but not within seven days of a change: see `contactErasedAt`.
    retention_days: Option<i32>,
}

/// What changing the policies did.
#[derive(SimpleObject)]
struct SetDocumentPoliciesPayload {
    /// The document as it is now.
    document: Option<Document>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// Running a document.
#[derive(Default)]
pub(super) struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Changes what applies to contributions to a document from now on. For its editors and administrators.
    async fn set_document_policies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The policies.")] input: SetDocumentPoliciesInput,
    ) -> Result<Option<SetDocumentPoliciesPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let given = |value: MaybeUndefined<i32>| match value {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(value) => Some(Some(value)),
        };
        let set = SetPolicies {
            moderation: input.moderation,
            target_hours: given(input.target_hours),
            appeal_days: input.appeal_days,
            report_threshold: given(input.report_threshold),
            confirm_addresses: input.confirm_addresses,
            retention_days: input.retention_days,
        };
        let id = input.document_id.parse()?;
        let (document, errors) = outcome(documents::actions::set_policies(app, viewer, id, set).await)?;
        Ok(Some(SetDocumentPoliciesPayload { document: document.map(Document), errors }))
    }
}
