//! What the pages tell a browser not to do. The http layer sets [`SECURITY`] on every answer that has no such header yet,
//! so that a page with needs of its own (the mail viewer) can bring its own policy.

/// Everything comes from here, nothing runs inline, and no other site may frame a page.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For `/dev/mail/{name}`, which frames a message's HTML: as [`CONTENT_SECURITY_POLICY`], and frames of our own.
pub const MAIL_VIEW_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// For `/dev/mail/{name}/html`: a stranger's HTML with its own styles, without script, forms, requests or our origin.
/// Its links open a new tab.
pub const MAIL_HTML_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
     base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// `Cache-Control` for what holds a secret.
pub const NO_STORE: &str = "no-store";

/// The headers of every answer, with the policy of an ordinary page.
///
/// The referrer policy is `same-origin` and not `no-referrer`, because the latter makes browsers send `Origin: null`
/// with our own forms; an address with a token in it leaves this site with neither.
pub const SECURITY: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
];

/// Where people come by TLS, browsers take no other way for a year.
pub const BY_TLS_ALONE: (&str, &str) = ("strict-transport-security", "max-age=31536000");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_of_ours_runs_what_is_inline_or_foreign() {
        for policy in [CONTENT_SECURITY_POLICY, MAIL_VIEW_POLICY] {
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(
                !policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'),
                "{policy}"
            );
        }
        assert!(!MAIL_HTML_POLICY.contains("script-src") && !MAIL_HTML_POLICY.contains("allow-scripts"));
        assert!(!MAIL_HTML_POLICY.contains("allow-same-origin"));
    }

    #[test]
    fn every_value_is_a_header_value() {
        for (name, value) in SECURITY.into_iter().chain([BY_TLS_ALONE]) {
            assert!(poem::http::HeaderName::from_lowercase(name.as_bytes()).is_ok(), "{name}");
            assert!(!value.contains("  ") && poem::http::HeaderValue::from_str(value).is_ok(), "{value}");
        }
    }
}
