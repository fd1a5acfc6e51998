//! The cookies there are. Neither signs anybody in: for ten minutes, the secret of a browser that asked for a link to sign in
//! with, which works in that browser and in no other; and for an hour, which item of the desk a mail led to, so that whoever
//! signs in gets there.

use poem::http::{HeaderMap, header};

use crate::{identity::actions::LINK_MINUTES, ids::AnyId};

/// A cookie: its name, and for how many seconds a browser keeps it.
#[derive(Clone, Copy)]
struct Kind {
    /// Where the service is reached over TLS: a browser then takes it from this very host alone.
    safe_name: &'static str,
    /// On somebody's own machine.
    name: &'static str,
    seconds: u32,
}

const SECRET: Kind = Kind {
    safe_name: "__Host-answerable-sign-in",
    name: "answerable-sign-in",
    seconds: LINK_MINUTES as u32 * 60,
};

const ITEM: Kind = Kind { safe_name: "__Host-answerable-desk", name: "answerable-desk", seconds: 60 * 60 };

impl Kind {
    fn name(self, is_safe: bool) -> &'static str {
        if is_safe { self.safe_name } else { self.name }
    }

    fn given(self, headers: &HeaderMap, is_safe: bool) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|header| header.to_str().ok());
        let mut pairs =
            cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(given, _)| *given == self.name(is_safe)).map(|(_, value)| value.to_owned())
    }

    fn keep(self, value: &str, is_safe: bool) -> String {
        let seconds = if value.is_empty() { 0 } else { self.seconds };
        let rest = if is_safe { "; Secure" } else { "" };
        // Strict: the button is pressed on a page of ours, and nowhere else is it of use.
        format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{rest}", self.name(is_safe))
    }
}

/// The secret that this browser keeps.
pub fn secret(headers: &HeaderMap, is_safe: bool) -> Option<String> {
    SECRET.given(headers, is_safe)
}

/// The header that has a browser keep this secret; an empty one that makes it forget.
pub fn keep(secret: &str, is_safe: bool) -> String {
    SECRET.keep(secret, is_safe)
}

/// The item of the desk that a mail led this browser to. Whatever else a browser sends is none.
pub fn item(headers: &HeaderMap, is_safe: bool) -> Option<AnyId> {
    ITEM.given(headers, is_safe).as_deref().and_then(item_of_desk)
}

/// The header that has a browser keep this item; without one, that makes it forget.
pub fn keep_item(item: Option<AnyId>, is_safe: bool) -> String {
    ITEM.keep(&item.map(|item| item.to_string()).unwrap_or_default(), is_safe)
}

/// The id of something that can be looked at on the desk.
pub fn item_of_desk(given: &str) -> Option<AnyId> {
    let is_on_desk =
        |id: &AnyId| matches!(id, AnyId::CommentId(_) | AnyId::SubmissionId(_) | AnyId::AppealId(_));
    AnyId::parse(given).ok().filter(is_on_desk)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, value.parse().unwrap());
        headers
    }

    #[test]
    fn it_is_read_back_among_others_and_by_its_own_name() {
        let headers = sent("a=b; answerable-sign-in=SECRET; c");
        assert_eq!(secret(&headers, false).as_deref(), Some("SECRET"));
        assert_eq!(
            secret(&headers, true),
            None,
            "over TLS a cookie that anybody could have set counts for nothing"
        );
        assert!(keep("S", true).starts_with("__Host-answerable-sign-in=S; Path=/; Max-Age=600; HttpOnly"));
        assert!(keep("S", true).ends_with("; Secure") && keep("", false).contains("Max-Age=0"));
    }

    #[test]
    fn it_leads_to_items_of_the_desk_and_nowhere_else() {
        let id = "comment_01h455vb4pex5vsknk084sn02q";
        let read = |value: &str| item(&sent(&format!("answerable-desk={value}")), false);
        let known = read(id).expect("an item");
        assert!(
            keep_item(Some(known), false)
                .starts_with(&format!("answerable-desk={id}; Path=/; Max-Age=3600;"))
        );
        assert!(keep_item(None, false).contains("answerable-desk=; Path=/; Max-Age=0"));
        for elsewhere in
            ["", "https://example.org", "//example.org", "/", "document_01h455vb4pex5vsknk084sn02q"]
        {
            assert!(read(elsewhere).is_none(), "{elsewhere}");
        }
    }
}
