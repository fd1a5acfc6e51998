//! Submissions as the moderators' desk lists and counts them.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    db::{Handwritten, paging::Span, schema::submissions},
    error::Result,
    identity::viewer::Reach,
    ids::{ContributorId, SubmissionId},
    ledger::Reason,
    submissions::model::Submission,
};

/// Which submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that nobody has handled.
    Unhandled,
    /// Those that nobody has handled within the document's target.
    Overdue,
    /// Those about which an appeal is open.
    Appealed,
    /// All there are.
    Any,
}

impl Part {
    /// The condition, in the words of the partial index: with a parameter the planner could not use it.
    const fn condition(self) -> &'static str {
        match self {
            Self::Unhandled | Self::Overdue => "state = 'RECEIVED' AND intake = 'CONFIRMED'",
            Self::Appealed => {
                "id IN (SELECT subject_id FROM appeals WHERE state IN ('LODGED', 'UNDER_REVIEW'))"
            }
            Self::Any => "true",
        }
    }
}

/// What of a part is wanted.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// The documents.
    pub reach: Reach,
    /// Which submissions.
    pub part: Part,
    /// This moment, for what is overdue.
    pub now: DateTime<Utc>,
    /// Set aside on this ground.
    pub reason: Option<Reason>,
    /// Received at this moment or later.
    pub received_from: Option<DateTime<Utc>>,
    /// Received before this moment.
    pub received_before: Option<DateTime<Utc>>,
    /// By these contributors.
    pub contributors: Option<Vec<ContributorId>>,
    /// Of these.
    pub among: Option<Vec<Uuid>>,
    /// None of these.
    pub without: Vec<Uuid>,
}

type Boxed = submissions::BoxedQuery<'static, diesel::pg::Pg>;

fn sifted(sieve: &Sieve) -> Boxed {
    let mut query = submissions::table.filter(sql::<Bool>(sieve.part.condition())).into_boxed();
    if let Reach::Only(documents) = &sieve.reach {
        query = query.filter(submissions::document_id.eq_any(documents.clone()));
    }
    if sieve.part == Part::Overdue {
        query =
            query.filter(sql::<Bool>("created_at < ").bind::<Timestamptz, _>(sieve.now).sql(
                " - (SELECT make_interval(hours => target_hours) FROM documents WHERE id = document_id)",
            ));
    }
    if let Some(reason) = sieve.reason {
        query = query.filter(submissions::reason.eq(reason));
    }
    if let Some(from) = sieve.received_from {
        query = query.filter(submissions::created_at.ge(from));
    }
    if let Some(before) = sieve.received_before {
        query = query.filter(submissions::created_at.lt(before));
    }
    if let Some(contributors) = &sieve.contributors {
        query = query.filter(submissions::contributor_id.eq_any(contributors.clone()));
    }
    if let Some(among) = &sieve.among {
        let among: Vec<_> = among.iter().copied().map(SubmissionId).collect();
        query = query.filter(submissions::id.eq_any(among));
    }
    if !sieve.without.is_empty() {
        let without: Vec<_> = sieve.without.iter().copied().map(SubmissionId).collect();
        query = query.filter(submissions::id.ne_all(without));
    }
    query
}

/// A stretch of what is wanted, in the order of arrival.
pub async fn list_sifted(
    conn: &mut AsyncPgConnection,
    sieve: &Sieve,
    span: &Span<Uuid>,
) -> Result<Vec<Submission>> {
    let mut query = sifted(sieve).select(Submission::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(submissions::id.gt(SubmissionId(after)));
    }
    if let Some(before) = span.before {
        query = query.filter(submissions::id.lt(SubmissionId(before)));
    }
    query =
        if span.reverse { query.order(submissions::id.desc()) } else { query.order(submissions::id.asc()) };
    Ok(query.load(conn).await?)
}

/// How many are wanted.
pub async fn count_sifted(conn: &mut AsyncPgConnection, sieve: &Sieve) -> Result<i64> {
    Ok(sifted(sieve).count().get_result(conn).await?)
}

/// How long the queues are.
#[derive(Clone, Copy, Debug, Default, QueryableByName)]
pub struct Lengths {
    /// See [`Part::Unhandled`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub unhandled: i64,
    /// See [`Part::Overdue`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub overdue: i64,
}

/// How long all the queues are, in one statement.
pub async fn lengths(conn: &mut AsyncPgConnection, reach: &Reach, now: DateTime<Utc>) -> Result<Lengths> {
    let mut query = Handwritten::default();
    for head in [
        "SELECT (SELECT count(*) FROM submissions WHERE ",
        ") AS unhandled, (SELECT count(*) FROM submissions WHERE ",
    ] {
        query.text(head).text(Part::Unhandled.condition());
        if let Reach::Only(documents) = reach {
            let ids: Vec<Uuid> = documents.iter().map(|document| document.0).collect();
            query.text(" AND document_id = ANY(").uuids(&ids).text(")");
        }
    }
    query.text(" AND created_at < ").bind::<Timestamptz, _>(now).text(
        " - (SELECT make_interval(hours => target_hours) FROM documents WHERE id = document_id)) AS overdue",
    );
    Ok(query.get_result(conn).await?)
}
