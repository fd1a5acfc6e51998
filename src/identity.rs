//! Who signs in and what they may do: accounts, roles, mailed sign-in links, sessions and access tokens.
//!
//! Contributors are somebody else: they need no account (`contributors`).

pub mod actions;
pub mod jobs;
pub mod model;
pub mod queries;
pub mod tokens;
pub mod viewer;

pub use model::{Account, Role};
pub use viewer::Viewer;
