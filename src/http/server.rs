//! Connections: how many there are, how long a client may take over each part of a request, and how they end. The
//! framework's own server has no limit for any of these.

mod patient;
mod places;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Once},
    time::Duration,
};

use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use poem::{
    Addr, Endpoint, Request, Response,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use self::{
    patient::Patient,
    places::{Place, Places},
};
use crate::{config::ConnectionLimits, graphql::errors::refusal_named};

/// How many bytes the head of a request may have, and how much of a body is read ahead.
const BUFFER: usize = 64 * 1024;
/// How long the end of a connection is waited for after its last answer.
const PARTING: Duration = Duration::from_secs(1);
/// How long nothing is accepted after the system has refused to.
const BREATH: Duration = Duration::from_millis(50);

/// Answers until `stop` is ready; then lets requests under way end, for as long as `drain`.
pub async fn serve<E: Endpoint<Output = Response> + 'static>(
    listener: TcpListener,
    endpoint: E,
    limits: &ConnectionLimits,
    proxies: Arc<[IpNet]>,
    stop: impl Future<Output = ()>,
    drain: Duration,
) -> io::Result<()> {
    raise_open_files();
    let local = listener.local_addr()?;
    tracing::info!(http.address = %local, "The HTTP server started.");
    let endpoint = Arc::new(endpoint);
    let places = Places::new(limits, proxies);
    let (end, ending) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, remote, place) = next(&listener, &places) => {
                connections.spawn(converse(
                    Connection { stream, local, remote, place },
                    endpoint.clone(),
                    limits.clone(),
                    ending.clone(),
                ));
            }
        }
    }
    drop(listener);
    let _ = end.send(true);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    // What is still under way after that is dropped with the set.
    let _ = tokio::time::timeout(drain, all_ended).await;
    Ok(())
}

/// The next connection that there is room for.
async fn next(listener: &TcpListener, places: &Places) -> (TcpStream, SocketAddr, Place) {
    loop {
        let room = places.room().await;
        match listener.accept().await {
            Ok((stream, remote)) => {
                if let Some(place) = places.take(room, remote.ip()) {
                    return (stream, remote, place);
                }
                metrics::counter!("answerable_http_connections_refused_total").increment(1);
            }
            // Of the connection alone, which is gone; or there are no more files to be had for now.
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "A connection could not be accepted.");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

struct Connection {
    stream: TcpStream,
    local: SocketAddr,
    remote: SocketAddr,
    /// Given back when the connection ends.
    place: Place,
}

async fn converse<E: Endpoint<Output = Response> + 'static>(
    connection: Connection,
    endpoint: Arc<E>,
    limits: ConnectionLimits,
    mut ending: watch::Receiver<bool>,
) {
    let Connection { stream, local, remote, place } = connection;
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = endpoint.clone();
        let (local, remote) = (LocalAddr(Addr::from(local)), RemoteAddr(Addr::from(remote)));
        async move {
            let request = Request::from((request, local, remote, Scheme::HTTP));
            Ok::<_, Infallible>(hyper::Response::from(endpoint.get_response(request).await))
        }
    });
    let io = TokioIo::new(Patient::new(stream, limits.write_timeout(), limits.answer_timeout()));
    let mut served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout())
        .max_buf_size(BUFFER)
        .serve_connection(io, service)
        .with_upgrades();
    let outcome = tokio::select! {
        outcome = &mut served => outcome,
        () = async { drop(ending.wait_for(|ending| *ending).await) } => {
            Pin::new(&mut served).graceful_shutdown();
            (&mut served).await
        }
    };
    // An error is the client's: it hung up, took too long, or did not speak HTTP. The library says nothing to a head that takes
    // too long; and nothing is to be said to who has not begun one.
    if outcome.is_err_and(|error| error.is_timeout())
        && let Some(left) = served.into_parts()
        && !left.read_buf.is_empty()
    {
        let _ = tell_too_slow(left.io.into_inner()).await;
    }
    drop(place);
}

/// Answers a request of which not even the head has come.
async fn tell_too_slow(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let message = "The head of the request did not come in time. Send it again.";
    let body = json!({ "errors": refusal_named("BAD_REQUEST", message).errors }).to_string();
    let head = format!(
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await?;
    stream.shutdown().await?;
    // Closed with something unread, the connection would be reset, and that may overtake the answer.
    let mut unread = [0; 1024];
    let reading = async { while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(PARTING, reading).await;
    Ok(())
}

/// Lets this process have as many files open as the system allows it: each connection is one.
fn raise_open_files() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(unix)]
        {
            use rustix::process::{Resource, getrlimit, setrlimit};
            let mut limit = getrlimit(Resource::Nofile);
            limit.current = limit.maximum;
            // Where it is not allowed, connections wait until others have ended.
            let _ = setrlimit(Resource::Nofile, limit);
        }
    });
}
