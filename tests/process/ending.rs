//! How it ends when it is asked to: with SIGTERM, as service managers do, or with Ctrl-C.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

use crate::{
    installation::{Installation, Service},
    people::{Contribution, paper},
    program::{Signal, kill, until},
    smtp::{Act, At, Rule, SmtpServer},
    starts::{holdings, started},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_is_answered_and_nothing_is_left_behind() {
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let document = paper(&service.anybody()).await;
    let contribution = Contribution::new("sent-very-slowly".into(), true);
    let address = service.base.strip_prefix("http://").unwrap().to_owned();

    // The service says that it waits for the rest of the request, and is then asked to end.
    let body = contribution.request(&document).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut request = TcpStream::connect(&address).await.unwrap();
    request.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    request.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    service.signal(Signal::TERM);
    until("nobody else is let in", async || TcpStream::connect(&address).await.is_err()).await;

    request.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let answer = answer.split_once("\r\n\r\n").unwrap().1;
    let kept = contribution.acknowledged(&serde_json::from_str(answer).unwrap());
    let finished = service.end().await;
    assert!(finished.stderr.trim_end().ends_with("Stopped."), "{finished:#?}");
    finished.success();
    installation.nobody_is_left();
    let log = std::fs::read_to_string(installation.data_dir().join("postgres/server.log")).unwrap();
    assert!(log.trim_end().ends_with("database system is shut down"), "{log}");

    let service = installation.serve(&["--no-worker"]).await;
    kept.is_held(&service.anybody()).await;
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_under_way_is_carried_out_and_not_done_again() {
    let smtp = SmtpServer::start().await;
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--smtp-url", &smtp.url()]).await;
    let document = paper(&service.anybody()).await;
    let go_on = watch::Sender::new(false);
    smtp.rule(Rule::new(At::Content, Act::Until(go_on.subscribe())).to("desk@example.org"));
    Contribution::new("mailed-very-slowly".into(), false).send(&service.anybody(), &document).await.unwrap();
    // The receipt and the mail to the moderator.
    until("the mail is on its way", async || smtp.counts().contents > 1).await;
    let address = service.base.strip_prefix("http://").unwrap().to_owned();
    service.signal(Signal::TERM);
    until("nobody else is let in", async || TcpStream::connect(&address).await.is_err()).await;
    assert_eq!(smtp.messages().len(), 0);
    go_on.send_replace(true);
    service.end().await.success();
    assert_eq!(smtp.messages().len(), 1);

    let service = installation.serve(&["--no-worker"]).await;
    assert_eq!(installation.count("FROM jobs WHERE state <> 'DONE' OR attempts > 1").await, 0);
    assert_eq!(installation.count("FROM jobs WHERE state = 'DONE'").await, 3);
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_not_go_on_without_its_database() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let server = std::fs::read_to_string(installation.data_dir().join("postgres/cluster/postmaster.pid"));
    kill(server.unwrap().lines().next().unwrap().parse().unwrap(), Signal::KILL);
    let finished = service.end().await;
    let refusal = finished.refusal();
    assert!(refusal.contains("PostgreSQL ended unexpectedly (signal: 9"), "{refusal}");
    assert!(refusal.ends_with("start Answerable again."), "{refusal}");
    installation.serve(&[]).await.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_asked_to_end_ends_at_every_step_and_the_next_one_goes_on() {
    let installation = Installation::new();
    for (step, signal) in [
        ("Unpacking", Signal::TERM),
        ("Creating the database cluster", Signal::INT),
        ("Migrated the database", Signal::TERM),
        ("Loading the demonstration", Signal::INT),
    ] {
        let start = started(&installation);
        assert!(start.stderr.says(step).await, "{:#?}", start.end().await);
        start.signal(signal);
        let finished = start.end().await;
        assert!(finished.stderr.contains("Stopped."), "{finished:#?}");
        assert_eq!(finished.success(), "", "it did not wait until it was ready");
        installation.nobody_is_left();
    }
    let service = Service::ready(started(&installation)).await;
    let comments = holdings(&installation).await.into_iter().filter(|row| row.starts_with("comment "));
    assert_eq!(comments.count(), 7, "the demonstration is whole");
    service.stop().await.success();
}
