//! Deciding the same about many items at once: each by itself, or all or nothing. What is decided together carries one
//! batch id, so that whoever is concerned more than once is written to once.

use std::collections::HashSet;

use diesel_async::AsyncConnection;

use crate::{
    comments::{
        self, Comment,
        actions::{ModerateComment, moderate_within},
        queries::Counted,
    },
    context::Context,
    error::{Error, Result, UserError, UserErrorCode},
    identity::Viewer,
    ids::{self, CommentId, SubmissionId},
    ledger::{ModerationAction, Ruling},
    submissions::{
        self, Submission,
        actions::{HandleSubmission, handle_within},
    },
};

/// How many items one request decides on.
pub const MAX_ITEMS: usize = 200;

/// What became of one item: what it is now and the record, or why nothing was changed.
pub type Outcome<T> = std::result::Result<(T, ModerationAction), Vec<UserError>>;

/// One item as it was on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Seen<I> {
    /// Which.
    pub id: I,
    /// Its version on the screen.
    pub version: i32,
}

/// Decides the same about many comments. With `all_or_nothing` nothing is changed where one cannot be decided so;
/// those that could have been then say so.
pub async fn moderate(
    ctx: &Context,
    viewer: &Viewer,
    items: &[Seen<CommentId>],
    ruling: &Ruling,
    all_or_nothing: bool,
) -> Result<Vec<Outcome<Comment>>> {
    check(viewer, items)?;
    let batch = Some(ids::new(ctx.clock.now()));
    let input = |item: &Seen<CommentId>| ModerateComment {
        id: item.id,
        expected_version: item.version,
        ruling: ruling.clone(),
        cuts: Vec::new(),
        batch,
    };
    if !all_or_nothing {
        let mut outcomes = Vec::with_capacity(items.len());
        for item in items {
            outcomes.push(outcome(comments::actions::moderate(ctx, viewer, input(item)).await)?);
        }
        return Ok(outcomes);
    }
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let whole = conn
        .transaction(async |conn| {
            let mut counted = Counted::default();
            let mut carried = Vec::with_capacity(items.len());
            let mut failed = false;
            // Locked in one order, whatever order they are given in: two who decide on the same items do not wait for
            // each other without end.
            for place in order(items) {
                let done = moderate_within(conn, viewer, input(&items[place]), &mut counted, now).await;
                let done = outcome(done)?;
                failed |= done.is_err();
                carried.push((place, done));
            }
            if failed {
                return Err(Whole::Failed(refusals(carried, items.len())));
            }
            counted.apply(conn).await.map_err(Whole::Error)?;
            let mut carried: Vec<_> =
                carried.into_iter().filter_map(|(place, done)| Some((place, done.ok()?))).collect();
            // The chains' heads as well.
            carried.sort_by_key(|(_, done)| done.document());
            let mut outcomes: Vec<Option<Outcome<Comment>>> = items.iter().map(|_| None).collect();
            for (place, done) in carried {
                outcomes[place] = Some(Ok(done.record(conn).await.map_err(Whole::Error)?));
            }
            Ok(outcomes.into_iter().flatten().collect())
        })
        .await;
    settled(whole)
}

