//! What is put to the public: documents and the sections, blocks and footnotes of their text.
//!
//! From files to parsed sections it is text alone, with no database: [`import`] reads pages into sections and
//! [`markdown`] renders one section. `actions` puts what was parsed into the tables, and reads.

pub mod actions;
pub mod import;
pub mod markdown;
pub mod model;
pub mod phase;
pub mod policy;
pub mod queries;
