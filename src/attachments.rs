//! Files that belong to submissions: announced with a ticket, received by a streaming PUT, then named by the submission they
//! are part of. Like its text they are for its sender and the moderators of its document; only those can have them back.
//!
//! Where files lie and what is let in is with `files`. This domain knows submissions by their ids alone.

pub mod actions;
mod deliver;
pub mod jobs;
pub mod model;
pub mod queries;
mod receive;
mod room;

pub use deliver::{Delivery, deliver};
pub use model::Attachment;
pub use receive::{NotKept, receive};
pub use room::FULL_FOR;
