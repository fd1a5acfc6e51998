//! The use cases of appeals: the author's own here, the moderators' in `decide`.

mod decide;
mod item;

pub use decide::{DecideAppeal, Outcome, decide, take_up};

use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::Serialize;

use self::item::Item;
use super::{
    model::{Appeal, AppealState},
    policy,
    queries::{self, NewAppeal, Step},
};
use crate::{
    context::Context,
    contributors::{Receipt, ReceiptKind, receipts},
    db::paging::{self, Page, Window},
    documents,
    error::{Error, Result},
    idempotency::{Claim, Claimed},
    identity::Viewer,
    ids::{AppealId, CommentId, DocumentId, ModerationActionId, SubmissionId},
    ledger::{Actor, Decision, Ruling, Subject, queries as ledger},
    moderation::{changes::changed, desk::reach, jobs::AppealLodged, statements},
    outbox, text,
    vault::Class,
};

/// How many characters an appeal may have.
pub const MAX_APPEAL: usize = 4_000;

/// An appeal as it is sent.
#[derive(Serialize)]
pub struct LodgeAppeal {
    /// The secret of the receipt: who holds it is the author.
    pub token: String,
    /// The decision; the last that can be appealed against where none is named.
    pub action: Option<ModerationActionId>,
    /// What the author says against it.
    pub text: String,
    /// With a key, the same appeal sent twice is kept once.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Keeps an appeal, sealed, and records it. `NotFound` for a token that opens no receipt, and for a decision on something
/// else than what the receipt is for; refused for what can not be appealed against, or not any more.
pub async fn lodge(ctx: &Context, input: LodgeAppeal) -> Result<Appeal> {
    let mut problems = Vec::new();
    let text = text::body(&mut problems, &input.text, MAX_APPEAL, &["text"]);
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let claim = input
        .idempotency_key
        .as_ref()
        .map(|key| Claim::new(ctx.vault.keys(), "lodgeAppeal", key, &input))
        .transpose()?;
    let mut conn = ctx.db.get().await?;
    let subject = subject_of(&receipts::by_token(ctx, &mut conn, &input.token).await?);
    if let Some(claim) = &claim
        && let Some(before) = claim.find(&mut conn).await?
    {
        return lodged_before(&mut conn, AppealId(before)).await;
    }
    let document = item::document_of(&mut conn, subject).await?;
    let days = days_of(&mut conn, document).await?;
    drop(conn);
    let key = ctx.vault.key(Class::Submission, Some(document)).await?;
    let now = ctx.clock.now();
    let id = AppealId::new(now);
    let text_sealed = key.seal(Appeal::text_place(id), text.as_bytes()).map_err(Error::internal)?;
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        if let Some(claim) = claim
            && let Claimed::Before(before) = claim.take(conn, id.0, now).await?
        {
            return lodged_before(conn, AppealId(before)).await;
        }
        // Locked first: what is decided about it meanwhile is seen.
        let item = Item::lock(conn, subject).await?;
        let statements = statements::of(&ledger::of_subjects(conn, &[subject]).await?);
        let first = match input.action {
            Some(action) => queries::against(conn, &[action]).await?.pop(),
            None => None,
        };
        if first.as_ref().is_some_and(|first| first.subject() == subject) {
            return Err(policy::refused_as_second(first.as_ref()));
        }
        let contested = policy::contested(statements, input.action, days, now)?.action;
        let new = NewAppeal {
            id,
            document_id: document,
            action_id: contested.id,
            subject_kind: subject.kind(),
            subject_id: subject.id(),
            text_sealed,
            state: AppealState::Lodged,
            lodged_at: now,
        };
        let Some(appeal) = queries::insert(conn, new).await? else {
            let first = queries::against(conn, &[contested.id]).await?.pop();
            return Err(policy::refused_as_second(first.as_ref()));
        };
        outbox::enqueue(conn, now, &AppealLodged { appeal: id }).await?;
        changed(conn, subject, document, now).await?;
        item.note(conn, document, Actor::Author, Ruling::plain(Decision::LodgeAppeal), now).await?;
        Ok(appeal)
    })
    .await
}

async fn lodged_before(conn: &mut AsyncPgConnection, id: AppealId) -> Result<Appeal> {
    queries::by_id(conn, id).await?.ok_or_else(|| Error::missing("appeal"))
}

/// Takes an appeal back, by the receipt of what it is about. `NotFound` for every appeal that is about something else.
pub async fn withdraw(ctx: &Context, token: &str, id: AppealId) -> Result<Appeal> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let subject = subject_of(&receipts::by_token(ctx, &mut conn, token).await?);
    conn.transaction(async |conn| {
        let item = Item::lock(conn, subject).await?;
        let appeal = queries::lock(conn, id).await?.filter(|appeal| appeal.subject() == subject);
        let appeal = appeal.ok_or_else(|| Error::missing("appeal"))?;
        policy::may_go_on(&appeal, AppealState::Withdrawn)?;
        let after = queries::take(conn, id, Step::to(AppealState::Withdrawn)).await?;
        changed(conn, subject, appeal.document_id, now).await?;
        let ruling = Ruling::plain(Decision::WithdrawAppeal);
        item.note(conn, appeal.document_id, Actor::Author, ruling, now).await?;
        Ok(after)
    })
    .await
}

/// What a receipt is for.
pub fn subject_of(receipt: &Receipt) -> Subject {
    match receipt.kind {
        ReceiptKind::Comment => Subject::Comment(CommentId(receipt.subject)),
        ReceiptKind::Submission => Subject::Submission(SubmissionId(receipt.subject)),
    }
}

async fn days_of(conn: &mut AsyncPgConnection, document: DocumentId) -> Result<i32> {
    let found = documents::queries::by_ids(conn, &[document]).await?.pop();
    Ok(found.ok_or_else(|| Error::missing("document"))?.appeal_days)
}

/// Which of the appeals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// In this document alone.
    pub document: Option<DocumentId>,
    /// In this state alone.
    pub state: Option<AppealState>,
}

/// A page of the appeals in the documents that the viewer moderates, oldest first.
pub async fn list(
    ctx: &Context,
    viewer: &Viewer,
    filter: Filter,
    window: Window<AppealId>,
) -> Result<Page<Appeal>> {
    let within = reach(viewer, filter.document)?;
    paging::page(
        window,
        |appeal: &Appeal| appeal.id,
        async |span| queries::list(&mut *ctx.db.get().await?, &within, filter.state, &span).await,
    )
    .await
}

/// How many they are.
pub async fn count(ctx: &Context, viewer: &Viewer, filter: Filter) -> Result<i64> {
    let within = reach(viewer, filter.document)?;
    queries::count(&mut *ctx.db.get().await?, &within, filter.state).await
}

/// What an author said, opened; `None` once it is erased. Whoever calls this has established that the viewer may read it.
pub async fn text_of(ctx: &Context, appeal: &Appeal) -> Result<Option<String>> {
    match &appeal.text_sealed {
        Some(sealed) => Ok(Some(ctx.vault.open_text(Appeal::text_place(appeal.id), sealed).await?)),
        None => Ok(None),
    }
}
