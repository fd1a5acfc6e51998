//! A service that is killed, as a process of its own, and what becomes of its server.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{
    super::orphan::{PidFile, take_over},
    Embedded, Home, Options, ask, client,
    crashes::{SUM, fill, server_of},
    folder, run, start,
};

/// Where the service that a test starts as a process of its own keeps its data.
const DATA_DIR: &str = "ANSWERABLE_TEST_OWNER_OF";

/// Not a test unless started by one: the service that is killed.
#[tokio::test(flavor = "multi_thread")]
async fn owner() {
    let Some(data_dir) = std::env::var_os(DATA_DIR) else { return };
    let server = Embedded::start(Path::new(&data_dir), &Options::default(), &|_| {}).await.expect("a start");
    println!("\nurl {}", server.url());
    std::future::pending::<()>().await;
}

/// Starts a service as a process of its own; returns it and its server's address.
fn service(data_dir: &Path) -> (Child, String) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "--nocapture", "db::embedded::tests::killed::owner"]).env(DATA_DIR, data_dir);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("a service");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let url = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("url ").map(str::to_owned));
    (child, url.expect("the service starts"))
}

async fn gone(pid: Pid) -> bool {
    for _ in 0..6_000 {
        if test_kill_process(pid).is_err() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_with_its_killed_service() {
    let folder = folder();
    let (mut service, url) = service(folder.path());
    fill(&url).await;
    let server = server_of(folder.path());
    service.kill().expect("a kill");
    service.wait().expect("an end");
    assert!(gone(server).await, "the server has ended by itself");
    let server = start(folder.path()).await;
    assert_eq!(ask(&server.url(), SUM).await, "50 0 49");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_waits_for_the_last_process_of_a_server_that_is_ending() {
    let folder = folder();
    let (mut service, url) = service(folder.path());
    fill(&url).await;
    let slow = client(&url).await;
    let pid = slow.query_one("SELECT pg_backend_pid()", &[]).await.expect("a process").get(0);
    let slow_process = Pid::from_raw(pid).expect("a process");
    kill_process(slow_process, Signal::STOP).expect("a stop");
    service.kill().expect("a kill");
    service.wait().expect("an end");
    let next = tokio::spawn({
        let data_dir = folder.path().to_owned();
        async move { start(&data_dir).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!next.is_finished(), "nobody else opens the cluster while it is there");
    kill_process(slow_process, Signal::CONT).expect("a continuation");
    let server = next.await.expect("no panic");
    assert_eq!(ask(&server.url(), SUM).await, "50 0 49");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_left_behind_is_ended() {
    let folder = folder();
    let home = Home::of(folder.path());
    let server = Embedded::start(folder.path(), &Options::default(), &|_| {}).await.expect("a start");
    let url = server.url();
    fill(&url).await;
    let line = fs::read_to_string(format!("/proc/{}/cmdline", server_of(folder.path()).as_raw_nonzero()));
    server.stop().await;
    // The same server once more, bound to nobody.
    let line = line.expect("its command line");
    let mut words = line.trim_end_matches('\0').split('\0');
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).stdin(take_over(&home).await.expect("the lock"));
    let mut orphan = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a server");
    drop(command);
    while !PidFile::read(&home.cluster()).is_some_and(|file| file.pid == orphan.id() && file.ready) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    run(&url, "INSERT INTO kept VALUES (50)").await;
    let server = start(folder.path()).await;
    assert!(orphan.wait().expect("an end").success(), "it ended in an orderly way");
    assert_eq!(ask(&server.url(), SUM).await, "51 0 50");
    server.stop().await;
}
