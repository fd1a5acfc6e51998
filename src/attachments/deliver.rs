//! Giving a file to a moderator of its document, opened as it goes out.

use super::{
    model::{Attachment, StoredFile},
    queries,
};
use crate::{
    context::Context,
    error::{Error, Result},
    files::store::Pieces,
    identity::Viewer,
    ids::{AttachmentId, DocumentId, SubmissionId},
};

/// A file that may be given out. A record of reading is to be left before [`Delivery::open`].
pub struct Delivery {
    /// Its id.
    pub id: AttachmentId,
    /// The document it is about.
    pub document: DocumentId,
    /// The submission it is part of.
    pub submission: SubmissionId,
    /// What its sender called it.
    pub name: String,
    /// The file.
    pub file: StoredFile,
}

/// The file of an attachment, for a moderator of its document; `NotFound` for everybody else, whether it is there or not.
pub async fn deliver(ctx: &Context, viewer: &Viewer, id: AttachmentId) -> Result<Delivery> {
    viewer.require()?;
    let row = queries::by_id(&mut *ctx.db.get().await?, id).await?;
    let row = row.filter(|row| viewer.moderates(row.document_id));
    let found = row.and_then(|row| Some((row.submission_id?, row.file()?, row)));
    let Some((submission, file, row)) = found else { return Err(Error::missing("attachment")) };
    let name = ctx.vault.open_text(Attachment::name_place(id), &row.name_sealed).await?;
    Ok(Delivery { id, document: row.document_id, submission, name, file })
}

impl Delivery {
    /// The file, piece by piece. Where it was altered or cut off, it ends with an error.
    pub async fn open(&self, ctx: &Context) -> Result<Pieces> {
        let StoredFile { object, secret_sealed, .. } = &self.file;
        let key = ctx.vault.open(Attachment::secret_place(self.id), secret_sealed).await?;
        let pieces = ctx.files.store.read_sealed(*object, &key).await?;
        pieces.ok_or_else(|| Error::internal("a file is not where files are kept"))
    }
}
