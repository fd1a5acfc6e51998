//! Inviting a moderator.

use chrono::TimeDelta;
use diesel_async::AsyncConnection;

use super::accounts::find_or_make;
use crate::{
    context::Context,
    error::{Error, Result, UserError, UserErrorCode},
    identity::{
        jobs::SendInvitation,
        model::{Grant, Role},
        queries,
        viewer::Viewer,
    },
    ids::{AccountId, DocumentId},
    outbox, text,
    vault::Class,
};

/// How long the link in an invitation can be used.
pub const INVITATION_LIFETIME: TimeDelta = TimeDelta::days(3);
/// How many documents one invitation may name.
const MAX_DOCUMENTS: usize = 100;

/// Who is to moderate what.
pub struct InviteModerator {
    /// Their address.
    pub email: String,
    /// What they are called.
    pub display_name: String,
    /// The documents they are to moderate: one at least.
    pub documents: Vec<DocumentId>,
}

/// Makes the account if there is none, gives it the role for each document and mails a link to sign in with.
/// Administrators only. The documents must exist: the caller has looked them up.
pub async fn invite_moderator(
    ctx: &Context,
    viewer: &Viewer,
    mut input: InviteModerator,
) -> Result<AccountId> {
    let by = viewer.require_administrator()?;
    let mut problems = Vec::new();
    let display_name = text::line(&mut problems, &input.display_name, text::MAX_NAME, &["displayName"]);
    let email = text::email(&mut problems, &input.email, &["email"]);
    if input.documents.is_empty() {
        problems.push(UserError::new(UserErrorCode::Blank, "Name at least one document.", &["documentIds"]));
    } else if input.documents.len() > MAX_DOCUMENTS {
        let message = format!("Name at most {MAX_DOCUMENTS} documents at a time.");
        problems.push(UserError::new(UserErrorCode::TooLong, message, &["documentIds"]));
    }
    // In one order, whoever asks: two invitations of one person at once would wait for each other without end.
    input.documents.sort_unstable();
    input.documents.dedup();
    let Some(email) = email.filter(|_| problems.is_empty()) else { return Err(Error::Refused(problems)) };
    ctx.vault.key(Class::Account, None).await?;
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    conn.transaction(async |conn| {
        let account = find_or_make(ctx, conn, &email, &display_name).await?;
        let known = queries::accounts(conn, &[account]).await?;
        if known.iter().any(|account| account.disabled_at.is_some()) {
            let message = "The account of this address has been disabled, so it cannot be invited.";
            return Err(Error::refused(UserErrorCode::InvalidCombination, message, &["email"]));
        }
        for document in &input.documents {
            let role = Grant { role: Role::Moderator, document_id: Some(*document) };
            queries::grant(conn, account, &role, Some(by), now).await?;
        }
        let link = queries::insert_link(conn, account, now, now + INVITATION_LIFETIME).await?;
        outbox::enqueue(conn, now, &SendInvitation { link, invited_by: by, documents: input.documents })
            .await?;
        Ok(account)
    })
    .await
}
