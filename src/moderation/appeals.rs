//! Appeals: what an author says against a decision, once for each, by the receipt. Another moderator than the one who
//! decided looks at it; where it is right, the decision is taken back in the same transaction. Each step is a record of the
//! ledger.

pub mod actions;
pub mod erase;
pub mod model;
pub mod policy;
pub mod queries;

pub use model::{Appeal, AppealState};
