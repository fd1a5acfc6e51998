//! The side effects of having contributed. What mail they become is decided in `notifications`.

use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};

use super::{Contributor, contact_key, queries};
use crate::{
    context::Context,
    error::{Error, Result},
    ids::ReceiptId,
    outbox::{self, Job},
};

/// A contribution counts: its author is to have the receipt by mail.
#[derive(Serialize, Deserialize)]
pub struct SendReceipt {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for SendReceipt {
    const KIND: &'static str = "contributors.send_receipt";
}

/// A contribution does not count before its author has confirmed the address: they are to be asked.
#[derive(Serialize, Deserialize)]
pub struct AskConfirmation {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for AskConfirmation {
    const KIND: &'static str = "contributors.ask_confirmation";
    const PRIORITY: i16 = 0;
}

/// Names of senders of submissions that were kept before names were sealed are to be.
#[derive(Serialize, Deserialize)]
pub struct SealNames {}

impl Job for SealNames {
    const KIND: &'static str = "contributors.seal_names";
    const PRIORITY: i16 = 2;
}

/// How many names one run of the job seals.
const NAMES: i64 = 200;

/// Seals some of them, and comes back as long as there are more.
pub async fn seal_names(ctx: &Context, job: SealNames) -> Result<()> {
    let mut conn = ctx.db.get().await?;
    let found = queries::names_in_clear(&mut conn, NAMES).await?;
    drop(conn);
    let mut sealed = Vec::with_capacity(found.len());
    for (id, document, name) in &found {
        let key = contact_key(ctx, *document).await?;
        let name = key.seal(Contributor::name_place(*id), name.as_bytes()).map_err(Error::internal)?;
        sealed.push((*id, name));
    }
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        for (id, name) in &sealed {
            queries::seal_name(conn, *id, name).await?;
        }
        if !sealed.is_empty() {
            outbox::enqueue(conn, now, &job).await?;
        }
        Ok(())
    })
    .await
}

/// The time to confirm an address is over.
#[derive(Serialize, Deserialize)]
pub struct ConfirmationDue {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for ConfirmationDue {
    const KIND: &'static str = "contributors.confirmation_due";
}
