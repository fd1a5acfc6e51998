//! The pages' addresses: each runs one operation of the public schema and fills one template.

mod receipts;

use chrono::{DateTime, Utc};
use poem::{
    EndpointExt, Response, Route, get, handler,
    http::{HeaderMap, StatusCode, header},
    middleware::SizeLimit,
    web::{Data, Form, Path, Query, Redirect},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    assets, confirm, cookie, decide, dev_mail, examples, page, pages, private_page,
    site::{Site, not_found, shown},
    unsubscribe, words,
};

use crate::identity::{
    Viewer,
    actions::{LINK_MINUTES, is_secret},
    device,
};

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
        .at("/receipts/:token", get(receipts::receipt_page))
        .at(
            "/receipts/:token/appeal",
            get(receipts::appeal_page)
                .post(receipts::lodge_appeal.with(SizeLimit::new(receipts::MAX_APPEAL_FORM))),
        )
        .at("/desk/:id", get(desk))
        .at("/assets/:version/:name", get(assets::serve));
    let route = confirm::on(unsubscribe::on(decide::on(route)));
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
    shown(pages::Explorer::new(examples).and_then(|explorer| page(StatusCode::OK, &explorer)))
}

#[handler]
fn schema(Data(site): Data<&Site>) -> Response {
    if site.api.limits().no_introspection {
        return super::not_found();
    }
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
    #[serde(default)]
    code: String,
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
async fn sign_in(
    Data(site): Data<&Site>,
    headers: &HeaderMap,
    Form(TokenForm { token }): Form<TokenForm>,
) -> Response {
    let signed_in = async {
        let operation = include_str!("operations/sign_in.graphql");
        let variables = json!({ "token": token, "secret": cookie::secret(headers, site.over_tls) });
        let told = headers.get(header::USER_AGENT).and_then(|told| told.to_str().ok());
        let viewer = Viewer::anonymous().using(told.map(|told| device::describe(told).into()));
        let answer: SignInAnswer = site.run_for(viewer, operation, variables).await?;
        let SignInPayload { session, account, errors } = answer.sign_in;
        let Some(session) = session else {
            let elsewhere = errors.first().is_some_and(|problem| problem.code == "OTHER_CLIENT");
            let failed = pages::SignInFailed { reason: first(errors), elsewhere };
            return private_page(StatusCode::BAD_REQUEST, &failed);
        };
        let mut response = private_page(
            StatusCode::OK,
            &pages::SignedIn {
                name: account.map(|account| account.display_name).unwrap_or_default(),
                access_token: session.access_token,
                expires_at: session.access_token_expires_at,
                item: cookie::item(headers, site.over_tls).map(|item| item_in_explorer(&item.to_string())),
            },
        )?;
        set_cookie(&mut response, &cookie::keep("", site.over_tls));
        set_cookie(&mut response, &cookie::keep_item(None, site.over_tls));
        Ok(response)
    };
    shown(signed_in.await)
}

/// Has the browser keep something, or forget it.
fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkAnswer {
    request_sign_in_link: LinkPayload,
}

#[derive(Deserialize)]
struct LinkPayload {
    secret: Option<String>,
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct EmailForm {
    #[serde(default)]
    email: String,
}

#[handler]
async fn request_link(
    Data(site): Data<&Site>,
    headers: &HeaderMap,
    Form(EmailForm { email }): Form<EmailForm>,
) -> Response {
    let requested = async {
        let operation = include_str!("operations/request_link.graphql");
        // A browser that asks twice can use either link. What it sends is no secret of ours where somebody else set it.
        let kept = cookie::secret(headers, site.over_tls).filter(|kept| is_secret(kept));
        let variables = json!({ "email": email, "secret": kept });
        let answer: LinkAnswer = site.run(operation, variables).await?;
        let LinkPayload { secret, errors } = answer.request_sign_in_link;
        if let Some(secret) = secret {
            let minutes = LINK_MINUTES.into();
            let development = site.shows_mail();
            let mut response =
                private_page(StatusCode::OK, &pages::SignInRequested { minutes, development })?;
            set_cookie(&mut response, &cookie::keep(&secret, site.over_tls));
            return Ok(response);
        }
        let problem = Some(first(errors));
        private_page(StatusCode::BAD_REQUEST, &pages::SignInRequest { email, problem })
    };
    shown(requested.await)
}

/// Where mail to moderators leads: the explorer, with the item asked for. Following the link changes nothing; the browser
/// keeps which item it was, for whoever has to sign in first.
#[handler]
fn desk(Data(site): Data<&Site>, Path(id): Path<String>) -> Response {
    use poem::IntoResponse;
    let Some(item) = cookie::item_of_desk(&id) else { return not_found() };
    let mut response = Redirect::see_other(item_in_explorer(&id)).into_response();
    set_cookie(&mut response, &cookie::keep_item(Some(item), site.over_tls));
    response
}

/// The explorer with a query for an item of the desk.
fn item_in_explorer(id: &str) -> String {
    let variables = json!({ "id": id }).to_string();
    format!(
        "/explorer?query={}&variables={}",
        words::component(examples::DESK_ITEM),
        words::component(&variables)
    )
}
