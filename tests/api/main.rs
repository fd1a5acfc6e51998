//! The service from outside: the real server on its own database and a real mail server, spoken to over HTTP by named
//! actors.

mod support;

mod appeals;
mod commenting;
mod decisions;
mod desk;
mod identity;
mod journey;
mod ledger;
mod log;
mod moderation;
mod notifications;
mod policies;
mod reading;
mod reports;
mod requests;
mod schema;
mod sequences;
mod statements;
mod submissions;
