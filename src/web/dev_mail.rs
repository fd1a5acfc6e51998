//! The mail folder as pages, in development only: `/dev/mail`.

use chrono::{DateTime, Utc};
use poem::{
    Response, Route, get, handler,
    http::{StatusCode, header},
    web::{Data, Path, Query},
};
use serde::Deserialize;

use super::{
    headers,
    pages::{MailList, MailPart, MailSummary, MailView, mail_frame},
    private_page,
    site::{Site, not_found, shown},
};
use crate::mail::folder;

/// How many messages the list shows.
const LISTED: usize = 200;

/// Adds the pages to `route`.
pub(super) fn on(route: Route) -> Route {
    route
        .at("/dev/mail", get(list))
        .at("/dev/mail/:name", get(view))
        .at("/dev/mail/:name/html", get(html))
        .at("/dev/mail/:name/raw", get(raw))
}

#[handler]
async fn list(Data(site): Data<&Site>) -> Response {
    let Some(path) = &site.mail_folder else { return not_found() };
    let messages = folder::list(path, LISTED).await.into_iter().map(|summary| MailSummary {
        name: summary.name,
        subject: summary.subject,
        to: summary.to,
        at: summary.date.unwrap_or(DateTime::<Utc>::UNIX_EPOCH),
    });
    shown(private_page(StatusCode::OK, &MailList { messages: messages.collect() }))
}

async fn read(site: &Site, name: &str) -> Option<folder::Parsed> {
    folder::read(site.mail_folder.as_deref()?, name).await
}

#[derive(Deserialize)]
struct PartQuery {
    part: Option<String>,
}

#[handler]
async fn view(
    Data(site): Data<&Site>,
    Path(name): Path<String>,
    Query(PartQuery { part }): Query<PartQuery>,
) -> Response {
    let Some(mail) = read(site, &name).await else { return not_found() };
    let has_html = mail.html.is_some();
    let view = MailView {
        name,
        subject: mail.summary.subject,
        from: mail.summary.from,
        to: mail.summary.to,
        at: mail.summary.date.unwrap_or(DateTime::<Utc>::UNIX_EPOCH),
        headers: mail.headers,
        text: mail.text,
        has_html,
        part: MailPart::chosen(part.as_deref(), has_html),
    };
    let mut response = shown(private_page(StatusCode::OK, &view));
    let policy = header::HeaderValue::from_static(headers::MAIL_VIEW_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

#[handler]
async fn html(Data(site): Data<&Site>, Path(name): Path<String>) -> Response {
    match read(site, &name).await.and_then(|mail| mail.html) {
        Some(html) => Response::builder()
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_SECURITY_POLICY, headers::MAIL_HTML_POLICY)
            .header(header::CACHE_CONTROL, headers::NO_STORE)
            .body(mail_frame(&html)),
        None => not_found(),
    }
}

#[handler]
async fn raw(Data(site): Data<&Site>, Path(name): Path<String>) -> Response {
    match read(site, &name).await {
        Some(mail) => Response::builder()
            .content_type("message/rfc822")
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"message.eml\"")
            .header(header::CACHE_CONTROL, headers::NO_STORE)
            .body(mail.raw),
        None => not_found(),
    }
}
