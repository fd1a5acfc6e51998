//! The rules of a document: what runs by itself when a contribution arrives or is amended, and the moderation rules as
//! people read and cite them. A rule withholds, or asks the author to revise before anything is kept; it never rejects.
//!
//! Cheap rules run first, outside classifiers after them and before the transaction, and what needs the database to stand
//! still within it. What was found is kept for the moderators.

mod check;
mod classifier;
mod fold;
pub mod form;
pub mod model;
pub mod policy;
pub mod queries;
mod set;
pub mod similar;
mod sketch;

pub use check::{Arrival, Assessed, Foreseen, Verdict, assess, foresee};
pub use form::Filled;
pub use model::{Finding, Rule, RuleEffect, RuleKind, RuleText};
pub use set::{GivenRule, GivenText, SetRules, set};

use diesel_async::AsyncPgConnection;

use crate::{
    context::Context,
    error::{Error, Result, UserErrorCode},
    ids::DocumentId,
    ledger::{Ruling, Subject},
};

/// Refuses a ruling that cites a rule its document does not have.
pub async fn cited(conn: &mut AsyncPgConnection, document: DocumentId, ruling: &Ruling) -> Result<()> {
    let Some(number) = ruling.rule else { return Ok(()) };
    let numbers = queries::numbers(conn, document).await?;
    if numbers.contains(&number) {
        return Ok(());
    }
    let message = if numbers.is_empty() {
        "This document has no moderation rules to cite. Leave the rule out.".to_owned()
    } else {
        let known = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("This document has no rule {number}. Its rules are {known}.")
    };
    Err(Error::refused(UserErrorCode::TargetNotFound, message, &["rule"]))
}

/// What was found in these contributions, opened, in the order it was found.
pub async fn findings(ctx: &Context, subjects: &[Subject]) -> Result<Vec<(Subject, Finding)>> {
    let rows = queries::findings(&mut *ctx.db.get().await?, subjects).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let text = ctx.vault.open_text(model::found_place(row.id), &row.found_sealed).await?;
        let finding = Finding { kind: row.kind, text, withheld: row.withheld, found_at: row.created_at };
        found.push((row.subject(), finding));
    }
    Ok(found)
}

/// Forgets what rules kept about a contribution whose content is erased.
pub async fn forget(conn: &mut AsyncPgConnection, subject: Subject) -> Result<()> {
    queries::forget(conn, subject).await
}
