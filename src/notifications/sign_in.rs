//! Mail with a link to sign in: asked for, or with an invitation.

use super::{Post, active, letters};
use crate::{
    documents,
    identity::{
        self,
        actions::INVITATION_LIFETIME,
        jobs::{SendInvitation, SendSignInLink},
    },
    ids::JobId,
    locale,
    outbox::Failure,
};

/// Mails the link that was asked for; not one that has run out meanwhile, which would only annoy.
pub(super) async fn link(post: Post, id: JobId, job: SendSignInLink) -> Result<(), Failure> {
    let link = identity::actions::link_to_mail(&post.ctx, job.link).await?;
    let Some(link) = link.filter(|link| link.is_good(post.ctx.clock.now())) else { return Ok(()) };
    let Some(account) = link.account_id else { return Ok(()) };
    let Some(account) = active(&post.ctx, account).await? else { return Ok(()) };
    let url = identity::actions::sign_in_url(&post.ctx, link.id, link.generation);
    let words = locale::words(&account.language);
    post.send_even_so(id, &account, letters::sign_in(words, &account.display_name, &url, link.expires_at)?)
        .await
}

/// Mails an invitation; nobody asks for that a second time, so a link that has run out meanwhile is renewed.
pub(super) async fn invitation(post: Post, id: JobId, job: SendInvitation) -> Result<(), Failure> {
    let mut conn = post.ctx.db.get().await.map_err(Failure::from)?;
    let Some(mut link) = identity::queries::link(&mut conn, job.link).await? else { return Ok(()) };
    let by = identity::queries::accounts(&mut conn, &[job.invited_by]).await?.pop();
    let mut titles: Vec<String> = documents::queries::by_ids(&mut conn, &job.documents)
        .await?
        .into_iter()
        .map(|document| document.title)
        .collect();
    drop(conn);
    let Some(account) = link.account_id else { return Ok(()) };
    let Some(account) = active(&post.ctx, account).await? else { return Ok(()) };
    if link.used_at.is_none() && !link.is_good(post.ctx.clock.now()) {
        identity::actions::renew_link(&post.ctx, link.id, INVITATION_LIFETIME).await?;
        link.expires_at = post.ctx.clock.now() + INVITATION_LIFETIME;
    }
    titles.sort();
    let by = by.map(|by| by.display_name).unwrap_or_default();
    let url = identity::actions::sign_in_url(&post.ctx, link.id, link.generation);
    let again = post.ctx.link("/sign-in");
    let words = locale::words(&account.language);
    let letter =
        letters::invitation(words, &account.display_name, &by, titles, &url, link.expires_at, &again)?;
    post.send_even_so(id, &account, letter).await
}
