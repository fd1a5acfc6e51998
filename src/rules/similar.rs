//! Texts that say nearly the same, in groups: a campaign of five thousand letters is one group with a count, and every
//! letter of it is kept. A new text is compared with what groups began with, never with all their members, so that what it
//! costs does not grow with a campaign.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{model::subject, sketch::Sketch};
use crate::{
    db::{
        Handwritten,
        schema::{similar_bands, similar_groups, similar_members},
    },
    error::Result,
    ids::{ContributorId, DocumentId, SimilarGroupId},
    ledger::{Subject, SubjectKind},
};

/// Of how many groups that share a band the nearest is taken; those that share the most come first.
const CANDIDATES: i64 = 20;

/// Contributions that say nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: SimilarGroupId,
    /// How many they are.
    pub count: i64,
}

/// How many others say nearly the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// In all.
    pub count: i64,
    /// Of these, by the same address.
    pub same_address: i64,
}

#[derive(QueryableByName)]
struct Candidate {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Binary)]
    sketch: Vec<u8>,
}

/// The group that a text is nearest to.
pub(super) async fn nearest(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    sketch: &Sketch,
) -> Result<Option<SimilarGroupId>> {
    let mut sql = Handwritten::default();
    sql.text("SELECT g.id, g.sketch FROM similar_groups g JOIN (SELECT b.group_id, count(*) AS shared FROM similar_bands b WHERE b.band = ANY (")
        .bind::<sql_types::Array<sql_types::BigInt>, _>(sketch.bands.clone())
        .text(") GROUP BY b.group_id ORDER BY shared DESC, b.group_id LIMIT ")
        .big_int(CANDIDATES)
        .text(") s ON s.group_id = g.id WHERE g.document_id = ")
        .uuid(document.0);
    let candidates: Vec<Candidate> = sql.load(conn).await?;
    let near = candidates.into_iter().filter_map(|one| Some((sketch.near(&one.sketch)?, one.id)));
    // Among equals the older one, so that everybody finds the same.
    let nearest = near.max_by_key(|(equal, id)| (*equal, std::cmp::Reverse(*id)));
    Ok(nearest.map(|(_, id)| SimilarGroupId(id)))
}

/// Puts a contribution into the group it is nearest to, or into one of its own; a transaction that does so for a text near
/// to this one is waited for, so that both find the same group. Comes before any other lock but those on addresses.
pub(super) async fn join(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    subject: Subject,
    contributor: ContributorId,
    sketch: &Sketch,
    now: DateTime<Utc>,
) -> Result<SimilarGroupId> {
    let mut found = nearest(conn, document, sketch).await?;
    if found.is_none() {
        // Whoever is near shares a band; the locks are taken in one order.
        let locks: Vec<i64> = sketch.bands.clone();
        let mut sql = Handwritten::default();
        sql.text("SELECT count(pg_advisory_xact_lock(band)) FROM (SELECT band FROM unnest(")
            .bind::<sql_types::Array<sql_types::BigInt>, _>(locks)
            .text(") WITH ORDINALITY AS b(band, place) ORDER BY place OFFSET 0) b");
        sql.execute(conn).await?;
        found = nearest(conn, document, sketch).await?;
    }
    let group = match found {
        Some(group) => group,
        None => begin(conn, document, sketch, now).await?,
    };
    diesel::insert_into(similar_members::table)
        .values((
            similar_members::subject_id.eq(subject.id()),
            similar_members::subject_kind.eq(subject.kind()),
            similar_members::document_id.eq(document),
            similar_members::group_id.eq(group),
            similar_members::contributor_id.eq(contributor),
        ))
        .on_conflict(similar_members::subject_id)
        .do_update()
        .set(similar_members::group_id.eq(group))
        .execute(conn)
        .await?;
    Ok(group)
}

