//! One process of the program: what it says while it runs, and how it ends. Only processes started here are signalled,
//! and none outlives its value.

use std::{fmt::Write as _, process::Stdio};

use rustix::process::{Pid, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
};

pub use rustix::process::Signal;

use crate::patience::PATIENCE;
pub use crate::patience::until;

/// The program with these arguments, untouched by the settings of whoever runs the tests.
pub fn answerable(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_answerable"));
    for (name, _) in std::env::vars() {
        if ["ANSWERABLE_", "DATABASE_", "SMTP_"].iter().any(|ours| name.starts_with(ours)) {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Signals a process that a test has started, by itself or through the program.
pub fn kill(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Looks until nothing is left of something, however much it was, as long as it becomes less.
pub async fn until_none(what: &str, mut left: impl AsyncFnMut() -> i64) {
    let mut most = i64::MAX;
    while most > 0 {
        let mut now = most;
        until(what, async || {
            now = left().await;
            now < most
        })
        .await;
        most = now;
    }
}

/// Runs a command to its end.
pub async fn run(command: Command) -> Finished {
    Program::spawn(command).end().await
}

/// A running process.
pub struct Program {
    child: Child,
    pid: Pid,
    pub stdout: Stream,
    pub stderr: Stream,
}

/// How a process ended.
#[derive(Debug)]
pub struct Finished {
    /// None if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Program {
    pub fn spawn(command: Command) -> Self {
        Self::spawn_into(command, Stdio::piped())
    }

    /// The same with its standard output led elsewhere.
    pub fn spawn_into(mut command: Command, stdout: impl Into<Stdio>) -> Self {
        command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let pid = Pid::from_raw(child.id().unwrap().cast_signed()).unwrap();
        let (stdout, stderr) = (Stream::of(child.stdout.take()), Stream::of(child.stderr.take()));
        Self { child, pid, stdout, stderr }
    }

    pub fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Nothing comes of it if the process has ended: it is not waited for before [`Self::end`], so its number is its own.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal);
    }

    /// Waits for the end.
    pub async fn end(mut self) -> Finished {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let Ok(status) = ended else {
            panic!("it does not end\n{}{}", self.stdout.so_far(), self.stderr.so_far())
        };
        Finished {
            code: status.unwrap().code(),
            stdout: self.stdout.whole().await,
            stderr: self.stderr.whole().await,
        }
    }
}

impl Finished {
    /// What a command printed that went well.
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    /// Why a command failed: the one line that says so, without its beginning.
    pub fn refusal(&self) -> &str {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        let mut errors = self.stderr.lines().skip_while(|line| !line.starts_with("error: "));
        let line = errors.next().unwrap_or_else(|| panic!("no error is shown: {self:#?}"));
        assert_eq!(errors.next(), None, "{}", self.stderr);
        line.trim_start_matches("error: ")
    }
}

/// What a process has written to one of its outputs.
pub struct Stream {
    text: watch::Receiver<String>,
    reader: JoinHandle<()>,
}

impl Stream {
    fn of(output: Option<impl AsyncRead + Send + Unpin + 'static>) -> Self {
        let (written, text) = watch::channel(String::new());
        let reader = tokio::spawn(async move {
            let Some(output) = output else { return };
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                written.send_modify(|text| writeln!(text, "{line}").unwrap());
            }
        });
        Self { text, reader }
    }

    pub fn so_far(&self) -> String {
        self.text.borrow().clone()
    }

    /// Waits until it has written this, and says whether it did before its end.
    pub async fn says(&self, part: &str) -> bool {
        let mut text = self.text.clone();
        let said = tokio::time::timeout(PATIENCE, text.wait_for(|text| text.contains(part))).await;
        said.unwrap_or_else(|_| panic!("`{part}` is not said\n{}", self.so_far())).is_ok()
    }

    async fn whole(self) -> String {
        self.reader.await.unwrap();
        self.text.borrow().clone()
    }
}
