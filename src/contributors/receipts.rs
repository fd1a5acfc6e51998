//! Receipts: the number and the secret link that a contributor keeps.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{
    jobs::{AskConfirmation, ConfirmationDue, SendReceipt},
    model::{Intake, ReceiptKind, ReceiptRow},
    queries,
};
use crate::{
    context::Context,
    error::{Error, Result},
    ids::{ContributorId, ReceiptId},
    outbox,
    seal::{self, PresentedToken, TokenKind},
};

/// The letters of a reference number (Crockford's base 32): none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A receipt with its secret token.
#[derive(Clone)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
    /// Whose it is.
    pub contributor: ContributorId,
    /// Which tokens made from it are good.
    generation: i32,
    /// The number people can read out.
    pub reference: String,
    /// The secret that opens it.
    pub token: String,
    /// What it is for.
    pub kind: ReceiptKind,
    /// The comment or submission.
    pub subject: Uuid,
    /// When the contribution was received.
    pub received_at: DateTime<Utc>,
}

/// Makes the receipt of a contribution, and sees to the mail that its author gets: the receipt, or first the question
/// whether the address is theirs.
pub async fn give(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    kind: ReceiptKind,
    subject: Uuid,
    contributor: ContributorId,
    intake: Intake,
    now: DateTime<Utc>,
) -> Result<Receipt> {
    let row = ReceiptRow {
        id: ReceiptId::new(now),
        contributor_id: contributor,
        reference: reference()?,
        kind,
        subject_id: subject,
        generation: 0,
        created_at: now,
    };
    queries::insert_receipt(conn, &row).await?;
    let receipt = row.id;
    if intake == Intake::Confirmed {
        outbox::enqueue(conn, now, &SendReceipt { receipt }).await?;
    } else {
        outbox::enqueue(conn, now, &AskConfirmation { receipt }).await?;
        outbox::enqueue(conn, now + ctx.confirm_within, &ConfirmationDue { receipt }).await?;
    }
    Ok(with_token(ctx, row))
}

/// The receipt that was given for a contribution.
pub async fn of(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    kind: ReceiptKind,
    subject: Uuid,
) -> Result<Receipt> {
    let row = queries::receipt_of(conn, kind, subject).await?;
    Ok(with_token(ctx, row.ok_or_else(|| Error::missing("receipt"))?))
}

/// The receipt that a token opens; `NotFound` for every token that opens none.
pub async fn by_token(ctx: &Context, conn: &mut AsyncPgConnection, token: &str) -> Result<Receipt> {
    let missing = || Error::missing("receipt");
    let presented = PresentedToken::parse(token.trim()).ok_or_else(missing)?;
    let row = queries::receipt(conn, ReceiptId(presented.id)).await?.ok_or_else(missing)?;
    if !ctx.vault.keys().is_genuine(TokenKind::Receipt, &presented, row.generation) {
        return Err(missing());
    }
    Ok(with_token(ctx, row))
}

/// The receipts that were given for these contributions, in no order.
pub async fn of_all(ctx: &Context, conn: &mut AsyncPgConnection, subjects: &[Uuid]) -> Result<Vec<Receipt>> {
    let rows = queries::receipts_of(conn, subjects).await?;
    Ok(rows.into_iter().map(|row| with_token(ctx, row)).collect())
}

/// The receipts that these contributors were given, in the order they were.
pub async fn given_to(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    contributors: &[ContributorId],
) -> Result<Vec<Receipt>> {
    let rows = queries::receipts_given_to(conn, contributors).await?;
    Ok(rows.into_iter().map(|row| with_token(ctx, row)).collect())
}

/// The receipt of this reference number, as people read it out.
pub async fn named(ctx: &Context, conn: &mut AsyncPgConnection, reference: &str) -> Result<Option<Receipt>> {
    let reference = reference.trim().to_uppercase();
    Ok(queries::receipt_named(conn, &reference).await?.map(|row| with_token(ctx, row)))
}

/// A receipt by its id, for the jobs that are about it.
pub async fn by_id(ctx: &Context, conn: &mut AsyncPgConnection, id: ReceiptId) -> Result<Option<Receipt>> {
    Ok(queries::receipt(conn, id).await?.map(|row| with_token(ctx, row)))
}

/// The receipt whose author's address a mailed token confirms; `None` for every token that confirms none.
pub async fn by_confirmation(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    token: &str,
) -> Result<Option<Receipt>> {
    let Some(presented) = PresentedToken::parse(token.trim()) else { return Ok(None) };
    let Some(row) = queries::receipt(conn, ReceiptId(presented.id)).await? else { return Ok(None) };
    let genuine = ctx.vault.keys().is_genuine(TokenKind::Confirmation, &presented, row.generation);
    Ok(genuine.then(|| with_token(ctx, row)))
}

impl Receipt {
    /// The secret link to the page that shows it.
    pub fn url(&self, ctx: &Context) -> String {
        ctx.link(&format!("/receipts/{}", self.token))
    }

    /// The secret link that confirms its author's address. It is mailed to that address and shown nowhere.
    pub fn confirmation_url(&self, ctx: &Context) -> String {
        let token = ctx.vault.keys().token(TokenKind::Confirmation, self.id.0, self.generation);
        ctx.link(&format!("/confirm/{token}"))
    }
}

fn with_token(ctx: &Context, row: ReceiptRow) -> Receipt {
    Receipt {
        token: ctx.vault.keys().token(TokenKind::Receipt, row.id.0, row.generation),
        id: row.id,
        contributor: row.contributor_id,
        generation: row.generation,
        reference: row.reference,
        kind: row.kind,
        subject: row.subject_id,
        received_at: row.created_at,
    }
}

/// Ten letters, 50 bits at random: of a million receipts two share a number with a chance of 1 in 2,250
/// (n² / 2 / 2⁵⁰), and the unique index then refuses the second.
fn reference() -> Result<String> {
    let bytes = seal::random::<10>().map_err(Error::internal)?;
    let mut text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    text.insert(5, '-');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_can_be_read_out() {
        let made = reference().unwrap();
        assert_eq!(made.len(), 11);
        assert_eq!(made.as_bytes()[5], b'-');
        assert!(made.chars().all(|c| c == '-' || LETTERS.contains(&(c as u8))), "{made}");
        assert_ne!(made, reference().unwrap());
    }
}