async fn begin(
    conn: &mut AsyncPgConnection,
    document: DocumentId,
    sketch: &Sketch,
    now: DateTime<Utc>,
) -> Result<SimilarGroupId> {
    let id = SimilarGroupId::new(now);
    diesel::insert_into(similar_groups::table)
        .values((
            similar_groups::id.eq(id),
            similar_groups::document_id.eq(document),
            similar_groups::sketch.eq(sketch.bytes()),
            similar_groups::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    let bands: Vec<_> = sketch
        .bands
        .iter()
        .map(|band| (similar_bands::band.eq(*band), similar_bands::group_id.eq(id)))
        .collect();
    diesel::insert_into(similar_bands::table).values(bands).execute(conn).await?;
    Ok(id)
}

/// How many others in a group say nearly the same, counted up to `bound`. A comment is compared with comments alone: what
/// becomes of it must not show what somebody said in confidence.
pub(super) async fn others(
    conn: &mut AsyncPgConnection,
    group: SimilarGroupId,
    kind: SubjectKind,
    but: Option<Subject>,
    contributor: Option<ContributorId>,
    bound: i64,
) -> Result<Others> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::BigInt)]
        count: i64,
        #[diesel(sql_type = sql_types::BigInt)]
        same_address: i64,
    }
    let (but, contributor) =
        (but.map_or(Uuid::nil(), Subject::id), contributor.map_or(Uuid::nil(), |id| id.0));
    let mut sql = Handwritten::default();
    let member = |sql: &mut Handwritten| {
        sql.text(" m.group_id = ").uuid(group.0).text(" AND m.subject_id <> ").uuid(but);
        sql.text(" AND m.subject_kind = ").bind::<sql_types::Text, _>(kind.as_str());
    };
    sql.text("SELECT (SELECT count(*) FROM (SELECT FROM similar_members m WHERE");
    member(&mut sql);
    sql.text(" LIMIT ").big_int(bound).text(
        ") b) AS count, (SELECT count(*) FROM contributors me JOIN contributors c ON c.document_id = me.document_id AND \
         c.email_hash = me.email_hash JOIN similar_members m ON m.contributor_id = c.id WHERE me.id = ",
    );
    sql.uuid(contributor).text(" AND");
    member(&mut sql);
    sql.text(") AS same_address");
    let row: Row = sql.get_result(conn).await?;
    Ok(Others { count: row.count, same_address: row.same_address })
}

/// The groups that these contributions are in, where there is anybody else in them.
pub async fn of_subjects(
    conn: &mut AsyncPgConnection,
    subjects: &[Subject],
) -> Result<Vec<(Subject, Group)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Uuid)]
        subject_id: Uuid,
        #[diesel(sql_type = sql_types::Text)]
        subject_kind: SubjectKind,
        #[diesel(sql_type = sql_types::Uuid)]
        group_id: Uuid,
        #[diesel(sql_type = sql_types::BigInt)]
        count: i64,
    }
    let ids: Vec<Uuid> = subjects.iter().map(|subject| subject.id()).collect();
    let mut sql = Handwritten::default();
    sql.text(
        "WITH own AS (SELECT subject_id, subject_kind, group_id FROM similar_members WHERE subject_id = ANY (",
    )
    .uuids(&ids)
    .text(
        ")), counts AS (SELECT group_id, count(*) AS count FROM similar_members WHERE group_id IN (SELECT group_id FROM own) \
         GROUP BY group_id HAVING count(*) > 1) SELECT own.*, counts.count FROM own JOIN counts USING (group_id)",
    );
    let rows: Vec<Row> = sql.load(conn).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let group = Group { id: SimilarGroupId(row.group_id), count: row.count };
            (subject(row.subject_kind, row.subject_id), group)
        })
        .collect())
}

/// The groups of more than one in these documents, the largest first.
pub async fn of_documents(
    conn: &mut AsyncPgConnection,
    documents: &[DocumentId],
) -> Result<Vec<(DocumentId, Group)>> {
    let rows: Vec<(DocumentId, SimilarGroupId, i64)> = similar_members::table
        .filter(similar_members::document_id.eq_any(documents))
        .group_by((similar_members::document_id, similar_members::group_id))
        .having(diesel::dsl::count_star().gt(1))
        .select((similar_members::document_id, similar_members::group_id, diesel::dsl::count_star()))
        .load(conn)
        .await?;
    let mut groups: Vec<_> =
        rows.into_iter().map(|(document, id, count)| (document, Group { id, count })).collect();
    groups.sort_by_key(|(_, group)| (std::cmp::Reverse(group.count), group.id));
    Ok(groups)
}

/// Everything in these groups, in the order it arrived.
pub async fn members(
    conn: &mut AsyncPgConnection,
    groups: &[SimilarGroupId],
) -> Result<Vec<(SimilarGroupId, Subject)>> {
    let rows: Vec<(SimilarGroupId, SubjectKind, Uuid)> = similar_members::table
        .filter(similar_members::group_id.eq_any(groups))
        .order((similar_members::group_id, similar_members::subject_id))
        .select((similar_members::group_id, similar_members::subject_kind, similar_members::subject_id))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(group, kind, id)| (group, subject(kind, id))).collect())
}

/// Takes a contribution out of its group.
pub(super) async fn leave(conn: &mut AsyncPgConnection, subject: Subject) -> Result<()> {
    diesel::delete(similar_members::table.find(subject.id())).execute(conn).await?;
    Ok(())
}
