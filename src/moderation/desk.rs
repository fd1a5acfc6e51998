//! The desk: what waits for a moderator, in queues. They are derived views over comments and submissions, never stored.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{appeals, claims};
use crate::{
    comments::{
        self, Comment,
        queries::desk::{self as of_comments, Part},
    },
    context::Context,
    contributors,
    db::paging::{self, Page, Span, Window},
    error::{Error, Result},
    identity::{Role, Viewer, viewer::Reach},
    ids::{ContributorId, DocumentId, SectionId},
    ledger::{Reason, Subject, SubjectKind},
    submissions::{self, Submission, queries::desk as of_submissions},
    text_enum,
};

/// How many submissions one search for words opens: more are not looked through at a time.
const MAX_OPENED: usize = 2_000;

text_enum! {
    /// A queue of the desk.
    pub enum Queue {
        /// Everything that nobody has decided on: comments that wait, held by a rule or not, and unhandled submissions.
        Waiting = "WAITING",
        /// Comments that wait and no rule holds.
        Pending = "PENDING",
        /// Comments that a rule holds.
        Withheld = "WITHHELD",
        /// Comments that were published without a look.
        Unreviewed = "UNREVIEWED",
        /// Comments that readers have reported since a moderator last looked.
        Reported = "REPORTED",
        /// What somebody has appealed about and nobody has decided on; see `appeals` for the appeals themselves.
        Appealed = "APPEALED",
        /// What has waited longer than the document's target.
        Overdue = "OVERDUE",
        /// What the viewer is at work on.
        Mine = "MINE",
    }
}

text_enum! {
    /// In which order a queue is listed.
    pub enum QueueOrder {
        /// What has waited longest first.
        Oldest = "OLDEST",
        /// The latest first.
        Newest = "NEWEST",
    }
}

/// Who is told of the submissions in which a search has found words, before anything of that is given. Where it cannot be told,
/// nothing is given.
pub type Witness = for<'a> fn(&'a Context, &'a Viewer, &'a [Submission]) -> BoxFuture<'a, Result<()>>;

/// Something that waits.
pub enum Waiting {
    /// A comment.
    Comment(Comment),
    /// A submission.
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

/// Which part of a queue.
#[derive(Clone, Default)]
pub struct Filter {
    /// Of this document alone.
    pub document: Option<DocumentId>,
    /// On this section alone; then comments only.
    pub section: Option<SectionId>,
    /// Of this kind alone.
    pub kind: Option<SubjectKind>,
    /// Whose last decision was on this ground; of what is reported: which readers have reported on this ground.
    pub reason: Option<Reason>,
    /// Received at this moment or later.
    pub received_from: Option<DateTime<Utc>>,
    /// Received before this moment.
    pub received_before: Option<DateTime<Utc>>,
    /// Holding these words as they stand, in any case.
    pub text: Option<String>,
    /// By whoever wrote this.
    pub same_author_as: Option<Subject>,
    /// Only what nobody else is at work on.
    pub unclaimed: bool,
}

/// What is wanted of a queue, and whether the viewer may have it.
#[derive(Clone)]
pub struct Wanted {
    queue: Queue,
    order: QueueOrder,
    filter: Filter,
}

/// A wanted part of a queue, with what the viewer sees of it looked up.
struct Sieves {
    comments: Option<of_comments::Sieve>,
    submissions: Option<of_submissions::Sieve>,
    text: Option<String>,
}

impl Wanted {
    /// A part of a queue, in an order.
    pub fn new(queue: Queue, order: QueueOrder, filter: Filter) -> Self {
        Self { queue, order, filter }
    }

