//! What moderators want to be mailed, and what the links in their mail do, in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    batching::in_round,
    comments::Comment,
    documents::{Document, readable},
    errors::{Result, UserError, outcome},
    loaders::{self, MailChosenBy},
    time::DateTime,
};
use crate::{
    comments::policy::Access,
    identity::Viewer,
    ids::{AccountId, DocumentId},
    ledger::{Decision, Reason, Ruling},
    notifications::{
        self,
        action_links::{self, ActionLinkState, Follow},
        model::{MailMode, MailTopic, Preference, Subscription},
        preferences::{self, SetPreference},
    },
};

pub(super) struct MailPreference {
    document: Option<DocumentId>,
    preference: Preference,
}

/// What mail somebody wants about what waits for them as a moderator: for one document, or for all that have no choice of their own.
#[Object]
impl MailPreference {
    /// For which document; nothing for what holds for all that have no choice of their own.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
        match self.document {
            Some(document) => readable(ctx, document).await,
            None => Ok(None),
        }
    }

    /// When mail comes.
    async fn mode(&self) -> MailMode {
        self.preference.mode
    }

    /// At which hour of the day it comes, from 0 to 23; for the mode DAILY.
    async fn hour(&self) -> Option<i32> {
        self.preference.hour
    }

    /// In which time zone of the IANA database that hour is; for the mode DAILY.
    async fn time_zone(&self) -> Option<&str> {
        self.preference.time_zone.as_deref()
    }

    /// What it is about.
    async fn topics(&self) -> &[MailTopic] {
        &self.preference.topics
    }
}

/// What an account has chosen: what holds for all documents, then each that has a choice of its own.
pub(super) async fn mail_preferences(ctx: &Context<'_>, account: AccountId) -> Result<Vec<MailPreference>> {
    let chosen = loaders::of(ctx).load_one(MailChosenBy(account)).await?.unwrap_or_default();
    let all = chosen.iter().find(|row| row.document_id.is_none());
    let all = all.and_then(Subscription::preference).unwrap_or_default();
    let own = chosen.iter().filter_map(|row| {
        Some(MailPreference { document: Some(row.document_id?), preference: row.preference()? })
    });
    Ok([MailPreference { document: None, preference: all }].into_iter().chain(own).collect())
}

/// What mail the viewer wants from now on.
#[derive(InputObject)]
struct SetMailPreferencesInput {
    /// For which document, which the viewer moderates; for all that have no choice of their own when not given.
    document_id: Option<ID>,
    /// When mail comes. Without it the choice is taken back: for a document what holds for all does again, for all each thing is mailed at once.
    mode: Option<MailMode>,
    /// At which hour of the day, from 0 to 23; for the mode DAILY, which needs it.
    hour: Option<i32>,
    /// In which time zone of the IANA database, such as `Europe/London`; for the mode DAILY, which needs it.
    time_zone: Option<String>,
    /// What it is about; everything when not given.
    topics: Option<Vec<MailTopic>>,
}

/// What choosing did.
#[derive(SimpleObject)]
struct SetMailPreferencesPayload {
    /// Everything that is chosen now.
    mail_preferences: Option<Vec<MailPreference>>,
    /// What has to be put right; then nothing was changed.
    errors: Vec<UserError>,
}

/// The mail that a link to unsubscribe is about.
#[derive(SimpleObject)]
struct MailSubscription {
    /// The title of the document it is about; nothing where it is about every document of a moderator.
    document_title: Option<String>,
    /// Whether it has been stopped.
    stopped: bool,
    /// Whether it is about replies to what somebody wrote; else it is about what waits for a moderator.
    replies: bool,
}

impl From<preferences::Mailing> for MailSubscription {
    fn from(mailing: preferences::Mailing) -> Self {
        Self { document_title: mailing.document, stopped: mailing.stopped, replies: mailing.replies }
    }
}

/// Mail that is not wanted any more.
#[derive(InputObject)]
struct UnsubscribeInput {
    /// The token of the link to unsubscribe in a mail.
    token: String,
    /// Take it back: mail about replies comes again to those who asked for it. Moderators choose theirs with `setMailPreferences`.
    undo: Option<bool>,
}

