//! Who can be reached, and the end of that.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::no_contact;
use crate::{
    contributors::model::ReceiptKind,
    db::schema::{contributors, receipts},
    error::Result,
    ids::{ContributorId, DocumentId},
};

/// Everybody in a document whose address has this hash.
pub async fn of_address(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    email_hash: &[u8],
) -> Result<Vec<ContributorId>> {
    Ok(contributors::table
        .filter(contributors::document_id.eq(document))
        .filter(contributors::email_hash.eq(email_hash))
        .order(contributors::id)
        .select(contributors::id)
        .load(conn)
        .await?)
}

/// Whether anybody can be reached who contributed to a document.
pub async fn is_reachable(conn: &mut AsyncPgConnection, document: DocumentId) -> Result<bool> {
    Ok(!reachable(conn, document, 1).await?.is_empty())
}

/// Some of those who can be reached.
pub async fn reachable(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    limit: i64,
) -> Result<Vec<ContributorId>> {
    Ok(contributors::table
        .filter(contributors::document_id.eq(document))
        .filter(contributors::email_hash.is_not_null())
        .order(contributors::email_hash)
        .limit(limit)
        .select(contributors::id)
        .load(conn)
        .await?)
}

/// Forgets how these can be reached; `public` are those whose name everybody has read, which stays.
pub async fn erase_contact(
    conn: &mut AsyncPgConnection,
    ids: &[ContributorId],
    public: &[ContributorId],
    now: DateTime<Utc>,
) -> Result<()> {
    let rows = contributors::table.filter(contributors::id.eq_any(ids));
    diesel::update(rows).set(no_contact(now)).execute(conn).await?;
    let unnamed =
        contributors::table.filter(contributors::id.eq_any(ids)).filter(contributors::id.ne_all(public));
    diesel::update(unnamed)
        .set((contributors::display_name.eq(""), contributors::name_sealed.eq(None::<Vec<u8>>)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Some of those who sent a submission before names were sealed, with document and name.
pub async fn names_in_clear(
    conn: &mut AsyncPgConnection,
    limit: i64,
) -> Result<Vec<(ContributorId, DocumentId, String)>> {
    Ok(contributors::table
        .inner_join(receipts::table.on(receipts::contributor_id.eq(contributors::id)))
        .filter(receipts::kind.eq(ReceiptKind::Submission))
        .filter(contributors::display_name.ne(""))
        .filter(contributors::name_sealed.is_null())
        .limit(limit)
        .select((contributors::id, contributors::document_id, contributors::display_name))
        .load(conn)
        .await?)
}

/// Puts a sealed name in the place of one in clear.
pub async fn seal_name(conn: &mut AsyncPgConnection, id: ContributorId, sealed: &[u8]) -> Result<()> {
    diesel::update(contributors::table.find(id).filter(contributors::display_name.ne("")))
        .set((contributors::display_name.eq(""), contributors::name_sealed.eq(sealed)))
        .execute(conn)
        .await?;
    Ok(())
}
