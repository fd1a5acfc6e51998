//! All SQL of documents.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{Document, Phase, RetentionChange, RevisionText, Section, StoredSection};
use crate::{
    db::{
        paging::Span,
        schema::{documents, section_revisions, sections},
    },
    error::Result,
    identity::viewer::Reach,
    ids::{DocumentId, SectionId, SectionRevisionId},
};

/// A document by its slug.
pub async fn by_slug(conn: &mut AsyncPgConnection, slug: &str) -> Result<Option<Document>> {
    Ok(by_slugs(conn, &[slug]).await?.pop())
}

/// The documents of these slugs, in no order.
pub async fn by_slugs(conn: &mut AsyncPgConnection, slugs: &[&str]) -> Result<Vec<Document>> {
    Ok(documents::table
        .filter(documents::slug.eq_any(slugs))
        .select(Document::as_select())
        .load(conn)
        .await?)
}

/// These documents, in no order.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[DocumentId]) -> Result<Vec<Document>> {
    Ok(documents::table.filter(documents::id.eq_any(ids)).select(Document::as_select()).load(conn).await?)
}

/// All documents and their names in addresses, in the order they came.
pub async fn names(conn: &mut AsyncPgConnection) -> Result<Vec<(DocumentId, String)>> {
    Ok(documents::table.order(documents::id).select((documents::id, documents::slug)).load(conn).await?)
}

/// All documents, in the order they came.
pub async fn all(conn: &mut AsyncPgConnection) -> Result<Vec<Document>> {
    Ok(documents::table.order(documents::id).select(Document::as_select()).load(conn).await?)
}

/// Notes when a document was found closed, or (`None`) that it is open again. What readers see of it stays the same.
pub async fn note_closed(
    conn: &mut AsyncPgConnection,
    id: DocumentId,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    diesel::update(documents::table.find(id)).set(documents::closed_at.eq(at)).execute(conn).await?;
    Ok(())
}

type Boxed<'a> = documents::BoxedQuery<'a, diesel::pg::Pg>;

/// What a reader may see: all but drafts, and the drafts that `drafts` reaches.
fn readable(drafts: &Reach) -> Boxed<'static> {
    let query = documents::table.into_boxed();
    match drafts {
        Reach::All => query,
        Reach::Only(ids) => {
            query.filter(documents::phase.ne(Phase::Draft).or(documents::id.eq_any(ids.clone())))
        }
    }
}

/// A stretch of the documents, newest first.
pub async fn list(
    conn: &mut AsyncPgConnection,
    drafts: &Reach,
    span: Span<DocumentId>,
) -> Result<Vec<Document>> {
    let mut query = readable(drafts).select(Document::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(documents::id.lt(after));
    }
    if let Some(before) = span.before {
        query = query.filter(documents::id.gt(before));
    }
    query = if span.reverse { query.order(documents::id.asc()) } else { query.order(documents::id.desc()) };
    Ok(query.load(conn).await?)
}

/// How many documents a reader may see.
pub async fn count(conn: &mut AsyncPgConnection, drafts: &Reach) -> Result<i64> {
    Ok(readable(drafts).count().get_result(conn).await?)
}

/// The sections of these documents that readers see, in reading order.
pub async fn sections(
    conn: &mut AsyncPgConnection,
    of: &[DocumentId],
) -> Result<HashMap<DocumentId, Vec<Section>>> {
    let rows: Vec<Section> = sections::table
        .inner_join(
            section_revisions::table.on(sections::published_revision_id.eq(section_revisions::id.nullable())),
        )
        .filter(sections::document_id.eq_any(of))
        .filter(sections::retired_at.is_null())
        .order((sections::document_id, sections::position))
        .select((
            sections::id,
            sections::document_id,
            sections::parent_id,
            sections::position,
            sections::depth,
            sections::slug,
            sections::number,
            section_revisions::id,
            section_revisions::ordinal,
            section_revisions::title,
            section_revisions::word_count,
            section_revisions::created_at,
        ))
        .load(conn)
        .await?;
    let mut found: HashMap<DocumentId, Vec<Section>> = of.iter().map(|id| (*id, Vec::new())).collect();
    for row in rows {
        found.entry(row.document_id).or_default().push(row);
    }
    Ok(found)
}

