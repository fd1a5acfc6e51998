//! Rows of attachments.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    db::schema::attachments,
    ids::{AttachmentId, DocumentId, SubmissionId},
    seal::Place,
};

/// A file that belongs to a submission, or is to.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = attachments)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The document whose moderators it is for.
    pub document_id: DocumentId,
    /// The submission it is part of, once it is.
    pub submission_id: Option<SubmissionId>,
    /// Its name, sealed for [`Attachment::name_place`].
    pub name_sealed: Vec<u8>,
    /// How many bytes its sender has announced.
    pub announced: i64,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// Until when it must be part of a submission.
    pub expires_at: DateTime<Utc>,
    object: Option<Uuid>,
    secret_sealed: Option<Vec<u8>>,
    media_type: Option<String>,
    bytes: Option<i64>,
    stored_at: Option<DateTime<Utc>>,
}

/// A file that has come.
#[derive(Clone, AsChangeset)]
#[diesel(table_name = attachments)]
pub struct StoredFile {
    /// What it is called where files are kept.
    pub object: Uuid,
    /// The key of this file alone, sealed for [`Attachment::secret_place`].
    pub secret_sealed: Vec<u8>,
    /// What kind of file it is, by its content.
    pub media_type: String,
    /// How many bytes it has, as it is kept: a picture was drawn anew.
    pub bytes: i64,
    /// When it came.
    pub stored_at: DateTime<Utc>,
}

impl Attachment {
    /// The file, once it has come.
    pub fn file(&self) -> Option<StoredFile> {
        Some(StoredFile {
            object: self.object?,
            secret_sealed: self.secret_sealed.clone()?,
            media_type: self.media_type.clone()?,
            bytes: self.bytes?,
            stored_at: self.stored_at?,
        })
    }

    /// Where the sealed name lives.
    pub fn name_place(id: AttachmentId) -> Place {
        Place { column: "attachments.name_sealed", row: id.0 }
    }

    /// Where the sealed key of the file lives.
    pub fn secret_place(id: AttachmentId) -> Place {
        Place { column: "attachments.secret_sealed", row: id.0 }
    }
}
