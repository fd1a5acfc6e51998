//! Files: `PUT` receives one that was announced, `GET` gives one to a moderator. What goes wrong is answered in the form of the
//! API's errors.

use futures_util::{Stream, StreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use poem::{
    Body, Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Path},
};
use serde_json::json;

use super::{Served, viewer};
use crate::{
    attachments::{self, NotKept, model::StoredFile},
    context::Context,
    error::{Error, Result},
    files::kind::Kind,
    graphql::errors::{code_of, refusal, refusal_named, retry_after},
    identity::Viewer,
    ids::AttachmentId,
    privacy::access::{self, Confidential, Reading},
};

/// How much more than a file may have is still taken in after it was refused, so that its sender gets to read the answer.
const DRAINED: u64 = 1024 * 1024;
/// After how many seconds a sender who cannot be served now may try again.
const RETRY_AFTER: u64 = 60;
/// What must not stand as it is in a file's name in a header (RFC 8187, section 3.2.1).
const NOT_IN_NAMES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// What this address can be asked with.
const METHODS: &str = "GET, HEAD, PUT, OPTIONS";

/// `OPTIONS /attachments/…`.
#[handler]
pub(super) fn options() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).header(header::ALLOW, METHODS).finish()
}

/// `PUT /attachments/{id}`: the file that was announced.
#[handler]
pub(super) async fn receive(
    request: &Request,
    Data(served): Data<&Served>,
    Path(id): Path<String>,
    body: Body,
) -> Response {
    let (id, token) = match (id.parse::<AttachmentId>(), ticket(request)) {
        (Ok(id), Some(token)) => (id, token.to_owned()),
        _ => return answer_not_kept(&NotKept::UnknownTicket),
    };
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
    let ctx = served.ctx.clone();
    let origin = viewer::origin_of(&ctx, &served.trusted_proxies, request);
    let sender = Viewer::anonymous().coming_from(origin);
    // On a task of its own: a client that hangs up does not stop it between the file and the row that refers to it.
    let received = tokio::spawn(async move {
        let mut body = Box::pin(body.into_bytes_stream().fuse());
        let outcome = attachments::receive(&ctx, &sender, id, &token, length, &mut body).await;
        if outcome.is_err() {
            drain(&mut body, ctx.files.most_bytes + DRAINED).await;
        }
        outcome
    });
    match received.await {
        Ok(Ok(StoredFile { media_type, bytes, .. })) => {
            let kept = json!({ "id": id.to_string(), "mediaType": media_type, "bytes": bytes });
            Response::builder().content_type("application/json").body(kept.to_string())
        }
        Ok(Err(refused)) => answer_not_kept(&refused),
        Err(failed) => answer_not_kept(&NotKept::Failed(Error::internal(failed))),
    }
}

/// Takes in what still comes, so far as it is not too much.
async fn drain<B: AsRef<[u8]>, E>(body: &mut (impl Stream<Item = Result<B, E>> + Unpin), most: u64) {
    let mut left = most;
    while let Some(Ok(piece)) = body.next().await {
        let Some(less) = left.checked_sub(piece.as_ref().len() as u64) else { return };
        left = less;
    }
}

fn ticket(request: &Request) -> Option<&str> {
    viewer::bearer(request.headers().get(header::AUTHORIZATION)?.to_str().ok()?)
}

fn answer_not_kept(refused: &NotKept) -> Response {
    let (status, code) = match refused {
        NotKept::UnknownTicket => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        NotKept::Attached => (StatusCode::CONFLICT, "CONFLICT"),
        NotKept::TooLong(_) => (StatusCode::PAYLOAD_TOO_LARGE, "BAD_REQUEST"),
        NotKept::Broken => (StatusCode::REQUEST_TIMEOUT, "BAD_REQUEST"),
        NotKept::Unwanted(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_REQUEST"),
        NotKept::Infected => (StatusCode::UNPROCESSABLE_ENTITY, "BAD_REQUEST"),
        NotKept::Unchecked | NotKept::Busy => (StatusCode::SERVICE_UNAVAILABLE, "RATE_LIMITED"),
        NotKept::Full => (StatusCode::INSUFFICIENT_STORAGE, "RATE_LIMITED"),
        NotKept::Failed(error) => return answer_error(error.clone()),
    };
    let mut answer = refusal_named(code, refused.to_string());
    let retry_after = match status {
        StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_AFTER),
        StatusCode::INSUFFICIENT_STORAGE => Some(attachments::FULL_FOR),
        _ => None,
    };
    for error in answer.errors.iter_mut().filter(|_| retry_after.is_some()) {
        error.extensions.get_or_insert_default().set("retryAfter", retry_after);
    }
    json_answer(status, &answer)
}