    async fn sieves(&self, conn: &mut AsyncPgConnection, ctx: &Context, viewer: &Viewer) -> Result<Sieves> {
        let reach = reach(viewer, self.filter.document)?;
        let (filter, now) = (&self.filter, ctx.clock.now());
        let account = viewer.require()?.account;
        let contributors = match filter.same_author_as {
            Some(subject) => {
                let contributor = contributor_of(conn, viewer, subject).await?;
                Some(contributors::queries::same_person(conn, contributor).await?)
            }
            None => None,
        };
        let among = match self.queue {
            Queue::Mine => Some(claims::queries::held_by(conn, account, now).await?),
            _ => None,
        };
        let without = if filter.unclaimed {
            claims::queries::held_by_others(conn, account, now).await?
        } else {
            Vec::new()
        };
        let wants = |kind| filter.kind.is_none_or(|wanted| wanted == kind);
        let part = match self.queue {
            Queue::Waiting => Part::Waiting,
            Queue::Pending => Part::Pending,
            Queue::Withheld => Part::Withheld,
            Queue::Unreviewed => Part::Unreviewed,
            Queue::Reported => Part::Reported,
            Queue::Appealed => Part::Appealed,
            Queue::Overdue => Part::Overdue,
            Queue::Mine => Part::Any,
        };
        let comments = wants(SubjectKind::Comment).then(|| of_comments::Sieve {
            reach: reach.clone(),
            part,
            now,
            section: filter.section,
            reason: filter.reason,
            received_from: filter.received_from,
            received_before: filter.received_before,
            text: filter.text.clone(),
            contributors: contributors.clone(),
            among: among.clone(),
            without: without.clone(),
        });
        let part = match self.queue {
            Queue::Waiting => Some(of_submissions::Part::Unhandled),
            Queue::Appealed => Some(of_submissions::Part::Appealed),
            Queue::Overdue => Some(of_submissions::Part::Overdue),
            Queue::Mine => Some(of_submissions::Part::Any),
            Queue::Pending | Queue::Withheld | Queue::Unreviewed | Queue::Reported => None,
        };
        let part = part.filter(|_| wants(SubjectKind::Submission) && filter.section.is_none());
        let submissions = part.map(|part| of_submissions::Sieve {
            reach,
            part,
            now,
            reason: filter.reason,
            received_from: filter.received_from,
            received_before: filter.received_before,
            contributors,
            among,
            without,
        });
        Ok(Sieves { comments, submissions, text: filter.text.as_deref().map(str::to_lowercase) })
    }
}

/// The documents the viewer moderates, or the one asked for. `Unauthenticated` for nobody, `Forbidden` for those who
/// moderate nothing, or not the document asked for.
pub fn reach(viewer: &Viewer, document: Option<DocumentId>) -> Result<Reach> {
    viewer.require()?;
    let reach = viewer.reach(Role::Moderator);
    if reach.is_empty() {
        return Err(Error::Forbidden("The queue is for moderators.".into()));
    }
    match document {
        None => Ok(reach),
        Some(document) if viewer.moderates(document) => Ok(Reach::Only(vec![document])),
        Some(_) => Err(Error::Forbidden("You do not moderate this document.".into())),
    }
}

async fn contributor_of(
    conn: &mut AsyncPgConnection,
    viewer: &Viewer,
    subject: Subject,
) -> Result<ContributorId> {
    match subject {
        Subject::Comment(id) => {
            let comment = comments::queries::by_id(conn, id).await?;
            let comment = comment.ok_or_else(|| Error::missing("comment"))?;
            comments::policy::may_moderate(viewer, &comment)?;
            Ok(comment.contributor_id)
        }
        Subject::Submission(id) => {
            let found = submissions::queries::by_id(conn, id).await?;
            Ok(submissions::policy::readable(viewer, found)?.contributor_id)
        }
    }
}

/// A page of a queue of the viewer's.
pub async fn queue(
    ctx: &Context,
    viewer: &Viewer,
    wanted: &Wanted,
    window: Window<Uuid>,
    witness: Witness,
) -> Result<Page<Waiting>> {
    let mut conn = ctx.db.get().await?;
    let sieves = wanted.sieves(&mut conn, ctx, viewer).await?;
    drop(conn);
    let newest_first = wanted.order == QueueOrder::Newest;
    paging::page(window, Waiting::key, async |span: Span<Uuid>| {
        // The newest first is the same list read from its other end.
        let span = if newest_first {
            Span { after: span.before, before: span.after, reverse: !span.reverse, limit: span.limit }
        } else {
            span
        };
        let mut waiting = Vec::new();
        if let Some(sieve) = &sieves.comments {
            let mut conn = ctx.db.get().await?;
            let listed = of_comments::list_sifted(&mut conn, sieve, &span).await?;
            waiting.extend(listed.into_iter().map(Waiting::Comment));
        }
        if let Some(sieve) = &sieves.submissions {
            let listed = list_submissions(ctx, viewer, sieve, sieves.text.as_deref(), &span, witness).await?;
            waiting.extend(listed.into_iter().map(Waiting::Submission));
        }
        waiting.sort_by_key(Waiting::key);
        if span.reverse {
            waiting.reverse();
        }
        waiting.truncate(usize::try_from(span.limit).unwrap_or(0));
        Ok(waiting)
    })
    .await
}

/// A stretch of the submissions; those that hold the words, where some are looked for: their texts are sealed, so they are
/// opened one after another until there are enough. To be told that one holds the words is to be told what it says, be it by a
/// count alone; of those that do not hold them nothing is told, and nothing is recorded: among so many who only looked, a record
/// would not show any more who has read.
async fn list_submissions(
    ctx: &Context,
    viewer: &Viewer,
    sieve: &of_submissions::Sieve,
    words: Option<&str>,
    span: &Span<Uuid>,
    witness: Witness,
) -> Result<Vec<Submission>> {
    let Some(words) = words else {
        return of_submissions::list_sifted(&mut *ctx.db.get().await?, sieve, span).await;
    };
    let wanted = usize::try_from(span.limit).unwrap_or(0);
    let mut span = Span { limit: 100, ..span.clone() };
    let (mut found, mut opened) = (Vec::new(), 0);
    while found.len() < wanted {
        let listed = of_submissions::list_sifted(&mut *ctx.db.get().await?, sieve, &span).await?;
        let Some(last) = listed.last().map(|submission| submission.id.0) else { break };
        if span.reverse {
            span.before = Some(last);
        } else {
            span.after = Some(last);
        }
        opened += listed.len();
        for submission in listed {
            let text = submissions::actions::text_of(ctx, &submission).await?;
            if text.is_some_and(|text| text.to_lowercase().contains(words)) && found.len() < wanted {
                found.push(submission);
            }
        }
        if opened >= MAX_OPENED {
            return Err(Error::BadRequest(format!(
                "Searching the words of submissions opens them one by one, and {MAX_OPENED} were not enough. Narrow the search with `documentId`, `receivedFrom` or `receivedBefore`, or leave submissions out with `kind: COMMENT`."
            )));
        }
    }
    witness(ctx, viewer, &found).await?;
    Ok(found)
}

/// How long a queue of the viewer's is.
pub async fn count(ctx: &Context, viewer: &Viewer, wanted: &Wanted, witness: Witness) -> Result<i64> {
    let mut conn = ctx.db.get().await?;
    let sieves = wanted.sieves(&mut conn, ctx, viewer).await?;
    let mut count = 0;
    if let Some(sieve) = &sieves.comments {
        count += of_comments::count_sifted(&mut conn, sieve).await?;
    }
    if let Some(sieve) = &sieves.submissions {
        if sieves.text.is_some() {
            drop(conn);
            let all = Span { after: None, before: None, reverse: false, limit: i64::MAX };
            let found = list_submissions(ctx, viewer, sieve, sieves.text.as_deref(), &all, witness).await?;
            return Ok(count + i64::try_from(found.len()).unwrap_or(i64::MAX));
        }
        count += of_submissions::count_sifted(&mut conn, sieve).await?;
    }
    Ok(count)
}

/// How long all queues of the viewer's are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lengths {
    /// Those of comments.
    pub comments: of_comments::Lengths,
    /// Those of submissions.
    pub submissions: of_submissions::Lengths,
    /// The appeals that nobody has decided.
    pub appealed: i64,
    /// What the viewer is at work on.
    pub mine: i64,
}

/// How long all queues of the viewer's are, of one document or of all they moderate: four statements.
pub async fn lengths(ctx: &Context, viewer: &Viewer, document: Option<DocumentId>) -> Result<Lengths> {
    let reach = reach(viewer, document)?;
    let (account, now) = (viewer.require()?.account, ctx.clock.now());
    let mut conn = ctx.db.get().await?;
    Ok(Lengths {
        comments: of_comments::lengths(&mut conn, &reach, now).await?,
        submissions: of_submissions::lengths(&mut conn, &reach, now).await?,
        appealed: appeals::queries::count_open(&mut conn, &reach).await?,
        mine: claims::queries::count_held_by(&mut conn, account, &reach, now).await?,
    })
}
