//! The one cookie there is: for ten minutes, the secret of a browser that asked for a link to sign in with. The link
//! works in that browser and in no other.

use poem::http::{HeaderMap, header};

use crate::identity::actions::LINK_MINUTES;

/// Its name where the service is reached over TLS: a browser then takes it from this very host alone.
const SAFE_NAME: &str = "__Host-answerable-sign-in";
/// Its name on somebody's own machine.
const NAME: &str = "answerable-sign-in";

fn name(is_safe: bool) -> &'static str {
    if is_safe { SAFE_NAME } else { NAME }
}

/// The secret that this browser keeps.
pub fn secret(headers: &HeaderMap, is_safe: bool) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs =
        cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(given, _)| *given == name(is_safe)).map(|(_, value)| value.to_owned())
}

/// The header that has a browser keep this secret; an empty one that makes it forget.
pub fn keep(secret: &str, is_safe: bool) -> String {
    let seconds = if secret.is_empty() { 0 } else { u32::from(LINK_MINUTES) * 60 };
    let rest = if is_safe { "; Secure" } else { "" };
    // Strict: the button is pressed on a page of ours, and nowhere else is it of use.
    format!("{}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{rest}", name(is_safe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_back_among_others_and_by_its_own_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=b; answerable-sign-in=SECRET; c".parse().unwrap());
        assert_eq!(secret(&headers, false).as_deref(), Some("SECRET"));
        assert_eq!(
            secret(&headers, true),
            None,
            "over TLS a cookie that anybody could have set counts for nothing"
        );
        assert!(keep("S", true).starts_with("__Host-answerable-sign-in=S; Path=/; Max-Age=600; HttpOnly"));
        assert!(keep("S", true).ends_with("; Secure") && keep("", false).contains("Max-Age=0"));
    }
}
