//! Loaders of what belongs to an account: its roles, its API tokens, and the mail it wants.

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;

use super::{Loaders, rules::grouped};
use crate::{
    error::{Error, Result},
    identity,
    ids::AccountId,
    notifications,
};

/// What mail an account wants.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct MailChosenBy(pub AccountId);

impl Loader<MailChosenBy> for Loaders {
    type Value = Arc<[notifications::model::Subscription]>;
    type Error = Error;

    async fn load(&self, keys: &[MailChosenBy]) -> Result<HashMap<MailChosenBy, Self::Value>> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = notifications::queries::chosen(&mut *self.ctx.db.get().await?, &accounts).await?;
        Ok(grouped(rows.into_iter().map(|row| (MailChosenBy(row.account_id), row))))
    }
}

/// The roles of an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct GrantsOf(pub AccountId);

impl Loader<GrantsOf> for Loaders {
    type Value = Arc<[identity::model::Grant]>;
    type Error = Error;

    async fn load(&self, keys: &[GrantsOf]) -> Result<HashMap<GrantsOf, Self::Value>> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.ctx.db.get().await?;
        let grants = identity::queries::grants(&mut conn, &accounts, self.ctx.clock.now()).await?;
        Ok(grouped(grants.into_iter().map(|(account, grant)| (GrantsOf(account), grant))))
    }
}

/// The API tokens of an account that are good, or were within [`SHOWN_AFTER_END`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::graphql) struct ApiTokensOf(pub AccountId);

/// How long a token that has ended is shown.
const SHOWN_AFTER_END: chrono::TimeDelta = chrono::TimeDelta::days(30);

impl Loader<ApiTokensOf> for Loaders {
    type Value = Arc<[identity::model::ApiToken]>;
    type Error = Error;

    async fn load(&self, keys: &[ApiTokensOf]) -> Result<HashMap<ApiTokensOf, Self::Value>> {
        let accounts: Vec<_> = keys.iter().map(|key| key.0).collect();
        let since = self.ctx.clock.now() - SHOWN_AFTER_END;
        let mut conn = self.ctx.db.get().await?;
        let tokens = identity::queries::api_tokens::of(&mut conn, &accounts, since).await?;
        Ok(grouped(tokens.into_iter().map(|token| (ApiTokensOf(token.account_id), token))))
    }
}
