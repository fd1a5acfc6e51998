//! The moderators' desk: what waits for them, across comments and submissions. Queues are derived views, never stored.

pub mod desk;
