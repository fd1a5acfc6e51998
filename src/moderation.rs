//! Moderation across comments and submissions: the desk with what waits there, who is at work on what, deciding on many at
//! once; what readers report, the reasons that people are owed, and what they say against a decision. Queues are derived
//! views, never stored.

pub mod appeals;
pub mod bulk;
mod changes;
pub mod claims;
pub mod desk;
pub mod jobs;
pub mod reports;
pub mod statements;
