//! Tokens for programs, in the API.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    documents::{Document, readable},
    errors::{Result, UserError, outcome},
    paging::id,
    time::DateTime,
};
use crate::{
    documents,
    identity::{
        Scope, Viewer,
        actions::{self, CreateApiToken, MAX_DAYS},
        model,
    },
    ids::DocumentId,
};

pub(super) struct ApiToken(pub model::ApiToken);

/// A token by which a program acts for somebody, with some of their rights. The token itself is shown once, when it is made.
#[Object]
impl ApiToken {
    /// What it is revoked by.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What it is for, in its maker's words.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn scopes(&self) -> Vec<Scope> {
        self.0.scopes()
    }

    /// For which document; for all there are where there is none.
    async fn document(&self, ctx: &Context<'_>) -> Result<Option<Document>> {
        match self.0.document_id {
            Some(document) => readable(ctx, document).await,
            None => Ok(None),
        }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it ends by itself.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The hour in which it was used last; nothing where it never was.
    async fn last_used_at(&self) -> Option<DateTime> {
        self.0.last_used_at.map(Into::into)
    }

    /// When it was revoked; nothing where it was not.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(Into::into)
    }
}

/// Making a token.
#[derive(InputObject)]
struct CreateApiTokenInput {
    /// What it is for, such as `Map of comments`; at most 100 characters.
    name: String,
    /// What it may do: nothing that its maker may not.
    scopes: Vec<Scope>,
    /// For which document alone; for all there are where none is named.
    document_id: Option<ID>,
    /// How many days it is good, 366 at the most.
    #[graphql(default = 90)]
    expires_in_days: i32,
    /// For whom it acts, where an administrator makes it for somebody without a role; then it can READ and CONTRIBUTE. For its maker where nobody is named.
    account_id: Option<ID>,
}

/// What making a token gave.
#[derive(SimpleObject)]
struct CreateApiTokenPayload {
    /// To be sent as `Authorization: Bearer …`. It is shown this once.
    token: Option<String>,
    /// The same without its secret.
    api_token: Option<ApiToken>,
    /// What has to be put right; then none was made.
    errors: Vec<UserError>,
}

/// Revoking a token.
#[derive(InputObject)]
struct RevokeApiTokenInput {
    /// Which.
    id: ID,
}

/// What revoking a token did.
#[derive(SimpleObject)]
struct RevokeApiTokenPayload {
    /// The token, which is good for nothing from now on.
    api_token: Option<ApiToken>,
    /// What has to be put right.
    errors: Vec<UserError>,
}

/// Making and revoking tokens.
#[derive(Default)]
pub(super) struct ApiTokenMutation;

#[Object]
impl ApiTokenMutation {
    /// Makes a token by which a program acts for oneself, with at most one's own rights; an administrator can make one for an account without a role. For everybody signed in.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to do.")] input: CreateApiTokenInput,
    ) -> Result<Option<CreateApiTokenPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_person()?;
        let account = input.account_id.map(|given| given.parse()).transpose()?;
        let document: Option<DocumentId> = input.document_id.map(|given| given.parse()).transpose()?;
        if let Some(document) = document {
            let known = documents::queries::by_ids(&mut *app.db.get().await?, &[document]).await?;
            documents::policy::readable(viewer, known.into_iter().next())?;
        }
        let wanted = CreateApiToken {
            name: input.name,
            scopes: input.scopes,
            document,
            days: input.expires_in_days.clamp(0, MAX_DAYS + 1),
            account,
        };
        let (made, errors) = outcome(actions::create_api_token(app, viewer, wanted).await)?;
        let (token, api_token) = made.map(|(token, row)| (token, ApiToken(row))).unzip();
        Ok(Some(CreateApiTokenPayload { token, api_token, errors }))
    }

    /// Revokes a token: it is good for nothing from now on. For its owner and administrators.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeApiTokenInput,
    ) -> Result<Option<RevokeApiTokenPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<crate::context::Context>(), ctx.data_unchecked::<Viewer>());
        viewer.require_person()?;
        let (token, errors) = outcome(actions::revoke_api_token(app, viewer, input.id.parse()?).await)?;
        Ok(Some(RevokeApiTokenPayload { api_token: token.map(ApiToken), errors }))
    }
}
