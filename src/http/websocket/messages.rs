//! The messages of the protocol: reading what clients say, and writing what they are told.

use async_graphql::{Response as Answer, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Close;
use crate::http::graphql::{Parameters, Wire};

/// How long the name of an operation may be; it stands in every message about it.
const MAX_ID: usize = 128;
/// How long an answer may be that repeats what a ping said. The protocol asks for none of it.
const MAX_ECHO: usize = 512;

/// What a client says.
pub(super) enum Said {
    /// Who they are: what the payload holds as `authorization`.
    Init(Option<String>),
    /// Is anybody there?
    Ping(Option<Map<String, Value>>),
    /// Somebody is.
    Pong,
    /// Run this under this name.
    Subscribe(String, Box<Parameters>),
    /// The answers to this are not wanted any more.
    Complete(String),
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    payload: Option<Map<String, Value>>,
}

/// Reads a message; what is none closes the socket.
pub(super) fn read(text: &str) -> Result<Said, Close> {
    let bad = |reason: &str| Close::new(Close::BAD_REQUEST, reason);
    let message: Message = serde_json::from_str(text).map_err(|_| bad("Invalid message received"))?;
    let named = |id: Option<String>| match id {
        Some(id) if (1..=MAX_ID).contains(&id.len()) => Ok(id),
        _ => Err(bad("The message needs an `id` of 1 to 128 bytes")),
    };
    match message.kind.as_str() {
        "connection_init" => Ok(Said::Init(authorization(message.payload)?)),
        "ping" => Ok(Said::Ping(message.payload)),
        "pong" => Ok(Said::Pong),
        "subscribe" => {
            let id = named(message.id)?;
            let wrong = || bad("The payload is no GraphQL request");
            let payload = Value::Object(message.payload.ok_or_else(wrong)?);
            Ok(Said::Subscribe(id, serde_json::from_value(payload).map_err(|_| wrong())?))
        }
        "complete" => Ok(Said::Complete(named(message.id)?)),
        _ => Err(bad("Invalid message type")),
    }
}

/// The credential in a payload. One that cannot be read is refused: who believes to have signed in must not be answered as
/// if they had not.
fn authorization(payload: Option<Map<String, Value>>) -> Result<Option<String>, Close> {
    let given = payload.into_iter().flatten();
    let mut given = given.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    match (given.next(), given.next()) {
        (None, _) | (Some((_, Value::Null)), None) => Ok(None),
        (Some((_, Value::String(text))), None) => Ok(Some(text)),
        _ => Err(Close::new(Close::FORBIDDEN, "Forbidden: `authorization` must be one text")),
    }
}

/// That the client may begin.
pub(super) fn acknowledgement() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// Is anybody there?
pub(super) fn ping() -> String {
    json!({ "type": "ping" }).to_string()
}

/// Somebody is. What a ping said is repeated where it is short: else whoever sends and takes nothing would have it held here,
/// in no room for answers.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    let echo = payload.map(|payload| json!({ "type": "pong", "payload": payload }).to_string());
    echo.filter(|echo| echo.len() <= MAX_ECHO).unwrap_or_else(|| json!({ "type": "pong" }).to_string())
}

/// One answer.
pub(super) fn next(id: &str, answer: &Answer) -> String {
    about(id, "next", Wire::from(answer))
}

/// That an operation was refused or cannot go on, and why.
pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    about(id, "error", errors)
}

/// That an operation has come to its end.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

fn about(id: &str, kind: &str, payload: impl Serialize) -> String {
    #[derive(Serialize)]
    struct About<'a, T> {
        id: &'a str,
        r#type: &'a str,
        payload: T,
    }
    // A map whose keys are texts always has a JSON form.
    serde_json::to_string(&About { id, r#type: kind, payload }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> u16 {
        read(text).err().map_or(0, |close| close.code)
    }

    #[test]
    fn what_is_no_message_closes_the_socket() {
        for bad in [
            "",
            "null",
            "[]",
            "\"ping\"",
            "{}",
            r#"{"type":7}"#,
            r#"{"type":"start","id":"1"}"#,
            r#"{"type":"ping","payload":7}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert_eq!(code(bad), Close::BAD_REQUEST, "{bad}");
        }
        let long = format!(r#"{{"type":"complete","id":"{}"}}"#, "x".repeat(MAX_ID + 1));
        assert_eq!(code(&long), Close::BAD_REQUEST);
        assert_eq!(code(&"[".repeat(100_000)), Close::BAD_REQUEST);
    }

    #[test]
    fn a_credential_is_read_or_refused_and_never_overlooked() {
        let of = |payload: &str| read(&format!(r#"{{"type":"connection_init","payload":{payload}}}"#));
        let given = |payload: &str| match of(payload) {
            Ok(Said::Init(given)) => given,
            _ => panic!("{payload} is not read"),
        };
        assert_eq!(given("null"), None);
        assert_eq!(given("{}"), None);
        assert_eq!(given(r#"{"other":1}"#), None);
        assert_eq!(given(r#"{"authorization":"Bearer a"}"#), Some("Bearer a".into()));
        assert_eq!(given(r#"{"Authorization":"Bearer a"}"#), Some("Bearer a".into()));
        for wrong in [
            r#"{"authorization":7}"#,
            r#"{"authorization":["Bearer a"]}"#,
            r#"{"authorization":"Bearer a","Authorization":"Bearer b"}"#,
        ] {
            assert_eq!(of(wrong).err().map(|close| close.code), Some(Close::FORBIDDEN), "{wrong}");
        }
    }

    #[test]
    fn what_is_told_has_the_form_of_the_protocol() {
        assert_eq!(complete("a\"b"), r#"{"id":"a\"b","type":"complete"}"#);
        assert_eq!(pong(None), r#"{"type":"pong"}"#);
        let said = |text: &str| serde_json::from_value(json!({ "a": text })).ok();
        assert_eq!(pong(said("b")), r#"{"payload":{"a":"b"},"type":"pong"}"#);
        assert_eq!(pong(said(&"b".repeat(MAX_ECHO))), r#"{"type":"pong"}"#);
        let answer = Answer::new(async_graphql::Value::Null);
        assert_eq!(next("1", &answer), r#"{"id":"1","type":"next","payload":{}}"#);
    }
}
