//! GraphQL over HTTP, as its specification says: one request at a time, by POST as JSON or, for queries, by GET; the
//! answer in the media type that was asked for.

use async_graphql::{
    Request as Operation, Response as Answer, ServerError, Variables, parser::types::OperationType,
};
use poem::{
    Body, Request, Response,
    error::ReadBodyError,
    handler,
    http::{StatusCode, header},
    web::{Data, websocket::WebSocket},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Served, caching, sse, viewer, websocket};
use crate::{
    error::{Error, Result},
    graphql::{
        Api,
        errors::{code_of, refusal, retry_after},
        guard::{self, Admitted},
        persisted::{Digest, Named, Refusal},
    },
    identity::Viewer,
};

/// The media type of the specification.
const GRAPHQL: &str = "application/graphql-response+json";
/// The media type from before it.
const JSON: &str = "application/json";
/// The media type of a stream of events.
const EVENTS: &str = "text/event-stream";

/// The parameters of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    document_id: Option<String>,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
    #[serde(default)]
    extensions: Option<Map<String, Value>>,
}

impl Parameters {
    /// What is to be run, and what to remember its text by if it is good.
    fn operation(self, served: &Served) -> Result<(Operation, Option<Digest>), Refusal> {
        let found = served.documents.find(Named {
            query: self.query,
            document_id: self.document_id.as_deref(),
            extensions: self.extensions.as_ref(),
        })?;
        let mut operation = Operation::new(found.query)
            .variables(Variables::from_json(Value::Object(self.variables.unwrap_or_default())));
        operation.operation_name = self.operation_name.filter(|name| !name.is_empty());
        Ok((operation, found.keep_as))
    }
}

/// How a request came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// To read, with an answer that caches may know how to keep.
    Get,
    /// To read or to write.
    Post,
}

/// `GET /graphql`: queries, event streams, and the beginning of a websocket.
#[handler]
pub(super) async fn by_get(
    request: &Request,
    Data(served): Data<&Served>,
    socket: poem::Result<WebSocket>,
) -> Response {
    if websocket::is_asked_for(request) {
        return websocket::open(served, request, socket);
    }
    let Some(media) = media_type(request) else { return not_acceptable() };
    match from_address(request) {
        Ok(given) => run(served, request, media, given, Way::Get).await,
        Err(error) => answer(media, StatusCode::BAD_REQUEST, &refusal(error)),
    }
}

/// `POST /graphql`.
#[handler]
pub(super) async fn by_post(request: &Request, Data(served): Data<&Served>, body: Body) -> Response {
    let Some(media) = media_type(request) else { return not_acceptable() };
    if !is_json(request.content_type().unwrap_or_default()) {
        let error = Error::BadRequest(format!("Send the request as `Content-Type: {JSON}`."));
        return answer(media, StatusCode::UNSUPPORTED_MEDIA_TYPE, &refusal(error));
    }
    let most = served.site.api.limits().max_body_bytes;
    let body = match body.into_bytes_limit(most).await {
        Ok(body) => body,
        Err(ReadBodyError::PayloadTooLarge) => {
            let error =
                Error::BadRequest(format!("The request is larger than the {most} bytes it may have."));
            return answer(media, StatusCode::PAYLOAD_TOO_LARGE, &refusal(error));
        }
        Err(_) => {
            let error = Error::BadRequest("The request did not come whole, or not in time.".into());
            return answer(media, StatusCode::REQUEST_TIMEOUT, &refusal(error));
        }
    };
    if let Err(error) = guard::look_over(&body, served.site.api.limits()) {
        return answer(media, status_of_refusal(media), &refusal(error));
    }
    match from_body(&body) {
        Ok(given) => run(served, request, media, given, Way::Post).await,
        Err(error) => answer(media, StatusCode::BAD_REQUEST, &refusal(error)),
    }
}

/// What the endpoint can be asked with.
const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// `OPTIONS /graphql`.
#[handler]
pub(super) fn options() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).header(header::ALLOW, METHODS).finish()
}

/// Any method that the endpoint does not know.
pub(super) fn other_method() -> Response {
    Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, METHODS).finish()
}

fn from_address(request: &Request) -> Result<Parameters> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Address {
        query: Option<String>,
        document_id: Option<String>,
        operation_name: Option<String>,
        variables: Option<String>,
        extensions: Option<String>,
    }
    let wrong = |what: &str| Error::BadRequest(format!("{what} in the address cannot be read."));
    let given: Address = request.params().map_err(|_| wrong("The parameters"))?;
    let map = |text: Option<String>, what: &str| -> Result<Option<Map<String, Value>>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
        serde_json::from_str(&text).map_err(|_| wrong(what))
    };
    Ok(Parameters {
        query: given.query,
        document_id: given.document_id,
        operation_name: given.operation_name,
        variables: map(given.variables, "`variables`")?,
        extensions: map(given.extensions, "`extensions`")?,
    })
}

