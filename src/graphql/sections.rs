//! Sections in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};

use super::{
    comments::{Comment, comments_on},
    documents::{Document, owning},
    errors::Result,
    loaders::{self, PublishedCount},
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    text::Text,
    time::DateTime,
};
use crate::{
    comments::{model::CommentOrder, queries::Shelf},
    documents::{
        markdown,
        model::{self, RevisionText},
    },
    error::Error,
};

/// How many words a reader takes in a minute: the mean for English non-fiction read in silence (Brysbaert 2019,
/// "How many words do we read per minute?", 238).
const WORDS_PER_MINUTE: i32 = 238;

#[derive(Clone)]
pub(super) struct Section {
    /// All sections of the document in reading order: its neighbours and children are among them.
    all: Arc<[Arc<model::Section>]>,
    at: usize,
}

/// One immutable version of a section's text.
#[derive(SimpleObject)]
struct SectionRevision {
    /// Names it; the text of an earlier version is not to be had by `node`.
    id: ID,
    /// Which version of its section it is, from 1.
    ordinal: i32,
    /// When it was made.
    created_at: DateTime,
}

/// A paragraph, heading, list, table, quotation or figure of a section.
#[derive(SimpleObject)]
struct Block {
    /// Names it within the section; stays the same in later revisions for as long as its text does.
    key: String,
    /// What it is.
    kind: markdown::BlockKind,
    /// Its paragraph number within the section, where it has one.
    number: Option<u32>,
    /// Its text.
    body: Text,
}

/// A note of a section.
#[derive(SimpleObject)]
struct Footnote {
    /// What refers to it, such as `1`.
    label: String,
    /// Its text.
    body: Text,
    /// The keys of the blocks that refer to it.
    referenced_by: Vec<String>,
}

impl Section {
    /// The section at this place of the reading order.
    pub(super) fn at(all: &Arc<[Arc<model::Section>]>, at: usize) -> Self {
        Self { all: all.clone(), at }
    }

    fn row(&self) -> &model::Section {
        &self.all[self.at]
    }

    /// Its place in the reading order.
    pub(super) fn position(&self) -> i32 {
        self.row().position
    }

    /// Whether it is within no other.
    pub(super) fn is_top(&self) -> bool {
        self.row().parent_id.is_none()
    }

    /// Whether this is its name in addresses.
    pub(super) fn has_slug(&self, slug: &str) -> bool {
        self.row().slug == slug
    }

    /// Whether this is its id.
    pub(super) fn has_id(&self, id: crate::ids::SectionId) -> bool {
        self.row().id == id
    }

    fn other(&self, at: usize) -> Self {
        Self { all: self.all.clone(), at }
    }

    async fn text(&self, ctx: &Context<'_>) -> Result<RevisionText> {
        let found = loaders::of(ctx).load_one(self.row().revision_id).await?;
        Ok(found.ok_or_else(|| Error::missing("revision"))?)
    }
}

/// A part of a document, in a tree.
#[Object]
impl Section {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.row().id)
    }

    /// The document it is part of.
    async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        owning(ctx, self.row().document_id).await
    }

    /// Its name in addresses, unique in its document and kept when the text changes.
    async fn slug(&self) -> &str {
        &self.row().slug
    }

    /// Its number as printed, such as `3.1`.
    async fn number(&self) -> Option<&str> {
        self.row().number.as_deref()
    }

    /// Its title, without its number.
    async fn title(&self) -> &str {
        &self.row().title
    }

    /// How deep in the tree it is; 0 for a section that is not within another.
    async fn depth(&self) -> i32 {
        self.row().depth
    }

    /// The version of its text that readers see.
    async fn revision(&self) -> SectionRevision {
        let row = self.row();
        SectionRevision {
            id: id(row.revision_id),
            ordinal: row.revision_ordinal,
            created_at: row.revised_at.into(),
        }
    }

    /// Its text, without the sections within it.
    async fn body(&self, ctx: &Context<'_>) -> Result<Text> {
        let text = self.text(ctx).await?;
        Ok(Text { markdown: text.markdown, html: text.html, plain: text.plain })
    }

    /// Its text in parts that can be pointed at.
    // As many as a section has on the average.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn blocks(&self, ctx: &Context<'_>) -> Result<Vec<Block>> {
        let blocks: Vec<markdown::Block> = serde_json::from_value(self.text(ctx).await?.blocks)?;
        Ok(blocks
            .into_iter()
            .map(|block| Block {
                key: block.key,
                kind: block.kind,
                number: block.number,
                body: Text { markdown: block.markdown, html: block.html, plain: block.plain },
            })
            .collect())
    }

    /// Its notes, in the order they are referred to.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn footnotes(&self, ctx: &Context<'_>) -> Result<Vec<Footnote>> {
        let footnotes: Vec<markdown::Footnote> = serde_json::from_value(self.text(ctx).await?.footnotes)?;
        Ok(footnotes
            .into_iter()
            .map(|note| Footnote {
                label: note.label,
                body: Text { markdown: note.markdown, html: note.html, plain: note.plain },
                referenced_by: note.references,
            })
            .collect())
    }

    /// How many words its text has.
    async fn word_count(&self) -> i32 {
        self.row().word_count
    }

    /// How many minutes its text takes to read, at 238 words a minute, rounded up.
    async fn reading_time_minutes(&self) -> i32 {
        (self.row().word_count + WORDS_PER_MINUTE - 1) / WORDS_PER_MINUTE
    }

    /// The section before it in reading order.
    async fn previous(&self) -> Option<Section> {
        self.at.checked_sub(1).map(|at| self.other(at))
    }

    /// The section after it in reading order.
    async fn next(&self) -> Option<Section> {
        (self.at + 1 < self.all.len()).then(|| self.other(self.at + 1))
    }

    /// The section it is within.
    async fn parent(&self) -> Option<Section> {
        let parent = self.row().parent_id?;
        // A section comes after the one it is within.
        self.all[..self.at].iter().rposition(|section| section.id == parent).map(|at| self.other(at))
    }

    /// The sections directly within it, in reading order.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    #[graphql(complexity = "super::paging::cost(first, last, child_complexity)")]
    async fn children(
        &self,
        #[graphql(desc = "How many from the start, 100 at the most; 20 when not given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 100 at the most.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<String, Section, TotalCount>> {
        let window = PageArgs { first, after, last, before }.window("sections")?;
        let own = self.row().id;
        let children: Vec<Section> = (self.at + 1..self.all.len())
            .take_while(|at| self.all[*at].depth > self.row().depth)
            .filter(|at| self.all[*at].parent_id == Some(own))
            .map(|at| self.other(at))
            .collect();
        let page = slice(&children, Section::position, &window);
        Ok(connection("sections", page, Section::position, |section| section, Total::Known(children.len())))
    }

    /// How many published comments it has, replies included; those on the sections within it are theirs.
    async fn comment_count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(loaders::of(ctx).load_one(PublishedCount(self.row().id.0)).await?.unwrap_or(0))
    }

    /// The conversations about it.
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
        let args = PageArgs { first, after, last, before };
        comments_on(ctx, Shelf::Section(order.unwrap_or(CommentOrder::Newest)), self.row().id.0, args).await
    }
}
