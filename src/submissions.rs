//! Private submissions: only their sender, by the receipt, and the moderators of their document ever see them. For
//! everybody else they do not exist. The text is sealed; nothing here makes it public.

pub mod actions;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod queries;

pub use model::{Submission, SubmissionState};
