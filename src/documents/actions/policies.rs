//! What a document's owner decides about moderation.

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;

use crate::{
    context::Context,
    documents::{
        model::{Document, ModerationMode, RetentionChange},
        policy, queries,
    },
    error::{Error, Result, UserError, UserErrorCode},
    identity::Viewer,
    ids::DocumentId,
};

/// The policies to change; what is not given stays.
#[derive(Default)]
pub struct SetPolicies {
    /// When comments are looked at.
    pub moderation: Option<ModerationMode>,
    /// Within how many hours a contribution is to be decided on; `Some(None)`: never overdue.
    pub target_hours: Option<Option<i32>>,
    /// For how many days a decision can be appealed against.
    pub appeal_days: Option<i32>,
    /// How many readers' reports withhold a comment; `Some(None)`: no number does.
    pub report_threshold: Option<Option<i32>>,
    /// Whether a contribution counts only once its author has confirmed the address.
    pub confirm_addresses: Option<bool>,
    /// For how many days after its closing whoever contributed can be reached.
    pub retention_days: Option<i32>,
}

/// How long a change of the days for which contributors can be reached, or of the closing time, has to be put right, before it erases anything that
/// would have stayed without it. What is erased cannot be had back.
const GRACE: TimeDelta = TimeDelta::days(7);

/// Changes a document's policies from now on. For its editors and for administrators; `NotFound` for those who cannot
/// see the document. A change of `retention_days` is kept with who made it, and erases nothing before its time of grace is over.
pub async fn set_policies(
    ctx: &Context,
    viewer: &Viewer,
    id: DocumentId,
    input: SetPolicies,
) -> Result<Document> {
    let account = viewer.require()?.account;
    let mut conn = ctx.writer().await?;
    let found = queries::by_ids(&mut conn, &[id]).await?.pop();
    policy::may_edit(viewer, &policy::readable(viewer, found)?)?;
    let mut problems = Vec::new();
    let mut within = |given: Option<i32>, bounds: std::ops::RangeInclusive<i32>, field: &str| {
        if given.is_some_and(|given| !bounds.contains(&given)) {
            let message = format!("This is a number from {} to {}.", bounds.start(), bounds.end());
            problems.push(UserError::new(UserErrorCode::OutOfRange, message, &[field]));
        }
    };
    within(input.target_hours.flatten(), 1..=8760, "targetHours");
    within(input.appeal_days, 1..=3650, "appealDays");
    within(input.retention_days, 1..=3650, "retentionDays");
    within(input.report_threshold.flatten(), 1..=1000, "reportThreshold");
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    let now = ctx.clock.now();
    conn.transaction(async |conn| {
        // Locked: of two who change the days at once, the second changes what the first has made of them.
        let before = queries::lock(conn, id).await?.ok_or_else(|| Error::missing("document"))?;
        if input.retention_days.is_some_and(|days| days != before.retention_days) {
            let change =
                RetentionChange { at: Some(now), by: Some(account), before: Some(before.retention_days) };
            queries::note_retention_change(conn, id, &change, reachable_until(&before, now)).await?;
        }
        queries::set_policies(conn, id, &input, now).await
    })
    .await
}

/// Until when contributors can be reached whatever the days or the closing time are changed to: for the time of grace, but no longer than without
/// the change. A second change within it does not put it off, and one back has all of the time before again.
pub(super) fn reachable_until(before: &Document, now: DateTime<Utc>) -> DateTime<Utc> {
    let grace = now + GRACE;
    before.contact_erased_at(now).map_or(grace, |erased| erased.min(grace))
}
