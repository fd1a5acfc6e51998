//! All SQL of contributors and receipts. What ends how somebody can be reached is in `queries/reach.rs`.

mod reach;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

pub use reach::{erase_contact, is_reachable, names_in_clear, of_address, reachable, seal_name};

use super::model::{Contributor, ReceiptKind, ReceiptRow};
use crate::{
    db::schema::{contributors, receipts},
    error::Result,
    ids::{ContributorId, DocumentId, ReceiptId},
};

/// These contributors, in no order.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[ContributorId]) -> Result<Vec<Contributor>> {
    Ok(contributors::table
        .filter(contributors::id.eq_any(ids))
        .select(Contributor::as_select())
        .load(conn)
        .await?)
}

/// Everybody who is the same person as this contributor, by the address given within the same document; themselves
/// included.
pub async fn same_person(conn: &mut AsyncPgConnection, id: ContributorId) -> Result<Vec<ContributorId>> {
    let one = diesel::alias!(contributors as one);
    let (hash, document) = (one.field(contributors::email_hash), one.field(contributors::document_id));
    let mut found: Vec<ContributorId> = one
        .inner_join(
            contributors::table
                .on(contributors::email_hash.eq(hash).and(contributors::document_id.eq(document))),
        )
        .filter(one.field(contributors::id).eq(id))
        .select(contributors::id)
        .load(conn)
        .await?;
    if found.is_empty() {
        found.push(id);
    }
    Ok(found)
}

/// A contributor to be kept.
#[derive(Insertable)]
#[diesel(table_name = contributors)]
pub(super) struct NewContributor<'a> {
    pub id: ContributorId,
    pub document_id: DocumentId,
    pub display_name: &'a str,
    pub name_sealed: Option<Vec<u8>>,
    pub email_sealed: Vec<u8>,
    pub email_hash: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

pub(super) async fn insert(conn: &mut AsyncPgConnection, new: NewContributor<'_>) -> Result<ContributorId> {
    let id = new.id;
    diesel::insert_into(contributors::table).values(new).execute(conn).await?;
    Ok(id)
}

/// Notes that a contributor wants to know when somebody replies. It has no effect while they refuse, see
/// [`refuse_replies`].
pub async fn want_replies(conn: &mut AsyncPgConnection, id: ContributorId) -> Result<()> {
    diesel::update(contributors::table.find(id))
        .set(contributors::notify_of_replies.eq(true))
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends mail about replies to everything that this person wrote about the document or will write, or lets it come again.
pub async fn refuse_replies(
    conn: &mut AsyncPgConnection,
    contributor: &Contributor,
    refused: bool,
) -> Result<()> {
    diesel::update(contributors::table)
        .filter(contributors::document_id.eq(contributor.document_id))
        .filter(contributors::id.eq(contributor.id).or(contributors::email_hash.eq(&contributor.email_hash)))
        .set(contributors::replies_refused.eq(refused))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether this person refuses mail about replies: they have said so with anything they wrote about the document, since
/// who types an address does not speak for it.
pub async fn refuses_replies(conn: &mut AsyncPgConnection, contributor: &Contributor) -> Result<bool> {
    let refused = contributors::table
        .filter(contributors::document_id.eq(contributor.document_id))
        .filter(contributors::id.eq(contributor.id).or(contributors::email_hash.eq(&contributor.email_hash)))
        .filter(contributors::replies_refused);
    Ok(diesel::select(diesel::dsl::exists(refused)).get_result(conn).await?)
}

/// Notes that mail does not reach the address of this person: on everything they have written about the document so far.
/// Who types the address again is written to again.
pub async fn mark_bounced(
    conn: &mut AsyncPgConnection,
    contributor: &Contributor,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(contributors::table)
        .filter(contributors::document_id.eq(contributor.document_id))
        .filter(contributors::email_hash.eq(&contributor.email_hash))
        .filter(contributors::bounced_at.is_null())
        .set(contributors::bounced_at.eq(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets who a contributor was: name and address are gone for good.
pub async fn erase(conn: &mut AsyncPgConnection, id: ContributorId, now: DateTime<Utc>) -> Result<()> {
    diesel::update(contributors::table.find(id))
        .set((
            contributors::display_name.eq(""),
            contributors::name_sealed.eq(None::<Vec<u8>>),
            no_contact(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

type NoContact = (
    diesel::dsl::Eq<contributors::email_sealed, Option<Vec<u8>>>,
    diesel::dsl::Eq<contributors::email_hash, Option<Vec<u8>>>,
    diesel::dsl::Eq<contributors::notify_of_replies, bool>,
    diesel::dsl::Eq<contributors::bounced_at, Option<DateTime<Utc>>>,
    diesel::dsl::Eq<contributors::erased_at, DateTime<Utc>>,
);

fn no_contact(now: DateTime<Utc>) -> NoContact {
    (
        contributors::email_sealed.eq(None),
        contributors::email_hash.eq(None),
        contributors::notify_of_replies.eq(false),
        contributors::bounced_at.eq(None),
        contributors::erased_at.eq(now),
    )
}

pub(super) async fn insert_receipt(conn: &mut AsyncPgConnection, row: &ReceiptRow) -> Result<()> {
    diesel::insert_into(receipts::table)
        .values((
            receipts::id.eq(row.id),
            receipts::reference.eq(&row.reference),
            receipts::contributor_id.eq(row.contributor_id),
            receipts::kind.eq(row.kind),
            receipts::subject_id.eq(row.subject_id),
            receipts::generation.eq(row.generation),
            receipts::created_at.eq(row.created_at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn receipt(conn: &mut AsyncPgConnection, id: ReceiptId) -> Result<Option<ReceiptRow>> {
    Ok(receipts::table.find(id).select(ReceiptRow::as_select()).first(conn).await.optional()?)
}

pub(super) async fn receipts_of(conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> Result<Vec<ReceiptRow>> {
    Ok(receipts::table
        .filter(receipts::subject_id.eq_any(subjects))
        .select(ReceiptRow::as_select())
        .load(conn)
        .await?)
}

pub(super) async fn receipts_given_to(
    conn: &mut AsyncPgConnection,
    contributors: &[ContributorId],
) -> Result<Vec<ReceiptRow>> {
    Ok(receipts::table
        .filter(receipts::contributor_id.eq_any(contributors))
        .order(receipts::id)
        .select(ReceiptRow::as_select())
        .load(conn)
        .await?)
}

pub(super) async fn receipt_named(
    conn: &mut AsyncPgConnection,
    reference: &str,
) -> Result<Option<ReceiptRow>> {
    Ok(receipts::table
        .filter(receipts::reference.eq(reference))
        .select(ReceiptRow::as_select())
        .first(conn)
        .await
        .optional()?)
}

pub(super) async fn receipt_of(
    conn: &mut AsyncPgConnection,
    kind: ReceiptKind,
    subject: Uuid,
) -> Result<Option<ReceiptRow>> {
    Ok(receipts::table
        .filter(receipts::kind.eq(kind))
        .filter(receipts::subject_id.eq(subject))
        .select(ReceiptRow::as_select())
        .first(conn)
        .await
        .optional()?)
}
