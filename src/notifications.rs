//! What mail the side effects of the domains become: who is written to, and in what words. A job carries ids; everything
//! is loaded anew when it runs, and what has been settled meanwhile is not written about any more.
//!
//! Mail about a submission says that there is one and links to it; it never quotes it, because mail is read by more
//! machines than the desk is.

pub mod action_links;
mod contributors;
mod decisions;
mod digests;
pub mod draft;
mod letters;
pub mod model;
mod moderators;
mod notices;
mod outcomes;
pub mod preferences;
pub mod queries;
mod schedule;
mod sign_in;

use chrono::{DateTime, Utc};

use crate::{
    comments::{
        self,
        jobs::{CommentReceived, ReplyPublished},
    },
    context::Context,
    contributors::{
        Contributor, address_of,
        jobs::{AskConfirmation, SendReceipt},
        name_of,
        queries::mark_bounced,
    },
    error::{Error, UserErrorCode},
    identity::{
        self, Account,
        jobs::{SendInvitation, SendSignInLink},
    },
    ids::JobId,
    ledger::Subject,
    mail::{Mailer, Message, Recipient, SendError},
    moderation,
    outbox::{Failure, Registry},
    submissions::{self, jobs::SubmissionReceived},
};
use draft::Letter;
use preferences::Mailing;

/// What the jobs of this domain work with. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    ctx: Context,
    mailer: Mailer,
    /// How many mails at once a moderator is sent about one document within an hour.
    burst: u32,
}

impl Post {
    /// Notifications that leave through `mailer`; of more than `burst` that a moderator is to get at once about one document
    /// within an hour, the rest is collected.
    pub fn new(ctx: Context, mailer: Mailer, burst: u32) -> Self {
        Self { ctx, mailer, burst }
    }

    /// Adds what this domain carries out to the registry.
    #[must_use]
    pub fn register(self, registry: Registry) -> Registry {
        let registry = outcomes::register(&self, registry);
        let (comments, submissions, mail, digest, alarm, links, invitations) = (
            self.clone(),
            self.clone(),
            self.clone(),
            self.clone(),
            self.clone(),
            self.clone(),
            self.clone(),
        );
        let (receipts, confirmations, replies, decided, handled) =
            (self.clone(), self.clone(), self.clone(), self.clone(), self);
        registry
            .on(move |id, job: CommentReceived| moderators::comment_received(comments.clone(), id, job))
            .on(move |id, job: SubmissionReceived| {
                moderators::submission_received(submissions.clone(), id, job)
            })
            .on(move |id, job: moderators::MailModerator| moderators::mail(mail.clone(), id, job))
            .on(move |id, job: digests::SendDigest| digests::send(digest.clone(), id, job))
            .on(move |id, job: moderators::MailAdministrator| {
                moderators::mail_administrator(alarm.clone(), id, job)
            })
            .on(move |id, job: SendReceipt| contributors::receipt(receipts.clone(), id, job))
            .on(move |id, job: AskConfirmation| contributors::confirmation(confirmations.clone(), id, job))
            .on(move |id, job: ReplyPublished| contributors::reply(replies.clone(), id, job))
            .on(move |id, job: comments::jobs::DecisionMade| {
                let post = decided.clone();
                async move {
                    moderation::jobs::close_reports(&post.ctx, id, job.comment).await?;
                    decisions::decided(post, id, Subject::Comment(job.comment), job).await
                }
            })
            .on(move |id, job: submissions::jobs::DecisionMade| {
                decisions::decided(handled.clone(), id, Subject::Submission(job.submission), job)
            })
            .on(move |id, job: SendSignInLink| sign_in::link(links.clone(), id, job))
            .on(move |id, job: SendInvitation| sign_in::invitation(invitations.clone(), id, job))
    }

    /// Sends a letter to an account, unless mail does not reach it.
    async fn send(&self, job: JobId, to: &Account, letter: Letter) -> Result<(), Failure> {
        if to.bounced_at.is_some() {
            tracing::info!(job.id = %job, account = %to.id, "A letter was not sent: mail does not reach this account.");
            return Ok(());
        }
        self.send_even_so(job, to, letter).await
    }

