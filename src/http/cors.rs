//! Which other sites' pages may use the API from a browser. Who is asking stands in a header that a page has to set
//! itself, so no answer is given with a browser's own credentials, and none says that it may be.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, header},
};

use crate::config::Origins;

/// What a page may send beside what every form could.
const HEADERS: &str = "accept, authorization, content-type, if-none-match, last-event-id";
/// What a page may send it by.
const METHODS: &str = "GET, HEAD, POST, PUT";
/// What a page may read of the answer's head.
const EXPOSED: &str = "content-disposition, etag, retry-after, www-authenticate";
/// For how many seconds a browser need not ask again.
const MAX_AGE: &str = "600";

/// Answers, and says to the browser whether the page may read the answer.
pub(super) async fn apply<E: Endpoint>(
    origins: Arc<Origins>,
    endpoint: Arc<E>,
    request: Request,
) -> Result<Response> {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asks_first = *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = endpoint.call(request).await?.into_response();
    allow(&origins, origin.as_ref(), asks_first, response.headers_mut());
    Ok(response)
}

fn allow(origins: &Origins, origin: Option<&HeaderValue>, asks_first: bool, headers: &mut HeaderMap) {
    let allowed = match origins {
        Origins::All => HeaderValue::from_static("*"),
        Origins::Only(listed) if listed.is_empty() => return,
        Origins::Only(listed) => {
            // A cache must not give one site the answer for another, nor for none.
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
            let is_listed =
                |origin: &&HeaderValue| listed.iter().any(|listed| listed.as_bytes() == origin.as_bytes());
            let Some(origin) = origin.filter(is_listed) else { return };
            origin.clone()
        }
    };
    let mut say = |name, value| headers.insert(name, HeaderValue::from_static(value));
    if asks_first {
        say(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        say(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        say(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    } else {
        say(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(origins: &Origins, origin: &str, asks_first: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let origin = HeaderValue::from_str(origin).unwrap();
        allow(origins, Some(&origin), asks_first, &mut headers);
        headers
    }

    #[test]
    fn only_who_is_listed_may_read_and_never_with_credentials() {
        let listed = Origins::Only(vec!["https://a.example".into(), "https://b.example".into()]);
        for asks_first in [true, false] {
            let mine = said(&listed, "https://b.example", asks_first);
            assert_eq!(mine["access-control-allow-origin"], "https://b.example");
            assert_eq!(mine["vary"], "Origin");
            for other in [
                "https://c.example",
                "http://b.example",
                "https://b.example.org",
                "null",
                "https://b.example:444",
            ] {
                let other = said(&listed, other, asks_first);
                assert_eq!((other.len(), &other["vary"]), (1, &HeaderValue::from_static("Origin")));
            }
            assert!(said(&Origins::Only(Vec::new()), "https://b.example", asks_first).is_empty());
            let all = said(&Origins::All, "https://c.example", asks_first);
            assert_eq!(all["access-control-allow-origin"], "*");
            for headers in [mine, all] {
                assert!(!headers.contains_key("access-control-allow-credentials"));
                assert_eq!(headers.contains_key("access-control-allow-headers"), asks_first);
            }
        }
    }
}
