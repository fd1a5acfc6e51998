//! Readers' reports: complaints about comments, one for each person and comment. They say nothing about who reported but
//! whether an answer is wanted; enough of them withhold a comment until a moderator has looked.

pub mod actions;
pub mod mine;
pub mod model;
pub mod queries;

pub use model::{Report, ReportOutcome};
