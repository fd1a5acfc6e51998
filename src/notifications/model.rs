//! Rows and enums of what moderators want to be told, and what was collected for them.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;

use super::schedule;
use crate::{
    db::schema::{action_links, digest_entries, mail_subscriptions},
    ids::{AccountId, ActionLinkId, CommentId, DocumentId, MailSubscriptionId},
    text_enum,
};

text_enum! {
    /// When a moderator is mailed what waits for them.
    pub enum MailMode {
        /// One mail for each thing, as it comes. Above a rate it is collected each hour, until it is quiet again.
        AtOnce = "AT_ONCE",
        /// One mail at the full hour, if there is something.
        Hourly = "HOURLY",
        /// One mail a day at an hour of one's own, if there is something.
        Daily = "DAILY",
        /// No mail.
        None = "NONE",
    }
}

text_enum! {
    /// What a moderator can be mailed about.
    pub enum MailTopic {
        /// Private submissions that nobody has handled.
        Submissions = "SUBMISSIONS",
        /// Comments that nobody has decided on or reviewed.
        WaitingComments = "WAITING_COMMENTS",
        /// Comments that readers have reported.
        Reports = "REPORTS",
        /// Appeals against decisions.
        Appeals = "APPEALS",
        /// What one has claimed oneself.
        AssignedToMe = "ASSIGNED_TO_ME",
    }
}

impl MailTopic {
    /// All of them, in the order they stand in a digest.
    pub const ALL: [Self; 5] =
        [Self::Appeals, Self::Reports, Self::WaitingComments, Self::Submissions, Self::AssignedToMe];
}

text_enum! {
    /// How a job that tells a moderator of something was carried out.
    pub enum Way {
        /// Mailed at once.
        AtOnce = "AT_ONCE",
        /// Collected because there was so much.
        Burst = "BURST",
        /// Collected as the moderator chose.
        Digest = "DIGEST",
    }
}

/// What an account has chosen, for one document or all.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_subscriptions)]
pub struct Subscription {
    /// Its id, of which the token to unsubscribe is made.
    pub id: MailSubscriptionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// For which document; for all that have no choice of their own where none is named.
    pub document_id: Option<DocumentId>,
    /// When; nothing where nothing was chosen.
    pub mode: Option<MailMode>,
    /// At which hour.
    pub hour: Option<i32>,
    /// In which time zone.
    pub time_zone: Option<String>,
    /// About what.
    pub topics: Vec<MailTopic>,
}

/// What holds for an account and a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// When.
    pub mode: MailMode,
    /// At which hour of the day, for the mode `Daily`.
    pub hour: Option<i32>,
    /// In which time zone, for the mode `Daily`.
    pub time_zone: Option<String>,
    /// About what.
    pub topics: Vec<MailTopic>,
}

impl Default for Preference {
    /// Who has chosen nothing is told of everything at once: nothing is to wait because nobody knew of it.
    fn default() -> Self {
        Self { mode: MailMode::AtOnce, hour: None, time_zone: None, topics: MailTopic::ALL.to_vec() }
    }
}

impl Preference {
    /// What holds for this document among all that an account has chosen.
    pub fn for_document(chosen: &[Subscription], document: DocumentId) -> Self {
        let of = |wanted: Option<DocumentId>| {
            chosen.iter().find(|row| row.document_id == wanted).and_then(Subscription::preference)
        };
        of(Some(document)).or_else(|| of(None)).unwrap_or_default()
    }

    /// Whether mail about this is wanted at all.
    pub fn wants(&self, topic: MailTopic) -> bool {
        self.mode != MailMode::None && self.topics.contains(&topic)
    }

    /// When the next digest is due; nothing where mail goes at once or not at all.
    pub fn due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.mode {
            MailMode::AtOnce | MailMode::None => None,
            MailMode::Hourly => Some(schedule::next_hour(now)),
            MailMode::Daily => {
                let zone = self.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC);
                let hour = self.hour.and_then(|hour| u32::try_from(hour).ok()).unwrap_or(0);
                Some(schedule::next_daily(now, hour, zone))
            }
        }
    }
}

impl Subscription {
    /// What was chosen with it, if anything.
    pub fn preference(&self) -> Option<Preference> {
        Some(Preference {
            mode: self.mode?,
            hour: self.hour,
            time_zone: self.time_zone.clone(),
            topics: self.topics.clone(),
        })
    }
}

/// Something that was collected for a digest.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = digest_entries)]
pub(super) struct Entry {
    pub id: uuid::Uuid,
    pub account_id: AccountId,
    pub document_id: DocumentId,
    pub topic: MailTopic,
    pub subject_id: uuid::Uuid,
    pub burst: bool,
    pub due_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// A link in a mail by which a moderator decides on one comment.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = action_links)]
pub struct ActionLink {
    /// Its id, of which its token is made.
    pub id: ActionLinkId,
    /// As whom whoever follows it decides.
    pub account_id: AccountId,
    /// On which comment.
    pub comment_id: CommentId,
    /// The version of the comment that was in the mail.
    pub version: i32,
    /// Until when it can be followed.
    pub expires_at: DateTime<Utc>,
    /// When it was followed; it can be followed once.
    pub used_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}