    /// Sends a letter that somebody waits for, even to an account that mail did not reach before: by the link in it they
    /// show that it does again.
    async fn send_even_so(&self, job: JobId, to: &Account, letter: Letter) -> Result<(), Failure> {
        let Some(address) = identity::actions::address_of(&self.ctx, to).await? else { return Ok(()) };
        let arrived = self.deliver(job, &to.display_name, address.as_str(), letter).await?;
        if !arrived {
            let now = self.ctx.clock.now();
            let mut conn = self.ctx.db.get().await.map_err(Failure::from)?;
            identity::queries::set_bounced(&mut conn, to.id, Some(now)).await?;
        }
        Ok(())
    }

    /// Sends a letter to a contributor, unless mail does not reach them or their address was erased.
    async fn send_to_contributor(&self, job: JobId, to: &Contributor, letter: Letter) -> Result<(), Failure> {
        if to.bounced_at.is_some() {
            tracing::info!(job.id = %job, contributor = %to.id, "A letter was not sent: mail does not reach this contributor.");
            return Ok(());
        }
        let Some(address) = address_of(&self.ctx, to).await? else { return Ok(()) };
        let name = name_of(&self.ctx, to).await?;
        if !self.deliver(job, &name, &address, letter).await? {
            let mut conn = self.ctx.db.get().await.map_err(Failure::from)?;
            mark_bounced(&mut conn, to, self.ctx.clock.now()).await?;
        }
        Ok(())
    }

    /// Whether the letter has left; `false` where there is no such mailbox, which is nothing to try again.
    async fn deliver(&self, job: JobId, name: &str, address: &str, letter: Letter) -> Result<bool, Failure> {
        let message = Message {
            to: Recipient { name: Some(name.to_owned()), address: address.to_owned() },
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            message_id: self.mailer.message_id(job),
            date: self.ctx.clock.now(),
            headers: letter.headers,
            auto_submitted: true,
            language: letter.language.to_owned(),
        };
        match self.mailer.send(&message).await {
            Ok(()) => Ok(true),
            Err(SendError::NoMailbox(text)) => {
                tracing::warn!(job.id = %job, error = %text, "There is no such mailbox; nothing more is sent there.");
                Ok(false)
            }
            Err(SendError::Temporary(text)) => Err(Failure::Retry(text)),
            Err(SendError::Permanent(text)) => Err(Failure::GiveUp(text)),
        }
    }
}

/// What the mail is about that a link to unsubscribe names; `NotFound` for every other token.
pub async fn mailing(ctx: &Context, token: &str) -> crate::error::Result<Mailing> {
    let id = preferences::named_by(ctx, token)?;
    let found = match preferences::mailing(ctx, id.0).await? {
        None => contributors::replies(ctx, token).await?,
        found => found,
    };
    found.ok_or_else(|| Error::missing("subscription"))
}

/// Stops the mail that a link to unsubscribe is about. Nobody has to sign in for that; `NotFound` for every other token.
pub async fn unsubscribe(ctx: &Context, token: &str) -> crate::error::Result<Mailing> {
    let id = preferences::named_by(ctx, token)?;
    let stopped = match preferences::unsubscribe(ctx, id.0).await? {
        None => contributors::stop_replies(ctx, token, true).await?,
        stopped => stopped,
    };
    stopped.ok_or_else(|| Error::missing("subscription"))
}

/// Lets mail about replies come again that was stopped by such a link. Refused for the mail of moderators, who choose it
/// anew; `NotFound` for every other token.
pub async fn resubscribe(ctx: &Context, token: &str) -> crate::error::Result<Mailing> {
    let id = preferences::named_by(ctx, token)?;
    if preferences::mailing(ctx, id.0).await?.is_some() {
        let message = "Sign in and choose anew with `setMailPreferences`: when mail comes, and about what.";
        return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["undo"]));
    }
    let resumed = contributors::stop_replies(ctx, token, false).await?;
    resumed.ok_or_else(|| Error::missing("subscription"))
}

/// The account, if it can still sign in.
async fn active(ctx: &Context, id: crate::ids::AccountId) -> Result<Option<Account>, Failure> {
    let mut conn = ctx.db.get().await.map_err(Failure::from)?;
    let found = identity::queries::accounts(&mut conn, &[id]).await?;
    Ok(found.into_iter().find(|account| account.disabled_at.is_none()))
}

/// Throws away what is needed no more: links that ran out before `before`, and how mail from before that was sent.
pub async fn purge(conn: &mut crate::db::Connection, before: DateTime<Utc>) -> crate::error::Result<()> {
    queries::purge(conn, before).await
}
