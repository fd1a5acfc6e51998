//! The side effects of having contributed. What mail they become is decided in `notifications`.

use serde::{Deserialize, Serialize};

use crate::{ids::ReceiptId, outbox::Job};

/// A contribution counts: its author is to have the receipt by mail.
#[derive(Serialize, Deserialize)]
pub struct SendReceipt {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for SendReceipt {
    const KIND: &'static str = "contributors.send_receipt";
}

/// A contribution does not count before its author has confirmed the address: they are to be asked.
#[derive(Serialize, Deserialize)]
pub struct AskConfirmation {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for AskConfirmation {
    const KIND: &'static str = "contributors.ask_confirmation";
    const PRIORITY: i16 = 0;
}

/// The time to confirm an address is over.
#[derive(Serialize, Deserialize)]
pub struct ConfirmationDue {
    /// The receipt.
    pub receipt: ReceiptId,
}

impl Job for ConfirmationDue {
    const KIND: &'static str = "contributors.confirmation_due";
}
