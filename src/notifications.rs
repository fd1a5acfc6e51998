//! What mail the side effects of the domains become: who is written to, and in what words. A job carries ids; everything
//! is loaded anew when it runs, and what has been settled meanwhile is not written about any more.
//!
//! Mail about a submission says that there is one and links to it; it never quotes it, because mail is read by more
//! machines than the desk is.

pub mod action_links;
mod digests;
pub mod draft;
mod letters;
pub mod model;
mod moderators;
mod outcomes;
pub mod preferences;
pub mod queries;
mod schedule;
mod sign_in;

use chrono::{DateTime, Utc};

use crate::{
    comments::{self, jobs::CommentReceived},
    context::Context,
    contributors::{Contributor, address_of},
    identity::{
        self, Account,
        jobs::{SendInvitation, SendSignInLink},
    },
    ids::JobId,
    mail::{Mailer, Message, Recipient, SendError},
    moderation,
    outbox::{Failure, Registry},
    submissions::{self, jobs::SubmissionReceived},
};
use draft::Letter;

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
        let decided = self.ctx.clone();
        let registry = outcomes::register(&self, registry);
        let (comments, submissions, mail, digest, alarm, links, invitations) =
            (self.clone(), self.clone(), self.clone(), self.clone(), self.clone(), self.clone(), self);
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
            .on(move |id, job: comments::jobs::DecisionMade| {
                let ctx = decided.clone();
                async move { Ok(moderation::jobs::close_reports(&ctx, id, job.comment).await?) }
            })
            .on(async |_, _: submissions::jobs::DecisionMade| Ok(()))
            .on(move |id, job: SendSignInLink| sign_in::link(links.clone(), id, job))
            .on(move |id, job: SendInvitation| sign_in::invitation(invitations.clone(), id, job))
    }

    /// Sends a letter to an account.
    async fn send(&self, job: JobId, to: &Account, letter: Letter) -> Result<(), Failure> {
        let address = identity::actions::address_of(&self.ctx, to).await?;
        self.deliver(job, &to.display_name, address.as_str(), letter).await
    }

    /// Sends a letter to a contributor, unless their address was erased.
    async fn send_to_contributor(&self, job: JobId, to: &Contributor, letter: Letter) -> Result<(), Failure> {
        match address_of(&self.ctx, to).await? {
            Some(address) => self.deliver(job, &to.display_name, &address, letter).await,
            None => Ok(()),
        }
    }

    async fn deliver(&self, job: JobId, name: &str, address: &str, letter: Letter) -> Result<(), Failure> {
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
        self.mailer.send(&message).await.map_err(|error| match error {
            SendError::Temporary(text) => Failure::Retry(text),
            SendError::Permanent(text) => Failure::GiveUp(text),
        })
    }
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
