//! Who may see the rules of a document. Pure.

use crate::{
    documents::{self, model::Document},
    error::{Error, Result},
    identity::Viewer,
};

/// Refuses everybody but the document's moderators and editors, and administrators: who knows a list of words knows how
/// to get around it.
pub fn may_read(viewer: &Viewer, document: &Document) -> Result<()> {
    if viewer.moderates(document.id) || documents::policy::may_edit(viewer, document).is_ok() {
        return Ok(());
    }
    viewer.require()?;
    Err(Error::Forbidden("Only a moderator or editor of this document may read this.".into()))
}

/// Refuses everybody but the document's moderators.
pub fn may_read_contributions(viewer: &Viewer, document: &Document) -> Result<()> {
    if viewer.moderates(document.id) {
        return Ok(());
    }
    viewer.require()?;
    Err(Error::Forbidden("Only a moderator of this document may read this.".into()))
}
