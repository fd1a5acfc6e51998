//! HTTP: the routes, who is asking, the GraphQL endpoint, health, metrics and the headers of every answer.

mod attachments;
mod bodies;
mod caching;
mod cors;
mod graphql;
mod health;
mod keys;
mod live;
mod observe;
mod server;
mod sse;
mod unread;
mod viewer;
mod websocket;

pub use server::serve;
pub use unread::Unread;

use std::{sync::Arc, time::Duration};

use ipnet::IpNet;
pub use live::Live;
use poem::{
    Endpoint, EndpointExt, Request, Response, Route, get,
    http::{HeaderValue, Method, header},
};
use secrecy::SecretString;

use crate::{
    config::Origins,
    context::Context,
    graphql::persisted::Documents,
    web::{
        self, Site,
        headers::{BY_TLS_ALONE, SECURITY},
    },
};

/// What the routes work with.
#[derive(Clone)]
pub struct Served {
    /// The surroundings.
    pub ctx: Context,
    /// The pages, and the schema they and the endpoint share.
    pub site: Site,
    /// Websockets and event streams.
    pub live: Live,
    /// Who may read the metrics from elsewhere; in development everybody may.
    pub metrics_token: Option<Arc<SecretString>>,
    /// The proxies that are believed about whom they speak for.
    pub trusted_proxies: Arc<[IpNet]>,
    /// The documents that are known by a name.
    pub documents: Documents,
    /// Whose pages may use the API from a browser.
    pub origins: Arc<Origins>,
    /// For how long shared caches may keep what is the same for everybody.
    pub cache_seconds: u32,
    /// Room for answers that wait to be read.
    pub unread: Unread,
    /// Within which time a request's body must have come.
    pub body_timeout: Duration,
}

/// Everything that the service answers.
pub fn routes(served: Served) -> impl Endpoint<Output = Response> {
    let site = served.site.clone();
    let origins = served.origins.clone();
    let others = origins.clone();
    let body_timeout = served.body_timeout;
    let outer = served.clone();
    let by_tls = served.ctx.public_url.starts_with("https://");
    web::pages_on(Route::new(), &site)
        .at(
            "/graphql",
            get(graphql::by_get)
                .post(graphql::by_post)
                .options(graphql::options)
                .catch_error(|_: poem::error::MethodNotAllowedError| async { graphql::other_method() })
                .around(move |endpoint, request| cors::apply(origins.clone(), endpoint, request)),
        )
        .at(
            "/attachments/:id",
            get(attachments::deliver)
                .put(attachments::receive)
                .options(attachments::options)
                .around(move |endpoint, request| cors::apply(others.clone(), endpoint, request)),
        )
        .at("/.well-known/jwks.json", get(keys::published))
        .at("/healthz", get(health::alive))
        .at("/readyz", get(health::ready))
        .at("/metrics", get(health::metrics))
        .before(move |mut request| {
            let origin = viewer::origin_of(&served.ctx, &served.trusted_proxies, &request);
            request.set_data(served.site.coming_from(origin));
            request.set_data(served.clone());
            async move { Ok(request) }
        })
        .catch_error(|error: poem::error::NotFoundError| async move {
            let _ = error;
            web::not_found()
        })
        .map_to_response()
        .after(move |result| async move {
            // What the router and the readers of forms refuse is an answer like any other.
            let response = result.unwrap_or_else(poem::Error::into_response);
            Ok::<_, poem::Error>(with_security_headers(response, by_tls))
        })
        .around(move |endpoint, request| unread::bounded(outer.clone(), endpoint, request))
        .before(|request| async { Ok(head_as_get(request)) })
        .around(move |endpoint, request| bodies::in_time(body_timeout, endpoint, request))
        .around(observe::observe)
        .map_to_response()
}

/// Makes of a HEAD the GET whose head it wants to see. The body is left out where the answer is written, which knows how long
/// it would be; the router would make it an empty one, of no length.
fn head_as_get(mut request: Request) -> Request {
    // What begins a websocket is a GET.
    if *request.method() == Method::HEAD && !request.headers().contains_key(header::UPGRADE) {
        request.set_method(Method::GET);
    }
    request
}

/// Sets the headers that every answer has, unless the answer has its own. `by_tls` says that people come by TLS.
fn with_security_headers(mut response: Response, by_tls: bool) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY.into_iter().chain(by_tls.then_some(BY_TLS_ALONE)) {
        if !headers.contains_key(name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
