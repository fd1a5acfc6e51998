//! Tokens for programs: what they look like and what they may do. Making and ending them is in `actions`.
//!
//! A token is `ans_` and 39 letters and digits: 160 bits at random and 32 of a checksum, so that scanners for secrets
//! find it wherever it was left, and one that was mistyped is told apart without asking the database. Only its digest is
//! kept.

use data_encoding::BASE32_NOPAD;

use super::model::{Grant, Role};
use crate::{
    error::{Error, Result},
    ids::{ApiTokenId, DocumentId},
    seal, text_enum,
};

/// What every token begins with.
pub const PREFIX: &str = "ans_";
const SECRET_BYTES: usize = 20;
const CHECK_BYTES: usize = 4;

text_enum! {
    /// What an API token may do, within what its owner may do.
    pub enum Scope {
        /// Read what everybody can read, and who the token acts for.
        Read = "READ",
        /// Comment, make submissions, report and appeal.
        Contribute = "CONTRIBUTE",
        /// Read and decide what a moderator reads and decides, submissions included.
        Moderate = "MODERATE",
        /// Prepare documents, as an editor does.
        Edit = "EDIT",
        /// Run the installation: people, roles, jobs. Not for one document alone.
        Administer = "ADMINISTER",
    }
}

impl Scope {
    /// All there are, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Read, Self::Contribute, Self::Moderate, Self::Edit, Self::Administer];

    /// The role that somebody needs to give a token this scope; everybody who signs in can give the others.
    pub fn role(self) -> Option<Role> {
        match self {
            Self::Read | Self::Contribute => None,
            Self::Moderate => Some(Role::Moderator),
            Self::Edit => Some(Role::Editor),
            Self::Administer => Some(Role::Administrator),
        }
    }
}

/// What a presented token may do.
#[derive(Clone, Debug)]
pub struct Scoped {
    /// The token.
    pub token: ApiTokenId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// For which document; for all where none is named.
    pub document: Option<DocumentId>,
}

impl Scoped {
    /// Those of its owner's roles that the token has as well, each for its document alone where it is for one.
    pub fn narrowed(&self, grants: &[Grant]) -> Vec<Grant> {
        let roles: Vec<Role> = self.scopes.iter().filter_map(|scope| scope.role()).collect();
        let of_scope = grants.iter().filter(|grant| roles.contains(&grant.role));
        match self.document {
            None => of_scope.cloned().collect(),
            Some(document) => of_scope
                .filter(|grant| grant.document_id.is_none_or(|granted| granted == document))
                .map(|grant| Grant { document_id: Some(document), ..grant.clone() })
                .collect(),
        }
    }
}

/// Whether this says of itself that it is an API token.
pub fn is_one(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// A new token.
pub fn make() -> Result<String> {
    let secret = seal::random::<SECRET_BYTES>().map_err(Error::internal)?;
    let body = [secret.as_slice(), &check(&secret)].concat();
    Ok(format!("{PREFIX}{}", BASE32_NOPAD.encode(&body).to_ascii_lowercase()))
}

/// What is kept of a token and looked up; `None` for what was never one.
pub fn digest(text: &str) -> Option<Vec<u8>> {
    let body = text.strip_prefix(PREFIX)?;
    if body.len() != BASE32_NOPAD.encode_len(SECRET_BYTES + CHECK_BYTES)
        || body.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(body.to_ascii_uppercase().as_bytes()).ok()?;
    let (secret, given) = bytes.split_at_checked(SECRET_BYTES)?;
    (given == check(secret)).then(|| seal::digest(&[b"api token", secret]))
}

/// No secret: it tells a token from a text that looks like one.
fn check(secret: &[u8]) -> Vec<u8> {
    seal::digest(&[PREFIX.as_bytes(), secret])[..CHECK_BYTES].to_vec()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_token_is_recognised_and_a_mistyped_one_is_none() {
        let token = make().unwrap();
        assert_eq!(token.len(), PREFIX.len() + 39);
        assert!(token[4..].bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')), "{token}");
        assert_eq!(digest(&token).unwrap().len(), 32);
        assert_ne!(make().unwrap(), token);
        let mut mistyped = token.clone().into_bytes();
        mistyped[10] = if mistyped[10] == b'a' { b'b' } else { b'a' };
        for wrong in [&String::from_utf8(mistyped).unwrap(), &token[4..], &token.to_uppercase(), "ans_", ""] {
            assert!(digest(wrong).is_none(), "{wrong}");
        }
        assert!(digest(&format!("{token}a")).is_none());
    }

    #[test]
    fn scopes_and_a_document_narrow_what_the_owner_may_do() {
        let at = DateTime::UNIX_EPOCH;
        let (one, other) = (DocumentId::new(at), DocumentId::new(at));
        let grants = [
            Grant { role: Role::Administrator, document_id: None },
            Grant { role: Role::Moderator, document_id: None },
            Grant { role: Role::Editor, document_id: Some(other) },
        ];
        let with = |scopes: &[Scope], document| {
            Scoped { token: ApiTokenId::new(at), scopes: scopes.to_vec(), document }.narrowed(&grants)
        };
        assert!(with(&[Scope::Read, Scope::Contribute], None).is_empty());
        assert_eq!(with(&[Scope::Moderate], None), grants[1..2]);
        assert_eq!(
            with(&[Scope::Moderate, Scope::Edit], Some(one)),
            [Grant { role: Role::Moderator, document_id: Some(one) }]
        );
        assert_eq!(with(&[Scope::Edit], Some(other)), grants[2..]);
    }
}
