//! All SQL of records of reading.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::access::{AccessKind, Filter, Reading};
use crate::{
    db::{Handwritten, paging::Span, schema::access_records},
    error::Result,
    ids::{AccessRecordId, AccountId, CommentId, DocumentId, SubmissionId},
    ledger::{Subject, SubjectKind},
};

/// That somebody has read something.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = access_records)]
pub struct AccessRecord {
    /// Its id.
    pub id: AccessRecordId,
    /// Who.
    pub account_id: AccountId,
    /// In which document.
    pub document_id: DocumentId,
    /// What.
    pub kind: AccessKind,
    subject_kind: SubjectKind,
    subject_id: Uuid,
    /// When first, within its ten minutes.
    pub read_at: DateTime<Utc>,
}

impl AccessRecord {
    /// The contribution.
    pub fn subject(&self) -> Subject {
        match self.subject_kind {
            SubjectKind::Comment => Subject::Comment(CommentId(self.subject_id)),
            SubjectKind::Submission => Subject::Submission(SubmissionId(self.subject_id)),
        }
    }
}

/// Keeps that these were read, where that is not kept yet for their stretch. An address is recorded as that of the
/// contribution it came with.
pub(super) async fn insert(
    conn: &mut AsyncPgConnection,
    readings: &[Reading],
    stretch: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (mut ids, mut accounts, mut documents, mut kinds, mut items) =
        (vec![], vec![], vec![], vec![], vec![]);
    for reading in readings {
        ids.push(AccessRecordId::new(now).0);
        accounts.push(reading.account.0);
        documents.push(reading.document.0);
        kinds.push(reading.what.kind().as_str());
        items.push(reading.what.id());
    }
    let mut sql = Handwritten::default();
    sql.text(
        "INSERT INTO access_records (id, account_id, document_id, kind, subject_kind, subject_id, stretch, read_at) \
         SELECT n.id, n.account, n.document, n.kind, coalesce(r.kind, 'SUBMISSION'), coalesce(r.subject_id, n.item), ",
    );
    sql.bind::<sql_types::Timestamptz, _>(stretch).text(", ").bind::<sql_types::Timestamptz, _>(now);
    sql.text(" FROM unnest(").uuids(&ids).text(", ").uuids(&accounts).text(", ").uuids(&documents);
    sql.text(", ").bind::<sql_types::Array<sql_types::Text>, _>(kinds).text(", ").uuids(&items);
    sql.text(
        ") AS n(id, account, document, kind, item) LEFT JOIN receipts r ON n.kind = 'CONTACT' AND r.contributor_id = n.item \
         ON CONFLICT DO NOTHING",
    );
    sql.execute(conn).await?;
    Ok(())
}

type Boxed = access_records::BoxedQuery<'static, diesel::pg::Pg>;

fn filtered(filter: &Filter) -> Boxed {
    let mut query = access_records::table.into_boxed();
    if let Some(document) = filter.document {
        query = query.filter(access_records::document_id.eq(document));
    }
    if let Some(account) = filter.account {
        query = query.filter(access_records::account_id.eq(account));
    }
    if let Some(item) = filter.item {
        query = query.filter(access_records::subject_id.eq(item.id()));
    }
    query
}

/// A stretch of the records, the latest first.
pub(super) async fn records(
    conn: &mut AsyncPgConnection,
    filter: &Filter,
    span: &Span<AccessRecordId>,
) -> Result<Vec<AccessRecord>> {
    let mut query = filtered(filter).select(AccessRecord::as_select()).limit(span.limit);
    if let Some(after) = span.after {
        query = query.filter(access_records::id.lt(after));
    }
    if let Some(before) = span.before {
        query = query.filter(access_records::id.gt(before));
    }
    query = if span.reverse {
        query.order(access_records::id.asc())
    } else {
        query.order(access_records::id.desc())
    };
    Ok(query.load(conn).await?)
}

/// How many they are.
pub(super) async fn count_records(conn: &mut AsyncPgConnection, filter: &Filter) -> Result<i64> {
    Ok(filtered(filter).count().get_result(conn).await?)
}

/// Throws away what was read before that.
pub(super) async fn purge(conn: &mut AsyncPgConnection, before: DateTime<Utc>) -> Result<()> {
    diesel::delete(access_records::table.filter(access_records::read_at.lt(before))).execute(conn).await?;
    Ok(())
}
