//! Rows and enums of identity.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    db::schema::{accounts, role_grants, sessions, sign_in_links},
    ids::{AccountId, DocumentId, SessionId, SignInLinkId},
    seal::Place,
    text_enum,
};

text_enum! {
    /// What an account may do, for the whole installation or for one document.
    pub enum Role {
        /// Runs the installation: invites people, gives and takes roles.
        Administrator = "ADMINISTRATOR",
        /// Prepares and publishes documents.
        Editor = "EDITOR",
        /// Decides on comments and handles submissions.
        Moderator = "MODERATOR",
        /// Takes part with an account of their own.
        Participant = "PARTICIPANT",
    }
}

/// A person who signs in.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What others see them called.
    pub display_name: String,
    /// Their address, sealed for [`Account::email_place`].
    pub email_sealed: Vec<u8>,
    /// The language mail to them is in, as a BCP 47 tag.
    pub language: String,
    /// Since when they may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When a mail server said that there is no such mailbox; forgotten when they sign in by a mailed link.
    pub bounced_at: Option<DateTime<Utc>>,
}

impl Account {
    /// Where the sealed address of this account lives.
    pub fn email_place(id: AccountId) -> Place {
        Place { column: "accounts.email_sealed", row: id.0 }
    }
}

/// One role of an account.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = role_grants)]
pub struct Grant {
    /// What they may do.
    pub role: Role,
    /// For which document; for all where none is named.
    pub document_id: Option<DocumentId>,
}

/// A mailed link to sign in with.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sign_in_links)]
pub struct SignInLink {
    /// Its id, of which its token is made.
    pub id: SignInLinkId,
    /// Whom it signs in.
    pub account_id: AccountId,
    /// Which token of this link is good.
    pub generation: i32,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used; it can be used once.
    pub used_at: Option<DateTime<Utc>>,
}

/// A signed-in session.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How often its refresh token has been exchanged.
    pub generation: i32,
    /// Until when it can be refreshed.
    pub expires_at: DateTime<Utc>,
    /// When it was ended.
    pub ended_at: Option<DateTime<Utc>>,
}