/// What unsubscribing did.
#[derive(SimpleObject)]
struct UnsubscribePayload {
    /// The mail, and whether it is stopped now.
    subscription: Option<MailSubscription>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

struct ActionLink(action_links::Opened);

/// What a link in a mail to a moderator leads to: a decision on one comment, as it was when the mail was written.
#[Object]
impl ActionLink {
    /// Whether it can be followed.
    async fn state(&self) -> ActionLinkState {
        self.0.state
    }

    /// Why it cannot be followed, and what to do instead.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The comment, as its author sees it; nothing where the link works no more.
    async fn comment(&self) -> Option<Comment> {
        self.0.comment.clone().map(|row| Comment::new(row, Access::Link))
    }

    /// The name of the moderator who decides by it.
    async fn moderator(&self) -> &str {
        &self.0.account.display_name
    }

    /// Until when it can be followed.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }
}

/// A decision by a link.
#[derive(InputObject)]
struct FollowActionLinkInput {
    /// The token of the link in the mail.
    token: String,
    /// APPROVE or REJECT; nothing else is decided by link.
    decision: Decision,
    /// On which ground; rejecting needs one.
    reason: Option<Reason>,
    /// What the author is told, in plain words, up to 4,000 characters; rejecting needs it.
    statement: Option<String>,
}

/// What a decision by a link did.
#[derive(SimpleObject)]
struct FollowActionLinkPayload {
    /// The comment as it is now, as its author sees it.
    comment: Option<Comment>,
    /// What has to be put right, or why the link works no more; then nothing was changed.
    errors: Vec<UserError>,
}

/// What links in mail lead to.
#[derive(Default)]
pub(super) struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// The mail that a link to unsubscribe is about; `NOT_FOUND` for every other token. It changes nothing.
    async fn mail_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Result<Option<MailSubscription>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let found = in_round(ctx, async move { notifications::mailing(&app, &token).await }).await?;
        Ok(Some(found.into()))
    }

    /// What a link in a mail to a moderator leads to; `NOT_FOUND` for every other token. It changes nothing.
    async fn action_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token of the link.")] token: String,
    ) -> Result<Option<ActionLink>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let opened = in_round(ctx, async move { action_links::open(&app, &token).await }).await?;
        Ok(Some(ActionLink(opened)))
    }
}

/// Choosing what mail one wants, and following the links in it.
#[derive(Default)]
pub(super) struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Chooses what mail the viewer gets about what waits for them as a moderator. For everybody signed in.
    async fn set_mail_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is chosen.")] input: SetMailPreferencesInput,
    ) -> Result<Option<SetMailPreferencesPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require()?;
        let choice = SetPreference {
            document: input.document_id.map(|given| given.parse()).transpose()?,
            mode: input.mode,
            hour: input.hour,
            time_zone: input.time_zone,
            topics: input.topics,
        };
        let (account, errors) = outcome(preferences::set(app, viewer, choice).await)?;
        let mail_preferences = match account {
            Some(account) => Some(mail_preferences(ctx, account).await?),
            None => None,
        };
        Ok(Some(SetMailPreferencesPayload { mail_preferences, errors }))
    }

    /// Stops the mail that a link to unsubscribe is about, or lets it come again; nobody has to sign in for that. `NOT_FOUND` for every other token.
    async fn unsubscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mail.")] input: UnsubscribeInput,
    ) -> Result<Option<UnsubscribePayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let done = if input.undo.unwrap_or_default() {
            notifications::resubscribe(app, &input.token).await
        } else {
            notifications::unsubscribe(app, &input.token).await
        };
        let (subscription, errors) = outcome(done)?;
        Ok(Some(UnsubscribePayload { subscription: subscription.map(Into::into), errors }))
    }

    /// Decides on a comment by a link in a mail, as the moderator whom it was mailed to: once, within seven days, on the version that was in the mail. A CONFLICT if it has changed since; it says who did what meanwhile. `NOT_FOUND` for every other token.
    async fn follow_action_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is decided.")] input: FollowActionLinkInput,
    ) -> Result<Option<FollowActionLinkPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let ruling =
            Ruling { reason: input.reason, statement: input.statement, ..Ruling::plain(input.decision) };
        let decided = action_links::follow(app, Follow { token: input.token, ruling }).await;
        let (made, errors) = outcome(decided)?;
        let comment = made.map(|(row, _)| Comment::new(row, Access::Link));
        Ok(Some(FollowActionLinkPayload { comment, errors }))
    }
}
