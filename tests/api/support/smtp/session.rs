//! One connection's conversation, in the words of RFC 5321.

use std::{io, sync::Arc, time::Duration};

use data_encoding::BASE64;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{
    Received, Shared, Tls,
    rules::{Act, At},
};

/// The longest command or text line, in octets with its CR LF (RFC 5321, 4.5.3.1).
const MAX_LINE: usize = 1000;
const MAX_MESSAGE: usize = 10 * 1024 * 1024;
const MAX_RECIPIENTS: usize = 100;
/// How long a client may say nothing.
const PATIENCE: Duration = Duration::from_mins(2);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub struct Session {
    shared: Arc<Shared>,
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    greeted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Vec<String>,
}

/// Ends the conversation.
fn over<T>() -> io::Result<T> {
    Err(io::ErrorKind::ConnectionAborted.into())
}

/// Holds one conversation from greeting to parting.
pub async fn converse(shared: Arc<Shared>, stream: TcpStream) {
    let implicit = shared.options.tls == Tls::Implicit;
    let stream: Box<dyn Stream> = Box::new(stream);
    let mut session = Session {
        shared,
        stream: BufReader::new(stream),
        encrypted: false,
        greeted: false,
        user: None,
        from: None,
        to: Vec::new(),
    };
    // Every error is an end that the client caused or a rule asked for.
    let _ = async {
        if implicit {
            session.encrypt().await?;
        }
        session.run().await
    }
    .await;
}

