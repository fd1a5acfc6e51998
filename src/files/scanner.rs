//! An outside virus scanner, spoken to in the protocol of ClamAV's `clamd`: a connection for each file, which is sent as
//! it comes (`INSTREAM`) and answered once.
//!
//! It fails closed. A file is clean when the scanner has been sent the whole of it and then answered `stream: OK`, to the
//! byte; whatever else happens, the file could not be checked, which is [`Unchecked`]. What the scanner says is read with a
//! bound and never believed to be fit for showing: names of signatures are cut and cleaned.
//!
//! The protocol is neither encrypted nor signed: let the scanner be on this machine or in a network that is only ours.

use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

use futures_util::FutureExt;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How many bytes a chunk holds at most.
const CHUNK: usize = 64 * 1024;
/// How long an answer may be, in bytes.
const MAX_ANSWER: usize = 1024;
/// How many characters of a signature's name, or of what the scanner complains of, are kept.
const MAX_NAME: usize = 100;

/// How long is waited for the scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the connection.
    pub connect: Duration,
    /// For it to take one chunk.
    pub write: Duration,
    /// For its answer, once it has everything.
    pub answer: Duration,
}

impl Default for Patience {
    /// Five seconds to connect, ten for a chunk, a minute for the answer.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            write: Duration::from_secs(10),
            answer: Duration::from_mins(1),
        }
    }
}

/// Where a scanner listens: `tcp://host:port`, or `unix:` and the path of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host, by name or number, and its port.
    Tcp(String, u16),
    /// The path of a socket on this machine.
    Unix(PathBuf),
}

/// That is no address of a scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scanner's address is tcp://host:port or unix:/path/of/its/socket")]
pub struct BadAddress;

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return if cfg!(unix) && path.is_absolute() { Ok(Self::Unix(path)) } else { Err(BadAddress) };
        }
        let (host, port) =
            text.strip_prefix("tcp://").and_then(|rest| rest.rsplit_once(':')).ok_or(BadAddress)?;
        let (bare, is_bracketed) = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(bare) => (bare, true),
            None => (host, false),
        };
        let is_host = !bare.is_empty()
            && bare.contains(':') == is_bracketed
            && bare.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c));
        match port.parse() {
            Ok(port) if port != 0 && is_host => Ok(Self::Tcp(bare.to_owned(), port)),
            _ => Err(BadAddress),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "tcp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// What the scanner found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that it knows.
    Clean,
    /// Something, and what it calls it: letters, digits and `.-_:/` alone, of which there are up to a hundred.
    Infected(String),
}

