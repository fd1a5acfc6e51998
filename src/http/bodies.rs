//! How long a request's body may take. Whoever sends it a byte at a time holds a connection, and is cut off.

use std::{io, time::Duration};

use futures_util::{StreamExt, stream};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};

/// How many bytes buy a second more.
const BYTES_A_SECOND: usize = 16 * 1024;

/// Runs the request with a body that ends with an error when it takes too long.
pub(super) async fn in_time<E: Endpoint>(
    within: Duration,
    endpoint: std::sync::Arc<E>,
    mut request: Request,
) -> Result<Response> {
    let body = request.take_body();
    request.set_body(if body.is_empty() { body } else { bounded(body, within) });
    endpoint.call(request).await.map(IntoResponse::into_response)
}

fn bounded(body: Body, within: Duration) -> Body {
    let patience = Box::pin(tokio::time::sleep(within));
    let start = (Box::pin(body.into_bytes_stream()), patience, 0);
    Body::from_bytes_stream(stream::unfold(Some(start), |state| async {
        let (mut rest, mut patience, mut bytes) = state?;
        tokio::select! {
            chunk = rest.next() => {
                let chunk = chunk?;
                if let Ok(chunk) = &chunk {
                    bytes += chunk.len();
                }
                let seconds = bytes / BYTES_A_SECOND;
                bytes %= BYTES_A_SECOND;
                let later = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
                let until = patience.deadline() + later;
                patience.as_mut().reset(until);
                Some((chunk, Some((rest, patience, bytes))))
            }
            () = &mut patience => {
                Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None))
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(body: Body) -> Option<usize> {
        body.into_bytes().await.ok().map(|bytes| bytes.len())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_ends_and_one_that_flows_does_not() {
        let trickle = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((io::Result::Ok("a"), ()))
        });
        let patience = Duration::from_millis(300);
        assert_eq!(read(bounded(Body::from_bytes_stream(trickle), patience)).await, None);
        let flow = stream::unfold(0, |sent| async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            (sent < 12).then(|| (io::Result::Ok("a".repeat(BYTES_A_SECOND)), sent + 1))
        });
        let all = read(bounded(Body::from_bytes_stream(flow), patience)).await;
        assert_eq!(all, Some(12 * BYTES_A_SECOND));
    }
}
