//! The contribution that an appeal is about: a comment or a submission, locked, and records on it that change nothing.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use crate::{
    comments,
    error::{Error, Result},
    ids::{DocumentId, ModerationActionId},
    ledger::{self, Actor, Effect, ModerationAction, Ruling, Subject},
    submissions,
};

/// A contribution as it stands, locked until the transaction ends. Whoever locks an appeal as well locks the contribution first,
/// as erasing does: two who went the other way round would wait for each other without end.
pub(super) struct Item {
    subject: Subject,
    state: &'static str,
    version: i32,
}

impl Item {
    pub(super) async fn lock(conn: &mut AsyncPgConnection, subject: Subject) -> Result<Self> {
        let (state, version) = match subject {
            Subject::Comment(id) => {
                let found = comments::queries::lock(conn, id).await?;
                let comment = found.ok_or_else(|| Error::missing("comment"))?;
                (comment.state.as_str(), comment.version)
            }
            Subject::Submission(id) => {
                let found = submissions::queries::lock(conn, id).await?;
                let submission = found.ok_or_else(|| Error::missing("submission"))?;
                (submission.state.as_str(), submission.version)
            }
        };
        Ok(Self { subject, state, version })
    }

    /// Records what was done about an appeal and left the contribution as it stands. It comes last in its transaction.
    pub(super) async fn note(
        &self,
        conn: &mut AsyncPgConnection,
        document: DocumentId,
        actor: Actor,
        ruling: Ruling,
        now: DateTime<Utc>,
    ) -> Result<ModerationAction> {
        let effect = self.unchanged(document, ModerationActionId::new(now));
        ledger::record(conn, actor, ruling, effect, now).await
    }

    /// The effect of what leaves the contribution as it stands.
    pub(super) fn unchanged(&self, document: DocumentId, action: ModerationActionId) -> Effect {
        Effect {
            action,
            document,
            subject: self.subject,
            from: self.state,
            to: self.state,
            version: self.version,
            detected: false,
            batch: None,
            before: None,
        }
    }
}

/// The document of a contribution.
pub(super) async fn document_of(conn: &mut AsyncPgConnection, subject: Subject) -> Result<DocumentId> {
    match subject {
        Subject::Comment(id) => {
            let found = comments::queries::by_id(conn, id).await?;
            Ok(found.ok_or_else(|| Error::missing("comment"))?.document_id)
        }
        Subject::Submission(id) => {
            let found = submissions::queries::by_id(conn, id).await?;
            Ok(found.ok_or_else(|| Error::missing("submission"))?.document_id)
        }
    }
}
