//! A client of `graphql-transport-ws` over a real websocket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        protocol::{
            CloseFrame,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};

use super::{Actor, patience::in_time};

/// One websocket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket at this address and offers a subprotocol; the status of the answer where it is not opened.
    pub async fn open(base: &str, protocol: Option<&str>) -> Result<Self, u16> {
        Self::open_with(base, protocol, &[]).await
    }

    /// The same, with headers.
    pub async fn open_with(
        base: &str,
        protocol: Option<&str>,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, u16> {
        let mut request = format!("{base}/graphql").replacen("http", "ws", 1).into_client_request().unwrap();
        if let Some(protocol) = protocol {
            request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Opens a socket and says nothing yet.
    pub async fn silent(base: &str) -> Self {
        Self::open(base, Some("graphql-transport-ws")).await.unwrap()
    }

    /// Opens a socket as this actor and has it acknowledged.
    pub async fn of(actor: &Actor) -> Self {
        let mut socket = Self::silent(actor.base()).await;
        let token = actor.token().map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(json!({ "type": "connection_init", "payload": token })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// Says something.
    pub async fn say(&mut self, message: Value) {
        self.say_text(message.to_string()).await;
    }

    /// Says something that may be no message.
    pub async fn say_text(&mut self, text: impl Into<String>) {
        // What the service closes meanwhile cannot be said any more.
        let _ = self.0.send(Message::text(text.into())).await;
    }

    /// Says this so many times in one message, each in a frame of its own.
    pub async fn say_in_pieces(&mut self, text: &str, times: usize) {
        for at in 0..times {
            let kind = if at == 0 { Data::Text } else { Data::Continue };
            let piece = Frame::message(text.to_owned(), OpCode::Data(kind), at + 1 == times);
            // What the service closes meanwhile cannot be said any more.
            let _ = self.0.send(Message::Frame(piece)).await;
        }
    }

    /// Says something in bytes.
    pub async fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.0.send(Message::binary(bytes)).await.unwrap();
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// The next message that is no sign of life. Those are answered.
    pub async fn hear(&mut self) -> Value {
        match self.says().await {
            Ok(message) => message,
            Err(close) => panic!("the socket was closed: {close:?}"),
        }
    }

    /// The next answer to this operation.
    pub async fn answer(&mut self, id: &str) -> Value {
        let message = self.hear().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("next")), "{message:#}");
        message["payload"].clone()
    }

    /// The codes of the errors with which this operation ends.
    pub async fn refusal(&mut self, id: &str) -> Vec<String> {
        let message = self.hear().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("error")), "{message:#}");
        let errors = message["payload"].as_array().unwrap().iter();
        errors.map(|error| error["extensions"]["code"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether nothing is said for so long.
    pub async fn is_silent_for(&mut self, millis: u64) -> bool {
        timeout(Duration::from_millis(millis), self.says()).await.is_err()
    }

    /// Closes the socket from this side, as browsers do, and returns what the service answers: the same code, or 1006.
    pub async fn close(mut self, code: u16) -> u16 {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.0.send(Message::Close(Some(frame))).await.unwrap();
        self.closed().await.0
    }

    /// The code and reason with which the service closes the socket, whatever it says before.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            if let Err(close) = self.says().await {
                return close;
            }
        }
    }

    /// What is said next, or the code and reason with which the service closes the socket.
    pub async fn says(&mut self) -> Result<Value, (u16, String)> {
        // In all, however many signs of life come instead.
        in_time("something comes", self.next_but_signs_of_life()).await
    }

    async fn next_but_signs_of_life(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let heard = self.0.next().await;
            match heard {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] == "ping" {
                        self.say(json!({ "type": "pong" })).await;
                        continue;
                    }
                    return Ok(message);
                }
                Some(Ok(Message::Close(Some(close)))) => {
                    return Err((close.code.into(), close.reason.to_string()));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return Err((1006, format!("{other:?}"))),
            }
        }
    }
}
