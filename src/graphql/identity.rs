//! Accounts in the API: who is asking, and what an account shows to whom.

use async_graphql::{Context, ID, Object};

use super::{
    api_tokens::ApiToken,
    batching::in_round,
    documents::{Document, readable},
    errors::Result,
    loaders::{self, ApiTokensOf, GrantsOf},
    notifications::{MailPreference, mail_preferences},
    paging::id,
    sign_in::SignedInSession,
    time::DateTime,
};
use crate::{
    error::Error,
    identity::{self, Role, Viewer, actions, model},
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

    /// The address they sign in with; nothing where an identity provider knows them without one. For themselves and administrators.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        self.is_own_or_administered(ctx)?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let account = self.0.clone();
        let opened = in_round(ctx, async move { actions::address_of(&app, &account).await }).await?;
        Ok(opened.map(|address| address.as_str().to_owned()))
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

    /// Since when they may not sign in; nothing for whoever may. For themselves and administrators.
    #[expect(
        clippy::unused_async,
        reason = "the schema's macro takes asynchronous resolvers where they return a result"
    )]
    async fn disabled_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        self.is_own_or_administered(ctx)?;
        Ok(self.0.disabled_at.map(Into::into))
    }

    /// Where they are signed in, the session used last first; 200 at the most. For themselves alone, and not for an API token.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Option<Vec<SignedInSession>>> {
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let signed_in = viewer.require_person()?;
        if signed_in.account != self.0.id {
            return Err(Error::Forbidden("Only the person themselves may see this.".into()).into());
        }
        let current = signed_in.session;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let sessions = in_round(ctx, async move { actions::sessions_of(&app, &viewer).await }).await?;
        Ok(Some(sessions.into_iter().map(|session| SignedInSession { session, current }).collect()))
    }

    /// The API tokens that act for them, the oldest first, with those that ended in the last 30 days. For themselves and administrators, and not for an API token.
    async fn api_tokens(&self, ctx: &Context<'_>) -> Result<Option<Vec<ApiToken>>> {
        ctx.data_unchecked::<Viewer>().require_person()?;
        self.is_own_or_administered(ctx)?;
        let tokens = loaders::of(ctx).load_one(ApiTokensOf(self.0.id)).await?.unwrap_or_default();
        Ok(Some(tokens.iter().cloned().map(ApiToken).collect()))
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
