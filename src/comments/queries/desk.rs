//! Comments as the moderators' desk lists and counts them. Queues are derived: each is a condition that a partial index
//! of the same words answers.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    comments::model::Comment,
    db::{Handwritten, paging::Span, schema::comments},
    error::Result,
    identity::viewer::Reach,
    ids::{CommentId, ContributorId, SectionId},
    ledger::Reason,
};

/// Which comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Those that wait for a decision, held by a rule or not.
    Waiting,
    /// Those that wait and no rule holds.
    Pending,
    /// Those that a rule holds.
    Withheld,
    /// Those that were published without a look.
    Unreviewed,
    /// Those that readers have reported since a moderator last looked.
    Reported,
    /// Those about which an appeal is open.
    Appealed,
    /// Those that have waited longer than the document's target.
    Overdue,
    /// All there are.
    Any,
}

impl Part {
    /// The condition, in the words of the partial indexes: with a parameter the planner could not use them.
    const fn condition(self) -> &'static str {
        match self {
            Self::Waiting | Self::Overdue => {
                "state IN ('PENDING', 'WITHHELD') AND intake = 'CONFIRMED' AND changes_requested_at IS NULL"
            }
            Self::Pending => "state = 'PENDING' AND intake = 'CONFIRMED' AND changes_requested_at IS NULL",
            Self::Withheld => "state = 'WITHHELD' AND intake = 'CONFIRMED' AND changes_requested_at IS NULL",
            Self::Unreviewed => "state = 'PUBLISHED' AND reviewed_at IS NULL",
            Self::Reported => "open_reports > 0",
            Self::Appealed => {
                "id IN (SELECT subject_id FROM appeals WHERE state IN ('LODGED', 'UNDER_REVIEW'))"
            }
            Self::Any => "true",
        }
    }
}

/// What of a part is wanted.
#[derive(Clone)]
pub struct Sieve {
    /// The documents.
    pub reach: Reach,
    /// Which comments.
    pub part: Part,
    /// This moment, for what is overdue.
    pub now: DateTime<Utc>,
    /// On this section alone.
    pub section: Option<SectionId>,
    /// Decided, last, on this ground; of those that are reported: reported on it since a moderator last looked.
    pub reason: Option<Reason>,
    /// Received at this moment or later.
    pub received_from: Option<DateTime<Utc>>,
    /// Received before this moment.
    pub received_before: Option<DateTime<Utc>>,
    /// Holding these words, as they stand, in any case.
    pub text: Option<String>,
    /// By these contributors.
    pub contributors: Option<Vec<ContributorId>>,
    /// Of these.
    pub among: Option<Vec<Uuid>>,
    /// None of these.
    pub without: Vec<Uuid>,
}

type Boxed = comments::BoxedQuery<'static, diesel::pg::Pg>;

fn sifted(sieve: &Sieve) -> Boxed {
    let mut query = comments::table.filter(sql::<Bool>(sieve.part.condition())).into_boxed();
    if let Reach::Only(documents) = &sieve.reach {
        query = query.filter(comments::document_id.eq_any(documents.clone()));
    }
    if sieve.part == Part::Overdue {
        query =
            query.filter(sql::<Bool>("created_at < ").bind::<Timestamptz, _>(sieve.now).sql(
                " - (SELECT make_interval(hours => target_hours) FROM documents WHERE id = document_id)",
            ));
    }
    if let Some(section) = sieve.section {
        query = query.filter(comments::section_id.eq(section));
    }
    if let Some(reason) = sieve.reason {
        query = if sieve.part == Part::Reported {
            query.filter(
                sql::<Bool>(
                    "EXISTS (SELECT FROM reports r WHERE r.comment_id = comments.id AND r.outcome IS NULL AND r.reason = ",
                )
                .bind::<Text, _>(reason.as_str())
                .sql(")"),
            )
        } else {
            query.filter(comments::reason.eq(reason))
        };
    }
    if let Some(from) = sieve.received_from {
        query = query.filter(comments::created_at.ge(from));
    }
    if let Some(before) = sieve.received_before {
        query = query.filter(comments::created_at.lt(before));
    }
    if let Some(text) = &sieve.text {
        query = query.filter(
            sql::<Bool>("position(lower(").bind::<Text, _>(text.clone()).sql(") IN lower(plain)) > 0"),
        );
    }
    if let Some(contributors) = &sieve.contributors {
        query = query.filter(comments::contributor_id.eq_any(contributors.clone()));
    }
    if let Some(among) = &sieve.among {
        query = query.filter(comments::id.eq_any(among.iter().copied().map(CommentId).collect::<Vec<_>>()));
    }
    if !sieve.without.is_empty() {
        let without: Vec<_> = sieve.without.iter().copied().map(CommentId).collect();
        query = query.filter(comments::id.ne_all(without));
    }
    query
}

/// A stretch of what is wanted, in the order of arrival.
pub async fn list_sifted(
    conn: &mut AsyncPgConnection,
    sieve: &Sieve,
    span: &Span<Uuid>,
) -> Result<Vec<Comment>> {
    let mut query = sifted(sieve).select(Comment::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(comments::id.gt(CommentId(after)));
    }
    if let Some(before) = span.before {
        query = query.filter(comments::id.lt(CommentId(before)));
    }
    query = if span.reverse { query.order(comments::id.desc()) } else { query.order(comments::id.asc()) };
    Ok(query.load(conn).await?)
}

/// How many are wanted.
pub async fn count_sifted(conn: &mut AsyncPgConnection, sieve: &Sieve) -> Result<i64> {
    Ok(sifted(sieve).count().get_result(conn).await?)
}

/// How long the queues are.
#[derive(Clone, Copy, Debug, Default, QueryableByName)]
pub struct Lengths {
    /// See [`Part::Pending`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub pending: i64,
    /// See [`Part::Withheld`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub withheld: i64,
    /// See [`Part::Unreviewed`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub unreviewed: i64,
    /// See [`Part::Reported`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub reported: i64,
    /// See [`Part::Overdue`].
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub overdue: i64,
    /// Those whose authors have been asked for another wording.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub awaiting_changes: i64,
}

/// How long all the queues are, in one statement.
pub async fn lengths(conn: &mut AsyncPgConnection, reach: &Reach, now: DateTime<Utc>) -> Result<Lengths> {
    let mut query = Handwritten::default();
    let parts = [
        ("SELECT (SELECT count(*) FROM comments WHERE ", Part::Pending.condition()),
        (") AS pending, (SELECT count(*) FROM comments WHERE ", Part::Withheld.condition()),
        (") AS withheld, (SELECT count(*) FROM comments WHERE ", Part::Unreviewed.condition()),
        (") AS unreviewed, (SELECT count(*) FROM comments WHERE ", Part::Reported.condition()),
        (
            ") AS reported, (SELECT count(*) FROM comments WHERE ",
            "changes_requested_at IS NOT NULL AND state IN ('PENDING', 'WITHHELD')",
        ),
        (") AS awaiting_changes, (SELECT count(*) FROM comments WHERE ", Part::Overdue.condition()),
    ];
    for (head, condition) in parts {
        query.text(head).text(condition);
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
