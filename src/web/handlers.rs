//! The pages' addresses: each runs one operation of the public schema and fills one template.

use chrono::{DateTime, Utc};
use poem::{
    EndpointExt, Response, Route, get, handler,
    http::StatusCode,
    middleware::SizeLimit,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    assets, dev_mail, examples, page,
    pages::{self, ContributionKind},
    private_page,
    site::{Site, not_found, shown},
    words,
};
use crate::error::{Error, Result};

/// How many bytes a form may have.
const MAX_FORM: usize = 16 * 1024;

/// Adds the pages to `route`.
pub fn pages_on(route: Route, site: &Site) -> Route {
    let route = route
        .at("/", get(home))
        .at("/explorer", get(explorer))
        .at("/schema.graphql", get(schema))
        .at("/sign-in", get(sign_in_page).post(sign_in.with(SizeLimit::new(MAX_FORM))))
        .at("/sign-in/link", get(ask_again).post(request_link.with(SizeLimit::new(MAX_FORM))))
        .at("/receipts/:token", get(receipt_page))
        .at("/desk/:id", get(desk))
        .at("/assets/:version/:name", get(assets::serve));
    if site.development { dev_mail::on(route) } else { route }
}

#[derive(Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Deserialize)]
struct HomeAnswer {
    documents: Nodes<HomeDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HomeDocument {
    title: String,
    language: String,
    summary: Plain,
    phase: String,
    opens_at: Option<DateTime<Utc>>,
    closes_at: Option<DateTime<Utc>>,
    comment_count: u64,
    sections: Total,
}

#[derive(Deserialize)]
struct Plain {
    plain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    total_count: u64,
}

#[handler]
async fn home(Data(site): Data<&Site>) -> Response {
    shown(
        async {
            let answer: HomeAnswer = site.run(include_str!("operations/home.graphql"), json!({})).await?;
            let documents = answer.documents.nodes.into_iter().map(|document| pages::HomeDocument {
                title: document.title,
                language: document.language,
                summary: document.summary.plain,
                href: None,
                phase: document.phase,
                opens_at: document.opens_at,
                closes_at: document.closes_at,
                sections: document.sections.total_count,
                comments: document.comment_count,
            });
            let home = pages::Home { documents: documents.collect(), development: site.development };
            page(StatusCode::OK, &home)
        }
        .await,
    )
}

#[handler]
fn explorer(Data(site): Data<&Site>) -> Response {
    let examples = examples::ready(site.example.as_deref());
    shown(
        pages::Explorer::new(examples, site.shows_mail())
            .and_then(|explorer| page(StatusCode::OK, &explorer)),
    )
}

#[handler]
fn schema() -> Response {
    Response::builder().content_type("text/plain; charset=utf-8").body(crate::graphql::sdl())
}

#[derive(Deserialize)]
struct TokenQuery {
    token: Option<String>,
}

#[handler]
fn sign_in_page(Query(TokenQuery { token }): Query<TokenQuery>) -> Response {
    shown(match token {
        Some(token) => private_page(StatusCode::OK, &pages::SignInConfirm { token }),
        None => page(StatusCode::OK, &pages::SignInRequest { email: String::new(), problem: None }),
    })
}

#[handler]
fn ask_again() -> Redirect {
    Redirect::see_other("/sign-in")
}

#[derive(Deserialize)]
struct Problem {
    message: String,
}

fn first(problems: Vec<Problem>) -> String {
    problems.into_iter().next().map(|problem| problem.message).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignInAnswer {
    sign_in: SignInPayload,
}

#[derive(Deserialize)]
struct SignInPayload {
    session: Option<Session>,
    account: Option<Account>,
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    access_token: String,
    access_token_expires_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    display_name: String,
}

#[derive(Deserialize)]
struct TokenForm {
    #[serde(default)]
    token: String,
}

#[handler]
async fn sign_in(Data(site): Data<&Site>, Form(TokenForm { token }): Form<TokenForm>) -> Response {
    let signed_in = async {
        let operation = include_str!("operations/sign_in.graphql");
        let answer: SignInAnswer = site.run(operation, json!({ "token": token })).await?;
        let SignInPayload { session, account, errors } = answer.sign_in;
        match session {
            Some(session) => private_page(
                StatusCode::OK,
                &pages::SignedIn {
                    name: account.map(|account| account.display_name).unwrap_or_default(),
                    access_token: session.access_token,
                    expires_at: session.access_token_expires_at,
                },
            ),
            None => private_page(StatusCode::BAD_REQUEST, &pages::SignInFailed { reason: first(errors) }),
        }
    };
    shown(signed_in.await)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkAnswer {
    request_sign_in_link: LinkPayload,
}

#[derive(Deserialize)]
struct LinkPayload {
    sent: bool,
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct EmailForm {
    #[serde(default)]
    email: String,
}

#[handler]
async fn request_link(Data(site): Data<&Site>, Form(EmailForm { email }): Form<EmailForm>) -> Response {
    let requested = async {
        let operation = include_str!("operations/request_link.graphql");
        let answer: LinkAnswer = site.run(operation, json!({ "email": email })).await?;
        let LinkPayload { sent, errors } = answer.request_sign_in_link;
        if sent {
            let minutes = crate::identity::actions::LINK_MINUTES.into();
            let development = site.shows_mail();
            return private_page(StatusCode::OK, &pages::SignInRequested { minutes, development });
        }
        let problem = Some(first(errors));
        private_page(StatusCode::BAD_REQUEST, &pages::SignInRequest { email, problem })
    };
    shown(requested.await)
}

#[derive(Deserialize)]
struct ReceiptAnswer {
    receipt: Receipt,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Receipt {
    reference: String,
    kind: String,
    text: Option<String>,
    received_at: DateTime<Utc>,
    url: String,
    comment: Option<Held>,
    submission: Option<Held>,
}

#[derive(Deserialize)]
struct Held {
    state: String,
    reason: Option<String>,
    statement: Option<String>,
    document: HeldDocument,
    section: Option<HeldSection>,
}

#[derive(Deserialize)]
struct HeldDocument {
    title: String,
    language: String,
}

#[derive(Deserialize)]
struct HeldSection {
    number: Option<String>,
    title: String,
}

#[handler]
async fn receipt_page(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    shown(match read_receipt(site, &token).await {
        Ok(receipt) => private_page(StatusCode::OK, &receipt),
        Err(Error::NotFound(_)) => private_page(StatusCode::NOT_FOUND, &pages::ReceiptNotFound),
        Err(error) => Err(error),
    })
}

async fn read_receipt(site: &Site, token: &str) -> Result<pages::Receipt> {
    let operation = include_str!("operations/receipt.graphql");
    let ReceiptAnswer { receipt } = site.run(operation, json!({ "token": token })).await?;
    let held = receipt.comment.or(receipt.submission).ok_or_else(|| Error::missing("receipt"))?;
    Ok(pages::Receipt {
        reference: receipt.reference,
        kind: if receipt.kind == "SUBMISSION" {
            ContributionKind::Submission
        } else {
            ContributionKind::Comment
        },
        state: held.state,
        reason: held.reason,
        statement: held.statement,
        text: receipt.text,
        received_at: receipt.received_at,
        changed_at: None,
        document_title: held.document.title,
        document_language: held.document.language,
        document_href: None,
        section: held.section.map(|section| match section.number {
            Some(number) => format!("{number} {}", section.title),
            None => section.title,
        }),
        link: receipt.url,
    })
}

/// Where mail to moderators leads: the explorer, with the item asked for. Following the link changes nothing.
#[handler]
fn desk(Path(id): Path<String>) -> Response {
    use poem::IntoResponse;
    if id.parse::<crate::ids::CommentId>().is_err() && id.parse::<crate::ids::SubmissionId>().is_err() {
        return not_found();
    }
    let variables = json!({ "id": id }).to_string();
    let target = format!(
        "/explorer?query={}&variables={}",
        words::component(examples::DESK_ITEM),
        words::component(&variables)
    );
    Redirect::see_other(target).into_response()
}
