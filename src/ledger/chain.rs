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

use uuid::Uuid;

use super::model::{Details, ModerationAction, Reason};
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

/// Everything a record says but its place in the chain, in the very form that is hashed. Words are texts here: a record
/// that was given a word this program does not know is still to be told apart from one that holds.
pub struct Said<'a> {
    /// The record's id.
    pub id: Uuid,
    /// The document of the item.
    pub document: Uuid,
    /// What kind of item.
    pub subject_kind: &'a str,
    /// The item.
    pub subject: Uuid,
    /// As what the one who decided did so.
    pub actor_kind: &'a str,
    /// What was decided.
    pub decision: &'a str,
    /// The item's state before.
    pub from_state: &'a str,
    /// The item's state after.
    pub to_state: &'a str,
    /// On which ground.
    pub reason: Option<&'a str>,
    /// The rule of the document that is cited, by its number.
    pub rule_cited: Option<i32>,
    /// Whether a rule found it first.
    pub detected: bool,
    /// What was decided together, in one request.
    pub batch: Option<Uuid>,
    /// The item's version after.
    pub subject_version: i32,
    /// When, in microseconds since 1970.
    pub created_at: i64,
    /// The salted hash of what could name somebody.
    pub commitment: &'a [u8],
}

impl<'a> From<&'a ModerationAction> for Said<'a> {
    fn from(action: &'a ModerationAction) -> Self {
        Self {
            id: action.id.0,
            document: action.document_id.0,
            subject_kind: action.subject_kind.as_str(),
            subject: action.subject_id,
            actor_kind: action.actor_kind.as_str(),
            decision: action.action.as_str(),
            from_state: &action.from_state,
            to_state: &action.to_state,
            reason: action.reason.map(Reason::as_str),
            rule_cited: action.rule_cited,
            detected: action.detected,
            batch: action.batch_id,
            subject_version: action.subject_version,
            created_at: action.created_at.timestamp_micros(),
            commitment: &action.commitment,
        }
    }
}

/// The hash of everything a record says but its place in the chain.
pub fn body(said: &Said<'_>) -> Vec<u8> {
    digest(&[
        b"answerable/action/1",
        said.id.as_bytes(),
        said.document.as_bytes(),
        said.subject_kind.as_bytes(),
        said.subject.as_bytes(),
        said.actor_kind.as_bytes(),
        said.decision.as_bytes(),
        said.from_state.as_bytes(),
        said.to_state.as_bytes(),
        said.reason.unwrap_or_default().as_bytes(),
        said.rule_cited.map(i32::to_be_bytes).as_ref().map_or(&[], <[u8; 4]>::as_slice),
        &[u8::from(said.detected)],
        said.batch.as_ref().map_or(&[], |batch| batch.as_bytes()),
        &said.subject_version.to_be_bytes(),
        &said.created_at.to_be_bytes(),
        said.commitment,
    ])
}

/// The hash of a record after the one before.
pub fn link(previous: &[u8], seq: i64, body: &[u8]) -> Vec<u8> {
    digest(&[previous, &seq.to_be_bytes(), body])
}
