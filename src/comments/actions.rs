//! The use cases of comments.

mod amend;
mod moderate;
mod preview;
mod submit;

pub use amend::{amend, withdraw};
pub use moderate::{
    ModerateComment, Unrecorded, decide, decide_within, moderate, moderate_within, note, undo, uphold_within,
};
pub use preview::{Expected, Preview, PreviewComment, preview};
pub use submit::{SubmitComment, Submitted, submit};

use diesel_async::AsyncPgConnection;

use super::{
    model::Comment,
    policy::{self, Access},
    queries,
};
use crate::{
    error::{Error, Result},
    identity::Viewer,
    ids::CommentId,
};

/// A comment as this viewer may look at it; `NotFound` where it is not there for them.
pub async fn visible(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    id: CommentId,
) -> Result<(Comment, Access)> {
    let missing = || Error::missing("comment");
    let comment = queries::by_id(conn, id).await?.ok_or_else(missing)?;
    let access = policy::access(viewer, &comment).ok_or_else(missing)?;
    Ok((comment, access))
}
