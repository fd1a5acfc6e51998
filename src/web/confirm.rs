//! `/confirm/{token}`: where the link leads that confirms an address. Following it changes nothing, because mail scanners
//! follow links; only the button does.

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

/// Adds these pages to `route`. What is sent along with a button is not read, however much it is.
pub fn on(route: Route) -> Route {
    route.at("/confirm/:token", get(confirm_page).post(confirm))
}

#[handler]
fn confirm_page() -> Response {
    shown(private_page(StatusCode::OK, &pages::Confirm))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmAnswer {
    confirm_contribution: ConfirmPayload,
}

#[derive(Deserialize)]
struct ConfirmPayload {
    receipt: Option<Receipt>,
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Receipt {
    url: String,
    kind: String,
    comment: Option<Comment>,
}

#[derive(Deserialize)]
struct Comment {
    state: String,
}

#[derive(Deserialize)]
struct Problem {
    message: String,
}

#[handler]
async fn confirm(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    let confirmed = async {
        let answer: ConfirmAnswer =
            site.run(include_str!("operations/confirm.graphql"), json!({ "token": token })).await?;
        let ConfirmPayload { receipt, errors } = answer.confirm_contribution;
        let Some(receipt) = receipt else {
            let reason = errors.into_iter().map(|problem| problem.message).next().unwrap_or_default();
            return private_page(StatusCode::BAD_REQUEST, &pages::ConfirmFailed { reason });
        };
        private_page(
            StatusCode::OK,
            &pages::Confirmed {
                is_private: receipt.kind == "SUBMISSION",
                is_published: receipt.comment.is_some_and(|comment| comment.state == "PUBLISHED"),
                receipt: receipt.url,
            },
        )
    };
    shown(confirmed.await)
}
