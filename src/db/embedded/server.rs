//! Start, readiness and end of the server.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time::{sleep, timeout};
use tokio_postgres::{NoTls, error::SqlState};

use super::{
    DATABASE, DbError, DirectoryLock, Options,
    child::Child,
    cluster,
    home::Home,
    log::Log,
    orphan::{self, PidFile},
    runtime::{self, Runtime, VERSION},
    settings, socket, unusable,
};
use crate::db::connect::describe;

/// How long a server may take to recover what was written before a crash.
const RECOVERY: Duration = Duration::from_mins(10);
/// After how long a wait is worth a word.
const NOTICEABLE: Duration = Duration::from_secs(2);
/// How long a command waits for a service that is just starting.
const ATTACHING: Duration = Duration::from_secs(30);

/// A running server. The fields are dropped in this order: the server ends before its locks are free.
pub(super) struct Server {
    child: Child,
    log: Arc<Log>,
    home: Home,
    socket: PathBuf,
    _server_lock: File,
    _directory: Arc<DirectoryLock>,
}

impl Server {
    pub(super) async fn start(
        data_dir: &Path,
        options: &Options,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, DbError> {
        let directory = Arc::new(DirectoryLock::take(data_dir).await?);
        let home = Home::make(directory.path())?;
        let server_lock = orphan::take_over(&home).await?;
        let runtime = prepare(&directory, &home, options, progress).await?;
        let socket = socket::prepare(&home)?;
        let (log, output) = Log::open(home.log()).map_err(|error| unusable(&home.log(), &error))?;
        let handed = || Ok((server_lock.try_clone()?, output.try_clone()?));
        let (stdin, stdout) = handed().map_err(|error| unusable(log.path(), &error))?;
        let mut command = runtime.postgres();
        settings::apply(&mut command, &home.cluster(), &socket, options);
        let program = PathBuf::from(command.get_program());
        command.stdin(stdin).stdout(stdout).stderr(output);
        let child = Child::spawn(command).map_err(|error| runtime::cannot_run(&program, &error))?;
        let server = Self {
            child,
            log: Arc::new(log),
            home,
            socket,
            _server_lock: server_lock,
            _directory: directory,
        };
        server.wait_until_ready(progress).await?;
        server.ensure_database().await?;
        Ok(server)
    }

    pub(super) fn url_of(&self, database: &str) -> String {
        socket::url(&self.socket, database)
    }

    pub(super) fn died(&self) -> impl Future<Output = DbError> + Send + use<> {
        let (died, log) = (self.child.died(), Arc::clone(&self.log));
        async move {
            let failure = failure("ended unexpectedly", &died.await, &log);
            DbError(format!("{failure} What was saved is kept: start Answerable again."))
        }
    }

    pub(super) async fn stop(self) {
        self.child.stop().await;
        socket::tidy(&self.home, &self.socket);
    }

    /// Ready is what the server itself says in its file, and only if the file is its own.
    async fn wait_until_ready(&self, progress: &(dyn Fn(&str) + Sync)) -> Result<(), DbError> {
        let cluster = self.home.cluster();
        let ready = async {
            loop {
                if PidFile::read(&cluster).is_some_and(|file| file.pid == self.child.pid() && file.ready) {
                    return Ok(());
                }
                sleep(Duration::from_millis(2)).await;
            }
        };
        let noticed = async {
            sleep(NOTICEABLE).await;
            progress("Waiting for PostgreSQL to recover what was written last …");
            std::future::pending().await
        };
        tokio::select! {
            ready = ready => ready,
            ended = self.child.ended() => Err(failure("did not start", &ended, &self.log)),
            () = sleep(RECOVERY) => Err(failure("did not start in time", "still running", &self.log)),
            never = noticed => never,
        }
    }

    async fn ensure_database(&self) -> Result<(), DbError> {
        let silent = |error: &tokio_postgres::Error| {
            DbError(format!(
                "The embedded PostgreSQL does not let us in: {}. Its log is {}.",
                describe(error),
                self.log.path().display()
            ))
        };
        match visit(&self.url_of(DATABASE), "").await {
            Err(error) if error.code() == Some(&SqlState::INVALID_CATALOG_NAME) => {
                let statement = format!("CREATE DATABASE {DATABASE}");
                visit(&self.url_of("postgres"), &statement).await.map_err(|error| silent(&error))
            }
            other => other.map_err(|error| silent(&error)),
        }
    }
}

/// The programs and the cluster, made where they are missing. That takes long and blocks, so it has a thread, which keeps
/// the directory for as long as it works even when nobody waits for it any more.
async fn prepare(
    directory: &Arc<DirectoryLock>,
    home: &Home,
    options: &Options,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Runtime, DbError> {
    let durable = options.durable;
    home.clean_unfinished()?;
    let there = cluster::exists(home)?;
    let runtime = if let Some(runtime) = Runtime::find(home) {
        runtime
    } else {
        progress(&format!("Unpacking PostgreSQL {VERSION} …"));
        let home = home.clone();
        blocking(directory, move || Runtime::unpack(&home, durable)).await?
    };
    if !there {
        progress("Creating the database cluster …");
        let (home, runtime) = (home.clone(), runtime.clone());
        blocking(directory, move || cluster::make(&home, &runtime, durable)).await?;
    }
    Ok(runtime)
}

async fn blocking<T: Send + 'static>(
    directory: &Arc<DirectoryLock>,
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let directory = Arc::clone(directory);
    let task = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(directory);
        done
    });
    task.await.map_err(|error| DbError(format!("Preparing the embedded PostgreSQL failed: {error}.")))?
}

/// See [`super::Embedded::attach`].
pub(super) async fn attach(data_dir: &Path) -> Result<Option<String>, DbError> {
    let Ok(directory) = data_dir.canonicalize() else { return Ok(None) };
    let home = Home::of(&directory);
    let answering = async {
        while DirectoryLock::holder(&directory)?.is_some() {
            if let Some(socket) = socket::locate(&home) {
                let url = socket::url(&socket, DATABASE);
                if visit(&url, "").await.is_ok() {
                    return Ok(Some(url));
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(None)
    };
    if let Ok(answer) = timeout(ATTACHING, answering).await {
        return answer;
    }
    let holder = DirectoryLock::holder(&directory)?.map_or_else(String::new, |holder| format!(" ({holder})"));
    Err(DbError(format!(
        "An Answerable{holder} uses the data directory {}, but no embedded PostgreSQL answers there. If it uses another database, set DATABASE_URL to the same; else look at {}.",
        data_dir.display(),
        home.log().display()
    )))
}

/// Connects, has a statement done, and takes leave.
async fn visit(url: &str, statement: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let work = async move { client.batch_execute(statement).await };
    let (done, _) = tokio::join!(work, connection);
    done
}

fn failure(what: &str, how: &str, log: &Log) -> DbError {
    let words = log.last_words().map_or_else(String::new, |words| format!(": {words}"));
    DbError(format!("The embedded PostgreSQL {what} ({how}){words}. Its log is {}.", log.path().display()))
}
