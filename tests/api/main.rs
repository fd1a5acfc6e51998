//! The service from outside: the real server on its own database and a real mail server, spoken to over HTTP by named
//! actors.

mod support;

mod appeals;
mod action_links;
mod author;
mod commenting;
mod connections;
mod dead_letters;
mod decisions;
mod desk;
mod digests;
mod identity;
mod journey;
mod ledger;
mod letters;
mod limits;
mod log;
mod moderation;
mod notifications;
mod persisted;
mod policies;
mod preferences;
mod reading;
mod reports;
mod requests;
mod rules;
mod schema;
mod sequences;
mod statements;
mod submissions;
