//! One log line and two metrics for each request. Neither holds an address, a token or anything a person typed: of a
//! path only the part that is ours.

use std::{sync::Arc, time::Instant};

use poem::{Endpoint, IntoResponse, Request, Response, Result};

/// Runs the request and writes down how it went.
#[expect(clippy::disallowed_methods, reason = "this is the boundary where requests are measured")]
pub(super) async fn observe<E: Endpoint>(endpoint: Arc<E>, request: Request) -> Result<Response> {
    let started = Instant::now();
    let method = request.method().to_string();
    let route = route(request.uri().path());
    let response = endpoint.call(request).await.map(IntoResponse::into_response);
    let status = match &response {
        Ok(response) => response.status(),
        Err(error) => error.status(),
    }
    .as_u16();
    let elapsed = started.elapsed();
    metrics::counter!("answerable_http_requests_total", "route" => route, "status" => status.to_string())
        .increment(1);
    metrics::histogram!("answerable_http_request_seconds", "route" => route).record(elapsed.as_secs_f64());
    let http_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    if let 500.. = status {
        tracing::error!(
            http.method = method,
            http.route = route,
            http.status = status,
            http.ms = http_ms,
            "A request failed."
        );
    } else {
        tracing::info!(
            http.method = method,
            http.route = route,
            http.status = status,
            http.ms = http_ms,
            "A request was answered."
        );
    }
    response
}

/// Which of our routes a path is: what follows may be a secret.
fn route(path: &str) -> &'static str {
    const WHOLE: [&str; 10] = [
        "/",
        "/graphql",
        "/explorer",
        "/schema.graphql",
        "/sign-in",
        "/sign-in/link",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
        "/metrics",
    ];
    const BEGINNINGS: [&str; 5] = ["/assets", "/attachments", "/receipts", "/desk", "/dev/mail"];
    let begins = |beginning: &&&str| {
        path.strip_prefix(**beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    WHOLE
        .iter()
        .find(|whole| **whole == path)
        .or_else(|| BEGINNINGS.iter().find(begins))
        .copied()
        .unwrap_or("(other)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_not_written_down() {
        assert_eq!(route("/receipts/AAAA"), "/receipts");
        assert_eq!(route("/attachments/attachment_01h455vb4pex5vsknk084sn02q"), "/attachments");
        assert_eq!(route("/graphql"), "/graphql");
        assert_eq!(route("/graphql/mair@example.org"), "(other)");
        assert_eq!(route("/receiptsmair@example.org"), "(other)");
    }
}
