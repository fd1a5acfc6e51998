//! Whose data it is, and what of it there is.
//!
//! Whoever holds a receipt has shown that one contribution is theirs, and nothing else: anybody can type any address, so that
//! an address in common proves nothing. An account's owner has shown that the address is theirs, by the link that was mailed
//! to it.

use crate::{
    context::Context,
    contributors::{self, Receipt, receipts},
    documents::{self, model::Document},
    error::{Error, Result},
    identity::{self, Viewer},
    ids::DocumentId,
    moderation::reports::{self, Report},
};

/// Whose data is asked for.
#[derive(Clone)]
pub enum Whose {
    /// That of whoever holds this receipt: the one contribution it is for.
    Holder(String),
    /// That of the account's owner in this document: everything under the account's address.
    Account(DocumentId),
}

impl Whose {
    /// Reads what a request names; `BadRequest` for anything but one of the two.
    pub fn read(token: Option<String>, document: Option<DocumentId>) -> Result<Self> {
        match (token, document) {
            (Some(token), None) => Ok(Self::Holder(token)),
            (None, Some(document)) => Ok(Self::Account(document)),
            _ => Err(Error::BadRequest(
                "Give the `token` of a receipt, or sign in and give the `documentId`: one of them.".into(),
            )),
        }
    }
}

/// What there is of one person in one document.
pub(super) struct Held {
    /// The document.
    pub document: Document,
    /// Their contributions, by their receipts.
    pub receipts: Vec<Receipt>,
    /// The reports they have made.
    pub reports: Vec<Report>,
}

/// Finds it. `NotFound` for a token that opens no receipt, `Unauthenticated` where an account is needed and nobody is signed
/// in.
pub(super) async fn find(ctx: &Context, viewer: &Viewer, whose: &Whose) -> Result<Held> {
    match whose {
        Whose::Holder(token) => {
            let mut conn = ctx.db.get().await?;
            let receipt = receipts::by_token(ctx, &mut conn, token).await?;
            let author = contributors::queries::by_ids(&mut conn, &[receipt.contributor]).await?.pop();
            let id = author.ok_or_else(|| Error::missing("receipt"))?.document_id;
            let document = documents::queries::by_ids(&mut conn, &[id]).await?.pop();
            let document = document.ok_or_else(|| Error::missing("document"))?;
            Ok(Held { document, receipts: vec![receipt], reports: Vec::new() })
        }
        Whose::Account(id) => {
            let account = viewer.require()?.account;
            let mut conn = ctx.db.get().await?;
            let found = identity::queries::accounts(&mut conn, &[account]).await?.pop();
            let found = found.ok_or_else(|| Error::missing("account"))?;
            let document = documents::queries::by_ids(&mut conn, &[*id]).await?.pop();
            let document = documents::policy::readable(viewer, document)?;
            drop(conn);
            let email = identity::actions::address_of(ctx, &found).await?;
            let mut receipts = Vec::new();
            // Without an address nothing was written under it.
            if let Some(email) = &email {
                let hash = contributors::email_hash(ctx, document.id, email);
                let mut conn = ctx.db.get().await?;
                let people = contributors::queries::of_address(&mut conn, document.id, &hash).await?;
                receipts = receipts::given_to(ctx, &mut conn, &people).await?;
            }
            let reports = reports::mine::made_by(ctx, document.id, account, email.as_ref()).await?;
            Ok(Held { document, receipts, reports })
        }
    }
}
