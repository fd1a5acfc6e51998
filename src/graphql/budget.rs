//! What somebody's queries may cost in a minute, all together: one query that is allowed is allowed a thousand times a
//! second otherwise, and a subscription with each event. The cost is the complexity that the library finds when it validates, before anything is run.

use std::sync::Arc;

use async_graphql::{
    ServerError, ValidationResult,
    async_trait::async_trait,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation},
};

use super::errors::refusal;
use crate::{context::Context, identity::Viewer};

/// Spends each request's cost before it is run.
pub(super) struct Budget;

impl ExtensionFactory for Budget {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Extension for Budget {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await?;
        let (Some(app), Some(viewer)) = (ctx.data_opt::<Context>(), ctx.data_opt::<Viewer>()) else {
            return Ok(found);
        };
        match payer(viewer) {
            Some(payer) => {
                let cost = u32::try_from(found.complexity).unwrap_or(u32::MAX);
                let what = "Your queries have cost much in a short time.";
                match app.limits.queries.spend(&payer, cost, what) {
                    Ok(()) => Ok(found),
                    Err(error) => Err(refusal(error).errors),
                }
            }
            None => Ok(found),
        }
    }
}

/// Whose budget a request is on: an account's, else that of the place it comes from. The service's own pages pay as whoever
/// looks at them.
fn payer(viewer: &Viewer) -> Option<Vec<u8>> {
    match viewer.require() {
        Ok(signed_in) => Some(signed_in.account.0.as_bytes().to_vec()),
        Err(_) => viewer.origin().map(|origin| origin.0.to_vec()),
    }
}
