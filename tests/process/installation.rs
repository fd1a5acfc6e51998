//! A data directory of one test, and the service on it.

use std::{
    fs::{self, File},
    ops::Deref,
    path::{Path, PathBuf},
};

use answerable::db::embedded::Embedded;
use serde_json::json;
use tempfile::TempDir;
use tokio::{process::Command, sync::OnceCell};
use tokio_postgres::{Client, NoTls};

use crate::{
    actor::Actor,
    program::{Finished, Program, Signal, answerable, run},
};

/// What the service says last before it answers.
const READY: &str = "Ctrl-C stops it.";

/// A data directory.
pub struct Installation {
    folder: TempDir,
}

impl Installation {
    /// One where nothing has been yet.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// One whose database was made and is empty, to spare the time of making it.
    pub async fn prepared() -> Self {
        static PREPARED: OnceCell<PathBuf> = OnceCell::const_new();
        let new = Self::new();
        copy(PREPARED.get_or_init(prepare).await, &new.data_dir()).await;
        new
    }

    /// A prepared one with the document of [`crate::people::PAPER`], which `desk@example.org` moderates.
    pub async fn with_paper() -> Self {
        let new = Self::prepared().await;
        new.run(&["import", &new.file("paper.md", crate::people::PAPER)]).await.success();
        let desk = ["account", "add", "desk@example.org", "--name", "The desk", "--role", "moderator"];
        new.run(&[&desk[..], &["--document", "paper"]].concat()).await.success();
        new
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file beside the data directory.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The program on this data directory.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = answerable(arguments);
        command.arg("--data-dir").arg(self.data_dir());
        // Everybody in these tests has one address.
        for limit in ["CONTRIBUTIONS", "WRITES", "RECEIPTS"] {
            command.env(format!("ANSWERABLE_{limit}_PER_HOUR"), "1000000");
        }
        command.env("ANSWERABLE_QUERY_COST_PER_MINUTE", "4000000000");
        command
    }

    /// Runs a command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        run(self.command(arguments)).await
    }

    /// The service as it is being started, without the demonstration.
    pub fn starting(&self, arguments: &[&str]) -> Program {
        let own = ["serve", "--listen", "127.0.0.1:0", "--no-demo"];
        Program::spawn(self.command(&[&own, arguments].concat()))
    }

    /// The service, ready, without the demonstration.
    pub async fn serve(&self, arguments: &[&str]) -> Service {
        Service::ready(self.starting(arguments)).await
    }

    /// A connection to the database that the running service keeps.
    pub async fn database(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.database_url().await, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn database_url(&self) -> String {
        Embedded::attach(&self.data_dir()).await.unwrap().expect("a service runs")
    }

    /// A count of rows in it: `FROM … WHERE …`.
    pub async fn count(&self, from: &str) -> i64 {
        let row = self.database().await.query_one(&format!("SELECT count(*) {from}"), &[]).await.unwrap();
        row.get(0)
    }

    /// Fails the test if any process still works in the data directory.
    pub fn nobody_is_left(&self) {
        // A server's processes have their working directory in the data directory, whatever they call themselves.
        if let Ok(processes) = fs::read_dir("/proc") {
            let works_here = |process: &PathBuf| {
                fs::read_link(process.join("cwd")).is_ok_and(|folder| folder.starts_with(self.data_dir()))
            };
            let left: Vec<_> =
                processes.filter_map(|entry| Some(entry.ok()?.path())).filter(works_here).collect();
            assert!(left.is_empty(), "{left:?} are left behind");
        }
        for lock in ["lock", "postgres/server.lock"] {
            if let Ok(file) = File::open(self.data_dir().join(lock)) {
                file.try_lock().unwrap_or_else(|error| panic!("{lock}: {error}"));
            }
        }
    }
}

/// A service that answers.
pub struct Service {
    program: Program,
    pub base: String,
    anybody: Actor,
}

impl Deref for Service {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl Service {
    /// Waits until the program says that it is ready.
    pub async fn ready(program: Program) -> Self {
        let ready = program.stdout.says(READY).await;
        assert!(ready, "the service does not start: {:#?}", program.end().await);
        let said = program.stdout.so_far();
        let endpoint = said.lines().find_map(|line| line.trim().strip_prefix("GraphQL")).unwrap();
        let base = endpoint.trim().strip_suffix("/graphql").unwrap().to_owned();
        let anybody = Actor::new(&base, None);
        Self { program, base, anybody }
    }

    /// Somebody who has not signed in.
    pub fn anybody(&self) -> Actor {
        self.anybody.clone()
    }

    /// Somebody with a sign-in link; its token is what counts.
    pub async fn sign_in(&self, link: &str) -> Actor {
        let token = link.trim().split_once("/sign-in?token=").unwrap_or_else(|| panic!("{link}")).1;
        let query =
            "mutation($token: String!) { signIn(input: { token: $token }) { session { accessToken } } }";
        let data = self.anybody().data(query, json!({ "token": token })).await;
        self.anybody().with_token(data["signIn"]["session"]["accessToken"].as_str().unwrap())
    }

    /// The link that it printed when it started.
    pub fn printed_link(&self) -> String {
        let said = self.stdout.so_far();
        said.lines().find_map(|line| line.trim().strip_prefix("Sign in")).unwrap().trim().to_owned()
    }

    /// How many documents can be read.
    pub async fn documents(&self) -> u64 {
        let data = self.anybody().data("{ documents { totalCount } }", json!({})).await;
        data["documents"]["totalCount"].as_u64().unwrap()
    }

    /// Ends it as a service manager does.
    pub async fn stop(self) -> Finished {
        self.signal(Signal::TERM);
        self.end().await
    }

    /// Waits for its end.
    pub async fn end(self) -> Finished {
        self.program.end().await
    }

    /// Ends it as a loss of power does.
    pub async fn kill(self) -> Finished {
        self.signal(Signal::KILL);
        self.end().await
    }
}

/// Makes the data directory that others are copied from, once for each build of the program; kept between runs.
async fn prepare() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("process");
    fs::create_dir_all(&home).unwrap();
    let one_at_a_time = File::create(home.join("lock")).unwrap();
    one_at_a_time.lock().unwrap();
    let (data, stamp) = (home.join("data"), home.join("made-by"));
    let build = fs::metadata(env!("CARGO_BIN_EXE_answerable")).unwrap().modified().unwrap();
    let build = format!("{build:?}");
    if fs::read_to_string(&stamp).is_ok_and(|made_by| made_by == build) {
        return data;
    }
    let _ = fs::remove_file(&stamp);
    let _ = fs::remove_dir_all(&data);
    let mut migrate = answerable(&["migrate", "--data-dir"]);
    migrate.arg(&data);
    run(migrate).await.success();
    fs::write(stamp, build).unwrap();
    data
}

/// Copies a folder with everything's permissions.
pub async fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-Rp").args([from, to]).status().await.unwrap();
    assert!(done.success());
}
