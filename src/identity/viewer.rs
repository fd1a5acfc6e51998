//! Who is asking. Made from the request's access token, once for each request; never from input.

use std::sync::Arc;

use super::{
    api_tokens::{Scope, Scoped},
    model::{Grant, Role},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, DocumentId, SessionId},
};

/// Who is asking: somebody signed in, or anybody. Cheap to clone.
#[derive(Clone, Default)]
pub struct Viewer {
    signed_in: Option<Arc<SignedIn>>,
    origin: Option<Origin>,
    device: Option<Arc<str>>,
    scoped: Option<Arc<Scoped>>,
}

/// Where a request came from: a keyed hash of the client's address. It tells the same from another, and the address cannot
/// be had back from it.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin(pub Arc<[u8]>);

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Origin(…)")
    }
}

/// A viewer who has signed in.
#[derive(Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Their account.
    pub account: AccountId,
    /// The session they signed in with.
    pub session: SessionId,
    /// Their roles, as they are now.
    pub grants: Vec<Grant>,
}

/// Which documents a role reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All there are.
    All,
    /// These.
    Only(Vec<DocumentId>),
}

impl Viewer {
    /// Somebody nobody knows.
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// Somebody signed in.
    pub fn signed_in(signed_in: SignedIn) -> Self {
        Self { signed_in: Some(Arc::new(signed_in)), ..Self::default() }
    }

    /// A program that acts for somebody with an API token: with those of their roles that the token's scopes reach.
    pub fn program(mut signed_in: SignedIn, scoped: Scoped) -> Self {
        signed_in.grants = scoped.narrowed(&signed_in.grants);
        Self { scoped: Some(Arc::new(scoped)), ..Self::signed_in(signed_in) }
    }

    /// The same viewer, with this kind of browser and system.
    #[must_use]
    pub fn using(self, device: Option<Arc<str>>) -> Self {
        Self { device, ..self }
    }

    /// The kind of browser and system they use, in a few words of ours; empty where it is not known.
    pub fn device(&self) -> &str {
        self.device.as_deref().unwrap_or_default()
    }

    /// Whether what an API token may do includes this; everybody without one may do whatever their roles allow.
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.scoped.as_ref().is_none_or(|scoped| scoped.scopes.contains(&scope))
    }

    /// Whether this is a program with an API token.
    pub fn is_program(&self) -> bool {
        self.scoped.is_some()
    }

    /// Whether what they read and do may be about this document; an API token can be for one alone.
    pub fn reaches(&self, document: DocumentId) -> bool {
        self.only_document().is_none_or(|only| only == document)
    }

    /// The one document that an API token is for, if it is for one.
    pub fn only_document(&self) -> Option<DocumentId> {
        self.scoped.as_ref().and_then(|scoped| scoped.document)
    }

    /// Who is signed in as a person; `Unauthenticated` where nobody is, `Forbidden` for a program.
    pub fn require_person(&self) -> Result<&SignedIn> {
        let signed_in = self.require()?;
        if self.is_program() {
            return Err(Error::Forbidden(
                "An API token cannot do this. Sign in, and send the access token instead.".into(),
            ));
        }
        Ok(signed_in)
    }

    /// The same viewer, whose request came from there.
    #[must_use]
    pub fn coming_from(self, origin: Option<Origin>) -> Self {
        Self { origin, ..self }
    }

    /// Where the request came from; nothing for what the service's own pages ask.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Whether nobody is signed in.
    pub fn is_anonymous(&self) -> bool {
        self.signed_in.is_none()
    }

    /// Who is signed in; `Unauthenticated` where nobody is.
    pub fn require(&self) -> Result<&SignedIn> {
        self.signed_in.as_deref().ok_or_else(|| {
            Error::Unauthenticated(
                "Sign in first: this needs an access token in the header `Authorization: Bearer …`.".into(),
            )
        })
    }

    /// The account of an administrator; `Unauthenticated` or `Forbidden` for everybody else.
    pub fn require_administrator(&self) -> Result<AccountId> {
        let signed_in = self.require()?;
        if self.reach(Role::Administrator) == Reach::All {
            return Ok(signed_in.account);
        }
        Err(Error::Forbidden("Only an administrator may do this.".into()))
    }

    /// Whether they have this role for this document, by itself or for the installation.
    pub fn has(&self, role: Role, document: DocumentId) -> bool {
        self.grants()
            .iter()
            .any(|grant| grant.role == role && grant.document_id.is_none_or(|granted| granted == document))
    }

    /// Whether they moderate this document. An administrator does not, unless given the role as well: what people
    /// said in confidence is for those who handle it.
    pub fn moderates(&self, document: DocumentId) -> bool {
        self.has(Role::Moderator, document)
    }

    /// Which documents they have this role for.
    pub fn reach(&self, role: Role) -> Reach {
        let mut documents = Vec::new();
        for grant in self.grants().iter().filter(|grant| grant.role == role) {
            match grant.document_id {
                None => return Reach::All,
                Some(document) => documents.push(document),
            }
        }
        Reach::Only(documents)
    }

    /// Whether somebody was given an office anywhere; a participant was given none.
    pub fn has_office(&self) -> bool {
        self.grants().iter().any(|grant| grant.role != Role::Participant)
    }

    fn grants(&self) -> &[Grant] {
        self.signed_in.as_deref().map_or(&[], |signed_in| &signed_in.grants)
    }
}

impl Reach {
    /// Whether it reaches nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Only(documents) if documents.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn with(grants: Vec<Grant>) -> Viewer {
        let at = DateTime::UNIX_EPOCH;
        Viewer::signed_in(SignedIn { account: AccountId::new(at), session: SessionId::new(at), grants })
    }

    #[test]
    fn a_role_reaches_its_document_and_no_other() {
        let (one, other) = (DocumentId::new(DateTime::UNIX_EPOCH), DocumentId::new(DateTime::UNIX_EPOCH));
        let moderator = with(vec![Grant { role: Role::Moderator, document_id: Some(one) }]);
        assert!(moderator.moderates(one) && !moderator.moderates(other));
        assert!(!moderator.has(Role::Editor, one));
        assert!(matches!(moderator.require_administrator(), Err(Error::Forbidden(_))));
        let everywhere = with(vec![Grant { role: Role::Moderator, document_id: None }]);
        assert!(everywhere.moderates(one) && everywhere.moderates(other));
        assert_eq!(everywhere.reach(Role::Moderator), Reach::All);
    }

    #[test]
    fn an_administrator_does_not_read_what_is_for_moderators() {
        let document = DocumentId::new(DateTime::UNIX_EPOCH);
        let administrator = with(vec![Grant { role: Role::Administrator, document_id: None }]);
        assert!(administrator.require_administrator().is_ok());
        assert!(!administrator.moderates(document));
        // A role for one document does not run the installation.
        let of_one = with(vec![Grant { role: Role::Administrator, document_id: Some(document) }]);
        assert!(of_one.require_administrator().is_err());
    }

    #[test]
    fn nobody_may_do_nothing() {
        let nobody = Viewer::anonymous();
        assert!(matches!(nobody.require_administrator(), Err(Error::Unauthenticated(_))));
        assert!(nobody.reach(Role::Moderator).is_empty());
    }
}
