//! What one person has reported: found again by what they can show, to be given to them or erased.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};

use super::{actions::reporter_hash, model::Report};
use crate::{
    context::Context,
    db::schema::reports,
    error::Result,
    ids::{AccountId, DocumentId, ReportId},
    mail::EmailAddress,
};

/// The reports on comments in a document that this account, or somebody with its address, has made. Who made one can be told
/// only by making the hash for its comment: all of the document's are looked at.
pub async fn made_by(
    ctx: &Context,
    document: DocumentId,
    account: AccountId,
    email: Option<&EmailAddress>,
) -> Result<Vec<Report>> {
    let keys = ctx.vault.keys();
    let mut names = vec![format!("account:{account}")];
    names.extend(email.map(|email| format!("email:{}", email.normalised())));
    let found: Vec<(Report, Vec<u8>)> = reports::table
        .filter(reports::document_id.eq(document))
        .order(reports::id)
        .select((Report::as_select(), reports::reporter_hash))
        .load(&mut *ctx.db.get().await?)
        .await?;
    let theirs = |(report, hash): &(Report, Vec<u8>)| {
        names.iter().any(|name| reporter_hash(keys, report.comment_id, name) == *hash)
    };
    Ok(found.into_iter().filter(theirs).map(|(report, _)| report).collect())
}

/// A report as whoever made it may have it.
pub async fn told(ctx: &Context, report: &Report) -> Result<Value> {
    let (mut explanation, mut contact) = (None, None);
    if let Some(sealed) = &report.explanation_sealed {
        explanation = Some(ctx.vault.open_text(Report::explanation_place(report.id), sealed).await?);
    }
    if let Some(sealed) = &report.contact_sealed {
        contact = Some(ctx.vault.open_text(Report::contact_place(report.id), sealed).await?);
    }
    Ok(json!({
        "comment": report.comment_id.to_string(),
        "reason": report.reason.as_str(),
        "explanation": explanation,
        "email": contact,
        "at": report.created_at,
        "outcome": report.outcome.map(super::ReportOutcome::as_str),
    }))
}

/// Erases what was written in these reports, and by whom: that the comment was reported stays, and that it was reported once,
/// so that who erases and reports again is not two.
pub async fn erase(conn: &mut AsyncPgConnection, ids: &[ReportId]) -> Result<()> {
    diesel::update(reports::table.filter(reports::id.eq_any(ids)))
        .set((
            reports::explanation_sealed.eq(None::<Vec<u8>>),
            reports::contact_sealed.eq(None::<Vec<u8>>),
            reports::reporter_hash.eq(nobody()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A hash that is nobody's, and another one for each report.
pub(super) fn nobody() -> diesel::expression::SqlLiteral<diesel::sql_types::Binary> {
    diesel::dsl::sql("sha256(uuid_send(id))")
}
