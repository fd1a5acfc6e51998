//! Events: that something has happened, told to every process of the service, for those who listen.
//!
//! Whoever writes notes an event within its transaction ([`note`]): ids alone, never a text. Nothing is notified there,
//! because commits that notify queue on one lock of the whole server. When the connection is given back, the outbox's
//! wake-up rouses the tail of this process at once and those of the others ([`follow`]), which read what is new and hand
//! it to the [`Hub`]. An event says that there is something to look at; whoever hears of it loads it anew and asks again
//! who may see it.

mod hub;
mod queries;
mod tail;

use uuid::Uuid;

pub use hub::{Feed, Gap, Hub};
pub use queries::{Place, note, now, purge};
pub use tail::follow;

use crate::{ids::DocumentId, text_enum};

text_enum! {
    /// What has happened.
    pub enum Kind {
        /// A comment can be seen by everybody from now on; for moderators it has changed as well.
        CommentPublished = "COMMENT_PUBLISHED",
        /// A comment has arrived, was decided on, reported, claimed or changed by its author.
        CommentChanged = "COMMENT_CHANGED",
        /// A submission has arrived, was handled, claimed or changed by its sender.
        SubmissionChanged = "SUBMISSION_CHANGED",
    }
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What has happened.
    pub kind: Kind,
    /// In which document.
    pub document: DocumentId,
    /// To which comment or submission.
    pub subject: Uuid,
}