fn answer_error(error: Error) -> Response {
    let status = match &error {
        Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::BadRequest(_) | Error::Refused(_) => StatusCode::BAD_REQUEST,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    json_answer(status, &refusal(error))
}

fn json_answer(status: StatusCode, answer: &async_graphql::Response) -> Response {
    let mut response = Response::builder().status(status).content_type("application/json");
    if let Some(seconds) = answer.errors.iter().find_map(retry_after) {
        response = response.header(header::RETRY_AFTER, seconds);
    }
    if answer.errors.iter().any(|error| code_of(error) == Some("UNAUTHENTICATED")) {
        response = response.header(header::WWW_AUTHENTICATE, "Bearer");
    }
    response.body(json!({ "errors": answer.errors }).to_string())
}

/// `GET /attachments/{id}`: the file, for a moderator of its document, to be kept and not to be shown.
#[handler]
pub(super) async fn deliver(
    request: &Request,
    Data(served): Data<&Served>,
    Path(id): Path<String>,
) -> Response {
    match delivered(served, request, &id).await {
        Ok(response) => response,
        Err(error) => answer_error(error),
    }
}

async fn delivered(served: &Served, request: &Request, id: &str) -> Result<Response> {
    let ctx: &Context = &served.ctx;
    let viewer = viewer::of(ctx, &served.trusted_proxies, request).await?;
    let id = id.parse().map_err(|_| Error::missing("attachment"))?;
    let delivery = attachments::deliver(ctx, &viewer, id).await?;
    let reading = Reading {
        account: viewer.require()?.account,
        document: delivery.document,
        what: Confidential::Submission(delivery.submission),
    };
    access::record(ctx, &[reading]).await?;
    let StoredFile { media_type, bytes, .. } = &delivery.file;
    let response = Response::builder()
        .content_type(media_type)
        .header(header::CONTENT_LENGTH, *bytes)
        .header(header::CONTENT_DISPOSITION, disposition(&named_as_it_is(&delivery.name, media_type)))
        .header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
        // Where a browser shows it all the same, it shows it to nobody: no scripts, no origin, nothing loaded.
        .header(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"))
        .header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    Ok(response.body(Body::from_bytes_stream(delivery.open(ctx).await?)))
}

/// A name that ends as this kind of file does: what a program does with a file goes by that.
fn named_as_it_is(name: &str, media_type: &str) -> String {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.media_type() == media_type) else {
        return format!("{name}.bin");
    };
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if ending == kind.extension() || (kind == Kind::Jpeg && ending == "jpeg") {
        return name.to_owned();
    }
    format!("{name}.{}", kind.extension())
}

/// A file to be kept, under this name (RFC 6266), with one in plain letters for those who read no other.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NOT_IN_NAMES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_as_what_the_file_is() {
        let pdf = |name| named_as_it_is(name, Kind::Pdf.media_type());
        assert_eq!(pdf("plan.PDF"), "plan.PDF");
        assert_eq!(pdf("plan.exe"), "plan.exe.pdf");
        assert_eq!(pdf("plan"), "plan.pdf");
        assert_eq!(pdf(".pdf.html"), ".pdf.html.pdf");
        assert_eq!(named_as_it_is("me.jpeg", Kind::Jpeg.media_type()), "me.jpeg");
        assert_eq!(named_as_it_is("a.csv", Kind::Text.media_type()), "a.csv.txt");
        assert_eq!(named_as_it_is("a.html", "text/html"), "a.html.bin");
    }

    #[test]
    fn a_name_stays_within_its_header() {
        let header = disposition("Bericht \"über\"; Straße\u{202e}.pdf");
        assert_eq!(
            header,
            "attachment; filename=\"Bericht __ber__ Stra_e_.pdf\"; filename*=UTF-8''Bericht%20%22%C3%BCber%22%3B%20Stra%C3%9Fe%E2%80%AE.pdf"
        );
        assert!(HeaderValue::from_str(&header).is_ok());
        assert!(HeaderValue::from_str(&disposition("a\r\nSet-Cookie: x")).is_ok());
    }
}
