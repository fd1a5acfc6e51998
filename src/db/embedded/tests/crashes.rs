//! What is left when a process does not end as it should.

use std::{fs, path::Path, process::Command, time::Duration};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{
    super::orphan::{PidFile, serves},
    Embedded, Home, Options, ask, client, folder, run, start,
};

/// The process of the server that runs there.
pub(super) fn server_of(data_dir: &Path) -> Pid {
    let file = PidFile::read(&Home::of(data_dir).cluster()).expect("a running server");
    Pid::from_raw(file.pid.cast_signed()).expect("a process")
}

/// Rows that were acknowledged, and one that never was.
pub(super) async fn fill(url: &str) {
    run(url, "CREATE TABLE kept (number integer)").await;
    let client = client(url).await;
    for number in 0..50_i32 {
        client.execute("INSERT INTO kept VALUES ($1)", &[&number]).await.expect("a row");
    }
    // Holds the server's attention while its service dies, and must not be seen afterwards.
    tokio::spawn(async move {
        client.batch_execute("BEGIN; INSERT INTO kept VALUES (-1); SELECT pg_sleep(60)").await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// What [`fill`] leaves: `50 0 49`.
pub(super) const SUM: &str =
    "SELECT count(*)::text || ' ' || min(number)::text || ' ' || max(number)::text FROM kept";

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_noticed_and_recovers() {
    let folder = folder();
    let server = Embedded::start(folder.path(), &Options::default(), &|_| {}).await.expect("a start");
    fill(&server.url()).await;
    let died = server.died();
    kill_process(server_of(folder.path()), Signal::KILL).expect("a kill");
    let reason = died.await.to_string();
    assert!(
        reason.starts_with("The embedded PostgreSQL ended unexpectedly (signal: 9 (SIGKILL))"),
        "{reason}"
    );
    drop(server);
    // One of its processes may still sleep; the next start waits for the last of them.
    let server = start(folder.path()).await;
    assert_eq!(ask(&server.url(), SUM).await, "50 0 49");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_server_ends_and_one_that_is_stopped_did_not_die() {
    let folder = folder();
    let server = start(folder.path()).await;
    let pid = server_of(folder.path());
    drop(server);
    assert!(test_kill_process(pid).is_err(), "it has ended");
    let server = start(folder.path()).await;
    let died = server.died();
    server.stop().await;
    tokio::time::timeout(Duration::from_millis(100), died).await.expect_err("it was asked to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_pid_file_of_a_living_stranger_is_no_obstacle() {
    let folder = folder();
    let server = start(folder.path()).await;
    let cluster = Home::of(folder.path()).cluster();
    let file = fs::read_to_string(cluster.join("postmaster.pid")).expect("the server's file");
    let pid = server_of(folder.path()).as_raw_nonzero().get().cast_unsigned();
    assert!(serves(pid, &cluster.canonicalize().expect("a folder")));
    server.stop().await;
    let mut stranger = Command::new("sleep").arg("60").spawn().expect("a stranger");
    let rest = file.split_once('\n').expect("lines").1;
    fs::write(cluster.join("postmaster.pid"), format!("{}\n{rest}", stranger.id())).expect("a stale file");
    assert!(!serves(stranger.id(), &cluster.canonicalize().expect("a folder")));
    start(folder.path()).await.stop().await;
    assert!(stranger.try_wait().expect("a state").is_none(), "the stranger was left alone");
    stranger.kill().expect("a kill");
    stranger.wait().expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_preparations_are_begun_anew() {
    let folder = folder();
    let home = Home::make(folder.path()).expect("a home");
    let unfinished = home.root().join("unfinished");
    let half = || {
        fs::create_dir_all(unfinished.join("base/1")).expect("a folder");
        fs::write(unfinished.join("PG_VERSION"), "17").expect("a file");
    };
    // Interrupted in unpacking.
    half();
    start(folder.path()).await.stop().await;
    assert!(!unfinished.exists());
    // Interrupted in making the cluster: the programs are there.
    fs::remove_dir_all(home.cluster()).expect("no cluster");
    half();
    start(folder.path()).await.stop().await;
    assert!(!unfinished.exists());
    // Interrupted later, when nothing has to be made.
    half();
    start(folder.path()).await.stop().await;
    assert!(!unfinished.exists());
}
