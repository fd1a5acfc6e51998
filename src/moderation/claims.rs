//! Claims: who is at work on what. A claim shows to the others and keeps nobody from deciding; the version that every
//! decision names does that. It ends by its time, with the decision, or when it is released.

pub mod queries;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use uuid::Uuid;

use super::changes::changed;
use crate::{
    comments,
    context::Context,
    db::schema::moderation_claims,
    error::{Error, Result},
    identity::{self, Viewer},
    ids::{AccountId, DocumentId},
    ledger::{Subject, SubjectKind},
    submissions,
};

/// A claim on one item.
#[derive(Clone, Debug, Insertable, Queryable, Selectable)]
#[diesel(table_name = moderation_claims)]
pub struct Claim {
    /// The comment or submission.
    pub subject_id: Uuid,
    /// Which of the two it is.
    pub subject_kind: SubjectKind,
    /// The document of the item.
    pub document_id: DocumentId,
    /// Who is at work on it.
    pub account_id: AccountId,
    /// The version they are at work on.
    pub version: i32,
    /// Since when.
    pub claimed_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl Claim {
    /// Whether it holds at this moment for an item of this version.
    pub fn holds(&self, version: i32, now: DateTime<Utc>) -> bool {
        self.version == version && now < self.expires_at
    }
}

/// An item as it is claimed.
struct Item {
    document: DocumentId,
    version: i32,
}

/// Claims an item for the viewer, or claims it for longer. `Conflict` where somebody else has, unless it is taken over
/// from them on purpose.
pub async fn claim(ctx: &Context, viewer: &Viewer, subject: Subject, take_over: bool) -> Result<Claim> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let item = item(&mut conn, viewer, subject).await?;
    let claim = Claim {
        subject_id: subject.id(),
        subject_kind: subject.kind(),
        document_id: item.document,
        account_id: account,
        version: item.version,
        claimed_at: now,
        expires_at: now + ctx.moderation.claim(),
    };
    let made = conn.transaction(async |conn| {
        let made = queries::claim(conn, &claim, take_over).await?;
        if made.is_some() {
            changed(conn, subject, item.document, now).await?;
        }
        Ok::<_, Error>(made)
    });
    if let Some(made) = made.await? {
        return Ok(made);
    }
    let other = queries::by_subjects(&mut conn, &[subject.id()]).await?.pop();
    let other = other.ok_or_else(|| Error::Conflict("The claim has just changed. Try again.".into()))?;
    let name = identity::queries::accounts(&mut conn, &[other.account_id]).await?.pop();
    Err(Error::Conflict(format!(
        "{} is at work on this until {}. Choose another, or take it over with `takeOver: true`.",
        name.map_or("Somebody else".into(), |account| account.display_name),
        other.expires_at.format("%H:%M UTC")
    )))
}

/// Gives an item back; done too where the viewer had not claimed it.
pub async fn release(ctx: &Context, viewer: &Viewer, subject: Subject) -> Result<()> {
    let account = viewer.require()?.account;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let item = item(&mut conn, viewer, subject).await?;
    conn.transaction(async |conn| {
        queries::release(conn, subject.id(), account).await?;
        changed(conn, subject, item.document, now).await
    })
    .await
}

/// The item, for those who moderate its document.
async fn item(conn: &mut AsyncPgConnection, viewer: &Viewer, subject: Subject) -> Result<Item> {
    match subject {
        Subject::Comment(id) => {
            let found = comments::queries::by_id(conn, id).await?;
            let comment = found.ok_or_else(|| Error::missing("comment"))?;
            comments::policy::may_moderate(viewer, &comment)?;
            Ok(Item { document: comment.document_id, version: comment.version })
        }
        Subject::Submission(id) => {
            let found = submissions::queries::by_id(conn, id).await?;
            let submission = submissions::policy::readable(viewer, found)?;
            Ok(Item { document: submission.document_id, version: submission.version })
        }
    }
}
