//! The side effects of attachments, and what carrying them out does.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queries;
use crate::{
    context::Context,
    error::Result,
    ids::AttachmentId,
    outbox::{self, Failure, Job, Registry},
};

/// An attachment has had its time to become part of a submission.
#[derive(Serialize, Deserialize)]
pub struct AttachmentDue {
    /// The attachment.
    pub attachment: AttachmentId,
}

impl Job for AttachmentDue {
    const KIND: &'static str = "attachments.due";
    const PRIORITY: i16 = 2;
}

/// A file is to be thrown away if nothing refers to it. Ordered before the first byte of it is written, so that none is left
/// that nobody knows of, and whenever a row that refers to one goes.
#[derive(Serialize, Deserialize)]
pub struct RemoveFile {
    /// What it is called where files are kept.
    pub object: Uuid,
}

impl Job for RemoveFile {
    const KIND: &'static str = "attachments.remove_file";
    const PRIORITY: i16 = 2;
}

/// Adds what this domain carries out to the registry.
#[must_use]
pub fn register(ctx: Context, registry: Registry) -> Registry {
    let (dues, files) = (ctx.clone(), ctx);
    registry
        .on(move |_, job: AttachmentDue| {
            let ctx = dues.clone();
            async move { Ok::<(), Failure>(due(&ctx, job).await?) }
        })
        .on(move |_, job: RemoveFile| {
            let ctx = files.clone();
            async move { Ok::<(), Failure>(remove(&ctx, job).await?) }
        })
}

/// Forgets an attachment that became part of nothing.
async fn due(ctx: &Context, job: AttachmentDue) -> Result<()> {
    let mut conn = ctx.writer().await?;
    let now = ctx.clock.now();
    diesel_async::AsyncConnection::transaction(&mut *conn, async |conn| {
        if let Some(Some(object)) = queries::delete_waiting(conn, job.attachment).await? {
            outbox::enqueue(conn, now, &RemoveFile { object }).await?;
        }
        Ok(())
    })
    .await
}

async fn remove(ctx: &Context, job: RemoveFile) -> Result<()> {
    if queries::is_kept(&mut *ctx.db.get().await?, job.object).await? {
        return Ok(());
    }
    ctx.files.store.remove(job.object).await
}
