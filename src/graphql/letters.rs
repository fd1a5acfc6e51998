//! What the links in letters to contributors lead to, in the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    contributors::Receipt,
    errors::{Result, UserError, outcome},
};
use crate::intake;

/// A contribution whose author's address is confirmed.
#[derive(InputObject)]
struct ConfirmContributionInput {
    /// The token of the link that was mailed to the address.
    token: String,
}

/// What confirming an address did.
#[derive(SimpleObject)]
struct ConfirmContributionPayload {
    /// The receipt of the contribution, which counts from now on.
    receipt: Option<Receipt>,
    /// What has to be put right, or why it can no longer be confirmed; then nothing was changed.
    errors: Vec<UserError>,
}

/// What is done by the links in letters.
#[derive(Default)]
pub(super) struct LetterMutation;

#[Object]
impl LetterMutation {
    /// Confirms the address of whoever contributed, by the token that was mailed to it, where the document asks for that: the contribution counts from now on. Doing it again changes nothing.
    async fn confirm_contribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contribution.")] input: ConfirmContributionInput,
    ) -> Result<Option<ConfirmContributionPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let (receipt, errors) = outcome(intake::confirm(app, &input.token).await)?;
        Ok(Some(ConfirmContributionPayload { receipt: receipt.map(Receipt::new), errors }))
    }
}
