//! What browsers and caches on the way may keep: answers to a GET that are the same for everybody who has not signed in,
//! under a tag of what they say. Nothing else.

use data_encoding::BASE64URL_NOPAD;
use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::seal;

/// The headers by which answers differ at one address.
pub(super) const VARY: &str = "Accept, Authorization";

/// Marks a whole answer as one that may be kept for `seconds` by what is shared, and answers that nothing has changed
/// where the client has it already.
pub(super) fn share(
    request: &Request,
    mut response: Response,
    media: &str,
    body: &[u8],
    seconds: u32,
) -> Response {
    // The same words in another media type are another answer.
    let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&seal::digest(&[media.as_bytes(), body])[..18]));
    let given = request.headers().get_all(header::IF_NONE_MATCH);
    let has_it = given.iter().filter_map(|given| given.to_str().ok()).any(|given| names(given, &tag));
    if has_it {
        response = Response::builder().status(StatusCode::NOT_MODIFIED).header(header::VARY, VARY).finish();
    }
    // A browser always asks, so that its reader sees at once what they have written themselves.
    let kept = format!("public, max-age=0, s-maxage={seconds}, must-revalidate");
    for (name, value) in [(header::ETAG, tag), (header::CACHE_CONTROL, kept)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Whether a list of tags has this one. Weak tags, as compressing proxies make them of ours, mean the same here.
fn names(list: &str, tag: &str) -> bool {
    list.trim() == "*"
        || list.split(',').map(str::trim).any(|given| given.strip_prefix("W/").unwrap_or(given) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list() {
        assert!(names("\"b\", W/\"a\"", "\"a\"") && names(" * ", "\"a\""));
        assert!(!names("\"b\", a", "\"a\"") && !names("", "\"a\""));
    }
}
