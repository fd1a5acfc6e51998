//! Putting a parsed document into the database: one import is one transaction. Imported again, a section that has
//! changed gets a new revision, one that has not keeps its own, and one that is gone is retired, with everything that
//! was said about it kept.

use std::collections::HashMap;

use diesel_async::AsyncConnection;

use super::policies::reachable_until;
use crate::{
    context::Context,
    documents::{
        import::{ParsedDocument, ParsedSection},
        model::{Document, ModerationMode, Phase},
        queries::{self, NewRevision, Placement},
    },
    error::{Error, Result},
    ids::{DocumentId, SectionId, SectionRevisionId},
};

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The document.
    pub document: DocumentId,
    /// Whether it was there before.
    pub is_new: bool,
    /// How many sections it has.
    pub sections: usize,
    /// How many of them got a new revision.
    pub revised: usize,
    /// How many sections are gone.
    pub retired: usize,
    /// The phase it is in now.
    pub phase: Phase,
}

/// Puts a document into the database under its slug.
pub async fn import(ctx: &Context, parsed: &ParsedDocument) -> Result<Imported> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        queries::one_import_at_a_time(conn, &parsed.slug).await?;
        let before = match queries::by_slug(conn, &parsed.slug).await? {
            // Locked: what is changed in the service meanwhile is not overwritten by what it was.
            Some(before) => queries::lock(conn, before.id).await?,
            None => None,
        };
        let mut particulars = particulars(parsed, before.as_ref(), now);
        if let Some(before) = &before {
            keep_reachable(before, &mut particulars, now);
        }
        may_become(before.as_ref(), &particulars)?;
        let (document, is_new) = queries::upsert(conn, &particulars).await?;
        let stored = queries::stored_sections(conn, document).await?;
        let published: Vec<_> = stored.iter().filter_map(|section| section.published_revision_id).collect();
        let mut hashes = queries::hashes(conn, &published).await?;
        let mut known: HashMap<&str, _> =
            stored.iter().map(|section| (section.slug.as_str(), section)).collect();
        let mut placed: Vec<SectionId> = Vec::with_capacity(parsed.sections.len());
        let mut revised = 0;
        for (at, section) in parsed.sections.iter().enumerate() {
            let before = known.remove(section.slug.as_str());
            let id = before.map_or_else(|| SectionId::new(now), |before| before.id);
            let placement = Placement {
                id,
                document,
                parent: section.parent.map(|parent| placed[parent]),
                position: number(at)?,
                depth: number(section.depth)?,
                slug: &section.slug,
                number: section.number.as_deref(),
                now,
            };
            queries::place_section(conn, &placement).await?;
            placed.push(id);
            let last = before.and_then(|before| hashes.remove(&before.published_revision_id?));
            let hash = section.content_hash().to_vec();
            if last.as_ref().is_some_and(|(kept, _)| *kept == hash) {
                continue;
            }
            let ordinal = last.map_or(1, |(_, ordinal)| ordinal + 1);
            queries::publish(conn, revision(section, id, ordinal, hash, now)?).await?;
            revised += 1;
        }
        let gone: Vec<_> = known.values().map(|section| section.id).collect();
        let retired = queries::retire(conn, &gone, now).await?;
        Ok(Imported { document, is_new, sections: placed.len(), revised, retired, phase: particulars.phase })
    })
    .await
}

/// Another closing time erases nothing before the time of grace is over, just as other days of retention do not.
fn keep_reachable(before: &Document, after: &mut Document, now: chrono::DateTime<chrono::Utc>) {
    let (was, is) = (before.contact_erased_at(now), after.contact_erased_at(now));
    if is.is_some_and(|is| was.is_none_or(|was| is < was)) {
        after.reachable_until = Some(reachable_until(before, now));
    }
}

/// Refuses what a document must not become, its old particulars taken together with the new.
fn may_become(before: Option<&Document>, after: &Document) -> Result<()> {
    if before.is_some_and(|before| before.phase != Phase::Draft) && after.phase == Phase::Draft {
        return Err(Error::BadRequest(
            "This document was published and cannot become a draft again: people may have contributed to it. Choose closed or archived."
                .into(),
        ));
    }
    if let (Some(opens), Some(closes)) = (after.opens_at, after.closes_at)
        && opens >= closes
    {
        return Err(Error::BadRequest(format!(
            "The document would open on {opens} and close on {closes}, which is not later. Give both `opens` and `closes`, or put right the one that is wrong."
        )));
    }
    Ok(())
}

/// For how many days a decision can be appealed against where the document does not say: six months.
const DEFAULT_APPEAL_DAYS: i32 = 183;

/// The particulars to keep. What the source does not say stays as it was, or is the default for a new document.
fn particulars(
    parsed: &ParsedDocument,
    before: Option<&Document>,
    now: chrono::DateTime<chrono::Utc>,
) -> Document {
    Document {
        id: DocumentId::new(now),
        slug: parsed.slug.clone(),
        title: parsed.title.clone(),
        summary: parsed
            .summary
            .clone()
            .map(Into::into)
            .or_else(|| before.map(|b| b.summary.clone()))
            .unwrap_or_default(),
        language: parsed
            .language
            .clone()
            .or_else(|| before.map(|b| b.language.clone()))
            .unwrap_or("en".into()),
        owner: parsed.owner.clone().or_else(|| before.map(|b| b.owner.clone())).unwrap_or_default(),
        phase: parsed.phase.or(before.map(|b| b.phase)).unwrap_or(Phase::Draft),
        opens_at: parsed.opens_at.or(before.and_then(|b| b.opens_at)),
        closes_at: parsed.closes_at.or(before.and_then(|b| b.closes_at)),
        moderation: parsed.moderation.or(before.map(|b| b.moderation)).unwrap_or(ModerationMode::Pre),
        // Decided in the service, not by the source: importing again leaves them.
        target_hours: before.and_then(|b| b.target_hours),
        appeal_days: before.map_or(DEFAULT_APPEAL_DAYS, |b| b.appeal_days),
        report_threshold: before.and_then(|b| b.report_threshold),
        retention_days: before.map_or(365, |b| b.retention_days),
        closed_at: before.and_then(|b| b.closed_at),
        reachable_until: before.and_then(|b| b.reachable_until),
        retention_change: before.map(|b| b.retention_change.clone()).unwrap_or_default(),
        confirm_addresses: before.is_some_and(|b| b.confirm_addresses),
        created_at: now,
        updated_at: now,
    }
}

fn revision(
    section: &ParsedSection,
    section_id: SectionId,
    ordinal: i32,
    content_hash: Vec<u8>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<NewRevision<'_>> {
    let rendered = &section.rendered;
    Ok(NewRevision {
        id: SectionRevisionId::new(now),
        section_id,
        ordinal,
        title: &section.title,
        markdown: &section.markdown,
        html: &rendered.html,
        plain: &rendered.plain,
        blocks: serde_json::to_value(&rendered.blocks)?,
        footnotes: serde_json::to_value(&rendered.footnotes)?,
        word_count: number(rendered.word_count)?,
        content_hash,
        created_at: now,
    })
}

/// A count that the database keeps in four bytes; the limits of the import keep it far below that.
fn number(count: impl TryInto<i32>) -> Result<i32> {
    count.try_into().map_err(|_| Error::internal("a count of the import is out of range"))
}
