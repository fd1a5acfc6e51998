//! The moderators' desk, across comments and submissions: what waits for them, who is at work on what, deciding on many
//! at once. Queues are derived views, never stored.

pub mod bulk;
pub mod claims;
pub mod desk;
