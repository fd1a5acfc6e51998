//! The ledger: one record of each decision on each item, added in the transaction of the decision and never changed
//! (the database refuses it), each carrying the hash of the one before. Whatever changes the state of a comment or
//! submission says so here.

pub mod chain;
pub mod checkpoint;
pub mod model;
pub mod queries;
pub mod ruling;
pub mod verify;

pub use model::{ActorKind, Decision, ModerationAction, Reason, Subject, SubjectKind};
pub use ruling::{Actor, Effect, Ruling, UNDO_WINDOW, Unrecorded, record, unchanged, undoable};
