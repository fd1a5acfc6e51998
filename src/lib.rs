//! Answerable: a GraphQL participation service. The map of the house is in ARCHITECTURE.md.

pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod ids;
pub mod seal;
pub mod telemetry;
pub mod vault;
