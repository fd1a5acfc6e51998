//! GraphQL over websockets: the protocol `graphql-transport-ws`. The older one, whose subprotocol is called `graphql-ws`, is
//! not spoken.
//!
//! Who is asking is said in `connection_init`, as `{ "authorization": "Bearer …" }`, or in the header `Authorization` of the
//! request that opens the socket, where that is not said. There are no cookies, so a foreign page that opens a socket has
//! nothing of the reader's: sockets are opened from any `Origin`, as queries are.

mod messages;
mod operation;
mod session;

use poem::{
    IntoResponse, Request, Response,
    http::{StatusCode, header},
    web::websocket::{WebSocket, WebSocketConfig},
};

use self::session::Session;
use super::{Served, graphql::refuse, viewer};
use crate::graphql::errors::refusal;

/// The subprotocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// Why a socket is closed: the protocol's own codes, and those of websockets.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Close {
    code: u16,
    reason: String,
}

impl Close {
    const DONE: u16 = 1000;
    const GOING_AWAY: u16 = 1001;
    const TOO_BIG: u16 = 1009;
    const TRY_AGAIN_LATER: u16 = 1013;
    const BAD_REQUEST: u16 = 4400;
    const UNAUTHORIZED: u16 = 4401;
    const FORBIDDEN: u16 = 4403;
    const PROTOCOL_NOT_SPOKEN: u16 = 4406;
    const NO_INIT: u16 = 4408;
    const ID_IN_USE: u16 = 4409;
    const SECOND_INIT: u16 = 4429;

    fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// Whether a request wants to become a websocket.
pub(super) fn is_asked_for(request: &Request) -> bool {
    request.header(header::UPGRADE).is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Opens a websocket.
pub(super) fn open(served: &Served, request: &Request, socket: poem::Result<WebSocket>) -> Response {
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => return error.into_response(),
    };
    let origin = viewer::origin_of(&served.ctx, &served.trusted_proxies, request);
    let place = match served.live.open(origin.as_ref(), "websocket") {
        Ok(place) => place,
        Err(error) => return refuse(StatusCode::TOO_MANY_REQUESTS, &refusal(error)),
    };
    let offered = request.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let spoken = offered
        .filter_map(|offered| offered.to_str().ok())
        .flat_map(|offered| offered.split(','))
        .any(|offered| offered.trim() == PROTOCOL);
    let authorization = request.header(header::AUTHORIZATION).map(str::to_owned);
    let served = served.clone();
    // Sockets are many and quiet: small buffers, and answers are sent off as they are.
    let most = served.site.api.limits().max_body_bytes;
    let config = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_message_size(Some(most))
        .max_frame_size(Some(most));
    socket
        .protocols([PROTOCOL])
        .config(config)
        .on_upgrade(move |socket| async move {
            let session = Session::new(served, socket, place, origin, authorization);
            if spoken {
                session.run().await;
            } else {
                let reason = format!("Subprotocol not acceptable: offer {PROTOCOL}.");
                session.close(Close::new(Close::PROTOCOL_NOT_SPOKEN, reason)).await;
            }
        })
        .into_response()
}
