//! `answerable health`: for health checks of containers, where there is no other client.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Failure;

/// The settings of `health`.
#[derive(clap::Args)]
pub struct Health {
    /// The address that the service listens on
    #[arg(long, env = "ANSWERABLE_LISTEN", default_value = "127.0.0.1:8000")]
    listen: SocketAddr,
}

/// Asks `/readyz` and fails unless the answer is yes.
pub async fn run(health: &Health) -> Result<(), Failure> {
    let mut address = health.listen;
    if address.ip().is_unspecified() {
        // What listens on all addresses is asked on this machine's own.
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(
                format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .await?;
        let mut answer = Vec::new();
        stream.take(64 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(Duration::from_secs(5), asked)
        .await
        .map_err(|_| format!("The service at {address} does not answer within five seconds."))?
        .map_err(|error| format!("The service at {address} cannot be reached: {error}."))?;
    if answer.starts_with("HTTP/1.1 200") {
        say!("ready");
        return Ok(());
    }
    let said = answer.rsplit("\r\n").next().unwrap_or_default().trim().to_owned();
    Err(format!("The service at {address} is not ready: {said}.").into())
}
