//! Rows and enums of identity.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::api_tokens::Scope;
use crate::{
    db::schema::{accounts, api_tokens, role_grants, sessions, sign_in_links},
    ids::{AccountId, ApiTokenId, DocumentId, SessionId, SignInLinkId},
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
    /// Their address, sealed for [`Account::email_place`]; an identity provider may know them without one.
    pub email_sealed: Option<Vec<u8>>,
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
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = sign_in_links)]
pub struct SignInLink {
    /// Its id, of which its token is made.
    pub id: SignInLinkId,
    /// Whom it signs in; found out when it is mailed, where somebody asked for it.
    pub account_id: Option<AccountId>,
    /// Which token of this link is good.
    pub generation: i32,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// When it was used; it can be used once.
    pub used_at: Option<DateTime<Utc>>,
    /// The digest of what has to come with its token; nothing where nobody asked for it.
    pub secret_hash: Option<Vec<u8>>,
}

/// A signed-in session.
#[derive(Clone, Queryable, Selectable)]
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
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its refresh token was exchanged last.
    pub refreshed_at: DateTime<Utc>,
    /// The kind of browser and system it was begun with, in a few words; empty where it is not known.
    pub device: String,
    /// When a client that had lost the answer to that exchange was given it again.
    pub retried_at: Option<DateTime<Utc>>,
}

/// A token for a program, without the token.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// For whom it acts.
    pub account_id: AccountId,
    /// What it is for, in its maker's words.
    pub name: String,
    /// What it may do, as kept: see [`ApiToken::scopes`].
    pub scopes: Vec<String>,
    /// For which document; for all where none is named.
    pub document_id: Option<DocumentId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The hour in which it was used last.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was ended before its time.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiToken {
    /// What it may do. A scope that this program does not know gives nothing.
    pub fn scopes(&self) -> Vec<Scope> {
        self.scopes.iter().filter_map(|kept| Scope::parse(kept)).collect()
    }
}
