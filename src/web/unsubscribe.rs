//! `/unsubscribe/{token}`: stopping mail without signing in.
//!
//! Following the link shows one button and changes nothing, because mail scanners follow links. Mail programs send the POST
//! themselves (RFC 8058): the address alone says what is meant, whatever form the body has, so it is not read.

use poem::{
    Response, Route, get, handler,
    http::StatusCode,
    web::{Data, Path},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    pages, private_page,
    site::{Site, shown},
};
use crate::error::{Error, Result};

/// Adds the page to `route`.
pub(super) fn on(route: Route) -> Route {
    route.at("/unsubscribe/:token", get(ask).post(stop))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mailing {
    document_title: Option<String>,
    replies: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    mail_subscription: Mailing,
}

#[derive(Deserialize)]
struct Stopped {
    unsubscribe: Payload,
}

#[derive(Deserialize)]
struct Payload {
    subscription: Mailing,
}

#[handler]
async fn ask(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    let asked = async {
        let operation = include_str!("operations/mail_subscription.graphql");
        let Asked { mail_subscription } = site.run(operation, json!({ "token": token })).await?;
        let Mailing { document_title: document, replies } = mail_subscription;
        private_page(StatusCode::OK, &pages::Unsubscribe { token, document, replies })
    };
    found(asked.await)
}

#[handler]
async fn stop(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    let stopped = async {
        let operation = include_str!("operations/unsubscribe.graphql");
        let Stopped { unsubscribe } = site.run(operation, json!({ "token": token })).await?;
        let Mailing { document_title: document, replies } = unsubscribe.subscription;
        private_page(StatusCode::OK, &pages::Unsubscribed { document, replies })
    };
    found(stopped.await)
}

fn found(result: Result<Response>) -> Response {
    shown(match result {
        Err(Error::NotFound(_)) => {
            let what = "No mail can be stopped at this address. Was it copied whole? Mail programs sometimes break it in two.";
            private_page(StatusCode::NOT_FOUND, &pages::NotFound { what: Some(what.to_owned()) })
        }
        other => other,
    })
}