fn from_body(body: &[u8]) -> Result<Parameters> {
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Error::BadRequest("Batches are not taken: send one request at a time.".into()));
    }
    serde_json::from_slice(body).map_err(|error| {
        // What serde says names places and types, never what stood there.
        Error::BadRequest(format!(
            "The body is not a GraphQL request, which is a JSON object with the text `query` and perhaps `variables` and `operationName` (line {}, column {}).",
            error.line(),
            error.column()
        ))
    })
}

async fn run(
    served: &Served,
    request: &Request,
    media: &'static str,
    given: Parameters,
    way: Way,
) -> Response {
    // What goes wrong before the first event is answered as ever.
    let (media, streams) = if media == EVENTS { (GRAPHQL, true) } else { (media, false) };
    let Admitted { request: admitted, operation, same_for_all } = match admit(served, given) {
        Ok(admitted) => admitted,
        Err(unfit) => {
            let status = if unfit.malformed { StatusCode::BAD_REQUEST } else { status_of_refusal(media) };
            return answer(media, status, &unfit.answer);
        }
    };
    let writes = operation == OperationType::Mutation;
    if writes && way == Way::Get {
        let error = Error::BadRequest("GET reads. Send a mutation by POST.".into());
        let mut response = answer(media, StatusCode::METHOD_NOT_ALLOWED, &refusal(error));
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return response;
    }
    let viewer = match viewer::of(&served.ctx, &served.trusted_proxies, request).await {
        Ok(viewer) => viewer,
        Err(error) => {
            let status = match error {
                Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            let mut response = answer(media, status, &refusal(error));
            if status == StatusCode::UNAUTHORIZED {
                let challenge = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            return response;
        }
    };
    if operation == OperationType::Subscription {
        if streams {
            return sse::listen(served, request, viewer, admitted).await;
        }
        let message = format!(
            "A subscription is answered with a stream of events: ask with `Accept: {EVENTS}`, or over a websocket."
        );
        return answer(media, status_of_refusal(media), &refusal(Error::BadRequest(message)));
    }
    let may_be_shared = way == Way::Get && same_for_all && !streams && viewer.is_anonymous();
    match perform(&served.site.api, viewer, admitted, operation, ()).await {
        Ok(result) if streams && was_run(&result) => sse::one(&result),
        Ok(result) if may_be_shared && result.errors.is_empty() => {
            let body = written(&Wire::from(&result));
            let response = whole(media, StatusCode::OK, body.clone());
            caching::share(request, response, media, &body, served.cache_seconds)
        }
        Ok(result) => answer(media, status_of(media, &result), &result),
        Err(error) => answer(media, status_of_refusal(media), &refusal(error)),
    }
}

/// Why a request is not run.
pub(super) struct Unfit {
    /// Whether it is no request at all, as its protocol says; else it is one that is refused.
    malformed: bool,
    /// What is said about it.
    pub answer: Box<Answer>,
}

/// Finds the text that a request gives or names, and weighs it; what can be named from now on is remembered.
pub(super) fn admit(served: &Served, given: Parameters) -> Result<Admitted, Unfit> {
    // A client that is to send the text as well has asked rightly.
    let (operation, keep_as) = given.operation(served).map_err(|why| Unfit {
        malformed: matches!(why, Refusal::Request(_)),
        answer: Box::new(why.answer()),
    })?;
    let admitted = served.site.api.admit(operation);
    let admitted = admitted.map_err(|error| Unfit { malformed: false, answer: Box::new(refusal(error)) })?;
    if let Some(digest) = keep_as {
        served.documents.remember(digest, &admitted.request.query);
    }
    Ok(admitted)
}

/// Runs a query or mutation that was admitted, whichever way it came. What is given with it is kept until it is done.
pub(super) async fn perform(
    api: &Api,
    viewer: Viewer,
    admitted: Operation,
    operation: OperationType,
    kept: impl Send + 'static,
) -> Result<Answer> {
    let api = api.clone();
    if operation == OperationType::Mutation {
        // On a task of its own: a client that hangs up does not stop a write half-way.
        let task = tokio::spawn(async move {
            let answer = api.execute(viewer, admitted, true).await;
            drop(kept);
            answer
        });
        return task.await.map_err(|error| Error::internal(error.to_string()));
    }
    let limit = api.limits().query_timeout();
    tokio::time::timeout(limit, api.execute(viewer, admitted, false)).await.map_err(|_| too_slow())
}

/// What is said where the time was over.
pub(super) fn too_slow() -> Error {
    Error::BadRequest("The query takes too long and was stopped. Ask for less at a time.".into())
}

/// Whether the operation was run at all; if not, the answer has no data, not even `null`.
pub(super) fn was_run(answer: &Answer) -> bool {
    answer.data != async_graphql::Value::Null || answer.errors.iter().any(|error| !error.path.is_empty())
}

fn status_of_refusal(media: &str) -> StatusCode {
    // The older media type has one status for every well-formed request.
    if media == JSON { StatusCode::OK } else { StatusCode::BAD_REQUEST }
}

fn status_of(media: &str, answer: &Answer) -> StatusCode {
    let broken = answer.errors.iter().any(|error| code_of(error) == Some("INTERNAL"));
    match () {
        () if media == JSON => StatusCode::OK,
        () if answer.errors.iter().any(|error| !was_run(answer) && retry_after(error).is_some()) => {
            StatusCode::TOO_MANY_REQUESTS
        }
        () if !was_run(answer) => StatusCode::BAD_REQUEST,
        () if broken && answer.data == async_graphql::Value::Null => StatusCode::INTERNAL_SERVER_ERROR,
        () => StatusCode::OK,
    }
}

/// An answer in its form on the wire: fields in the order they were asked for, and no data where nothing was run.
#[derive(Serialize)]
pub(super) struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a async_graphql::Value>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
}

impl<'a> From<&'a Answer> for Wire<'a> {
    fn from(answer: &'a Answer) -> Self {
        Self { data: was_run(answer).then_some(&answer.data), errors: &answer.errors }
    }
}

