//! The real server, started, killed and started again. Each test has a data directory of its own.

mod crashes;
#[cfg(target_os = "linux")]
mod killed;
mod refusals;

use std::{
    path::Path,
    sync::Mutex,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{DbError, Embedded, Options, home::Home, runtime::VERSION};
use crate::db::Target;

const QUICK: Options = Options { durable: false, max_connections: 20 };

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

async fn start(data_dir: &Path) -> Embedded {
    Embedded::start(data_dir, &QUICK, &|_| {}).await.expect("the server starts")
}

async fn refused(data_dir: &Path) -> String {
    match Embedded::start(data_dir, &QUICK, &|_| {}).await {
        Ok(_) => panic!("the server started"),
        Err(DbError(text)) => text,
    }
}

/// Connects through the service's own way, and does one statement.
async fn run(url: &str, statement: &str) {
    let client = client(url).await;
    client.batch_execute(statement).await.expect("the statement is done");
}

async fn ask(url: &str, question: &str) -> String {
    let row = client(url).await.query_one(question, &[]).await.expect("one row");
    row.get(0)
}

async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// Tells how long a step of the test took; shown with `--nocapture`.
#[expect(clippy::disallowed_methods, reason = "how long a start takes is what is measured here")]
async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begin = Instant::now();
    let done = work.await;
    println!("{what}: {:.1} ms", begin.elapsed().as_secs_f64() * 1000.0);
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_after_a_second_start() {
    let folder = folder();
    // Neither part of the path is there yet.
    let data_dir = folder.path().join("some/data");
    let told = Mutex::new(Vec::new());
    let progress = |step: &str| told.lock().expect("no panic").push(step.to_owned());
    let options = Options::default();

    let server =
        timed("cold start", Embedded::start(&data_dir, &options, &progress)).await.expect("a first start");
    Target::parse(&server.url(), None).expect("an address").probe().await.expect("the service gets in");
    run(&server.url(), "CREATE TABLE kept (what text); INSERT INTO kept VALUES ('all of it')").await;
    timed("stop", server.stop()).await;
    let steps = ["Unpacking PostgreSQL 17.5 …", "Creating the database cluster …"];
    assert_eq!(std::mem::take(&mut *told.lock().expect("no panic")), steps);

    for _ in 0..3 {
        let server = timed("warm start", Embedded::start(&data_dir, &options, &progress))
            .await
            .expect("another start");
        assert_eq!(ask(&server.url(), "SELECT what FROM kept").await, "all of it");
        timed("stop", server.stop()).await;
    }
    assert_eq!(*told.lock().expect("no panic"), [""; 0], "nothing was made anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_set_up_as_promised() {
    let folder = folder();
    let options = Options { durable: true, max_connections: 33 };
    let server = Embedded::start(folder.path(), &options, &|_| {}).await.expect("a start");
    let expected = [
        ("server_version", VERSION),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("max_connections", "33"),
    ];
    for (setting, value) in expected {
        assert_eq!(ask(&server.url(), &format!("SHOW {setting}")).await, value, "{setting}");
    }
    let locale =
        "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = current_database()";
    assert_eq!(ask(&server.url(), locale).await, "b C.UTF-8");
    assert_eq!(ask(&server.url(), "SELECT lower('ŴYTH ÉTÉ')").await, "ŵyth été");

    run(&server.url(), "CREATE DATABASE another").await;
    assert_eq!(ask(&server.url_of("another"), "SELECT current_database()::text").await, "another");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reaches_the_log() {
    let folder = folder();
    let server = start(folder.path()).await;
    let wrong = client(&server.url()).await.batch_execute("SELECT 'Somebody''s name' FROM nowhere").await;
    wrong.expect_err("there is no such table");
    server.stop().await;
    let log = std::fs::read_to_string(Home::of(folder.path()).log()).expect("a log");
    assert!(log.contains("ready to accept connections"), "{log}");
    assert!(!log.contains("nowhere") && !log.contains("Somebody"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_log_is_begun_anew() {
    let folder = folder();
    let home = Home::make(folder.path()).expect("a home");
    std::fs::write(home.log(), vec![b'x'; 1024 * 1024 + 1]).expect("a large log");
    start(folder.path()).await.stop().await;
    assert!(std::fs::metadata(home.log()).expect("a log").len() < 10_000);
    assert!(home.log().with_extension("log.old").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_of_any_kind_and_length_will_do() {
    for name in ["a b,c'd%e&f=g?h#iü", &"deep/".repeat(30)] {
        let folder = folder();
        let data_dir = folder.path().join(name);
        let server = start(&data_dir).await;
        Target::parse(&server.url(), None).expect("an address").probe().await.expect("the service gets in");
        assert_eq!(Embedded::attach(&data_dir).await.expect("an answer"), Some(server.url()));
        server.stop().await;
        let server = start(&data_dir).await;
        Target::parse(&server.url(), None).expect("an address").probe().await.expect("the service gets in");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_finds_the_server_of_the_running_service() {
    let folder = folder();
    let missing = folder.path().join("missing");
    assert_eq!(Embedded::attach(&missing).await.expect("an answer"), None, "no directory");
    assert_eq!(Embedded::attach(folder.path()).await.expect("an answer"), None, "an empty directory");

    let (server, found) = tokio::join!(start(folder.path()), async {
        // While it is starting: as soon as the directory is taken.
        loop {
            if let Some(url) = Embedded::attach(folder.path()).await.expect("an answer") {
                break (ask(&url, "SELECT current_database()::text").await, url);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(found, ("answerable".to_owned(), server.url()));
    server.stop().await;
    assert_eq!(Embedded::attach(folder.path()).await.expect("an answer"), None, "nobody uses it any more");
}
