//! All SQL of this domain.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{ActionLink, Entry, MailMode, Preference, Subscription, Way};
use crate::{
    db::schema::{action_links, digest_entries, mail_arrivals, mail_subscriptions},
    error::Result,
    ids::{AccountId, ActionLinkId, DocumentId, JobId, MailSubscriptionId},
};

/// Everything that these accounts have chosen, what holds for all documents first.
pub async fn chosen(conn: &mut AsyncPgConnection, accounts: &[AccountId]) -> Result<Vec<Subscription>> {
    Ok(mail_subscriptions::table
        .filter(mail_subscriptions::account_id.eq_any(accounts))
        .order((mail_subscriptions::document_id.asc().nulls_first(), mail_subscriptions::id))
        .select(Subscription::as_select())
        .load(conn)
        .await?)
}

/// One subscription.
pub(super) async fn subscription(
    conn: &mut AsyncPgConnection,
    id: MailSubscriptionId,
) -> Result<Option<Subscription>> {
    let found = mail_subscriptions::table.find(id).select(Subscription::as_select());
    Ok(found.first(conn).await.optional()?)
}

/// The subscription of an account to a document, or to all, made if it is not there; locked until the transaction ends.
pub(super) async fn lock_subscription(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    document: Option<DocumentId>,
    now: DateTime<Utc>,
) -> Result<Subscription> {
    let rows = mail_subscriptions::table
        .filter(mail_subscriptions::account_id.eq(account))
        .filter(mail_subscriptions::document_id.is_not_distinct_from(document))
        .select(Subscription::as_select());
    if let Some(found) = rows.for_update().first(conn).await.optional()? {
        return Ok(found);
    }
    diesel::insert_into(mail_subscriptions::table)
        .values((
            mail_subscriptions::id.eq(MailSubscriptionId::new(now)),
            mail_subscriptions::account_id.eq(account),
            mail_subscriptions::document_id.eq(document),
            mail_subscriptions::created_at.eq(now),
            mail_subscriptions::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(rows.for_update().first(conn).await?)
}

/// Writes down what was chosen; nothing takes the choice back.
pub(super) async fn choose(
    conn: &mut AsyncPgConnection,
    id: MailSubscriptionId,
    preference: Option<&Preference>,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(mail_subscriptions::table.find(id))
        .set((
            mail_subscriptions::mode.eq(preference.map(|chosen| chosen.mode)),
            mail_subscriptions::hour.eq(preference.and_then(|chosen| chosen.hour)),
            mail_subscriptions::time_zone.eq(preference.and_then(|chosen| chosen.time_zone.clone())),
            mail_subscriptions::topics.eq(preference.map(|chosen| chosen.topics.clone()).unwrap_or_default()),
            mail_subscriptions::updated_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Stops every mail for which an account has chosen another mode, document by document.
pub(super) async fn stop_all(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let chosen = mail_subscriptions::table
        .filter(mail_subscriptions::account_id.eq(account))
        .filter(mail_subscriptions::mode.is_not_null());
    diesel::update(chosen)
        .set((mail_subscriptions::mode.eq(MailMode::None), mail_subscriptions::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

/// How a job was carried out, if it was.
pub(super) async fn arrival(conn: &mut AsyncPgConnection, job: JobId) -> Result<Option<Way>> {
    let found = mail_arrivals::table.find(job).select(mail_arrivals::way);
    Ok(found.first(conn).await.optional()?)
}

/// Writes down how a job is carried out.
pub(super) async fn arrived(
    conn: &mut AsyncPgConnection,
    job: JobId,
    account: AccountId,
    document: DocumentId,
    way: Way,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(mail_arrivals::table)
        .values((
            mail_arrivals::job_id.eq(job),
            mail_arrivals::account_id.eq(account),
            mail_arrivals::document_id.eq(document),
            mail_arrivals::way.eq(way),
            mail_arrivals::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// The ways of what came at once, or would have, since `since`, the latest first; `limit` of them at the most.
pub(super) async fn recent(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    document: DocumentId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Way>> {
    Ok(mail_arrivals::table
        .filter(mail_arrivals::account_id.eq(account))
        .filter(mail_arrivals::document_id.eq(document))
        .filter(mail_arrivals::created_at.gt(since))
        .filter(mail_arrivals::way.ne(Way::Digest))
        .order((mail_arrivals::created_at.desc(), mail_arrivals::job_id.desc()))
        .limit(limit)
        .select(mail_arrivals::way)
        .load(conn)
        .await?)
}

/// Collects something; what waits for a digest already does not wait twice.
pub(super) async fn collect(conn: &mut AsyncPgConnection, entry: &Entry) -> Result<()> {
    diesel::insert_into(digest_entries::table).values(entry).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}

/// What was collected for one digest, in the order it came.
pub(super) async fn entries(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    due_at: DateTime<Utc>,
) -> Result<Vec<Entry>> {
    Ok(digest_entries::table
        .filter(digest_entries::account_id.eq(account))
        .filter(digest_entries::due_at.eq(due_at))
        .order((digest_entries::created_at, digest_entries::id))
        .select(Entry::as_select())
        .load(conn)
        .await?)
}

/// Takes out what has been mailed.
pub(super) async fn take_out(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> Result<()> {
    diesel::delete(digest_entries::table.filter(digest_entries::id.eq_any(ids))).execute(conn).await?;
    Ok(())
}

/// Keeps links; those that are there already stay as they are.
pub(super) async fn keep_links(conn: &mut AsyncPgConnection, links: &[ActionLink]) -> Result<()> {
    diesel::insert_into(action_links::table).values(links).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}

/// One link.
pub(super) async fn link(conn: &mut AsyncPgConnection, id: ActionLinkId) -> Result<Option<ActionLink>> {
    Ok(action_links::table.find(id).select(ActionLink::as_select()).first(conn).await.optional()?)
}

/// One link, locked until the transaction ends.
pub(super) async fn lock_link(conn: &mut AsyncPgConnection, id: ActionLinkId) -> Result<Option<ActionLink>> {
    let found = action_links::table.find(id).for_update().select(ActionLink::as_select());
    Ok(found.first(conn).await.optional()?)
}

/// Notes that a link was followed.
pub(super) async fn use_link(
    conn: &mut AsyncPgConnection,
    id: ActionLinkId,
    now: DateTime<Utc>,
) -> Result<()> {
    diesel::update(action_links::table.find(id)).set(action_links::used_at.eq(now)).execute(conn).await?;
    Ok(())
}

/// Throws away links that ran out before `before`, and how jobs from before that were carried out.
pub(super) async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<()> {
    diesel::delete(action_links::table.filter(action_links::expires_at.lt(before))).execute(conn).await?;
    diesel::delete(mail_arrivals::table.filter(mail_arrivals::created_at.lt(before))).execute(conn).await?;
    Ok(())
}
