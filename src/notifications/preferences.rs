//! What moderators want to be told, when, and no more.

use chrono_tz::Tz;
use diesel_async::AsyncConnection;
use uuid::Uuid;

use super::{
    model::{MailMode, MailTopic, Preference, Subscription},
    queries,
};
use crate::{
    context::Context,
    documents,
    error::{Error, Result, UserError, UserErrorCode},
    identity::Viewer,
    ids::{AccountId, DocumentId, MailSubscriptionId},
    seal::{PresentedToken, TokenKind},
};

/// A choice, for one document or all.
pub struct SetPreference {
    /// For which document; for all that have no choice of their own where none is named.
    pub document: Option<DocumentId>,
    /// When; without it the choice is taken back, and what holds for all documents, or from the beginning, holds again.
    pub mode: Option<MailMode>,
    /// At which hour of the day, from 0 to 23; for the mode `Daily`.
    pub hour: Option<i32>,
    /// In which time zone of the IANA database; for the mode `Daily`.
    pub time_zone: Option<String>,
    /// About what; about everything where nothing is said.
    pub topics: Option<Vec<MailTopic>>,
}

impl SetPreference {
    fn check(self) -> Result<Option<Preference>> {
        let mut problems = Vec::new();
        let mut refuse = |code, message: &str, field: &str| {
            problems.push(UserError::new(code, message, &[field]));
        };
        if self.mode != Some(MailMode::Daily) && (self.hour.is_some() || self.time_zone.is_some()) {
            let message = "An hour and a time zone go with the mode DAILY alone.";
            refuse(UserErrorCode::InvalidCombination, message, "hour");
        }
        if self.mode.is_none() && self.topics.is_some() {
            refuse(UserErrorCode::InvalidCombination, "Topics go with a mode: say when, too.", "topics");
        }
        let topics = self.topics.unwrap_or_else(|| MailTopic::ALL.to_vec());
        if topics.is_empty() {
            let message = "Name at least one topic, or choose the mode NONE.";
            refuse(UserErrorCode::Blank, message, "topics");
        }
        let topics = MailTopic::ALL.into_iter().filter(|topic| topics.contains(topic)).collect();
        let (mut hour, mut time_zone) = (None, None);
        if self.mode == Some(MailMode::Daily) {
            match self.hour {
                Some(given) if (0..24).contains(&given) => hour = Some(given),
                Some(_) => refuse(UserErrorCode::OutOfRange, "An hour is a number from 0 to 23.", "hour"),
                None => refuse(UserErrorCode::Blank, "Say at which hour, from 0 to 23.", "hour"),
            }
            let given = self.time_zone.unwrap_or_default();
            match given.trim().parse::<Tz>() {
                Ok(zone) => time_zone = Some(zone.name().to_owned()),
                Err(_) if given.trim().is_empty() => {
                    let message = "Say in which time zone, such as Europe/London.";
                    refuse(UserErrorCode::Blank, message, "timeZone");
                }
                Err(_) => {
                    let message =
                        "This is no time zone of the IANA database. One of them is named like Europe/London.";
                    refuse(UserErrorCode::InvalidText, message, "timeZone");
                }
            }
        }
        if !problems.is_empty() {
            return Err(Error::Refused(problems));
        }
        Ok(self.mode.map(|mode| Preference { mode, hour, time_zone, topics }))
    }
}

/// Keeps what the viewer chooses, for themselves.
pub async fn set(ctx: &Context, viewer: &Viewer, input: SetPreference) -> Result<AccountId> {
    let account = viewer.require()?.account;
    let document = input.document;
    if document.is_some_and(|document| !viewer.moderates(document)) {
        let message = "You do not moderate such a document, so there is no mail about it.";
        return Err(Error::refused(UserErrorCode::TargetNotFound, message, &["documentId"]));
    }
    let preference = input.check()?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    if let Some(document) = document
        && documents::queries::by_ids(&mut conn, &[document]).await?.is_empty()
    {
        let message = "There is no such document.";
        return Err(Error::refused(UserErrorCode::TargetNotFound, message, &["documentId"]));
    }
    conn.transaction(async |conn| {
        let row = queries::lock_subscription(conn, account, document, now).await?;
        queries::choose(conn, row.id, preference.as_ref(), now).await
    })
    .await?;
    Ok(account)
}

/// What a link to unsubscribe is about.
pub struct Mailing {
    /// The document's title; nothing where it is about all of them.
    pub document: Option<String>,
    /// Whether its mail has been stopped.
    pub stopped: bool,
    /// Whether it is about replies to what somebody wrote; else it is about what waits for a moderator.
    pub replies: bool,
}

/// The subscription that a token names; `NotFound` for every other token.
pub fn named_by(ctx: &Context, token: &str) -> Result<MailSubscriptionId> {
    let missing = || Error::missing("subscription");
    let presented = PresentedToken::parse(token.trim()).ok_or_else(missing)?;
    if !ctx.vault.keys().is_genuine(TokenKind::Unsubscribe, &presented, 0) {
        return Err(missing());
    }
    Ok(MailSubscriptionId(presented.id))
}

/// The address that ends a subscription.
pub fn unsubscribe_url(ctx: &Context, id: MailSubscriptionId) -> String {
    ctx.link(&format!("/unsubscribe/{}", ctx.vault.keys().token(TokenKind::Unsubscribe, id.0, 0)))
}

/// What a subscription is about; nothing where there is none of this id.
pub async fn mailing(ctx: &Context, id: Uuid) -> Result<Option<Mailing>> {
    let mut conn = ctx.db.get().await?;
    let Some(row) = queries::subscription(&mut conn, MailSubscriptionId(id)).await? else { return Ok(None) };
    let stopped = row.mode == Some(MailMode::None);
    Ok(Some(Mailing { document: title(&mut conn, &row).await?, stopped, replies: false }))
}

/// Stops the mail of a subscription, of one to all documents the mail about each of them. Nothing where there is none of
/// this id; doing it twice changes nothing.
pub async fn unsubscribe(ctx: &Context, id: Uuid) -> Result<Option<Mailing>> {
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let id = MailSubscriptionId(id);
    conn.transaction(async |conn| {
        let Some(row) = queries::subscription(conn, id).await? else { return Ok(None) };
        let kept = row.preference().unwrap_or_default();
        let none = Preference { mode: MailMode::None, hour: None, time_zone: None, ..kept };
        queries::choose(conn, id, Some(&none), now).await?;
        if row.document_id.is_none() {
            queries::stop_all(conn, row.account_id, now).await?;
        }
        Ok(Some(Mailing { document: title(conn, &row).await?, stopped: true, replies: false }))
    })
    .await
}

async fn title(conn: &mut diesel_async::AsyncPgConnection, row: &Subscription) -> Result<Option<String>> {
    let Some(document) = row.document_id else { return Ok(None) };
    let found = documents::queries::by_ids(conn, &[document]).await?.pop();
    Ok(Some(found.map(|document| document.title).unwrap_or_default()))
}
