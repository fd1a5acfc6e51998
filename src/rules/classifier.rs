//! Outside classifiers: a service is sent the text and says whether to withhold it. Whatever goes wrong withholds: one that
//! cannot be reached must not open the door.
//!
//! The request is a POST of JSON, `{"kind", "documentId", "text"}`, with `X-Answerable-Timestamp` (seconds since 1970) and
//! `X-Answerable-Signature: sha256=…`, the HMAC-SHA-256 in hexadecimal, under the rule's secret, of the timestamp, a full
//! stop and the body. The answer is `{"withhold": bool, "label": string}`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{check::Arrival, model::Rule};
use crate::{context::Context, error::Result, ids::DocumentId, ledger::SubjectKind, seal, text};

/// How long an answer may be, in bytes.
const MAX_ANSWER: usize = 16 * 1024;
/// How many characters of a label are kept.
const MAX_LABEL: usize = 200;

/// What a classifier said.
#[derive(Deserialize)]
struct Answer {
    withhold: bool,
    #[serde(default)]
    label: String,
}

#[derive(Serialize)]
struct Question<'a> {
    kind: SubjectKind,
    #[serde(rename = "documentId", serialize_with = "as_text")]
    document: DocumentId,
    text: &'a str,
}

fn as_text<S: serde::Serializer>(id: &DocumentId, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Why nothing was said.
enum Unreached {
    NotAllowed,
    TimedOut,
    NoConnection,
    Status(u16),
    TooLong,
    Nonsense,
}

/// What a rule found by asking: whether to withhold, and in words. Nothing where the classifier has nothing to say.
pub(super) async fn ask(ctx: &Context, rule: &Rule, arrival: &Arrival<'_>) -> Result<Option<(bool, String)>> {
    let sealed = rule.secret_sealed.as_deref().unwrap_or_default();
    let secret = ctx.vault.open(Rule::secret_place(rule.id), sealed).await?;
    let question = Question { kind: arrival.kind, document: arrival.document, text: arrival.markdown };
    let body = serde_json::to_vec(&question)?;
    let timestamp = ctx.clock.now().timestamp().to_string();
    let signature = seal::sign(&secret, &[timestamp.as_bytes(), b".", &body].concat());
    let request = ctx
        .outside
        .post(&rule.settings.url)
        .header("content-type", "application/json")
        .header("x-answerable-timestamp", timestamp)
        .header("x-answerable-signature", format!("sha256={}", data_encoding::HEXLOWER.encode(&signature)))
        .body(body);
    let patience = Duration::from_millis(u64::try_from(rule.settings.timeout_ms).unwrap_or(0));
    // Asked again: where classifiers may be can have changed since the rule was set.
    let allowed = reqwest::Url::parse(&rule.settings.url).is_ok_and(|url| ctx.classifiers.may_be_at(&url));
    let answered = if allowed {
        tokio::time::timeout(patience, exchange(request)).await.unwrap_or(Err(Unreached::TimedOut))
    } else {
        Err(Unreached::NotAllowed)
    };
    match answered {
        Ok(Answer { withhold, label }) => {
            let label = text::line(
                &mut Vec::new(),
                &label.chars().take(MAX_LABEL).collect::<String>(),
                MAX_LABEL,
                &[],
            );
            Ok(match (withhold, label.is_empty()) {
                (false, true) => None,
                (withhold, true) => Some((withhold, "The classifier says to withhold this.".into())),
                (true, false) => Some((true, format!("The classifier says to withhold this: {label}"))),
                (false, false) => Some((false, format!("The classifier says: {label}"))),
            })
        }
        Err(why) => {
            let why = match why {
                Unreached::NotAllowed => "ANSWERABLE_CLASSIFIERS does not list where it is".into(),
                Unreached::TimedOut => format!("it did not answer within {} ms", rule.settings.timeout_ms),
                Unreached::NoConnection => "no connection to it could be made, or it broke".into(),
                Unreached::Status(status) => format!("it answered with HTTP status {status}"),
                Unreached::TooLong => format!("its answer has more than {MAX_ANSWER} bytes"),
                Unreached::Nonsense => "its answer is not the JSON that it should be".into(),
            };
            tracing::warn!(rule.id = %rule.id, document.id = %rule.document_id, why, "A classifier was not reached; the contribution counts as withheld.");
            Ok(Some((true, format!("The classifier was not reached: {why}."))))
        }
    }
}

async fn exchange(request: reqwest::RequestBuilder) -> std::result::Result<Answer, Unreached> {
    let mut response = request.send().await.map_err(|_| Unreached::NoConnection)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(Unreached::Status(response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Unreached::NoConnection)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(Unreached::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| Unreached::Nonsense)
}
