//! `/unsubscribe/{token}`: stopping mail without signing in.
//!
//! Following the link shows one button and changes nothing, because mail scanners follow links. Mail programs send the POST
//! themselves (RFC 8058): the address alone says what is meant, whatever form the body has, so it is not read.

use poem::{
    Response, Route, get, handler,
    http::StatusCode,
    post,
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
    route.at("/unsubscribe/:token", get(ask).post(stop)).at("/unsubscribe/:token/undo", post(resume))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mailing {
    document_title: Option<String>,
    stopped: bool,
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
    subscription: Option<Mailing>,
}

#[handler]
async fn ask(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    let asked = async {
        let operation = include_str!("operations/mail_subscription.graphql");
        let Asked { mail_subscription } = site.run(operation, json!({ "token": token })).await?;
        subscription_page(token, mail_subscription)
    };
    found(asked.await)
}

/// What one can do about a mail as it is now: stop it, or have it again.
fn subscription_page(token: String, mailing: Mailing) -> Result<Response> {
    let Mailing { document_title: document, stopped, replies } = mailing;
    if stopped {
        private_page(StatusCode::OK, &pages::Unsubscribed { token, document, replies })
    } else {
        private_page(StatusCode::OK, &pages::Unsubscribe { token, document, replies })
    }
}

#[handler]
async fn stop(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    found(change(site, token, false).await)
}

#[handler]
async fn resume(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    found(change(site, token, true).await)
}

async fn change(site: &Site, token: String, undo: bool) -> Result<Response> {
    let operation = include_str!("operations/unsubscribe.graphql");
    let Stopped { unsubscribe } = site.run(operation, json!({ "token": token, "undo": undo })).await?;
    let mailing = unsubscribe.subscription.ok_or_else(|| Error::missing("subscription"))?;
    subscription_page(token, mailing)
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
