//! Who wrote a contribution, and the receipt they keep. No account is needed; the address is sealed, and only the
//! moderators of the document ever see it.
//!
//! This domain turns a receipt's token into the id of what it is for; what is found there belongs to `comments` and
//! `submissions`.

pub mod jobs;
pub mod model;
pub mod queries;
pub mod receipts;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use serde::Serialize;

pub use model::{Contributor, Intake, ReceiptKind};
pub use receipts::Receipt;

use crate::{
    context::Context,
    error::{Error, Result, UserError},
    ids::{ContributorId, DocumentId},
    mail::EmailAddress,
    seal::{DataKey, TokenKind},
    text,
    vault::Class,
};

/// Who contributes, as they say it.
#[derive(Clone, Debug, Serialize)]
pub struct Author {
    /// What they want to be called.
    pub name: String,
    /// Where they can be reached.
    pub email: String,
}

/// An author whose particulars can be kept.
pub struct CheckedAuthor {
    name: String,
    email: EmailAddress,
}

impl Author {
    /// Checks what was given; what has to be put right is added to `problems`.
    pub fn check(&self, problems: &mut Vec<UserError>) -> Option<CheckedAuthor> {
        let name = text::line(problems, &self.name, text::MAX_NAME, &["author", "name"]);
        let email = text::email(problems, &self.email, &["author", "email"])?;
        Some(CheckedAuthor { name, email })
    }
}

/// The key that seals the contact details of a document's contributors. Fetched before the transaction that uses it.
pub async fn contact_key(ctx: &Context, document: DocumentId) -> Result<std::sync::Arc<DataKey>> {
    ctx.vault.key(Class::Contact, Some(document)).await
}

/// Counts a contribution under the address that was typed; `RateLimited` where it has had its share.
pub fn count(ctx: &Context, author: &CheckedAuthor) -> Result<()> {
    let key = ctx.vault.keys().lookup_hash(b"limits.contributor", &author.email.normalised());
    ctx.limits.contributions.count(&key, "Much has been sent from this e-mail address in a short time.")
}

/// Keeps an author, their address sealed with `key`.
pub async fn record(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    key: &DataKey,
    document: DocumentId,
    author: &CheckedAuthor,
    now: DateTime<Utc>,
) -> Result<ContributorId> {
    let id = ContributorId::new(now);
    let email_sealed =
        key.seal(Contributor::email_place(id), author.email.as_str().as_bytes()).map_err(Error::internal)?;
    let scope = [b"contributors.email".as_slice(), document.0.as_bytes()].concat();
    let email_hash = ctx.vault.keys().lookup_hash(&scope, &author.email.normalised());
    queries::insert(conn, id, document, &author.name, email_sealed, email_hash, now).await?;
    Ok(id)
}

/// The address of a contributor, opened; `None` where it was erased.
pub async fn address_of(ctx: &Context, contributor: &Contributor) -> Result<Option<String>> {
    match &contributor.email_sealed {
        Some(sealed) => {
            Ok(Some(ctx.vault.open_text(Contributor::email_place(contributor.id), sealed).await?))
        }
        None => Ok(None),
    }
}

/// The secret link in a mail that ends mail about replies to this contributor.
pub fn unsubscribe_url(ctx: &Context, id: ContributorId) -> String {
    ctx.link(&format!("/unsubscribe/{}", ctx.vault.keys().token(TokenKind::Unsubscribe, id.0, 0)))
}
