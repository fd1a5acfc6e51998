//! The ledger: one record of each decision on each item, added in the transaction of the decision and never changed
//! (the database refuses it). Whatever changes the state of a comment or submission says so here.

pub mod model;
pub mod queries;
pub mod ruling;

pub use model::{ActorKind, Decision, ModerationAction, Reason, Subject, SubjectKind};
pub use ruling::{Actor, Effect, Ruling, record, unchanged};
