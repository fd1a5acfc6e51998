//! Erasing what an author said against decisions on a contribution that is erased.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::model::{Appeal, AppealState};
use crate::{db::schema::appeals, error::Result, ledger::Subject};

/// The appeals about these contributions, in the order they came.
pub async fn about(conn: &mut AsyncPgConnection, subjects: &[Subject]) -> Result<Vec<Appeal>> {
    let ids: Vec<_> = subjects.iter().map(|subject| subject.id()).collect();
    Ok(appeals::table
        .filter(appeals::subject_id.eq_any(ids))
        .order(appeals::id)
        .select(Appeal::as_select())
        .load(conn)
        .await?)
}

/// Erases the texts, within the transaction that erases the contribution and has locked it. What still waited for a decision waits no more.
pub async fn erase_within(conn: &mut AsyncPgConnection, subject: Subject) -> Result<()> {
    let of_this = appeals::table.filter(appeals::subject_id.eq(subject.id()));
    diesel::update(of_this.filter(appeals::state.eq_any([AppealState::Lodged, AppealState::UnderReview])))
        .set((appeals::state.eq(AppealState::Withdrawn), appeals::version.eq(appeals::version + 1)))
        .execute(conn)
        .await?;
    diesel::update(of_this).set(appeals::text_sealed.eq(None::<Vec<u8>>)).execute(conn).await?;
    Ok(())
}
