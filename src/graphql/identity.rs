//! Accounts, sign-in and invitations in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    batching::in_round,
    count_from,
    documents::{Document, readable},
    errors::{Result, UserError, outcome},
    loaders::{self, GrantsOf},
    notifications::{MailPreference, mail_preferences},
    paging::id,
    time::DateTime,
};
use crate::{
    documents,
    error::{Error, UserErrorCode},
    identity::{
        self, Role, Viewer,
        actions::{self, InviteModerator},
        model,
    },
    ids::DocumentId,
};

pub(super) struct Account(pub identity::Account);

impl Account {
    fn is_own_or_administered(&self, ctx: &Context<'_>) -> Result<()> {
        let viewer = ctx.data_unchecked::<Viewer>();
        if viewer.require()?.account == self.0.id {
            return Ok(());
        }
        viewer.require_administrator()?;
        Ok(())
    }
}

/// A person who signs in.
#[Object]
impl Account {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What others see them called.
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// The address they sign in with. For themselves and administrators.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.is_own_or_administered(ctx)?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let account = self.0.clone();
        let opened = in_round(ctx, async move { actions::address_of(&app, &account).await }).await?;
        Ok(Some(opened.as_str().to_owned()))
    }

    /// When a mail server said that there is no such mailbox; no mail but links to sign in with is sent there until they have signed in by one. For themselves and administrators.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn bounced_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        self.is_own_or_administered(ctx)?;
        Ok(self.0.bounced_at.map(Into::into))
    }

    /// What they may do. For themselves and administrators.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<RoleGrant>>> {
        self.is_own_or_administered(ctx)?;
        let grants = loaders::of(ctx).load_one(GrantsOf(self.0.id)).await?.unwrap_or_default();
        Ok(Some(grants.iter().cloned().map(RoleGrant).collect()))
    }

    /// What mail they want about what waits for them as a moderator: what holds for all documents, then each document with a choice of its own. For themselves and administrators.
    async fn mail_preferences(&self, ctx: &Context<'_>) -> Result<Option<Vec<MailPreference>>> {
        self.is_own_or_administered(ctx)?;
        Ok(Some(mail_preferences(ctx, self.0.id).await?))
    }
}

pub(super) struct RoleGrant(model::Grant);

/// One role of an account.
#[Object]
impl RoleGrant {
    /// What they may do.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// For which document; for the whole installation where there is none.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
        match self.0.document_id {
            Some(document) => readable(ctx, document).await,
            None => Ok(None),
        }
    }
}

/// Who is asking.
#[derive(Default)]
pub(super) struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The account that is asking; nothing where nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match ctx.data_unchecked::<Viewer>().require() {
            Ok(signed_in) => Ok(loaders::of(ctx).load_one(signed_in.account).await?.map(Account)),
            Err(_) => Ok(None),
        }
    }
}

/// Asking for a sign-in link.
#[derive(InputObject)]
struct RequestSignInLinkInput {
    /// The address of the account.
    email: String,
}

/// The answer to a request for a sign-in link.
#[derive(SimpleObject)]
struct RequestSignInLinkPayload {
    /// Whether the request was taken. The same whether there is an account of this address or not; if there is one, a link is on its way.
    sent: bool,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// Exchanging a secret token.
#[derive(InputObject)]
struct SignInInput {
    /// The token of the link that was mailed.
    token: String,
}

/// Exchanging a refresh token.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token; it can be exchanged once.
    refresh_token: String,
}

/// A session and its tokens.
#[derive(SimpleObject)]
struct Session {
    /// To be sent as `Authorization: Bearer …`.
    access_token: String,
    /// Until when the access token is good.
    access_token_expires_at: DateTime,
    /// To be exchanged for the next pair, once.
    refresh_token: String,
    /// Until when the refresh token can be exchanged.
    refresh_token_expires_at: DateTime,
}

