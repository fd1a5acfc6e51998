//! `/confirm/{token}`: one button, and what it did.

use askama::Template;

use crate::web::assets;

/// One button to confirm an address; it is sent to the address of the page.
#[derive(Template)]
#[template(path = "web/confirm.html")]
pub struct Confirm;

/// The address is confirmed.
#[derive(Template)]
#[template(path = "web/confirmed.html")]
pub struct Confirmed {
    /// Whether it is a submission.
    pub is_private: bool,
    /// Whether everybody can read it by now.
    pub is_published: bool,
    /// The address of the receipt.
    pub receipt: String,
}

/// The link confirms nothing, or no longer.
#[derive(Template)]
#[template(path = "web/confirm_failed.html")]
pub struct ConfirmFailed {
    /// Why, as a sentence, and what to do.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::nasty;

    #[test]
    fn the_link_leads_to_one_button() {
        let html = nasty::render(&Confirm);
        assert_eq!(html.matches("<button").count(), 1);
        assert!(html.contains("<form method=\"post\"") && html.contains("noindex"));
    }

    #[test]
    fn what_happened_is_said() {
        let failed = nasty::render(&ConfirmFailed { reason: nasty::MARKUP.to_owned() });
        assert!(failed.contains(nasty::ESCAPED));
        let done =
            Confirmed { is_private: false, is_published: true, receipt: "/receipts/secret".to_owned() };
        assert!(nasty::render(&done).contains("Everybody can read it"));
        assert!(
            nasty::render(&Confirmed { is_private: true, is_published: false, ..done })
                .contains("href=\"/receipts/secret\"")
        );
    }
}
