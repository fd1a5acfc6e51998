//! All SQL of rules, but for groups of similar texts, which is in `similar.rs`.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{
    model::{FindingRow, Rule, RuleRow, RuleText},
    similar,
};
use crate::{
    db::{
        Handwritten,
        schema::{documents, moderation_rules, rule_findings, rules},
    },
    error::Result,
    ids::{ContributorId, DocumentId},
    ledger::{Subject, SubjectKind},
};

/// The rules of these documents, in their order.
pub async fn of_documents(conn: &mut AsyncPgConnection, of: &[DocumentId]) -> Result<Vec<Rule>> {
    let rows: Vec<RuleRow> = rules::table
        .filter(rules::document_id.eq_any(of))
        .order((rules::document_id, rules::position))
        .select(RuleRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Rule {
                id: row.id,
                document_id: row.document_id,
                kind: row.kind,
                effect: row.effect,
                settings: serde_json::from_value(row.settings)?,
                secret_sealed: row.secret_sealed,
            })
        })
        .collect()
}

/// The moderation rules of these documents as people read them, by number.
pub async fn texts(conn: &mut AsyncPgConnection, of: &[DocumentId]) -> Result<Vec<RuleText>> {
    Ok(moderation_rules::table
        .filter(moderation_rules::document_id.eq_any(of))
        .order((moderation_rules::document_id, moderation_rules::number))
        .select(RuleText::as_select())
        .load(conn)
        .await?)
}

/// The numbers that rulings on this document can cite.
pub(super) async fn numbers(conn: &mut AsyncPgConnection, of: DocumentId) -> Result<Vec<i32>> {
    Ok(moderation_rules::table
        .filter(moderation_rules::document_id.eq(of))
        .order(moderation_rules::number)
        .select(moderation_rules::number)
        .load(conn)
        .await?)
}

/// Lets nobody else set the rules of this document until the transaction ends.
pub(super) async fn lock_document(conn: &mut AsyncPgConnection, id: DocumentId) -> Result<()> {
    let row = documents::table.find(id).select(documents::id).for_no_key_update();
    let _: DocumentId = row.first(conn).await?;
    Ok(())
}

/// Puts these rules into the place of those there are.
pub(super) async fn replace(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    new: &[Rule],
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::delete(rules::table.filter(rules::document_id.eq(document))).execute(conn).await?;
    for (position, rule) in (0_i32..).zip(new) {
        diesel::insert_into(rules::table)
            .values((
                rules::id.eq(rule.id),
                rules::document_id.eq(document),
                rules::position.eq(position),
                rules::kind.eq(rule.kind),
                rules::effect.eq(rule.effect),
                rules::settings.eq(serde_json::to_value(&rule.settings)?),
                rules::secret_sealed.eq(rule.secret_sealed.as_deref()),
                rules::created_at.eq(now),
            ))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Puts these texts into the place of those there are.
pub(super) async fn replace_texts(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    new: &[RuleText],
) -> Result<()> {
    diesel::delete(moderation_rules::table.filter(moderation_rules::document_id.eq(document)))
        .execute(conn)
        .await?;
    diesel::insert_into(moderation_rules::table).values(new).execute(conn).await?;
    Ok(())
}

/// When the address of this contributor was last used for another contribution of this kind to the same document. What
/// becomes of a comment must not show that somebody has made a private submission.
pub(super) async fn last_of_address(
    conn: &mut AsyncPgConnection,
    contributor: ContributorId,
    kind: SubjectKind,
) -> Result<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
        last: Option<DateTime<Utc>>,
    }
    let mut sql = Handwritten::default();
    sql.text(
        "SELECT max(o.created_at) AS last FROM contributors me JOIN contributors o ON o.document_id = me.document_id \
         AND o.email_hash = me.email_hash AND o.id <> me.id \
         JOIN receipts r ON r.contributor_id = o.id AND r.kind = ",
    )
    .bind::<sql_types::Text, _>(kind.as_str())
    .text(" WHERE me.id = ")
    .uuid(contributor.0);
    let row: Row = sql.get_result(conn).await?;
    Ok(row.last)
}

/// Lets nobody else ask about the address of this contributor until the transaction ends: of two contributions at the same
/// moment one is the second.
pub(super) async fn lock_address(conn: &mut AsyncPgConnection, contributor: ContributorId) -> Result<()> {
    let mut sql = Handwritten::default();
    sql.text(
        "SELECT count(pg_advisory_xact_lock(('x' || encode(substr(email_hash, 1, 8), 'hex'))::bit(64)::bigint)) \
         FROM contributors WHERE id = ",
    )
    .uuid(contributor.0);
    sql.execute(conn).await?;
    Ok(())
}

pub(super) async fn keep(conn: &mut AsyncPgConnection, rows: &[FindingRow]) -> Result<()> {
    if !rows.is_empty() {
        diesel::insert_into(rule_findings::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

pub(super) async fn findings(conn: &mut AsyncPgConnection, of: &[Subject]) -> Result<Vec<FindingRow>> {
    let ids: Vec<Uuid> = of.iter().map(|subject| subject.id()).collect();
    Ok(rule_findings::table
        .filter(rule_findings::subject_id.eq_any(ids))
        .order((rule_findings::subject_id, rule_findings::id))
        .select(FindingRow::as_select())
        .load(conn)
        .await?)
}

pub(super) async fn forget(conn: &mut AsyncPgConnection, subject: Subject) -> Result<()> {
    diesel::delete(rule_findings::table.filter(rule_findings::subject_id.eq(subject.id())))
        .execute(conn)
        .await?;
    similar::leave(conn, subject).await
}
