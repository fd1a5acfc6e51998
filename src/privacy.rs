//! What becomes of personal data: everybody can have what is held about them, and have it erased; a document's retention
//! period ends how people can be reached; and who reads what was said in confidence leaves a record of that.
//!
//! What is erased is gone from the tables it stands in; each domain erases its own. The record of decisions stays: what could
//! name somebody in it stands behind commitments, so that its chain holds afterwards.

pub mod access;
pub mod erase;
pub mod export;
mod person;
mod queries;
pub mod retention;

use chrono::TimeDelta;

pub use person::Whose;

use crate::{
    context::Context,
    contributors::jobs::{SealNames, seal_names},
    error::Result,
    outbox::{Failure, Registry},
};

/// How long records of reading are kept.
const KEEP_ACCESS: TimeDelta = TimeDelta::days(730);

/// Adds what this domain carries out to the registry.
#[must_use]
pub fn register(ctx: Context, registry: Registry) -> Registry {
    let (names, contacts) = (ctx.clone(), ctx);
    registry
        .on(move |_, job: SealNames| {
            let ctx = names.clone();
            async move { Ok::<(), Failure>(seal_names(&ctx, job).await?) }
        })
        .on(move |_, job: retention::EraseContacts| {
            let ctx = contacts.clone();
            async move { Ok::<(), Failure>(retention::carry_out(&ctx, job).await?) }
        })
}

/// Sees to what time alone brings about: retention that has ended, and records of reading that are old.
pub async fn tidy(ctx: &Context) -> Result<()> {
    retention::sweep(ctx).await?;
    queries::purge(&mut *ctx.db.get().await?, ctx.clock.now() - KEEP_ACCESS).await
}
