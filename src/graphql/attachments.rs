//! Files of submissions in the API. The files themselves go over addresses of their own, which `http` answers.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    errors::{Result, UserError, outcome},
    paging::id,
    time::DateTime,
};
use crate::{
    attachments::actions::{self, Announced, Shown, Ticket},
    comments::policy::Access,
    context::Context as Surroundings,
    identity::Viewer,
    ids::AttachmentId,
};

/// Where the file of an attachment is sent to, and fetched from.
fn url(app: &Surroundings, attachment: AttachmentId) -> String {
    app.link(&format!("/attachments/{attachment}"))
}

pub(super) struct Attachment {
    shown: Shown,
    access: Access,
}

impl Attachment {
    pub(super) fn new(shown: Shown, access: Access) -> Self {
        Self { shown, access }
    }
}

/// A file that is part of a submission. Whoever may see the submission sees that it is there; the file itself is for the moderators of the document.
#[Object]
impl Attachment {
    /// Its global id.
    async fn id(&self) -> ID {
        id(self.shown.id)
    }

    /// What its sender called it. A name proves nothing about what is in it.
    async fn name(&self) -> &str {
        &self.shown.name
    }

    /// What kind of file it is, by its content.
    async fn media_type(&self) -> &str {
        &self.shown.media_type
    }

    /// How many bytes it has, as it is kept: a picture is drawn anew, so that nothing but the picture is left of it.
    async fn bytes(&self) -> i64 {
        self.shown.bytes
    }

    /// When it came.
    async fn created_at(&self) -> DateTime {
        self.shown.stored_at.into()
    }

    /// Where a moderator of the document gets the file, with the access token in the header `Authorization` as for this API; nothing for its sender.
    async fn url(&self, ctx: &Context<'_>) -> Option<String> {
        let app = ctx.data_unchecked::<Surroundings>();
        (self.access == Access::Moderator).then(|| url(app, self.shown.id))
    }
}

/// A file that is to be sent.
#[derive(InputObject)]
struct CreateUploadInput {
    /// The document that the submission will be about.
    document_id: ID,
    /// What the file is called, up to 200 characters.
    name: String,
    /// How many bytes it has; no more are taken.
    bytes: i64,
    /// A random text of 16 to 200 characters, a UUID for example: the same input sent again with it gets the same answer.
    idempotency_key: Option<String>,
}

/// What a file is sent with.
struct Upload(Ticket);

/// What a file is sent with: `PUT` its bytes to `url`, with the header `Authorization: Bearer` and the `token`. Broken off, it can be sent again.
#[Object]
impl Upload {
    /// The id of the attachment it becomes.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// The secret that the file is sent with, and that `makeSubmission` names it by.
    async fn token(&self) -> &str {
        &self.0.token
    }

    /// Where the file is sent to.
    async fn url(&self, ctx: &Context<'_>) -> String {
        url(ctx.data_unchecked::<Surroundings>(), self.0.id)
    }

    /// Until when the file must have come and be part of a submission; then it is thrown away.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }
}

/// What a file can be sent with.
#[derive(SimpleObject)]
struct CreateUploadPayload {
    /// What the file is sent with.
    upload: Option<Upload>,
    /// What has to be put right; then nothing can be sent.
    errors: Vec<UserError>,
}

/// Sending files.
#[derive(Default)]
pub(super) struct AttachmentMutation;

#[Object]
impl AttachmentMutation {
    /// Announces a file that is to be part of a submission, and says where to send it. No account is needed. `Document.policies` says how many files a submission may have, how large, and of which kinds.
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: CreateUploadInput,
    ) -> Result<Option<CreateUploadPayload>> {
        let (app, viewer) = (ctx.data_unchecked::<Surroundings>(), ctx.data_unchecked::<Viewer>());
        let announced = Announced {
            document: input.document_id.parse()?,
            name: input.name,
            bytes: input.bytes,
            idempotency_key: input.idempotency_key,
        };
        let (ticket, errors) = outcome(actions::announce(app, viewer, announced).await)?;
        Ok(Some(CreateUploadPayload { upload: ticket.map(Upload), errors }))
    }
}
