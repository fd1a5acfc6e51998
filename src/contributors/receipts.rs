//! Receipts: the number and the secret link that a contributor keeps.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{
    model::{ReceiptKind, ReceiptRow},
    queries,
};
use crate::{
    context::Context,
    error::{Error, Result},
    ids::{ContributorId, ReceiptId},
    seal::{self, PresentedToken, TokenKind},
};

/// The letters of a reference number (Crockford's base 32): none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A receipt with its secret token.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Its id.
    pub id: ReceiptId,
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

/// Makes the receipt of a contribution.
pub async fn give(
    ctx: &Context,
    conn: &mut AsyncPgConnection,
    kind: ReceiptKind,
    subject: Uuid,
    contributor: ContributorId,
    now: DateTime<Utc>,
) -> Result<Receipt> {
    let row = ReceiptRow {
        id: ReceiptId::new(now),
        reference: reference()?,
        kind,
        subject_id: subject,
        generation: 0,
        created_at: now,
    };
    queries::insert_receipt(conn, &row, contributor).await?;
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

fn with_token(ctx: &Context, row: ReceiptRow) -> Receipt {
    Receipt {
        token: ctx.vault.keys().token(TokenKind::Receipt, row.id.0, row.generation),
        id: row.id,
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
