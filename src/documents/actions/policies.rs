//! What a document's owner decides about moderation.

use crate::{
    context::Context,
    documents::{
        model::{Document, ModerationMode},
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

/// Changes a document's policies from now on. For its editors and for administrators; `NotFound` for those who cannot
/// see the document.
pub async fn set_policies(
    ctx: &Context,
    viewer: &Viewer,
    id: DocumentId,
    input: SetPolicies,
) -> Result<Document> {
    viewer.require()?;
    let mut conn = ctx.db.get().await?;
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
    queries::set_policies(&mut conn, id, &input, ctx.clock.now()).await
}
