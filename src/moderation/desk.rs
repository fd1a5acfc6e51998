//! The queue: pending and withheld comments and unhandled submissions, oldest first.

use uuid::Uuid;

use crate::{
    comments::{self, Comment},
    context::Context,
    db::paging::{self, Page, Span, Window},
    error::{Error, Result},
    identity::{Role, Viewer, viewer::Reach},
    ids::DocumentId,
    ledger::SubjectKind,
    submissions::{self, Submission},
};

/// Something that waits.
pub enum Waiting {
    /// A comment that nobody has decided on.
    Comment(Comment),
    /// A submission that nobody has handled.
    Submission(Submission),
}

impl Waiting {
    /// Where it stands in the queue: ids are made in the order of arrival.
    pub fn key(&self) -> Uuid {
        match self {
            Self::Comment(comment) => comment.id.0,
            Self::Submission(submission) => submission.id.0,
        }
    }
}

/// Which part of the queue.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this document alone.
    pub document: Option<DocumentId>,
    /// Of this kind alone.
    pub kind: Option<SubjectKind>,
}

impl Filter {
    fn wants(&self, kind: SubjectKind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }

    /// The documents the viewer moderates that the filter lets through. `Unauthenticated` for nobody, `Forbidden` for
    /// those who moderate nothing, or not the document asked for.
    fn reach(&self, viewer: &Viewer) -> Result<Reach> {
        viewer.require()?;
        let reach = viewer.reach(Role::Moderator);
        if reach.is_empty() {
            return Err(Error::Forbidden("The queue is for moderators.".into()));
        }
        match self.document {
            None => Ok(reach),
            Some(document) if viewer.moderates(document) => Ok(Reach::Only(vec![document])),
            Some(_) => Err(Error::Forbidden("You do not moderate this document.".into())),
        }
    }
}

/// A page of the viewer's queue.
pub async fn queue(
    ctx: &Context,
    viewer: &Viewer,
    filter: &Filter,
    window: Window<Uuid>,
) -> Result<Page<Waiting>> {
    let reach = filter.reach(viewer)?;
    paging::page(window, Waiting::key, async |span: Span<Uuid>| {
        let mut conn = ctx.db.get().await?;
        let mut found = Vec::new();
        if filter.wants(SubjectKind::Comment) {
            let comments = comments::queries::list_waiting(&mut conn, &reach, &span).await?;
            found.extend(comments.into_iter().map(Waiting::Comment));
        }
        if filter.wants(SubjectKind::Submission) {
            let submissions = submissions::queries::list_unhandled(&mut conn, &reach, &span).await?;
            found.extend(submissions.into_iter().map(Waiting::Submission));
        }
        found.sort_by_key(Waiting::key);
        if span.reverse {
            found.reverse();
        }
        found.truncate(usize::try_from(span.limit).unwrap_or(0));
        Ok(found)
    })
    .await
}

/// How long the viewer's queue is.
pub async fn count(ctx: &Context, viewer: &Viewer, filter: &Filter) -> Result<i64> {
    let reach = filter.reach(viewer)?;
    let mut conn = ctx.db.get().await?;
    let mut count = 0;
    if filter.wants(SubjectKind::Comment) {
        count += comments::queries::count_waiting(&mut conn, &reach).await?;
    }
    if filter.wants(SubjectKind::Submission) {
        count += submissions::queries::count_unhandled(&mut conn, &reach).await?;
    }
    Ok(count)
}
