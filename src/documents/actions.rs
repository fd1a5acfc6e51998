//! The use cases of documents.

mod import;
mod policies;

use diesel_async::AsyncPgConnection;

pub use import::{Imported, import};
pub use policies::{SetPolicies, set_policies};

use super::{model::Document, policy, queries};
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
        async |span: Span<DocumentId>| {
            let mut conn = ctx.db.get().await?;
            let Some(only) = viewer.only_document() else {
                return queries::list(&mut conn, &drafts, span).await;
            };
            let mut found = queries::by_ids(&mut conn, &[only]).await?;
            // Newest first: what comes after a document is older.
            found.retain(|document| {
                policy::may_read(viewer, document)
                    && span.limit > 0
                    && span.after.is_none_or(|after| document.id < after)
                    && span.before.is_none_or(|before| document.id > before)
            });
            Ok(found)
        },
    )
    .await
}

/// How many documents the viewer may read.
pub async fn count(ctx: &Context, viewer: &Viewer) -> Result<i64> {
    if let Some(only) = viewer.only_document() {
        let found = queries::by_ids(&mut *ctx.db.get().await?, &[only]).await?;
        return Ok(found.iter().filter(|document| policy::may_read(viewer, document)).map(|_| 1).sum());
    }
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
