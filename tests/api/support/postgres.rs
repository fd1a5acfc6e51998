//! One `PostgreSQL` for the whole run and one database for each test, made from a template that was migrated once.
//!
//! The server is the embedded one, run apart from the tests by the program itself, so that it serves the processes of a
//! runner that starts one for each test; it ends when nobody holds its lock any more. `ANSWERABLE_TEST_DATABASE_URL`
//! names another server to use instead, with the right to create databases.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    num::NonZero,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use answerable::{db::Target, seal};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

/// Room for the connections of as many tests as run at once: as many as there are cores.
fn max_connections() -> String {
    let tests = std::thread::available_parallelism().map_or(1, NonZero::get);
    (20 * tests).max(300).to_string()
}

struct Server {
    /// The address of a database to give orders in.
    url: String,
    template: String,
    /// Held as long as this process runs.
    _in_use: Option<File>,
}

/// The address of a fresh database, migrated and empty.
pub async fn fresh_database() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static STARTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let server = {
        let _starting = STARTING.lock().await;
        if let Some(server) = SERVER.get() {
            server
        } else {
            let started = start().await;
            SERVER.get_or_init(|| started)
        }
    };
    let name = format!("test_{}", random_name());
    order(&server.url, &format!("CREATE DATABASE {name} TEMPLATE {}", server.template)).await;
    with_database(&server.url, &name)
}

/// The address of a fresh database that nobody has migrated.
pub async fn bare_database() -> String {
    let other = fresh_database().await;
    let name = format!("bare_{}", random_name());
    order(&other, &format!("CREATE DATABASE {name}")).await;
    with_database(&other, &name)
}

/// Runs statements on a database.
pub async fn order(url: &str, statements: &str) {
    drop(ordered(url, statements).await);
}

/// The same, with the connection: what an open transaction holds is held until that goes.
pub async fn ordered(url: &str, statements: &str) -> AsyncPgConnection {
    let target = Target::parse(url, None).unwrap();
    let mut conn = target.dial(None).await.unwrap();
    conn.batch_execute(statements).await.unwrap();
    conn
}

fn random_name() -> String {
    data_encoding::HEXLOWER.encode(&seal::random::<8>().unwrap())
}

/// The same server, another database.
pub fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("an address");
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let authority = path.rsplit_once('/').map_or(path, |(authority, _)| authority);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{authority}/{name}{query}")
}

async fn start() -> Server {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("postgres");
    fs::create_dir_all(&folder).unwrap();
    let starting = File::create(folder.join("start.lock")).unwrap();
    starting.lock().unwrap();
    let (url, in_use) = if let Ok(url) = std::env::var("ANSWERABLE_TEST_DATABASE_URL") {
        (url, None)
    } else {
        let in_use = File::create(folder.join("in-use.lock")).unwrap();
        in_use.lock_shared().unwrap();
        (embedded(&folder).await, Some(in_use))
    };
    let template = template(&url).await;
    starting.unlock().unwrap();
    Server { url, template, _in_use: in_use }
}

/// The address of the running embedded server, started if need be.
async fn embedded(folder: &Path) -> String {
    let known = folder.join("url");
    if let Ok(url) = fs::read_to_string(&known)
        && let Ok(target) = Target::parse(&url, None)
        && target.probe().await.is_ok()
    {
        return url;
    }
    let data = folder.join("data");
    // What earlier runs left in it is of no use.
    let _ = fs::remove_dir_all(data.join("postgres/cluster"));
    #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose, and ends by itself")]
    let mut server = Command::new(env!("CARGO_BIN_EXE_answerable"))
        .args(["database", "--not-durable", "--max-connections", &max_connections(), "--data-dir"])
        .arg(&data)
        .arg("--until-unlocked")
        .arg(folder.join("in-use.lock"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("server.log")).unwrap())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let url = url.trim().to_owned();
    let log = fs::read_to_string(folder.join("server.log")).unwrap();
    assert!(url.starts_with("postgres"), "the database did not start: {url} {log}");
    fs::write(&known, &url).unwrap();
    url
}

/// The name of the migrated template, made if need be. Its name is that of the migrations' content.
async fn template(url: &str) -> String {
    let name = format!("template_{}", &migrations_digest()[..16]);
    if is_there(url, &name).await {
        return name;
    }
    let draft = format!("draft_{}", random_name());
    order(url, &format!("CREATE DATABASE {draft}")).await;
    answerable::db::migrate(&Target::parse(&with_database(url, &draft), None).unwrap()).await.unwrap();
    order(url, &format!("ALTER DATABASE {draft} ALLOW_CONNECTIONS false")).await;
    order(url, &format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
    name
}

async fn is_there(url: &str, name: &str) -> bool {
    use diesel_async::RunQueryDsl;
    let mut conn = Target::parse(url, None).unwrap().dial(None).await.unwrap();
    let found = diesel::sql_query(format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"));
    found.execute(&mut conn).await.unwrap() > 0
}

fn migrations_digest() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let contents: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let parts: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    data_encoding::HEXLOWER.encode(&seal::digest(&parts))
}
