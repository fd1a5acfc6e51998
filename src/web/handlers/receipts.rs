//! `/receipts/{token}`: what a contributor keeps, and the appeal that can be made from there.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use poem::{
    IntoResponse, Response, handler,
    http::StatusCode,
    web::{Data, Form, Path, Redirect},
};
use serde::Deserialize;
use serde_json::json;

use super::{Problem, first};
use crate::{
    error::{Error, Result},
    ids::ModerationActionId,
    seal,
    web::{
        pages::{self, ContributionKind},
        private_page,
        site::{Site, not_found, shown},
        words,
    },
};

/// How many bytes the form of an appeal may have: 4,000 characters, each of several bytes and percent-encoded.
pub(super) const MAX_APPEAL_FORM: usize = 128 * 1024;

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
    statements_of_reasons: Vec<Statement>,
    comment: Option<Held>,
    submission: Option<Held>,
}

#[derive(Deserialize)]
struct Held {
    state: String,
    intake: String,
    reason: Option<String>,
    statement: Option<String>,
    document: HeldDocument,
    section: Option<HeldSection>,
    replies: Option<Replies>,
    #[serde(default)]
    attachments: Vec<Attached>,
}

#[derive(Deserialize)]
struct Attached {
    name: String,
    bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Replies {
    total_count: u64,
    nodes: Vec<Reply>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    author: Option<Author>,
    body: Option<Body>,
    published_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Author {
    display_name: String,
}

#[derive(Deserialize)]
struct Body {
    plain: String,
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "it is what the schema has")]
struct Statement {
    action_id: String,
    decision: String,
    ground: Option<String>,
    rule_cited: Option<i32>,
    facts: Option<String>,
    decided_at: DateTime<Utc>,
    automated_detection: bool,
    automated_decision: bool,
    stands: bool,
    appealable_until: Option<DateTime<Utc>>,
    appealable: bool,
    appeal: Option<Appeal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Appeal {
    state: String,
    lodged_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
    statement: Option<String>,
    same_moderator: bool,
}

#[handler]
pub(super) async fn receipt_page(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    shown(match read_receipt(site, &token).await {
        Ok(receipt) => private_page(StatusCode::OK, &receipt),
        Err(error) => missing(error),
    })
}

/// The page for a token that opens nothing.
fn missing(error: Error) -> Result<Response> {
    match error {
        Error::NotFound(_) => private_page(StatusCode::NOT_FOUND, &pages::ReceiptNotFound),
        error => Err(error),
    }
}

async fn read_receipt(site: &Site, token: &str) -> Result<pages::Receipt> {
    let operation = include_str!("../operations/receipt.graphql");
    let ReceiptAnswer { receipt } = site.run(operation, json!({ "token": token })).await?;
    let held = receipt.comment.or(receipt.submission).ok_or_else(|| Error::missing("receipt"))?;
    Ok(pages::Receipt {
        reference: receipt.reference,
        kind: if receipt.kind == "SUBMISSION" {
            ContributionKind::Submission
        } else {
            ContributionKind::Comment
        },
        state: if held.intake == "CONFIRMED" { held.state } else { held.intake },
        reason: held.reason,
        statement: held.statement,
        reasons: reasons(receipt.statements_of_reasons, token)?,
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
        files: held.attachments.into_iter().map(|file| (file.name, words::size(file.bytes))).collect(),
        reply_count: held.replies.as_ref().map_or(0, |replies| replies.total_count),
        replies: held
            .replies
            .map(|replies| replies.nodes)
            .unwrap_or_default()
            .into_iter()
            .filter_map(shown_reply)
            .collect(),
    })
}

/// A reply that can be read; of others a tombstone stands in the conversation.
fn shown_reply(reply: Reply) -> Option<pages::ShownReply> {
    Some(pages::ShownReply {
        author: reply.author?.display_name,
        text: reply.body?.plain,
        published_at: reply.published_at?,
    })
}

/// The statement to show: the one that stands; else the last, where something came of an appeal against it.
fn reasons(statements: Vec<Statement>, token: &str) -> Result<Option<pages::Reasons>> {
    let Some(statement) =
        statements.into_iter().rev().find(|statement| statement.stands || statement.appeal.is_some())
    else {
        return Ok(None);
    };
    let page = format!("/receipts/{}", words::component(token));
    Ok(Some(pages::Reasons {
        action_id: statement.action_id,
        decision: statement.decision,
        ground: statement.ground,
        rule: statement.rule_cited,
        facts: statement.facts,
        decided_at: statement.decided_at,
        automated_detection: statement.automated_detection,
        automated_decision: statement.automated_decision,
        appealable_until: statement.appealable_until,
        appealable: statement.appealable,
        appeal: statement.appeal.map(|appeal| pages::ShownAppeal {
            state: appeal.state,
            lodged_at: appeal.lodged_at,
            decided_at: appeal.decided_at,
            statement: appeal.statement,
            same_moderator: appeal.same_moderator,
        }),
        key: HEXLOWER.encode(&seal::random::<16>().map_err(Error::internal)?),
        form_href: format!("{page}/appeal"),
        text: String::new(),
        problem: None,
    }))
}

/// What has become of the appeal, or the form where there is none yet.
#[handler]
pub(super) async fn appeal_page(Data(site): Data<&Site>, Path(token): Path<String>) -> Response {
    shown(match read_receipt(site, &token).await {
        Ok(receipt) => shown_appeal(StatusCode::OK, receipt, &token),
        Err(error) => missing(error),
    })
}

fn shown_appeal(status: StatusCode, receipt: pages::Receipt, token: &str) -> Result<Response> {
    let receipt_href = format!("/receipts/{}", words::component(token));
    private_page(
        status,
        &pages::AppealPage { reference: receipt.reference, reasons: receipt.reasons, receipt_href },
    )
}

#[derive(Deserialize)]
pub(super) struct AppealForm {
    #[serde(default)]
    action: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LodgeAnswer {
    lodge_appeal: LodgePayload,
}

#[derive(Deserialize)]
struct LodgePayload {
    errors: Vec<Problem>,
}

/// Lodges the appeal and leads to the page that confirms it; what has to be put right is shown beside what was typed.
#[handler]
pub(super) async fn lodge_appeal(
    Data(site): Data<&Site>,
    Path(token): Path<String>,
    Form(form): Form<AppealForm>,
) -> Response {
    if form.action.parse::<ModerationActionId>().is_err() {
        return not_found();
    }
    let lodged = async {
        let operation = include_str!("../operations/lodge_appeal.graphql");
        let input = json!({ "input": {
            "token": token, "actionId": form.action, "text": form.text, "idempotencyKey": form.key,
        } });
        let answer: LodgeAnswer = site.run(operation, input).await?;
        let href = format!("/receipts/{}/appeal", words::component(&token));
        if answer.lodge_appeal.errors.is_empty() {
            return Ok(Redirect::see_other(href).into_response());
        }
        let mut receipt = read_receipt(site, &token).await?;
        if let Some(reasons) = &mut receipt.reasons {
            reasons.text = form.text;
            reasons.problem = Some(first(answer.lodge_appeal.errors));
        }
        shown_appeal(StatusCode::BAD_REQUEST, receipt, &token)
    };
    shown(match lodged.await {
        Err(error) => missing(error),
        answered => answered,
    })
}
