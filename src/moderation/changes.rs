//! Telling those who listen that an item has changed in a way that its own domain does not know of: it was claimed,
//! reported, appealed about.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::{
    error::Result,
    events::{self, Kind},
    ids::DocumentId,
    ledger::Subject,
};

/// Notes it in the transaction on `conn`.
pub(super) async fn changed(
    conn: &mut AsyncPgConnection,
    subject: Subject,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<()> {
    let kind = match subject {
        Subject::Comment(_) => Kind::CommentChanged,
        Subject::Submission(_) => Kind::SubmissionChanged,
    };
    events::note(conn, kind, document, subject.id(), now).await
}
