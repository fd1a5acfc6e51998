//! Who may read a document and when it takes contributions. Pure: no database, no clock of its own.

use chrono::{DateTime, Utc};

use super::model::{Document, Phase};
use crate::{
    error::{Error, Result, UserErrorCode},
    identity::{Role, Viewer},
};

/// Whether the viewer may read the document at all: everybody from SCHEDULED on, before that only those who work on it. For
/// an API token that is for another document it is not there.
pub fn may_read(viewer: &Viewer, document: &Document) -> bool {
    if !viewer.reaches(document.id) {
        return false;
    }
    document.phase != Phase::Draft
        || viewer.has(Role::Editor, document.id)
        || viewer.moderates(document.id)
        || viewer.require_administrator().is_ok()
}

/// The document, if the viewer may read it; `NotFound` otherwise, as if there were none.
pub fn readable(viewer: &Viewer, document: Option<Document>) -> Result<Document> {
    document.filter(|document| may_read(viewer, document)).ok_or_else(|| Error::missing("document"))
}

/// Refuses everybody but the document's editors and administrators.
pub fn may_edit(viewer: &Viewer, document: &Document) -> Result<()> {
    if viewer.has(Role::Editor, document.id) || viewer.require_administrator().is_ok() {
        return Ok(());
    }
    Err(Error::Forbidden("Only an editor of this document may do this.".into()))
}

/// Refuses a contribution unless the document is open at this moment.
pub fn takes_contributions(document: &Document, now: DateTime<Utc>, path: &[&str]) -> Result<()> {
    let message = match document.phase_at(now) {
        Phase::Open => return Ok(()),
        Phase::Draft | Phase::Scheduled => match document.opens_at {
            Some(at) => format!("This document does not take contributions yet. It opens on {}.", day(at)),
            None => "This document does not take contributions yet.".into(),
        },
        _ => match document.closes_at.filter(|at| *at <= now) {
            Some(at) => format!("This document closed on {} and takes no more contributions.", day(at)),
            None => "This document takes no more contributions.".into(),
        },
    };
    Err(Error::refused(UserErrorCode::DocumentClosed, message, path))
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y at %H:%M UTC").to_string()
}
