//! Retention: so many days after a document has closed, nobody who contributed to it can be reached any more.

use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};

use crate::{
    comments,
    context::Context,
    contributors,
    documents::{self, model::Document},
    error::Result,
    ids::DocumentId,
    moderation::reports,
    outbox::{self, Job},
};

/// How many contributors or reports one run of the job reaches.
const BATCH: i64 = 500;

/// The retention period of a document has ended.
#[derive(Serialize, Deserialize)]
pub struct EraseContacts {
    /// The document.
    pub document: DocumentId,
}

impl Job for EraseContacts {
    const KIND: &'static str = "privacy.erase_contacts";
    const PRIORITY: i16 = 2;
}

/// Whether a document's retention period has ended.
fn is_over(document: &Document, now: chrono::DateTime<chrono::Utc>) -> bool {
    document.closed(now).is_some() && document.contact_erased_at(now).is_some_and(|at| at <= now)
}

/// Notes which documents have closed without a date that says so, and orders what retention asks for. Ordering it twice
/// does no harm.
pub async fn sweep(ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    for document in documents::queries::all(&mut conn).await? {
        let noted = Document { closed_at: Some(now), ..document.clone() }.closed(now).is_some();
        if noted != document.closed_at.is_some() {
            documents::queries::note_closed(&mut conn, document.id, noted.then_some(now)).await?;
        }
        if is_over(&document, now)
            && (contributors::queries::is_reachable(&mut conn, document.id).await?
                || reports::queries::is_reachable(&mut conn, document.id).await?)
        {
            outbox::enqueue(&mut conn, now, &EraseContacts { document: document.id }).await?;
        }
    }
    Ok(())
}

/// Erases a batch, and comes back as long as there is more. A document that was opened again meanwhile, or whose days were
/// changed, is left alone.
pub(super) async fn carry_out(ctx: &Context, job: EraseContacts) -> Result<()> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        // Locked: whoever changes the days at this moment is in time, or finds it done.
        let found = documents::queries::lock(conn, job.document).await?;
        let Some(document) = found.filter(|document| is_over(document, now)) else { return Ok(()) };
        let people = contributors::queries::reachable(conn, document.id, BATCH).await?;
        let public = comments::queries::once_public(conn, &people).await?;
        contributors::queries::erase_contact(conn, &people, &public, now).await?;
        let reports = reports::queries::erase_contacts(conn, document.id, BATCH).await?;
        tracing::info!(document = %document.id, contributors = people.len(), reports, "Contact details were erased, because their time is over.");
        if !people.is_empty() || reports > 0 {
            outbox::enqueue(conn, now, &job).await?;
        }
        Ok(())
    })
    .await
}