/// Which document each of these sections is part of; retired sections count as gone.
pub async fn documents_of_sections(
    conn: &mut AsyncPgConnection,
    ids: &[SectionId],
) -> Result<HashMap<SectionId, DocumentId>> {
    let rows: Vec<(SectionId, DocumentId)> = sections::table
        .filter(sections::id.eq_any(ids))
        .filter(sections::retired_at.is_null())
        .filter(sections::published_revision_id.is_not_null())
        .select((sections::id, sections::document_id))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The document a section is part of and the revision that readers see of it.
pub async fn published_revision(
    conn: &mut AsyncPgConnection,
    section: SectionId,
) -> Result<Option<(DocumentId, SectionRevisionId)>> {
    let row: Option<(DocumentId, Option<SectionRevisionId>)> = sections::table
        .find(section)
        .filter(sections::retired_at.is_null())
        .select((sections::document_id, sections::published_revision_id))
        .first(conn)
        .await
        .optional()?;
    Ok(row.and_then(|(document, revision)| Some((document, revision?))))
}

/// The texts of these revisions.
pub async fn texts(conn: &mut AsyncPgConnection, ids: &[SectionRevisionId]) -> Result<Vec<RevisionText>> {
    Ok(section_revisions::table
        .filter(section_revisions::id.eq_any(ids))
        .select(RevisionText::as_select())
        .load(conn)
        .await?)
}

/// Waits for another import of the same document, until the transaction ends.
pub(super) async fn one_import_at_a_time(conn: &mut AsyncPgConnection, slug: &str) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtext('import'), hashtext($1))")
        .bind::<diesel::sql_types::Text, _>(slug)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a document's particulars under its slug, locked until the transaction ends, and says whether it is new.
pub(super) async fn upsert(conn: &mut AsyncPgConnection, document: &Document) -> Result<(DocumentId, bool)> {
    let known: Option<DocumentId> = documents::table
        .filter(documents::slug.eq(&document.slug))
        // Not FOR UPDATE: every contribution share-locks its document's key, and would wait for the import, or the import
        // for an end of them.
        .for_no_key_update()
        .select(documents::id)
        .first(conn)
        .await
        .optional()?;
    let values = (
        documents::title.eq(&document.title),
        documents::summary.eq(&document.summary),
        documents::language.eq(&document.language),
        documents::owner.eq(&document.owner),
        documents::phase.eq(document.phase),
        documents::opens_at.eq(document.opens_at),
        documents::closes_at.eq(document.closes_at),
        documents::moderation.eq(document.moderation),
        documents::reachable_until.eq(document.reachable_until),
        documents::updated_at.eq(document.updated_at),
    );
    if let Some(id) = known {
        diesel::update(documents::table.find(id)).set(values).execute(conn).await?;
        return Ok((id, false));
    }
    diesel::insert_into(documents::table)
        .values((
            documents::id.eq(document.id),
            documents::slug.eq(&document.slug),
            documents::created_at.eq(document.created_at),
            values,
        ))
        .execute(conn)
        .await?;
    Ok((document.id, true))
}

/// A document, locked until the transaction ends; contributions to it do not wait for that.
pub async fn lock(conn: &mut AsyncPgConnection, id: DocumentId) -> Result<Option<Document>> {
    let locked = documents::table.find(id).for_no_key_update();
    Ok(locked.select(Document::as_select()).first(conn).await.optional()?)
}

