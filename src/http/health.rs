//! For those who run the service: is it alive, is it ready, how is it doing.

use aws_lc_rs::constant_time;
use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use secrecy::ExposeSecret;

use super::{Served, viewer::bearer};
use crate::{db, telemetry};

fn plain(status: StatusCode, text: impl Into<String>) -> Response {
    Response::builder()
        .status(status)
        .content_type("text/plain; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(text.into())
}

/// `GET /healthz`: the process answers. Says nothing of the database: a restart would not help it.
#[handler]
pub(super) fn alive() -> Response {
    plain(StatusCode::OK, "alive\n")
}

/// `GET /readyz`: the database answers and is of this program's schema.
#[handler]
pub(super) async fn ready(Data(served): Data<&Served>) -> Response {
    let checked = async {
        let mut conn = served.ctx.db.get().await?;
        db::pending(&mut conn).await
    };
    match checked.await {
        Ok(false) => plain(StatusCode::OK, "ready\n"),
        Ok(true) => plain(StatusCode::SERVICE_UNAVAILABLE, "the database is of another schema version\n"),
        Err(error) => {
            tracing::warn!(error = %error.report(), "The service is not ready.");
            plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// `GET /metrics`: for Prometheus. In development for everybody, else for who has the metrics token.
#[handler]
pub(super) fn metrics(request: &Request, Data(served): Data<&Served>) -> Response {
    let given = request.header(header::AUTHORIZATION).and_then(bearer).unwrap_or_default();
    let allowed = match &served.metrics_token {
        Some(token) => {
            constant_time::verify_slices_are_equal(given.as_bytes(), token.expose_secret().as_bytes()).is_ok()
        }
        None => served.site.development,
    };
    if !allowed {
        return plain(StatusCode::NOT_FOUND, "not here\n");
    }
    Response::builder()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(telemetry::metrics().render())
}
