//! The chain: what the hash of a record covers. One chain for each document; each record carries the hash of the one
//! before, so that changing, removing or inserting one breaks every later link.
//!
//! - `commitment` = SHA-256(version, salt, account, statement, note): what could name somebody is outside the chain
//!   and can be erased together with its salt; while it is there, the commitment proves it.
//! - `body` = SHA-256(version, every other field of the record, commitment)
//! - `hash` = SHA-256(previous hash, seq, body); the first record's previous hash is SHA-256(version, document).
//!
//! All parts are length-prefixed ([`seal::digest`]); numbers are big-endian, times microseconds since 1970. The
//! database makes the last step itself (`ledger_digest`), so that a chain is locked for one statement only.

use super::model::{Details, ModerationAction};
use crate::{ids::DocumentId, seal::digest};

/// What stands before the first record of a document.
pub fn genesis(document: DocumentId) -> Vec<u8> {
    digest(&[b"answerable/genesis/1", document.0.as_bytes()])
}

/// The commitment to what could name somebody. `None` once it is erased: the salt is gone.
pub fn commitment(details: &Details) -> Option<Vec<u8>> {
    let salt = details.salt.as_deref()?;
    Some(digest(&[
        b"answerable/details/1",
        salt,
        details.actor_id.as_ref().map_or(&[], |actor| actor.0.as_bytes()),
        details.statement.as_deref().unwrap_or_default().as_bytes(),
        details.note.as_deref().unwrap_or_default().as_bytes(),
    ]))
}

/// The hash of everything a record says but its place in the chain.
pub fn body(action: &ModerationAction) -> Vec<u8> {
    digest(&[
        b"answerable/action/1",
        action.id.0.as_bytes(),
        action.document_id.0.as_bytes(),
        action.subject_kind.as_str().as_bytes(),
        action.subject_id.as_bytes(),
        action.actor_kind.as_str().as_bytes(),
        action.action.as_str().as_bytes(),
        action.from_state.as_bytes(),
        action.to_state.as_bytes(),
        action.reason.map_or("", |reason| reason.as_str()).as_bytes(),
        action.rule_cited.map(i32::to_be_bytes).as_ref().map_or(&[], <[u8; 4]>::as_slice),
        &[u8::from(action.detected)],
        action.batch_id.as_ref().map_or(&[], |batch| batch.as_bytes()),
        &action.subject_version.to_be_bytes(),
        &action.created_at.timestamp_micros().to_be_bytes(),
        &action.commitment,
    ])
}

/// The hash of a record after the one before.
pub fn link(previous: &[u8], seq: i64, body: &[u8]) -> Vec<u8> {
    digest(&[previous, &seq.to_be_bytes(), body])
}
