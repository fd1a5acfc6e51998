//! Having what is held about oneself, and having it erased, in the API.

use async_graphql::{Context, ID, InputObject, Json, Object, SimpleObject};

use super::{
    access::item,
    batching::in_round,
    comments::Comment,
    contributors::Receipt,
    errors::{Result, UserError, outcome},
    loaders,
    text::count,
};
use crate::{
    contributors::receipts,
    error::Error,
    identity::Viewer,
    ledger::Subject,
    privacy::{
        Whose,
        erase::{self, Loss, Target},
        export::export,
    },
};

/// What erasing takes away for good.
#[derive(SimpleObject)]
struct ErasurePreview {
    /// How many comments lose their text and their author's name and address. Where others could read them a tombstone stays, and the replies to it.
    comments: usize,
    /// How many of these everybody can read now.
    published_comments: usize,
    /// How many submissions lose their text and their sender's name and address.
    submissions: usize,
    /// How many earlier wordings of them are lost.
    earlier_texts: usize,
    /// How many files that are part of them are lost.
    attachments: usize,
    /// How many appeals lose their text; those that nobody has decided on are taken back.
    appeals: usize,
    /// How many reports of comments lose what was written in them and who made them.
    reports: usize,
}

impl From<Loss> for ErasurePreview {
    fn from(loss: Loss) -> Self {
        Self {
            comments: loss.comments,
            published_comments: loss.published,
            submissions: loss.submissions,
            earlier_texts: loss.earlier_texts,
            attachments: loss.files,
            appeals: loss.appeals,
            reports: loss.reports,
        }
    }
}

/// What is held about a person, for themselves.
#[derive(Default)]
pub(super) struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// Everything that is held about a person in one document: contributions with their earlier wordings, what was decided about them, appeals, reports and how mail goes. With the `token` of a receipt, what belongs to that contribution; signed in and with a `documentId`, everything under the account's address.
    // It reads more than its fields show: twenty in one request are plenty.
    #[graphql(complexity = "5_000 + child_complexity")]
    async fn export_my_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret token of a receipt.")] token: Option<String>,
        #[graphql(desc = "The document, for somebody who has signed in.")] document_id: Option<ID>,
    ) -> Result<Option<Json<serde_json::Value>>> {
        let whose = Whose::read(token, document_id.map(|given| given.parse()).transpose()?)?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let viewer = ctx.data_unchecked::<Viewer>().clone();
        let found = in_round(ctx, async move { export(&app, &viewer, &whose).await }).await?;
        count(ctx, found.to_string().len())?;
        Ok(Some(Json(found)))
    }
}

/// Whose data is to be erased.
#[derive(InputObject)]
struct EraseMyDataInput {
    /// The secret token of a receipt: that one contribution.
    token: Option<String>,
    /// The document, for somebody who has signed in: everything under the account's address.
    document_id: Option<ID>,
    /// Whether to do it. It cannot be taken back: ask without it first, and show what would be lost.
    confirm: bool,
}

/// What erasing did, or would do.
#[derive(SimpleObject)]
struct EraseMyDataPayload {
    /// What would be lost, or now is.
    preview: Option<ErasurePreview>,
    /// Whether it was done.
    erased: bool,
    /// The receipt, where one was given; it goes on showing that the contribution was there.
    receipt: Option<Receipt>,
    /// What has to be put right; then nothing was erased.
    errors: Vec<UserError>,
}

/// What a moderator or administrator is asked to erase.
#[derive(InputObject)]
struct EraseContributionInput {
    /// The comment or submission.
    id: Option<ID>,
    /// The reference number of its receipt, in place of the id.
    reference: Option<String>,
    /// Whether to do it. It cannot be taken back: ask without it first, and show what would be lost.
    confirm: bool,
}

/// What erasing did, or would do.
#[derive(SimpleObject)]
struct EraseContributionPayload {
    /// What would be lost, or now is.
    preview: Option<ErasurePreview>,
    /// Whether it was done.
    erased: bool,
    /// The comment as it is now, where it is one and can be seen.
    comment: Option<Comment>,
    /// What has to be put right; then nothing was erased.
    errors: Vec<UserError>,
}

/// Erasing.
#[derive(Default)]
pub(super) struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Erases what is held about a person in one document, for good: with the `token` of a receipt that contribution, signed in and with a `documentId` everything under the account's address. Without `confirm: true` it only says what would be lost.
    async fn erase_my_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and whether to do it.")] input: EraseMyDataInput,
    ) -> Result<Option<EraseMyDataPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let viewer = ctx.data_unchecked::<Viewer>();
        let document = input.document_id.map(|given| given.parse()).transpose()?;
        let whose = Whose::read(input.token.clone(), document)?;
        let (loss, errors) = outcome(erase::erase(app, viewer, &whose, input.confirm).await)?;
        let receipt = match input.token {
            Some(token) => Some(receipts::by_token(app, &mut *app.db.get().await?, &token).await?),
            None => None,
        };
        Ok(Some(EraseMyDataPayload {
            erased: input.confirm && loss.is_some(),
            preview: loss.map(Into::into),
            receipt: receipt.map(Receipt::new),
            errors,
        }))
    }

    /// Erases one contribution at its author's request, for good, and records who did it. For moderators of its document and administrators; for everybody else it does not exist. Without `confirm: true` it only says what would be lost.
    async fn erase_contribution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and whether to do it.")] input: EraseContributionInput,
    ) -> Result<Option<EraseContributionPayload>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let viewer = ctx.data_unchecked::<Viewer>();
        viewer.require()?;
        let target = match (input.id, input.reference) {
            (Some(id), None) => Target::Item(item(&id)?),
            (None, Some(reference)) => Target::Reference(reference),
            _ => {
                let message =
                    "Give the `id` of the contribution or the `reference` of its receipt: one of them.";
                return Err(Error::BadRequest(message.into()).into());
            }
        };
        let (done, errors) = outcome(erase::erase_for(app, viewer, &target, input.confirm).await)?;
        let (subject, loss) = done.unzip();
        let comment = match subject {
            Some(Subject::Comment(id)) => loaders::of(ctx).load_one(id).await?,
            _ => None,
        };
        Ok(Some(EraseContributionPayload {
            erased: input.confirm && loss.is_some(),
            preview: loss.map(Into::into),
            comment: comment.and_then(|row| Comment::seen(ctx, row)),
            errors,
        }))
    }
}
