//! Signing in by mailed link, staying signed in, and the sessions somebody has.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    count_from,
    errors::{Result, UserError, outcome},
    identity::Account,
    loaders,
    paging::id,
    time::DateTime,
};
use crate::{
    identity::{Viewer, actions, model},
    ids::SessionId,
};

/// Asking for a sign-in link.
#[derive(InputObject)]
struct RequestSignInLinkInput {
    /// The address of the account.
    email: String,
    /// The secret that an earlier request of this client was answered with: the new link then works with it as well.
    secret: Option<String>,
}

/// The answer to a request for a sign-in link.
#[derive(SimpleObject)]
struct RequestSignInLinkPayload {
    /// Whether the request was taken. The same whether there is an account of this address or not; if there is one, a link is on its way.
    sent: bool,
    /// What `signIn` needs beside the token of the link. Keep it where you asked, and show it to nobody: whoever reads the mail does not have it.
    secret: Option<String>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// Exchanging the token of a link.
#[derive(InputObject)]
struct SignInInput {
    /// The token of the link that was mailed.
    token: String,
    /// The secret that `requestSignInLink` was answered with. A link that nobody asked for, such as that of an invitation, needs none.
    secret: Option<String>,
}

/// Exchanging a refresh token.
#[derive(InputObject)]
struct RefreshSessionInput {
    /// The refresh token; it can be exchanged once. Within 20 seconds the exchange can be repeated once, for a client that did not hear the answer; after that whoever presents it again ends the session.
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
    /// Who has signed in. What is for them alone is given to requests that bring the access token.
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

pub(super) struct SignedInSession {
    pub session: model::Session,
    pub current: SessionId,
}

/// Somewhere somebody is signed in. It names no address and no device, only their kind.
#[Object]
impl SignedInSession {
    /// What it is ended by.
    async fn id(&self) -> ID {
        id(self.session.id)
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.session.created_at.into()
    }

    /// When it was used last, to within the quarter of an hour that an access token is good.
    async fn last_used_at(&self) -> DateTime {
        self.session.refreshed_at.into()
    }

    /// Until when it lasts without being used.
    async fn expires_at(&self) -> DateTime {
        self.session.expires_at.into()
    }

    /// The kind of browser and system it was begun with, such as `Firefox on Linux`; nothing where that is not known.
    async fn device(&self) -> Option<&str> {
        Some(self.session.device.as_str()).filter(|device| !device.is_empty())
    }

    /// Whether it is the one that is asking.
    async fn is_current(&self) -> bool {
        self.session.id == self.current
    }
}

/// Ending one session.
#[derive(InputObject)]
struct EndSessionInput {
    /// Which of one's own.
    id: ID,
}

/// What ending a session did.
#[derive(SimpleObject)]
struct EndSessionPayload {
    /// Whether it has ended: its access tokens are refused from now on.
    ended: bool,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// What ending all other sessions did.
#[derive(SimpleObject)]
struct EndOtherSessionsPayload {
    /// How many have ended.
    ended: Option<i32>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// Signing in and out.
#[derive(Default)]
pub(super) struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Mails a link to sign in with to the account of this address, if there is one. It works once, for ten minutes, together with the secret in the answer.
    async fn request_sign_in_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose link.")] input: RequestSignInLinkInput,
    ) -> Result<Option<RequestSignInLinkPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let what = "Many links to sign in have been asked for from your network in a short time.";
        let viewer = ctx.data_unchecked::<Viewer>();
        count_from(viewer, &app.limits.sign_ins, what)?;
        let asked = actions::request_link(app, viewer, &input.email, input.secret.as_deref()).await;
        let (secret, errors) = outcome(asked)?;
        Ok(Some(RequestSignInLinkPayload { sent: secret.is_some(), secret, errors }))
    }

    /// Signs in with the token of a mailed link.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: SignInInput,
    ) -> Result<Option<SignInPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let made = actions::sign_in(app, viewer, &input.token, input.secret.as_deref()).await;
        let (made, errors) = outcome(made)?;
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

    /// Ends one of one's own sessions. For everybody signed in.
    async fn end_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: EndSessionInput,
    ) -> Result<Option<EndSessionPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_person()?;
        let (done, errors) = outcome(actions::end_session(app, viewer, input.id.parse()?).await)?;
        Ok(Some(EndSessionPayload { ended: done.is_some(), errors }))
    }

    /// Ends every session of one's own but the one that is asking. For everybody signed in.
    async fn end_other_sessions(&self, ctx: &Context<'_>) -> Result<Option<EndOtherSessionsPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        let (ended, errors) = outcome(actions::end_others(app, viewer).await)?;
        let ended = ended.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
        Ok(Some(EndOtherSessionsPayload { ended, errors }))
    }
}
