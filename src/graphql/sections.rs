//! Sections in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};

use super::{
    comments::{Comment, comments_on},
    documents::{Document, owning},
    errors::Result,
    loaders::{self, PublishedCount},
    paging::{PageArgs, Total, TotalCount, connection, id, slice},
    text::{Text, count_parts},
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

/// The text of one revision, read once for all who ask for it.
#[derive(Clone)]
pub(super) struct Revision {
    body: Text,
    blocks: Arc<[Block]>,
    footnotes: Arc<[Footnote]>,
}

impl Revision {
    /// A revision as it is kept.
    pub(super) fn read(row: RevisionText) -> crate::error::Result<Self> {
        let blocks: Vec<markdown::Block> = serde_json::from_value(row.blocks)?;
        let footnotes: Vec<markdown::Footnote> = serde_json::from_value(row.footnotes)?;
        Ok(Self {
            body: Text { markdown: row.markdown, html: row.html, plain: row.plain },
            blocks: blocks.into_iter().map(Into::into).collect(),
            footnotes: footnotes.into_iter().map(Into::into).collect(),
        })
    }
}

/// A paragraph, heading, list, table, quotation or figure of a section.
#[derive(Clone, SimpleObject)]
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

impl From<markdown::Block> for Block {
    fn from(block: markdown::Block) -> Self {
        let body =
            Text { markdown: block.markdown.into(), html: block.html.into(), plain: block.plain.into() };
        Self { key: block.key, kind: block.kind, number: block.number, body }
    }
}

/// A note of a section.
#[derive(Clone, SimpleObject)]
struct Footnote {
    /// What refers to it, such as `1`.
    label: String,
    /// Its text.
    body: Text,
    /// The keys of the blocks that refer to it.
    referenced_by: Vec<String>,
}

impl From<markdown::Footnote> for Footnote {
    fn from(note: markdown::Footnote) -> Self {
        let body = Text { markdown: note.markdown.into(), html: note.html.into(), plain: note.plain.into() };
        Self { label: note.label, body, referenced_by: note.references }
    }
}

impl Section {
    /// The section at this place of the reading order.
    pub(super) fn at(all: &Arc<[Arc<model::Section>]>, at: usize) -> Self {
        Self { all: all.clone(), at }
    }

    fn row(&self) -> &model::Section {
        &self.all[self.at]
    }

    fn other(&self, at: usize) -> Self {
        Self { all: self.all.clone(), at }
    }

    async fn text(&self, ctx: &Context<'_>) -> Result<Revision> {
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
        Ok(self.text(ctx).await?.body)
    }

    /// Its text in parts that can be pointed at.
    // As many as a section has on the average.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn blocks(&self, ctx: &Context<'_>) -> Result<Vec<Block>> {
        let blocks = self.text(ctx).await?.blocks;
        count_parts(ctx, blocks.len())?;
        Ok(blocks.to_vec())
    }

    /// Its notes, in the order they are referred to.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn footnotes(&self, ctx: &Context<'_>) -> Result<Vec<Footnote>> {
        let footnotes = self.text(ctx).await?.footnotes;
        count_parts(ctx, footnotes.len())?;
        Ok(footnotes.to_vec())
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
        let children: Vec<usize> = (self.at + 1..self.all.len())
            .take_while(|at| self.all[*at].depth > self.row().depth)
            .filter(|at| self.all[*at].parent_id == Some(own))
            .collect();
        let position = |at: &usize| self.all[*at].position;
        let page = slice(&children, position, &window);
        Ok(connection("sections", page, position, |at| self.other(at), Total::Known(children.len())))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SectionRevisionId;

    #[test]
    fn a_revision_is_held_once_however_often_it_is_asked_for() {
        let blocks = serde_json::to_value(markdown::render("One.\n\nTwo.").unwrap().blocks).unwrap();
        let row = RevisionText {
            id: SectionRevisionId(uuid::Uuid::nil()),
            markdown: "One.\n\nTwo.".to_owned().into(),
            html: "<p>One.</p><p>Two.</p>".to_owned().into(),
            plain: "One. Two.".to_owned().into(),
            blocks,
            footnotes: serde_json::json!([]),
        };
        let first = Revision::read(row).unwrap();
        let second = first.clone();
        assert!(
            std::ptr::eq(first.body.html.as_ptr(), second.body.html.as_ptr())
                && Arc::ptr_eq(&first.blocks, &second.blocks)
        );
        let (block, again) = (first.blocks[1].clone(), second.blocks[1].clone());
        assert_eq!(&*block.body.plain, "Two.");
        assert!(std::ptr::eq(block.body.plain.as_ptr(), again.body.plain.as_ptr()));
    }
}