/// Why a file could not be checked. None of it is the file's fault but [`TooLong`](Self::TooLong).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unchecked {
    /// No connection could be made.
    #[error("the virus scanner cannot be reached ({0})")]
    Unreached(io::ErrorKind),
    /// It took too long over this.
    #[error("the virus scanner took too long to {0}")]
    TimedOut(&'static str),
    /// It hung up before it answered, or what it says broke off.
    #[error("the virus scanner hung up before it had answered")]
    HungUp,
    /// The file is longer than it takes (`StreamMaxLength` of clamd).
    #[error("the file is longer than the virus scanner takes")]
    TooLong,
    /// It says that it has a problem.
    #[error("the virus scanner could not check it: {0}")]
    Failed(String),
    /// It answered something else, or before it had everything.
    #[error("the virus scanner gave no answer that can be understood")]
    Nonsense,
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<W: AsyncRead + AsyncWrite + Send + Unpin> Wire for W {}

/// A scanner to ask. Holds no connection.
#[derive(Clone, Debug)]
pub struct Scanner {
    address: Address,
    patience: Patience,
}

impl Scanner {
    /// The scanner that listens there.
    pub fn new(address: Address) -> Self {
        Self { address, patience: Patience::default() }
    }

    /// Waits so long and no longer.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Whether it is there and well. Nothing is scanned.
    pub async fn ping(&self) -> Result<(), Unchecked> {
        let mut wire = self.connect().await?;
        write(&mut wire, b"zPING\0", self.patience.write).await?;
        match answer(&mut wire, Vec::new(), self.patience.answer).await?.as_slice() {
            b"PONG" => Ok(()),
            _ => Err(Unchecked::Nonsense),
        }
    }

    /// Begins with one file. clamd gives up on one that stops coming (`ReadTimeout`), so begin when all of it is at hand.
    pub async fn begin(&self) -> Result<Scan, Unchecked> {
        let mut wire = self.connect().await?;
        write(&mut wire, b"zINSTREAM\0", self.patience.write).await?;
        Ok(Scan { wire, patience: self.patience, chunk: Vec::new(), early: None })
    }

    async fn connect(&self) -> Result<Box<dyn Wire>, Unchecked> {
        let connecting = async {
            let wire: Box<dyn Wire> = match &self.address {
                Address::Tcp(host, port) => {
                    let stream = TcpStream::connect((host.as_str(), *port)).await?;
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
                #[cfg(unix)]
                Address::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
                #[cfg(not(unix))]
                Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
            };
            Ok(wire)
        };
        match timeout(self.patience.connect, connecting).await {
            Ok(connected) => connected.map_err(|error: io::Error| Unchecked::Unreached(error.kind())),
            Err(_) => Err(Unchecked::TimedOut("take the connection")),
        }
    }
}

/// One file on its way to the scanner. Dropped before it is finished, nothing has been decided.
pub struct Scan {
    wire: Box<dyn Wire>,
    patience: Patience,
    chunk: Vec<u8>,
    /// What it said before it had everything; nothing more is sent then.
    early: Option<Result<Verdict, Unchecked>>,
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("early", &self.early).finish_non_exhaustive()
    }
}

impl Scan {
    /// Sends the next piece, of any length. An error here is final: [`finish`](Self::finish) repeats it.
    pub async fn push(&mut self, piece: &[u8]) -> Result<(), Unchecked> {
        for part in piece.chunks(CHUNK) {
            if self.early.is_some() {
                break;
            }
            self.send(part).await;
        }
        match &self.early {
            Some(Err(why)) => Err(why.clone()),
            // Found already: `finish` says so.
            Some(Ok(_)) | None => Ok(()),
        }
    }

    /// That was all: what has it found?
    pub async fn finish(mut self) -> Result<Verdict, Unchecked> {
        if self.early.is_none() {
            self.hear_before_the_end().await;
        }
        if self.early.is_none() {
            self.send(&[]).await;
        }
        match self.early {
            Some(said) => said,
            None => verdict(&answer(&mut self.wire, Vec::new(), self.patience.answer).await?),
        }
    }

    /// Sends one chunk; an empty one is the end.
    async fn send(&mut self, part: &[u8]) {
        self.chunk.clear();
        self.chunk.extend_from_slice(&u32::try_from(part.len()).unwrap_or(0).to_be_bytes());
        self.chunk.extend_from_slice(part);
        match write(&mut self.wire, &self.chunk, self.patience.write).await {
            Ok(()) => {}
            // It has answered and hung up: beyond its longest stream it does.
            Err(Unchecked::HungUp) => self.listen_early(Vec::new()).await,
            Err(why) => self.early = Some(Err(why)),
        }
    }

    /// Hears what it has said already, or that it has hung up, before it is told that this was all.
    async fn hear_before_the_end(&mut self) {
        // So that what has arrived is known of.
        tokio::task::yield_now().await;
        let mut part = [0; 256];
        match self.wire.read(&mut part).now_or_never() {
            None => {}
            Some(Ok(read)) if read > 0 => self.listen_early(part[..read].to_vec()).await,
            Some(_) => self.early = Some(Err(Unchecked::HungUp)),
        }
    }

    /// Takes what it says before it has everything: that something was found is believed, that nothing was is not.
    async fn listen_early(&mut self, heard: Vec<u8>) {
        let said = answer(&mut self.wire, heard, self.patience.answer).await.and_then(|said| verdict(&said));
        self.early = Some(match said {
            Ok(Verdict::Clean) => Err(Unchecked::Nonsense),
            other => other,
        });
    }
}

async fn write(wire: &mut Box<dyn Wire>, bytes: &[u8], patience: Duration) -> Result<(), Unchecked> {
    match timeout(patience, wire.write_all(bytes)).await {
        Ok(written) => written.map_err(|_| Unchecked::HungUp),
        Err(_) => Err(Unchecked::TimedOut("take the file")),
    }
}

/// Reads one answer, of which this much has been heard, up to the NUL that ends it. That is left out, and nothing may
/// follow it.
async fn answer(wire: &mut Box<dyn Wire>, heard: Vec<u8>, patience: Duration) -> Result<Vec<u8>, Unchecked> {
    let reading = async {
        let mut said = heard;
        let mut part = [0; 256];
        loop {
            match said.iter().position(|byte| *byte == 0) {
                Some(end) if end + 1 == said.len() => {
                    said.pop();
                    return Ok(said);
                }
                None if said.len() <= MAX_ANSWER => {}
                _ => return Err(Unchecked::Nonsense),
            }
            match wire.read(&mut part).await {
                Ok(0) | Err(_) => return Err(Unchecked::HungUp),
                Ok(read) => said.extend_from_slice(&part[..read]),
            }
        }
    };
    timeout(patience, reading).await.unwrap_or(Err(Unchecked::TimedOut("answer")))
}

fn verdict(said: &[u8]) -> Result<Verdict, Unchecked> {
    if said == b"stream: OK" {
        return Ok(Verdict::Clean);
    }
    let said = String::from_utf8_lossy(said);
    if let Some(name) = said.strip_prefix("stream: ").and_then(|rest| rest.strip_suffix(" FOUND")) {
        return Ok(Verdict::Infected(name_of(name)));
    }
    match said.strip_suffix(" ERROR").or_else(|| said.strip_suffix("ERROR")) {
        Some(why) if why.contains("size limit exceeded") => Err(Unchecked::TooLong),
        Some(why) => Err(Unchecked::Failed(cleaned(why, " .-_:/"))),
        None => Err(Unchecked::Nonsense),
    }
}

fn name_of(signature: &str) -> String {
    let name = cleaned(signature, ".-_:/");
    if name.is_empty() { "unnamed".to_owned() } else { name }
}

/// Letters, digits and these, and not too many of them.
fn cleaned(text: &str, others: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || others.contains(*c)).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests;
