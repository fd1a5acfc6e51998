//! Who signs in and what they may do: accounts, roles, mailed sign-in links, sessions, access tokens, API tokens, and
//! people for whom an outside identity provider vouches.
//!
//! Contributors are somebody else: they need no account (`contributors`).

pub mod actions;
pub mod api_tokens;
pub mod device;
pub mod jobs;
pub mod model;
pub mod queries;
pub mod tokens;
pub mod viewer;

pub use api_tokens::Scope;
pub use model::{Account, Role};
pub use viewer::Viewer;
