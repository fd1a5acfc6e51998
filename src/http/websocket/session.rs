//! One socket, from its opening to its end. It alone reads and writes; operations run on tasks of their own and hand it
//! what they have, a few messages at a time, so that a client that does not read stops them and nothing piles up.

use std::{collections::HashMap, io, pin::pin, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use poem::web::websocket::{CloseCode, Message, WebSocketStream};
use tokio::{
    sync::{
        OwnedSemaphorePermit, Semaphore,
        mpsc::{Receiver, Sender, channel},
    },
    task::AbortHandle,
    time::{MissedTickBehavior, sleep, timeout},
};

use super::{
    Close,
    messages::{self, Said},
    operation::{Outgoing, Running},
};
use crate::{
    error::Error,
    graphql::{errors::refusal, guard},
    http::{
        Served,
        graphql::Parameters,
        live::Place,
        unread::{Room, SMALL},
        viewer::Credentials,
    },
    identity::viewer::Origin,
};

/// How many messages of operations wait for a client that is slow to read.
const WAITING: usize = 16;
/// How long a client may take to read on.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may take to close its side.
const PARTING: Duration = Duration::from_secs(1);
/// How many signs of life may go without any from the client.
const SILENCE: u32 = 2;
/// The longest reason that fits a close frame.
const MAX_REASON: usize = 123;

/// Why a session goes no further.
enum End {
    /// It is to be closed.
    Close(Close),
    /// Nobody is there any more.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// An operation under way, ended when this goes.
struct Started {
    number: u64,
    task: AbortHandle,
    _share: Arc<OwnedSemaphorePermit>,
}

impl Drop for Started {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One socket.
pub(super) struct Session {
    served: Served,
    socket: WebSocketStream,
    place: Arc<Place>,
    origin: Option<Origin>,
    /// The header of the request that opened the socket.
    authorization: Option<String>,
    /// Who is asking, once that is said and good.
    who: Option<Credentials>,
    started: HashMap<Arc<str>, Started>,
    /// How many more operations may be under way.
    room: Arc<Semaphore>,
    /// How many operations there were.
    count: u64,
    outgoing: Sender<Outgoing>,
    waiting: Receiver<Outgoing>,
    /// How many signs of life were sent since the client gave one.
    silence: u32,
    /// The room of the longest message so far, unless all were small.
    buffer: Option<Room>,
}

impl Session {
    pub(super) fn new(
        served: Served,
        socket: WebSocketStream,
        place: Place,
        origin: Option<Origin>,
        authorization: Option<String>,
    ) -> Self {
        let (outgoing, waiting) = channel(WAITING);
        let most =
            usize::try_from(served.live.config().subscriptions_per_socket).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            served,
            socket,
            place: Arc::new(place),
            origin,
            authorization,
            who: None,
            started: HashMap::new(),
            room: Arc::new(Semaphore::new(most)),
            count: 0,
            outgoing,
            waiting,
            silence: 0,
            buffer: None,
        }
    }

    /// Speaks with the client until one of the two has enough.
    pub(super) async fn run(mut self) {
        if let End::Close(close) = self.speak().await {
            self.close(close).await;
        }
    }

    async fn speak(&mut self) -> End {
        let live = self.served.live.clone();
        let config = live.config();
        let mut stopped = pin!(live.stopped());
        let mut init = pin!(sleep(config.socket_init()));
        let mut idle = pin!(sleep(config.socket_idle()));
        let mut beat = tokio::time::interval(config.keep_alive());
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first one comes at once.
        beat.tick().await;
        loop {
            let busy = !self.started.is_empty();
            let outcome = tokio::select! {
                heard = self.socket.next() => {
                    self.silence = 0;
                    self.hear(heard).await
                }
                Some(outgoing) = self.waiting.recv() => self.pass_on(outgoing).await,
                _ = beat.tick() => self.beat().await,
                () = &mut stopped => Err(Close::new(Close::GOING_AWAY, "The service is being stopped").into()),
                () = &mut init, if self.who.is_none() => {
                    Err(Close::new(Close::NO_INIT, "Connection initialisation timeout").into())
                }
                () = &mut idle, if self.who.is_some() && self.started.is_empty() => {
                    Err(Close::new(Close::DONE, "Nothing is under way").into())
                }
            };
            if let Err(end) = outcome {
                return end;
            }
            if busy || !self.started.is_empty() {
                idle.set(sleep(config.socket_idle()));
            }
        }
    }

    async fn hear(&mut self, heard: Option<io::Result<Message>>) -> Result<(), End> {
        let text = match heard {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => {
                return Err(Close::new(Close::BAD_REQUEST, "Messages are texts").into());
            }
            // What the library calls messages that are larger than it was told to take.
            Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => {
                return Err(Close::new(Close::TOO_BIG, "The message is too big").into());
            }
            Some(Ok(Message::Close(_))) => {
                // The library has its answer ready, and sends it when the next thing is sent; nothing would be.
                let _ = timeout(PATIENCE, self.socket.flush()).await;
                return Err(End::Gone);
            }
            Some(Err(_)) | None => return Err(End::Gone),
        };
        if let Err(error) = guard::look_over(text.as_bytes(), self.served.site.api.limits()) {
            return Err(Close::new(Close::BAD_REQUEST, error.to_string()).into());
        }
        match messages::read(&text)? {
            Said::Init(authorization) => self.init(authorization).await,
            Said::Ping(payload) => self.say(messages::pong(payload)).await,
            Said::Pong => Ok(()),
            Said::Subscribe(id, parameters) => self.start(id, *parameters).await,
            Said::Complete(id) => {
                // Ends it; a mutation that has begun goes on to its end all the same, and counts until then.
                self.started.remove(id.as_str());
                Ok(())
            }
        }
    }

    async fn init(&mut self, authorization: Option<String>) -> Result<(), End> {
        if self.who.is_some() {
            return Err(Close::new(Close::SECOND_INIT, "Too many initialisation requests").into());
        }
        let authorization = authorization.or_else(|| self.authorization.take());
        let who = Credentials::new(authorization.as_deref(), self.origin.clone()).map_err(forbidden)?;
        who.viewer(&self.served.ctx).await.map_err(forbidden)?;
        self.who = Some(who);
        self.say(messages::acknowledgement()).await
    }

    async fn start(&mut self, id: String, parameters: Parameters) -> Result<(), End> {
        let Some(who) = &self.who else {
            return Err(Close::new(Close::UNAUTHORIZED, "Unauthorized: send connection_init first").into());
        };
        if self.started.contains_key(id.as_str()) {
            return Err(Close::new(Close::ID_IN_USE, format!("Subscriber for {id} already exists")).into());
        }
        let Ok(share) = self.room.clone().try_acquire_owned() else {
            let limit = self.served.live.config().subscriptions_per_socket;
            let message = format!(
                "There are {limit} operations under way on this websocket already. Complete some before you begin others."
            );
            let refused = refusal(Error::RateLimited { message, retry_after: 1 });
            return self.say(messages::error(&id, &refused.errors)).await;
        };
        let share = Arc::new(share);
        self.count += 1;
        let id: Arc<str> = id.into();
        let running = Running {
            served: self.served.clone(),
            place: self.place.clone(),
            who: who.clone(),
            id: id.clone(),
            number: self.count,
            outgoing: self.outgoing.clone(),
            share: Arc::downgrade(&share),
        };
        let task = tokio::spawn(running.run(parameters)).abort_handle();
        self.started.insert(id, Started { number: self.count, task, _share: share });
        Ok(())
    }

    /// Passes on what an operation has, unless it is not wanted any more.
    async fn pass_on(&mut self, outgoing: Outgoing) -> Result<(), End> {
        match outgoing {
            Outgoing::Close(close) => Err(close.into()),
            Outgoing::Message { id, number, text, room, last } => {
                if self.started.get(&id).is_none_or(|started| started.number != number) {
                    return Ok(());
                }
                if last {
                    self.started.remove(&id);
                }
                self.say(text).await?;
                self.keep_buffer(room);
                Ok(())
            }
        }
    }

    /// The library keeps the buffer of the longest message for as long as the socket lasts, so its room is kept as well.
    fn keep_buffer(&mut self, room: Option<Room>) {
        let Some(room) = room else { return };
        let longest =
            self.buffer.as_ref().map_or(SMALL, |buffer| usize::try_from(buffer.bytes).unwrap_or(usize::MAX));
        if usize::try_from(room.bytes).is_ok_and(|bytes| bytes > longest) {
            self.buffer = Some(room);
        }
    }

    /// Gives a sign of life, and looks whether the client does and is still signed in.
    async fn beat(&mut self) -> Result<(), End> {
        if self.silence >= SILENCE {
            return Err(End::Gone);
        }
        self.silence += 1;
        let Some(who) = &self.who else { return Ok(()) };
        if who.may_end()
            && let Err(error @ Error::Unauthenticated(_)) = who.viewer(&self.served.ctx).await
        {
            return Err(forbidden(error));
        }
        // The protocol's own, and the websocket's, which clients answer that do not know the protocol's.
        self.say(messages::ping()).await?;
        self.send(Message::Ping(Vec::new())).await
    }

    async fn say(&mut self, text: String) -> Result<(), End> {
        self.send(Message::Text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(PATIENCE, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }

    /// Closes the socket and waits a little for the client to do the same: what is dropped at once may not arrive.
    pub(super) async fn close(mut self, Close { code, reason }: Close) {
        self.started.clear();
        let end = reason.floor_char_boundary(MAX_REASON);
        let message = Message::Close(Some((CloseCode::from(code), reason[..end].to_owned())));
        if self.send(message).await.is_err() {
            return;
        }
        let mut parting = pin!(sleep(PARTING));
        loop {
            tokio::select! {
                () = &mut parting => return,
                heard = self.socket.next() => match heard {
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                }
            }
        }
        if code == Close::TOO_BIG {
            // Nothing more can be read here. Dropped at once, the rest of the message would be answered with a reset, and
            // that may overtake the close.
            parting.await;
        }
    }
}

fn forbidden(error: Error) -> End {
    match error {
        Error::Unauthenticated(_) => Close::new(Close::FORBIDDEN, format!("Forbidden: {error}")).into(),
        // Logged where it is made an answer; the client hears no more than that it may try again.
        other => {
            let _ = refusal(other);
            Close::new(
                Close::TRY_AGAIN_LATER,
                "The service cannot say who you are at the moment. Try again later",
            )
            .into()
        }
    }
}