impl From<actions::SignedIn> for Session {
    fn from(made: actions::SignedIn) -> Self {
        Self {
            access_token: made.access_token,
            access_token_expires_at: made.access_expires_at.into(),
            refresh_token: made.refresh_token,
            refresh_token_expires_at: made.refresh_expires_at.into(),
        }
    }
}

/// What signing in gave.
#[derive(SimpleObject)]
struct SignInPayload {
    /// The session.
    session: Option<Session>,
    /// Who has signed in.
    account: Option<Account>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// What refreshing a session gave.
#[derive(SimpleObject)]
struct RefreshSessionPayload {
    /// The session, with new tokens.
    session: Option<Session>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// What signing out did.
#[derive(SimpleObject)]
struct SignOutPayload {
    /// Whether the session has ended.
    signed_out: bool,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// Inviting somebody to moderate.
#[derive(InputObject)]
struct InviteModeratorInput {
    /// Their address; the invitation goes there.
    email: String,
    /// What others see them called.
    display_name: String,
    /// The documents they are to moderate.
    document_ids: Vec<ID>,
}

/// What an invitation did.
#[derive(SimpleObject)]
struct InviteModeratorPayload {
    /// The account that was invited.
    account: Option<Account>,
    /// What has to be put right; then nobody was invited.
    errors: Vec<UserError>,
}

/// Signing in and out, and inviting.
#[derive(Default)]
pub(super) struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Mails a link to sign in with to the account of this address, if there is one.
    async fn request_sign_in_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose link.")] input: RequestSignInLinkInput,
    ) -> Result<Option<RequestSignInLinkPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let what = "Many links to sign in have been asked for from your network in a short time.";
        count_from(ctx.data_unchecked::<Viewer>(), &app.limits.sign_ins, what)?;
        let (done, errors) = outcome(actions::request_link(app, &input.email).await)?;
        Ok(Some(RequestSignInLinkPayload { sent: done.is_some(), errors }))
    }

    /// Signs in with the token of a mailed link.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let (made, errors) = outcome(actions::sign_in(app, &input.token).await)?;
        let account = match &made {
            Some(made) => loaders::of(ctx).load_one(made.account).await?.map(Account),
            None => None,
        };
        Ok(Some(SignInPayload { session: made.map(Into::into), account, errors }))
    }

    /// Exchanges a refresh token for new tokens.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshSessionInput,
    ) -> Result<Option<RefreshSessionPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let (made, errors) = outcome(actions::refresh(app, &input.refresh_token).await)?;
        Ok(Some(RefreshSessionPayload { session: made.map(Into::into), errors }))
    }

    /// Ends the session that is asking. For everybody signed in.
    async fn sign_out(&self, ctx: &Context<'_>) -> Result<Option<SignOutPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (done, errors) = outcome(actions::sign_out(app, viewer).await)?;
        Ok(Some(SignOutPayload { signed_out: done.is_some(), errors }))
    }

    /// Invites somebody to moderate documents: makes their account if need be, and mails them a link. For administrators.
    async fn invite_moderator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who is to moderate what.")] input: InviteModeratorInput,
    ) -> Result<Option<InviteModeratorPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_administrator()?;
        let documents: Vec<DocumentId> =
            input.document_ids.iter().map(|given| given.parse()).collect::<crate::error::Result<_>>()?;
        let known = documents::actions::existing(&mut *app.db.get().await?, &documents).await?;
        if let Some(unknown) = documents.iter().find(|document| !known.contains(document)) {
            let message = format!("There is no document {unknown}.");
            let refused = Error::refused(UserErrorCode::TargetNotFound, message, &["documentIds"]);
            let (_, errors) = outcome::<()>(Err(refused))?;
            return Ok(Some(InviteModeratorPayload { account: None, errors }));
        }
        let invite = InviteModerator { email: input.email, display_name: input.display_name, documents };
        let (made, errors) = outcome(actions::invite_moderator(app, viewer, invite).await)?;
        let account = match made {
            Some(account) => loaders::of(ctx).load_one(account).await?.map(Account),
            None => None,
        };
        Ok(Some(InviteModeratorPayload { account, errors }))
    }
}
