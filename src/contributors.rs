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
#[derive(Clone, Serialize)]
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
    let key = ctx.vault.keys().lookup_hash(b"limits.contributor", &author.email.mailbox());
    ctx.limits.contributions.count(&key, "Much has been sent from this e-mail address in a short time.")
}

/// Keeps the author of a comment, their address sealed with `key`. The name stands beside the comment for everybody.
pub async fn record(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    key: &DataKey,
    document: DocumentId,
    author: &CheckedAuthor,
    now: DateTime<Utc>,
) -> Result<ContributorId> {
    let new = sealed(ctx, key, document, author, now)?;
    queries::insert(conn, queries::NewContributor { display_name: &author.name, ..new }).await
}

/// Keeps the sender of a submission: name and address are sealed with `key`, because only moderators may know them.
pub async fn record_private(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    key: &DataKey,
    document: DocumentId,
    author: &CheckedAuthor,
    now: DateTime<Utc>,
) -> Result<ContributorId> {
    let new = sealed(ctx, key, document, author, now)?;
    let name = key.seal(Contributor::name_place(new.id), author.name.as_bytes()).map_err(Error::internal)?;
    queries::insert(conn, queries::NewContributor { name_sealed: Some(name), ..new }).await
}

fn sealed(
    ctx: &Context,
    key: &DataKey,
    document: DocumentId,
    author: &CheckedAuthor,
    now: DateTime<Utc>,
) -> Result<queries::NewContributor<'static>> {
    let id = ContributorId::new(now);
    let email_sealed =
        key.seal(Contributor::email_place(id), author.email.as_str().as_bytes()).map_err(Error::internal)?;
    let email_hash = email_hash(ctx, document, &author.email);
    Ok(queries::NewContributor {
        id,
        document_id: document,
        display_name: "",
        name_sealed: None,
        email_sealed,
        email_hash,
        created_at: now,
    })
}

/// The keyed hash that everything of one address in one document has.
pub fn email_hash(ctx: &Context, document: DocumentId, email: &EmailAddress) -> Vec<u8> {
    let scope = [b"contributors.email".as_slice(), document.0.as_bytes()].concat();
    ctx.vault.keys().lookup_hash(&scope, &email.normalised())
}

/// What a contributor wants to be called, opened; empty where it was erased. Whoever calls this has established that the
/// viewer may see the contribution.
pub async fn name_of(ctx: &Context, contributor: &Contributor) -> Result<String> {
    match &contributor.name_sealed {
        Some(sealed) => ctx.vault.open_text(Contributor::name_place(contributor.id), sealed).await,
        None => Ok(contributor.display_name.clone()),
    }
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
