//! `/decide/{token}`: the links in mail by which a moderator approves or rejects a comment without signing in.
//!
//! Following one shows the comment and what would be decided, and changes nothing, because mail scanners follow links; only
//! the form decides.

use async_graphql::resolver_utils::EnumType;
use chrono::{DateTime, Utc};
use poem::{
    EndpointExt, Response, Route, get, handler,
    http::StatusCode,
    middleware::SizeLimit,
    web::{Data, Form, Path, Query},
};
use serde::Deserialize;
use serde_json::json;

use super::{
    pages::{self, Choice},
    private_page,
    site::{Site, shown},
    words,
};
use crate::{
    error::{Error, Result},
    ledger::Reason,
};

/// How many bytes the form may have: a statement of the longest kind, each letter of it encoded.
const MAX_FORM: usize = 64 * 1024;

/// Adds the page to `route`.
pub(super) fn on(route: Route) -> Route {
    route.at("/decide/:token", get(ask).post(decide.with(SizeLimit::new(MAX_FORM))))
}

#[derive(Deserialize)]
struct ChoiceQuery {
    choice: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    action_link: Link,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    state: String,
    message: Option<String>,
    moderator: String,
    expires_at: DateTime<Utc>,
    comment: Option<Comment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    id: String,
    state: String,
    created_at: DateTime<Utc>,
    body: Option<Text>,
    author: Option<Author>,
    document: Document,
    section: Option<Section>,
}

#[derive(Deserialize)]
struct Text {
    plain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    display_name: String,
}

#[derive(Deserialize)]
struct Document {
    title: String,
    language: String,
}

#[derive(Deserialize)]
struct Section {
    number: Option<String>,
    title: String,
}

#[handler]
async fn ask(
    Data(site): Data<&Site>,
    Path(token): Path<String>,
    Query(ChoiceQuery { choice }): Query<ChoiceQuery>,
) -> Response {
    let choice = if choice.as_deref() == Some("reject") { Choice::Reject } else { Choice::Approve };
    shown(answered(confirm(site, token, choice, Typed::default()).await))
}

/// What was typed into the form, and what is wrong with it.
#[derive(Default)]
struct Typed {
    reason: String,
    statement: String,
    problem: Option<String>,
}

async fn confirm(site: &Site, token: String, choice: Choice, typed: Typed) -> Result<Response> {
    let operation = include_str!("operations/action_link.graphql");
    let Answer { action_link: link } = site.run(operation, json!({ "token": token })).await?;
    let Some(comment) = link.comment else {
        let closed =
            pages::DecideClosed { message: link.message.unwrap_or_default(), again: None, desk: None };
        return private_page(StatusCode::GONE, &closed);
    };
    let desk = format!("/desk/{}", comment.id);
    if link.state != "READY" {
        let message = link.message.unwrap_or_default();
        let closed = pages::DecideClosed { message, again: None, desk: Some(desk) };
        return private_page(StatusCode::CONFLICT, &closed);
    }
    let status = if typed.problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let reasons = Reason::items().iter().map(|item| (item.name, words::reason(item.name)));
    let page = pages::Decide {
        token,
        choice,
        moderator: link.moderator,
        expires_at: link.expires_at,
        document_title: comment.document.title,
        document_language: comment.document.language,
        section: comment.section.map(|section| match section.number {
            Some(number) => format!("{number} {}", section.title),
            None => section.title,
        }),
        author: comment.author.map(|author| author.display_name).unwrap_or_default(),
        received_at: comment.created_at,
        state: comment.state,
        text: comment.body.map(|body| body.plain).unwrap_or_default(),
        reasons: reasons.collect(),
        reason: typed.reason,
        statement: typed.statement,
        problem: typed.problem,
        desk,
    };
    private_page(status, &page)
}

#[derive(Deserialize)]
struct DecideForm {
    #[serde(default)]
    choice: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    statement: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Followed {
    follow_action_link: Payload,
}

#[derive(Deserialize)]
struct Payload {
    comment: Option<Decided>,
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Decided {
    id: String,
    state: String,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
}

#[handler]
async fn decide(
    Data(site): Data<&Site>,
    Path(token): Path<String>,
    Form(form): Form<DecideForm>,
) -> Response {
    let again = format!("/decide/{}", words::component(&token));
    shown(answered(match carry_out(site, token, form).await {
        Err(Error::Conflict(message)) => {
            let closed = pages::DecideClosed { message, again: Some(again), desk: None };
            private_page(StatusCode::CONFLICT, &closed)
        }
        other => other,
    }))
}

async fn carry_out(site: &Site, token: String, form: DecideForm) -> Result<Response> {
    // What is decided is never guessed.
    let choice = match form.choice.as_str() {
        "approve" => Choice::Approve,
        "reject" => Choice::Reject,
        _ => return confirm(site, token, Choice::Approve, Typed::default()).await,
    };
    let known = Reason::items().iter().any(|item| item.name == form.reason);
    let rejects = choice == Choice::Reject;
    let operation = include_str!("operations/follow_action_link.graphql");
    let variables = json!({
        "token": token,
        "decision": choice.decision(),
        "reason": Some(&form.reason).filter(|_| rejects && known),
        "statement": Some(&form.statement).filter(|_| rejects),
    });
    let Followed { follow_action_link: Payload { comment, errors } } = site.run(operation, variables).await?;
    if let Some(Decided { id, state }) = comment {
        let done = pages::Decided { choice, state, desk: format!("/desk/{id}") };
        return private_page(StatusCode::OK, &done);
    }
    if let Some(closed) = errors.iter().find(|error| error.code == "INVALID_TOKEN") {
        let closed = pages::DecideClosed { message: closed.message.clone(), again: None, desk: None };
        return private_page(StatusCode::GONE, &closed);
    }
    let problem: Vec<String> = errors.into_iter().map(|error| error.message).collect();
    let typed = Typed { reason: form.reason, statement: form.statement, problem: Some(problem.join(" ")) };
    confirm(site, token, choice, typed).await
}

fn answered(result: Result<Response>) -> Result<Response> {
    match result {
        Err(Error::NotFound(_)) => {
            let what = "Nothing can be decided at this address. Was it copied whole? Mail programs sometimes break it in two.";
            private_page(StatusCode::NOT_FOUND, &pages::NotFound { what: Some(what.to_owned()) })
        }
        other => other,
    }
}
