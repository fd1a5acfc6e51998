//! The program itself, run as people run it: as a process of its own, on the database it carries, ended by signals and by
//! force. What it answers is the matter of `api`; here it is how it starts, refuses, ends and comes back.

#![cfg(all(unix, embedded_postgres))]

#[expect(dead_code, reason = "shared with the tests of the API, which use the rest")]
#[path = "api/support/actor.rs"]
mod actor;
#[path = "process/installation.rs"]
mod installation;
#[path = "api/support/patience.rs"]
mod patience;
#[path = "process/people.rs"]
mod people;
#[path = "api/support/secrets.rs"]
mod planting;
#[path = "process/program.rs"]
mod program;
#[path = "api/support/recount.rs"]
mod recount;
#[expect(dead_code, reason = "shared with the tests of the interface, which use the rest")]
#[path = "api/support/socket.rs"]
mod socket;
#[expect(dead_code, reason = "shared with the tests of mail, which use the rest")]
#[path = "api/support/smtp.rs"]
mod smtp;

use actor::Actor;

#[path = "process/beside.rs"]
mod beside;
#[path = "process/contract.rs"]
mod contract;
#[path = "process/ending.rs"]
mod ending;
#[path = "process/errors.rs"]
mod errors;
#[path = "process/files.rs"]
mod files;
#[path = "process/imports.rs"]
mod imports;
#[path = "process/interrupted.rs"]
mod interrupted;
#[path = "process/keys.rs"]
mod keys;
#[path = "process/kills.rs"]
mod kills;
#[path = "process/ledger.rs"]
mod ledger;
#[path = "process/queued.rs"]
mod queued;
#[path = "process/refusals.rs"]
mod refusals;
#[path = "process/secrets.rs"]
mod secrets;
#[path = "process/starts.rs"]
mod starts;
