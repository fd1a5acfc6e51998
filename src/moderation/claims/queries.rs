//! All SQL of claims.

use chrono::{DateTime, Utc};
use diesel::{dsl::sql, prelude::*, sql_types, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Claim;
use crate::{db::schema::moderation_claims, error::Result, identity::viewer::Reach, ids::AccountId};

/// How many items one moderator can be at work on, as far as the desk shows them.
const MAX_CLAIMS: i64 = 500;

/// Claims an item: nothing where somebody else has it, unless it is to be taken over.
pub(super) async fn claim(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    take_over: bool,
) -> Result<Option<Claim>> {
    use moderation_claims as claims;
    let upsert =
        diesel::insert_into(claims::table).values(claim).on_conflict(claims::subject_id).do_update().set((
            claims::account_id.eq(excluded(claims::account_id)),
            claims::version.eq(excluded(claims::version)),
            claims::claimed_at.eq(excluded(claims::claimed_at)),
            claims::expires_at.eq(excluded(claims::expires_at)),
        ));
    let free = claims::account_id
        .eq(claim.account_id)
        .or(claims::expires_at.le(claim.claimed_at))
        .or(claims::version.ne(claim.version))
        .or(take_over.into_sql::<sql_types::Bool>());
    Ok(diesel::query_dsl::methods::FilterDsl::filter(upsert, free)
        .returning(Claim::as_returning())
        .get_result(conn)
        .await
        .optional()?)
}

pub(super) async fn release(conn: &mut AsyncPgConnection, subject: Uuid, account: AccountId) -> Result<()> {
    let own = moderation_claims::table.find(subject).filter(moderation_claims::account_id.eq(account));
    diesel::delete(own).execute(conn).await?;
    Ok(())
}

/// The claims on these items, whether they still hold or not.
pub async fn by_subjects(conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> Result<Vec<Claim>> {
    Ok(moderation_claims::table
        .filter(moderation_claims::subject_id.eq_any(subjects))
        .select(Claim::as_select())
        .load(conn)
        .await?)
}

/// Whether a claim is on the item as it is now: every decision makes a new version.
const IS_CURRENT: &str = "moderation_claims.version = coalesce((SELECT version FROM comments WHERE id = subject_id), \
                          (SELECT version FROM submissions WHERE id = subject_id))";

/// What a moderator is at work on: the claims that still hold, the latest first, 500 at the most.
pub async fn held_by(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(moderation_claims::table
        .filter(moderation_claims::account_id.eq(account))
        .filter(moderation_claims::expires_at.gt(now))
        .filter(sql::<sql_types::Bool>(IS_CURRENT))
        .order(moderation_claims::expires_at.desc())
        .limit(MAX_CLAIMS)
        .select(moderation_claims::subject_id)
        .load(conn)
        .await?)
}

/// How much a moderator is at work on in these documents.
pub async fn count_held_by(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    reach: &Reach,
    now: DateTime<Utc>,
) -> Result<i64> {
    let mut held = moderation_claims::table
        .filter(moderation_claims::account_id.eq(account))
        .filter(moderation_claims::expires_at.gt(now))
        .filter(sql::<sql_types::Bool>(IS_CURRENT))
        .into_boxed();
    if let Reach::Only(documents) = reach {
        held = held.filter(moderation_claims::document_id.eq_any(documents.clone()));
    }
    Ok(held.count().get_result(conn).await?)
}

/// What others are at work on.
pub async fn held_by_others(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    Ok(moderation_claims::table
        .filter(moderation_claims::account_id.ne(account))
        .filter(moderation_claims::expires_at.gt(now))
        .filter(sql::<sql_types::Bool>(IS_CURRENT))
        .select(moderation_claims::subject_id)
        .load(conn)
        .await?)
}

/// Forgets claims that ended before `before`.
pub async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<usize> {
    let old = moderation_claims::table.filter(moderation_claims::expires_at.lt(before));
    Ok(diesel::delete(old).execute(conn).await?)
}
