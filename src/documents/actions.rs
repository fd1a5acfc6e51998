//! The use cases of documents.

mod import;
mod policies;

use diesel_async::AsyncPgConnection;

pub use import::{Imported, import};
pub use policies::{SetPolicies, set_policies};

use super::{model::Document, queries};
use crate::{
    context::Context,
    db::paging::{self, Page, Span, Window},
    error::Result,
    identity::{Role, Viewer, viewer::Reach},
    ids::DocumentId,
};

/// A page of the documents the viewer may read, newest first.
pub async fn list(ctx: &Context, viewer: &Viewer, window: Window<DocumentId>) -> Result<Page<Document>> {
    let drafts = readable_drafts(viewer);
    paging::page(
        window,
        |document: &Document| document.id,
        async |span: Span<DocumentId>| queries::list(&mut *ctx.db.get().await?, &drafts, span).await,
    )
    .await
}

/// How many documents the viewer may read.
pub async fn count(ctx: &Context, viewer: &Viewer) -> Result<i64> {
    queries::count(&mut *ctx.db.get().await?, &readable_drafts(viewer)).await
}

/// Of these documents, those that exist, whoever may read them.
pub async fn existing(conn: &mut AsyncPgConnection, ids: &[DocumentId]) -> Result<Vec<DocumentId>> {
    Ok(queries::by_ids(conn, ids).await?.into_iter().map(|document| document.id).collect())
}

/// The drafts that the viewer works on: [`policy::may_read`], as a list.
fn readable_drafts(viewer: &Viewer) -> Reach {
    if viewer.require_administrator().is_ok() {
        return Reach::All;
    }
    match (viewer.reach(Role::Editor), viewer.reach(Role::Moderator)) {
        (Reach::Only(mut edited), Reach::Only(moderated)) => {
            edited.extend(moderated);
            Reach::Only(edited)
        }
        _ => Reach::All,
    }
}
