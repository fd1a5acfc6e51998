//! The side effects of identity. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AccountId, DocumentId, SignInLinkId},
    outbox::Job,
};

/// A sign-in link was asked for and is to be mailed.
#[derive(Serialize, Deserialize)]
pub struct SendSignInLink {
    /// The link.
    pub link: SignInLinkId,
}

impl Job for SendSignInLink {
    const KIND: &'static str = "identity.send_sign_in_link";
    const PRIORITY: i16 = 0;
}

/// Somebody was invited and is to be told, with a first link to sign in with.
#[derive(Serialize, Deserialize)]
pub struct SendInvitation {
    /// The link.
    pub link: SignInLinkId,
    /// Who invited them.
    pub invited_by: AccountId,
    /// What they are to moderate.
    pub documents: Vec<DocumentId>,
}

impl Job for SendInvitation {
    const KIND: &'static str = "identity.send_invitation";
    const PRIORITY: i16 = 0;
}