/// Decides the same about many submissions, like [`moderate`].
pub async fn handle(
    ctx: &Context,
    viewer: &Viewer,
    items: &[Seen<SubmissionId>],
    ruling: &Ruling,
    all_or_nothing: bool,
) -> Result<Vec<Outcome<Submission>>> {
    check(viewer, items)?;
    let batch = Some(ids::new(ctx.clock.now()));
    let input = |item: &Seen<SubmissionId>| HandleSubmission {
        id: item.id,
        expected_version: item.version,
        ruling: ruling.clone(),
        batch,
    };
    if !all_or_nothing {
        let mut outcomes = Vec::with_capacity(items.len());
        for item in items {
            outcomes.push(outcome(submissions::actions::handle(ctx, viewer, input(item)).await)?);
        }
        return Ok(outcomes);
    }
    let now = ctx.clock.now();
    let mut conn = ctx.writer().await?;
    let whole = conn
        .transaction(async |conn| {
            let mut carried = Vec::with_capacity(items.len());
            let mut failed = false;
            for place in order(items) {
                let done = outcome(handle_within(conn, viewer, input(&items[place]), now).await)?;
                failed |= done.is_err();
                carried.push((place, done));
            }
            if failed {
                return Err(Whole::Failed(refusals(carried, items.len())));
            }
            let mut carried: Vec<_> =
                carried.into_iter().filter_map(|(place, done)| Some((place, done.ok()?))).collect();
            carried.sort_by_key(|(_, done)| done.document());
            let mut outcomes: Vec<Option<Outcome<Submission>>> = items.iter().map(|_| None).collect();
            for (place, done) in carried {
                outcomes[place] = Some(Ok(done.record(conn).await.map_err(Whole::Error)?));
            }
            Ok(outcomes.into_iter().flatten().collect())
        })
        .await;
    settled(whole)
}

/// Why a whole was not done.
enum Whole {
    /// Some items could not be decided so: for each of all what hinders it.
    Failed(Vec<Vec<UserError>>),
    Error(Error),
}

impl From<Error> for Whole {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<diesel::result::Error> for Whole {
    fn from(error: diesel::result::Error) -> Self {
        Self::Error(error.into())
    }
}

fn settled<T>(whole: std::result::Result<Vec<Outcome<T>>, Whole>) -> Result<Vec<Outcome<T>>> {
    match whole {
        Ok(outcomes) => Ok(outcomes),
        Err(Whole::Failed(refusals)) => Ok(refusals.into_iter().map(Err).collect()),
        Err(Whole::Error(error)) => Err(error),
    }
}

fn check<I: Copy + Eq + std::hash::Hash>(viewer: &Viewer, items: &[Seen<I>]) -> Result<()> {
    viewer.require()?;
    let refuse = |code, message: &str| Err(Error::refused(code, message, &["items"]));
    if items.is_empty() {
        return refuse(UserErrorCode::Blank, "Name at least one item.");
    }
    if items.len() > MAX_ITEMS {
        return refuse(
            UserErrorCode::TooLong,
            "One request decides on up to 200 items. Send the others apart.",
        );
    }
    let mut known = HashSet::new();
    if items.iter().any(|item| !known.insert(item.id)) {
        return refuse(UserErrorCode::InvalidCombination, "An item stands in the list twice.");
    }
    Ok(())
}

/// The places of the items in the order of their ids.
fn order<I: Copy + Ord>(items: &[Seen<I>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..items.len()).collect();
    places.sort_by_key(|place| items[*place].id);
    places
}

/// What can be told of one item alone becomes part of its outcome; what concerns all ends the request.
fn outcome<T>(result: Result<T>) -> Result<std::result::Result<T, Vec<UserError>>> {
    let alone = |code, message| Ok(Err(vec![UserError::new(code, message, &["items"])]));
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(Error::Refused(problems)) => Ok(Err(problems)),
        Err(Error::Conflict(message)) => alone(UserErrorCode::Changed, message),
        Err(Error::NotFound(message) | Error::Forbidden(message)) => {
            alone(UserErrorCode::TargetNotFound, message)
        }
        Err(error) => Err(error),
    }
}

/// What is told of each item, in the order they were given in, where a whole was not done.
fn refusals<T>(
    carried: Vec<(usize, std::result::Result<T, Vec<UserError>>)>,
    count: usize,
) -> Vec<Vec<UserError>> {
    let mut told: Vec<Vec<UserError>> = vec![Vec::new(); count];
    for (place, done) in carried {
        told[place] = done.err().unwrap_or_else(|| {
            let message =
                "This one could have been decided so; nothing was changed, because others could not.";
            vec![UserError::new(UserErrorCode::NotDone, message, &["items"])]
        });
    }
    told
}