/// Keeps who changes for how long contributors can be reached, and until when they can be whatever it is changed to.
pub(super) async fn note_retention_change(
    conn: &mut AsyncPgConnection,
    id: DocumentId,
    change: &RetentionChange,
    reachable_until: DateTime<Utc>,
) -> Result<()> {
    diesel::update(documents::table.find(id))
        .set((
            documents::retention_changed_at.eq(change.at),
            documents::retention_changed_by.eq(change.by),
            documents::retention_days_before.eq(change.before),
            documents::reachable_until.eq(reachable_until),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Changes the policies that are given, and nothing else.
pub(super) async fn set_policies(
    conn: &mut AsyncPgConnection,
    id: DocumentId,
    given: &super::actions::SetPolicies,
    now: DateTime<Utc>,
) -> Result<Document> {
    Ok(diesel::update(documents::table.find(id))
        .set((
            given.moderation.map(|mode| documents::moderation.eq(mode)),
            given.target_hours.map(|hours| documents::target_hours.eq(hours)),
            given.appeal_days.map(|days| documents::appeal_days.eq(days)),
            given.report_threshold.map(|reports| documents::report_threshold.eq(reports)),
            given.confirm_addresses.map(|confirm| documents::confirm_addresses.eq(confirm)),
            given.retention_days.map(|days| documents::retention_days.eq(days)),
            documents::updated_at.eq(now),
        ))
        .returning(Document::as_returning())
        .get_result(conn)
        .await?)
}

/// All sections a document has ever had, retired ones too, locked until the transaction ends.
pub(super) async fn stored_sections(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
) -> Result<Vec<StoredSection>> {
    Ok(sections::table
        .filter(sections::document_id.eq(document))
        .for_no_key_update()
        .select(StoredSection::as_select())
        .load(conn)
        .await?)
}

/// The content hash and ordinal of these revisions.
pub(super) async fn hashes(
    conn: &mut AsyncPgConnection,
    ids: &[SectionRevisionId],
) -> Result<HashMap<SectionRevisionId, (Vec<u8>, i32)>> {
    let rows: Vec<(SectionRevisionId, Vec<u8>, i32)> = section_revisions::table
        .filter(section_revisions::id.eq_any(ids))
        .select((section_revisions::id, section_revisions::content_hash, section_revisions::ordinal))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, hash, ordinal)| (id, (hash, ordinal))).collect())
}

/// Where a section stands in its document.
pub(super) struct Placement<'a> {
    pub id: SectionId,
    pub document: DocumentId,
    pub parent: Option<SectionId>,
    pub position: i32,
    pub depth: i32,
    pub slug: &'a str,
    pub number: Option<&'a str>,
    pub now: DateTime<Utc>,
}

/// Puts a section into its place, making it if it is new and bringing it back if it was retired.
pub(super) async fn place_section(conn: &mut AsyncPgConnection, placement: &Placement<'_>) -> Result<()> {
    let place = (
        sections::parent_id.eq(placement.parent),
        sections::position.eq(placement.position),
        sections::depth.eq(placement.depth),
        sections::number.eq(placement.number),
        sections::retired_at.eq(None::<DateTime<Utc>>),
    );
    diesel::insert_into(sections::table)
        .values((
            sections::id.eq(placement.id),
            sections::document_id.eq(placement.document),
            sections::slug.eq(placement.slug),
            sections::created_at.eq(placement.now),
            place,
        ))
        .on_conflict(sections::id)
        .do_update()
        .set(place)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes sections out of the document; what was said about them stays.
pub(super) async fn retire(
    conn: &mut AsyncPgConnection,
    ids: &[SectionId],
    now: DateTime<Utc>,
) -> Result<usize> {
    let there = sections::table.filter(sections::id.eq_any(ids)).filter(sections::retired_at.is_null());
    Ok(diesel::update(there).set(sections::retired_at.eq(now)).execute(conn).await?)
}

/// A revision to be kept.
#[derive(Insertable)]
#[diesel(table_name = section_revisions)]
pub(super) struct NewRevision<'a> {
    pub id: SectionRevisionId,
    pub section_id: SectionId,
    pub ordinal: i32,
    pub title: &'a str,
    pub markdown: &'a str,
    pub html: &'a str,
    pub plain: &'a str,
    pub blocks: serde_json::Value,
    pub footnotes: serde_json::Value,
    pub word_count: i32,
    pub content_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

/// Keeps a revision and publishes it.
pub(super) async fn publish(conn: &mut AsyncPgConnection, revision: NewRevision<'_>) -> Result<()> {
    let (id, section) = (revision.id, revision.section_id);
    diesel::insert_into(section_revisions::table).values(revision).execute(conn).await?;
    diesel::update(sections::table.find(section))
        .set(sections::published_revision_id.eq(id))
        .execute(conn)
        .await?;
    Ok(())
}