/// Refuses what was not begun, as a client that wanted events reads it.
pub(super) fn refuse(status: StatusCode, refused: &Answer) -> Response {
    send(GRAPHQL, status, &Wire { data: None, errors: &refused.errors })
}

/// An error as the body of an answer.
pub(super) fn written_refusal(error: Error) -> Vec<u8> {
    written(&Wire { data: None, errors: &refusal(error).errors })
}

fn answer(media: &'static str, status: StatusCode, answer: &Answer) -> Response {
    send(media, status, &answer.into())
}

fn send(media: &'static str, status: StatusCode, wire: &Wire<'_>) -> Response {
    let mut response = whole(media, status, written(wire));
    if let Some(seconds) = wire.errors.iter().filter_map(retry_after).max() {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    response
}

fn written(wire: &Wire<'_>) -> Vec<u8> {
    // A map whose keys are texts always has a JSON form.
    serde_json::to_vec(wire).unwrap_or_default()
}

fn whole(media: &'static str, status: StatusCode, body: Vec<u8>) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, format!("{media}; charset=utf-8"))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, caching::VARY)
        .body(body)
}

fn not_acceptable() -> Response {
    Response::builder()
        .status(StatusCode::NOT_ACCEPTABLE)
        .content_type("text/plain; charset=utf-8")
        .body(format!("Answers are to be had as {GRAPHQL}, {JSON} or {EVENTS}.\n"))
}

/// The media type to answer in: the one of ours that the client likes best, the older one where it has no wish.
fn media_type(request: &Request) -> Option<&'static str> {
    let Some(accept) = request.header(header::ACCEPT).filter(|accept| !accept.trim().is_empty()) else {
        return Some(JSON);
    };
    let mut best: Option<(f32, &'static str)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            GRAPHQL => GRAPHQL,
            EVENTS => EVENTS,
            JSON | "application/*" | "*/*" => JSON,
            _ => continue,
        };
        let mut quality = 1.0;
        let mut readable = true;
        for parameter in parts {
            if let Some(value) = parameter.strip_prefix("q=") {
                quality = value.parse().unwrap_or(0.0);
            } else if let Some(charset) = parameter.to_ascii_lowercase().strip_prefix("charset=") {
                readable = matches!(charset.trim_matches('"'), "utf-8" | "utf8");
            }
        }
        if readable && quality > 0.0 && best.is_none_or(|(so_far, _)| quality > so_far) {
            best = Some((quality, media));
        }
    }
    best.map(|(_, media)| media)
}

/// Whether a body of this type is JSON in UTF-8.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    parts.next().as_deref() == Some(JSON)
        && parts.all(|parameter| match parameter.strip_prefix("charset=") {
            Some(charset) => matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
            None => true,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_is_the_one_the_client_likes_best() {
        let of = |accept: &str| media_type(&Request::builder().header("accept", accept).finish());
        assert_eq!(of("application/graphql-response+json, application/json;q=0.9"), Some(GRAPHQL));
        assert_eq!(of("application/graphql-response+json;q=0.5, application/json"), Some(JSON));
        assert_eq!(of("*/*"), Some(JSON));
        assert_eq!(of("text/html"), None);
        assert_eq!(of("application/json; charset=iso-8859-1"), None);
        assert_eq!(of("application/json;q=0"), None);
        assert_eq!(media_type(&Request::builder().finish()), Some(JSON));
    }

    #[test]
    fn what_a_form_could_send_is_no_json() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=UTF-8"));
        for other in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/json; charset=latin1",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}
