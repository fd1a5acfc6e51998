//! Rows and enums of contributors and their receipts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    db::schema::{contributors, receipts},
    ids::{ContributorId, DocumentId, ReceiptId},
    seal::Place,
    text_enum,
};

text_enum! {
    /// What a receipt is for.
    pub enum ReceiptKind {
        /// A public comment.
        Comment = "COMMENT",
        /// A private submission.
        Submission = "SUBMISSION",
    }
}

text_enum! {
    /// Whether the author's address has been confirmed, where the document asks for it.
    pub enum Intake {
        /// A link was sent to the address and has not been followed yet: this does not count.
        Unconfirmed = "UNCONFIRMED",
        /// The address is confirmed, or the document does not ask.
        Confirmed = "CONFIRMED",
        /// The link was not followed in time.
        Expired = "EXPIRED",
    }
}

/// Who wrote one contribution.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = contributors)]
pub struct Contributor {
    /// Their id; each contribution has one of its own.
    pub id: ContributorId,
    /// The document it was for.
    pub document_id: DocumentId,
    /// What they want to be called; nothing where only moderators may know it, see [`Contributor::name_place`].
    pub display_name: String,
    /// The same, sealed for [`Contributor::name_place`], of those who wrote a submission.
    pub name_sealed: Option<Vec<u8>>,
    /// Their address, sealed for [`Contributor::email_place`].
    pub email_sealed: Option<Vec<u8>>,
    /// The keyed hash of their address: the same person within a document has the same.
    pub email_hash: Option<Vec<u8>>,
    /// Whether they want to know when somebody replies.
    pub notify_of_replies: bool,
    /// When a mail server said that there is no such mailbox.
    pub bounced_at: Option<DateTime<Utc>>,
}

impl Contributor {
    /// Where the sealed address of this contributor lives.
    pub fn email_place(id: ContributorId) -> Place {
        Place { column: "contributors.email_sealed", row: id.0 }
    }

    /// Where the sealed name of this contributor lives.
    pub fn name_place(id: ContributorId) -> Place {
        Place { column: "contributors.name_sealed", row: id.0 }
    }
}

impl Intake {
    /// What a contribution begins with, where the document asks for a confirmed address or does not.
    pub fn at_first(confirm_addresses: bool) -> Self {
        if confirm_addresses { Self::Unconfirmed } else { Self::Confirmed }
    }
}

/// A receipt as it is kept: the token is not, it is made from id and generation.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = receipts)]
pub struct ReceiptRow {
    /// Its id.
    pub id: ReceiptId,
    /// Whose it is.
    pub contributor_id: ContributorId,
    /// The number people can read out, such as `7H3KM-2QX9T`.
    pub reference: String,
    /// What it is for.
    pub kind: ReceiptKind,
    /// The comment or submission.
    pub subject_id: uuid::Uuid,
    /// Which token of this receipt is good.
    pub generation: i32,
    /// When the contribution was received.
    pub created_at: DateTime<Utc>,
}