impl Session {
    async fn run(&mut self) -> io::Result<()> {
        if !self.misbehaves(At::Connect).await? {
            self.reply(220, "mail.example.org ESMTP").await?;
        }
        let mut hang_up = self.shared.hang_up.subscribe();
        loop {
            let between = self.from.is_none();
            let line = tokio::select! {
                line = self.line() => line?,
                _ = hang_up.changed(), if between => return over(),
            };
            let line = String::from_utf8(line).map_err(io::Error::other)?;
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            let rest = rest.trim();
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => self.hello(rest).await?,
                "STARTTLS" if self.offers_tls() => {
                    self.reply(220, "2.0.0 Go ahead").await?;
                    self.encrypt().await?;
                    self.greeted = false;
                }
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.rcpt(rest).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.reset();
                    self.reply(250, "2.0.0 Forgotten").await?;
                }
                "NOOP" => self.reply(250, "2.0.0 Here").await?,
                "QUIT" => {
                    self.shared.count(|counts| counts.quits += 1);
                    return self.reply(221, "2.0.0 Goodbye").await;
                }
                _ => self.reply(502, "5.5.1 Not known here").await?,
            }
        }
    }

    fn offers_tls(&self) -> bool {
        self.shared.options.tls == Tls::Starttls && !self.encrypted
    }

    async fn hello(&mut self, name: &str) -> io::Result<()> {
        if self.misbehaves(At::Hello).await? {
            return Ok(());
        }
        self.shared.count(|counts| name.clone_into(&mut counts.hello));
        self.greeted = true;
        self.reset();
        let mut lines = vec!["mail.example.org", "ENHANCEDSTATUSCODES"];
        if self.offers_tls() {
            lines.push("STARTTLS");
        }
        if self.shared.options.credentials.is_some() {
            lines.push(self.shared.options.mechanisms);
        }
        let last = lines.pop().unwrap_or_default();
        let mut text: String = lines.iter().flat_map(|line| ["250-", line, "\r\n"]).collect();
        text.extend(["250 ", last, "\r\n"]);
        self.write(&text).await
    }

    async fn authenticate(&mut self, rest: &str) -> io::Result<()> {
        if self.misbehaves(At::Auth).await? {
            return Ok(());
        }
        self.shared.count(|counts| counts.sign_ins += 1);
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let (user, password) = if mechanism.eq_ignore_ascii_case("PLAIN") {
            let answer = if initial.is_empty() { self.ask("").await? } else { decoded(initial.as_bytes())? };
            let mut parts = answer.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else if mechanism.eq_ignore_ascii_case("LOGIN") {
            (self.ask("Username:").await?, self.ask("Password:").await?)
        } else {
            return self.reply(504, "5.5.4 No such mechanism").await;
        };
        if self
            .shared
            .options
            .credentials
            .as_ref()
            .is_some_and(|known| known.0 == user && known.1 == password)
        {
            self.user = Some(user);
            self.reply(235, "2.7.0 Welcome").await
        } else {
            self.reply(535, &format!("5.7.8 {user} with {password} is not known here")).await
        }
    }

    async fn ask(&mut self, what: &str) -> io::Result<String> {
        self.reply(334, &BASE64.encode(what.as_bytes())).await?;
        decoded(&self.line().await?)
    }

    async fn mail(&mut self, rest: &str) -> io::Result<()> {
        self.shared.count(|counts| counts.mails += 1);
        if self.misbehaves(At::Mail).await? {
            return Ok(());
        }
        if !self.greeted || self.from.is_some() {
            return self.reply(503, "5.5.1 Not now").await;
        }
        if self.shared.options.credentials.is_some() && self.user.is_none() {
            return self.reply(530, "5.7.0 Sign in first").await;
        }
        match path(rest, "FROM:") {
            Some(address) => {
                self.from = Some(address);
                self.reply(250, "2.1.0 Fine").await
            }
            None => self.reply(501, "5.5.4 No address, or a parameter not offered").await,
        }
    }

    async fn rcpt(&mut self, rest: &str) -> io::Result<()> {
        let Some(address) = path(rest, "TO:") else { return self.reply(501, "5.5.4 No address").await };
        if self.from.is_none() || self.to.len() >= MAX_RECIPIENTS {
            return self.reply(503, "5.5.1 Not now").await;
        }
        self.to.push(address);
        if self.misbehaves(At::Rcpt).await? {
            self.to.pop();
            return Ok(());
        }
        self.reply(250, "2.1.5 Fine").await
    }

    async fn data(&mut self) -> io::Result<()> {
        if self.to.is_empty() {
            return self.reply(503, "5.5.1 Not now").await;
        }
        if self.misbehaves(At::Data).await? {
            return Ok(());
        }
        self.reply(354, "Go ahead").await?;
        let mut raw = Vec::new();
        loop {
            let line = self.line().await?;
            if line == b"." {
                break;
            }
            if !line.is_ascii() {
                self.shared.fault("a message in eight bits, which was not offered");
            }
            // What is too long is read to its end and not kept.
            if raw.len() <= MAX_MESSAGE {
                raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                raw.extend_from_slice(b"\r\n");
            }
        }
        self.shared.count(|counts| counts.contents += 1);
        if self.misbehaves(At::Content).await? {
            self.reset();
            return Ok(());
        }
        if raw.len() > MAX_MESSAGE {
            self.reset();
            return self.reply(552, "5.3.4 Too large").await;
        }
        let (from, to) = (self.from.clone().unwrap_or_default(), self.to.clone());
        let taken = Received { from, to, raw, encrypted: self.encrypted, user: self.user.clone() };
        if !self.shared.keep(taken) {
            self.reset();
            return self.reply(452, "4.3.1 Full").await;
        }
        let silent = self.misbehaves(At::Taken).await?;
        self.reset();
        if silent { Ok(()) } else { self.reply(250, "2.0.0 Taken").await }
    }

    fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    /// Does what a rule asks for here; whether that was the whole answer.
    async fn misbehaves(&mut self, at: At) -> io::Result<bool> {
        match self.shared.rule(at, &self.to) {
            None => Ok(false),
            Some(Act::Reply(code, text)) => {
                self.reply(code, &text).await?;
                if at == At::Connect || code == 421 { over() } else { Ok(true) }
            }
            Some(Act::Drop) => over(),
            Some(Act::Slow(time)) => {
                sleep(time).await;
                Ok(false)
            }
            Some(Act::Until(mut so)) => {
                // An error means that whoever held it is gone.
                let _ = so.wait_for(|so| *so).await;
                Ok(false)
            }
            Some(Act::Hang) => {
                let mut ignored = [0; 1024];
                while timeout(PATIENCE, self.stream.read(&mut ignored)).await?? > 0 {}
                over()
            }
        }
    }

    async fn encrypt(&mut self) -> io::Result<()> {
        let plain = std::mem::replace(&mut self.stream, BufReader::new(Box::new(tokio::io::empty())));
        let tls = self.shared.acceptor.accept(plain.into_inner()).await?;
        self.stream = BufReader::new(Box::new(tls));
        self.encrypted = true;
        Ok(())
    }

    async fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(64 * 1024);
        timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await??;
        if line.is_empty() {
            return over();
        }
        if line.len() > MAX_LINE {
            self.shared.fault("a line of more than 1000 octets");
        }
        if let Some(line) = line.strip_suffix(b"\r\n") {
            return Ok(line.to_vec());
        }
        self.shared.fault("a line that does not end with CR LF");
        over()
    }

    async fn reply(&mut self, code: u16, text: &str) -> io::Result<()> {
        self.write(&format!("{code} {text}\r\n")).await
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        if !self.stream.buffer().is_empty() {
            self.shared
                .fault("a command before the answer to the last one, though PIPELINING is not offered");
        }
        self.stream.write_all(text.as_bytes()).await?;
        self.stream.flush().await
    }
}

fn decoded(text: &[u8]) -> io::Result<String> {
    let bytes = BASE64.decode(text).map_err(io::Error::other)?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// The address of `FROM:<address>` or `TO:<address>`; parameters are refused, because none is offered.
fn path(rest: &str, keyword: &str) -> Option<String> {
    let (known, address) = rest.split_at_checked(keyword.len())?;
    let address = address.trim().strip_prefix('<')?.strip_suffix('>')?;
    let plain = address.is_ascii() && !address.contains(['<', '>', ' ']);
    (known.eq_ignore_ascii_case(keyword) && plain).then(|| address.to_owned())
}
