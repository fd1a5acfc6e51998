//! Answerable: a GraphQL participation service. ARCHITECTURE.md has the map of the house and the way of one comment
//! through it.
//!
//! Who may import whom goes by the order below: each line may use the lines above it, never those below. A test reads
//! every path in the code and holds it.

// The platform: knows nothing of participation.
pub mod error;
pub mod clock;
pub mod locale;
pub mod ids;
pub mod seal;
pub mod config;
pub mod telemetry;
pub mod db;
pub mod vault;
pub mod files;
pub mod signing;
pub mod installation;
pub mod mail;
pub mod outbox;
pub mod events;
pub mod limits;
pub mod oidc;
pub mod context;
pub mod rekey;
pub mod idempotency;
pub mod text;
pub mod markup;

// The domains: what the project exists for.
pub mod identity;
pub mod documents;
pub mod contributors;
pub mod ledger;
pub mod rules;
pub mod comments;
pub mod attachments;
pub mod submissions;
pub mod intake;
pub mod moderation;
pub mod privacy;
pub mod notifications;

// What shows them to the world.
pub mod graphql;
pub mod web;
pub mod http;

// What puts everything together.
pub mod app;
