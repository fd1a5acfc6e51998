//! The service from outside: the real server on its own database and a real mail server, spoken to over HTTP by named
//! actors.

mod support;

mod appeals;
mod action_links;
mod author;
mod commenting;
mod dead_letters;
mod decisions;
mod desk;
mod digests;
mod fuzz;
mod identity;
mod journey;
mod keys;
mod ledger;
mod letters;
mod log;
mod moderation;
mod notifications;
mod policies;
mod preferences;
mod quotas;
mod privacy;
mod reading;
mod reports;
mod requests;
mod rules;
mod schema;
mod sequences;
mod statements;
mod submissions;
mod subscriptions;
