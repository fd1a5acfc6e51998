//! The service from outside: the real server on its own database and a real mail server, spoken to over HTTP by named
//! actors.

mod support;

mod api_tokens;
mod appeals;
mod action_links;
mod author;
mod commenting;
mod dead_letters;
mod decisions;
mod desk;
mod digests;
mod identity;
mod idor;
mod journey;
mod ledger;
mod letters;
mod log;
mod matrix;
mod moderation;
mod notifications;
mod oidc;
mod people;
mod policies;
mod preferences;
mod reading;
mod reports;
mod requests;
mod rules;
mod schema;
mod sequences;
mod sessions;
mod signing_keys;
mod statements;
mod submissions;
