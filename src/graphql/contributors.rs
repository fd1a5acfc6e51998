//! Contributors and receipts in the API.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{
    access::leave_record,
    batching::in_round,
    comments::Comment,
    count_from,
    errors::Result,
    loaders::{self, TextOf},
    statements::{StatementOfReasons, statements_on},
    submissions::Submission,
    text::give,
    time::DateTime,
};
use crate::{
    comments::{CommentState, policy::Access},
    contributors::{self, ReceiptKind, receipts},
    error::Error,
    identity::Viewer,
    ids::{CommentId, SubmissionId},
    moderation::appeals::actions::subject_of,
    privacy::access::Confidential,
};

/// Who writes a contribution.
#[derive(InputObject)]
pub(super) struct AuthorInput {
    /// What they want to be called, up to 100 characters. Shown beside a comment once that is published.
    name: String,
    /// Where they can be reached. Only moderators of the document ever see it.
    email: String,
}

impl From<AuthorInput> for contributors::Author {
    fn from(input: AuthorInput) -> Self {
        Self { name: input.name, email: input.email }
    }
}

pub(super) struct Contributor(pub contributors::Contributor);

/// How a contributor can be reached.
#[derive(SimpleObject)]
struct Contact {
    /// The e-mail address they gave.
    email: String,
    /// When a mail server said that there is no such mailbox: no more mail is sent there.
    bounced_at: Option<DateTime>,
}

/// Who wrote a contribution. Not an account: everybody can contribute without one.
#[Object]
impl Contributor {
    /// What they want to be called.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        if self.0.name_sealed.is_none() {
            return give(ctx, self.0.display_name.clone());
        }
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let contributor = self.0.clone();
        give(ctx, in_round(ctx, async move { contributors::name_of(&app, &contributor).await }).await?)
    }

    /// How they can be reached; nothing once that was erased. For moderators of the document.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        let viewer = ctx.data_unchecked::<Viewer>();
        if !viewer.moderates(self.0.document_id) {
            viewer.require()?;
            return Err(Error::Forbidden("Only a moderator of this document may read this.".into()).into());
        }
        leave_record(ctx, self.0.document_id, Confidential::Contact(self.0.id)).await?;
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let contributor = self.0.clone();
        let opened = async move { contributors::address_of(&app, &contributor).await };
        let bounced_at = self.0.bounced_at.map(Into::into);
        Ok(in_round(ctx, opened).await?.map(|email| Contact { email, bounced_at }))
    }
}

pub(super) struct Receipt(receipts::Receipt);

impl Receipt {
    pub(super) fn new(receipt: receipts::Receipt) -> Self {
        Self(receipt)
    }

    async fn held_comment(&self, ctx: &Context<'_>) -> Result<Option<crate::comments::Comment>> {
        match self.0.kind {
            ReceiptKind::Comment => Ok(loaders::of(ctx).load_one(CommentId(self.0.subject)).await?),
            ReceiptKind::Submission => Ok(None),
        }
    }

    async fn held_submission(&self, ctx: &Context<'_>) -> Result<Option<crate::submissions::Submission>> {
        match self.0.kind {
            ReceiptKind::Submission => Ok(loaders::of(ctx).load_one(SubmissionId(self.0.subject)).await?),
            ReceiptKind::Comment => Ok(None),
        }
    }
}

/// What a contributor keeps: the proof of what is held, and the secret link to it.
#[Object]
impl Receipt {
    /// The number to name when asking about the contribution.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// The secret that opens this receipt: whoever has it sees what the contributor sees.
    async fn token(&self) -> &str {
        &self.0.token
    }

    /// The secret link to a page that shows this receipt.
    async fn url(&self, ctx: &Context<'_>) -> String {
        self.0.url(ctx.data_unchecked::<crate::context::Context>())
    }

    /// What it is for.
    async fn kind(&self) -> ReceiptKind {
        self.0.kind
    }

    /// When the contribution was received.
    async fn received_at(&self) -> DateTime {
        self.0.received_at.into()
    }

    /// The exact text that is held; nothing once it was erased.
    async fn text(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let text = match self.held_comment(ctx).await? {
            Some(comment) if comment.state == CommentState::Erased => None,
            Some(comment) => Some(comment.markdown),
            None => match self.held_submission(ctx).await? {
                Some(submission) => {
                    loaders::of(ctx).load_one(TextOf(submission)).await?.map(|text| text.markdown)
                }
                None => None,
            },
        };
        text.map(|text| give(ctx, text.to_string())).transpose()
    }

    /// The reasons that were given for each decision against the contribution, earliest first, and how to appeal.
    async fn statements_of_reasons(&self, ctx: &Context<'_>) -> Result<Vec<StatementOfReasons>> {
        let app = ctx.data_unchecked::<crate::context::Context>();
        let url = app.link(&format!("/receipts/{}/appeal", self.0.token));
        statements_on(ctx, subject_of(&self.0), Access::Holder, Some(&url)).await
    }

    /// The comment, where it is for one, as its author sees it.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        Ok(self.held_comment(ctx).await?.map(|row| Comment::new(row, Access::Holder)))
    }

    /// The submission, where it is for one, as its sender sees it.
    async fn submission(&self, ctx: &Context<'_>) -> Result<Option<Submission>> {
        Ok(self.held_submission(ctx).await?.map(|row| Submission::new(row, Access::Holder)))
    }
}

/// Receipts by their secret.
#[derive(Default)]
pub(super) struct ReceiptQuery;

#[Object]
impl ReceiptQuery {
    /// The receipt that a secret token opens; `NOT_FOUND` for every other token.
    async fn receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The secret token, as `Receipt.token` gave it.")] token: String,
    ) -> Result<Option<Receipt>> {
        let app = ctx.data_unchecked::<crate::context::Context>().clone();
        let what = "Many receipts have been opened from your network in a short time.";
        count_from(ctx.data_unchecked::<Viewer>(), &app.limits.receipts, what)?;
        let opened = async move { receipts::by_token(&app, &mut *app.db.get().await?, &token).await };
        Ok(Some(Receipt(in_round(ctx, opened).await?)))
    }
}
