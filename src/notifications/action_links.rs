//! Links in mail by which a moderator decides on one comment without signing in: Approve, Reject.
//!
//! A link acts as the moderator it was mailed to, on the version that was in the mail, once, for as long as the account is
//! active and moderates the document. Following it shows what would be decided; what decides is the form there. There is
//! none for submissions: what was said in confidence is dealt with at the desk.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use uuid::Uuid;

use super::{model::ActionLink, queries};
use crate::{
    comments::{self, Comment, actions::ModerateComment, queries::Counted},
    context::Context,
    error::{Error, Result, UserErrorCode},
    identity::{self, Account, Viewer},
    ids::{AccountId, ActionLinkId, CommentId, JobId},
    ledger::{self, Decision, ModerationAction, Ruling, Subject},
    seal::{self, PresentedToken, TokenKind},
    text_enum,
};

/// How long a link can be followed.
const LIFETIME: TimeDelta = TimeDelta::days(7);

text_enum! {
    /// Whether a link in a mail can be followed.
    pub enum ActionLinkState {
        /// It can.
        Ready = "READY",
        /// The comment has changed since the mail was written.
        Changed = "CHANGED",
        /// It was followed already.
        Used = "USED",
        /// Its time is over.
        Expired = "EXPIRED",
        /// The account it acts for does not moderate the document any more.
        RoleLost = "ROLE_LOST",
    }
}

/// What a link leads to.
pub struct Opened {
    /// Whether it can be followed.
    pub state: ActionLinkState,
    /// Why it cannot, and what to do instead.
    pub message: Option<String>,
    /// The comment, where the link is still somebody's who moderates it.
    pub comment: Option<Comment>,
    /// As whom whoever follows it decides.
    pub account: Account,
    /// Until when it can be followed.
    pub expires_at: DateTime<Utc>,
}

/// Makes the links for comments that wait for a decision, as part of the mail that `job` sends: the same each time, so
/// that a second copy of the mail has the same links. Gives the address for each.
pub(super) async fn make(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    job: JobId,
    account: AccountId,
    comments: &[&Comment],
) -> Result<HashMap<CommentId, String>> {
    let now = ctx.clock.now();
    let links: Vec<ActionLink> = comments
        .iter()
        .filter(|comment| comment.waits())
        .map(|comment| ActionLink {
            id: link_id(job, comment),
            account_id: account,
            comment_id: comment.id,
            version: comment.version,
            expires_at: now + LIFETIME,
            used_at: None,
            created_at: now,
        })
        .collect();
    queries::keep_links(conn, &links).await?;
    let address = |link: &ActionLink| {
        ctx.link(&format!("/decide/{}", ctx.vault.keys().token(TokenKind::Action, link.id.0, 0)))
    };
    Ok(links.iter().map(|link| (link.comment_id, address(link))).collect())
}

/// A UUIDv8 made of the mail, the comment and its version.
fn link_id(job: JobId, comment: &Comment) -> ActionLinkId {
    let parts: [&[u8]; 4] =
        [b"link", job.0.as_bytes(), comment.id.0.as_bytes(), &comment.version.to_be_bytes()];
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&seal::digest(&parts)[..16]);
    ActionLinkId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn missing() -> Error {
    Error::missing("link")
}

fn named_by(ctx: &Context, token: &str) -> Result<ActionLinkId> {
    let presented = PresentedToken::parse(token.trim()).ok_or_else(missing)?;
    if !ctx.vault.keys().is_genuine(TokenKind::Action, &presented, 0) {
        return Err(missing());
    }
    Ok(ActionLinkId(presented.id))
}

/// What a token leads to; `NotFound` for every token that leads nowhere. Changes nothing.
pub async fn open(ctx: &Context, token: &str) -> Result<Opened> {
    let id = named_by(ctx, token)?;
    let mut conn = ctx.db.get().await?;
    let link = queries::link(&mut conn, id).await?.ok_or_else(missing)?;
    let account = identity::queries::accounts(&mut conn, &[link.account_id]).await?.pop();
    let account = account.ok_or_else(missing)?;
    let comment = comments::queries::by_id(&mut conn, link.comment_id).await?.ok_or_else(missing)?;
    let viewer = identity::actions::acting_as(&mut conn, &account, ctx.clock.now()).await?;
    let moderates = viewer.as_ref().is_some_and(|viewer| viewer.moderates(comment.document_id));
    let (state, message) = match () {
        () if !moderates => (ActionLinkState::RoleLost, Some(ROLE_LOST.to_owned())),
        () if link.used_at.is_some() => (ActionLinkState::Used, Some(USED.to_owned())),
        () if link.expires_at <= ctx.clock.now() => (ActionLinkState::Expired, Some(EXPIRED.to_owned())),
        () => match unchanged(&mut conn, &link, &comment).await {
            Ok(()) => (ActionLinkState::Ready, None),
            Err(Error::Conflict(message)) => (ActionLinkState::Changed, Some(message)),
            Err(error) => return Err(error),
        },
    };
    let shown = matches!(state, ActionLinkState::Ready | ActionLinkState::Changed);
    Ok(Opened { state, message, comment: shown.then_some(comment), account, expires_at: link.expires_at })
}

const ROLE_LOST: &str = "This link decides for somebody who does not moderate this document any more.";
const USED: &str = "This link was used before, and works once. Sign in to look at the comment.";
const EXPIRED: &str = "This link is older than seven days and works no more. Sign in to decide.";

async fn unchanged(conn: &mut AsyncPgConnection, link: &ActionLink, comment: &Comment) -> Result<()> {
    let subject = Subject::Comment(comment.id);
    ledger::unchanged(conn, subject, link.version, comment.version, comment.state.as_str()).await
}

/// What is decided by a link.
pub struct Follow {
    /// The token of the link.
    pub token: String,
    /// Approving or rejecting; nothing else is decided by link.
    pub ruling: Ruling,
}

/// Decides as the moderator whom the link was mailed to, and uses it up, in one transaction. Refused where it works no
/// more, `Conflict` where the comment has changed since the mail was written.
pub async fn follow(ctx: &Context, input: Follow) -> Result<(Comment, ModerationAction)> {
    let refuse = |message: &str| Err(Error::refused(UserErrorCode::InvalidToken, message, &["token"]));
    let id = named_by(ctx, &input.token)?;
    if !matches!(input.ruling.decision, Decision::Approve | Decision::Reject) {
        let message = "By link a comment is approved or rejected. Sign in for everything else.";
        return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["decision"]));
    }
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let link = queries::lock_link(conn, id).await?.ok_or_else(missing)?;
        let account = identity::queries::accounts(conn, &[link.account_id]).await?.pop();
        let account = account.ok_or_else(missing)?;
        let comment = comments::queries::by_id(conn, link.comment_id).await?.ok_or_else(missing)?;
        let viewer = identity::actions::acting_as(conn, &account, now).await?;
        let Some(viewer) = viewer.filter(|viewer: &Viewer| viewer.moderates(comment.document_id)) else {
            return refuse(ROLE_LOST);
        };
        if link.used_at.is_some() {
            return refuse(USED);
        }
        if link.expires_at <= now {
            return refuse(EXPIRED);
        }
        let decided = ModerateComment {
            id: link.comment_id,
            expected_version: link.version,
            ruling: input.ruling,
            cuts: Vec::new(),
            batch: None::<Uuid>,
        };
        let mut counted = Counted::default();
        let made = comments::actions::moderate_within(conn, &viewer, decided, &mut counted, now).await?;
        counted.apply(conn).await?;
        queries::use_link(conn, id, now).await?;
        made.record(conn).await
    })
    .await
}
