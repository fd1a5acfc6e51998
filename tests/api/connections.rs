//! Clients that take their time: each part of a request has its own, and nobody's slowness is another's.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};

use crate::support::{
    TestService,
    patience::{in_time, until},
};

async fn connected(service: &TestService) -> TcpStream {
    TcpStream::connect(service.base.strip_prefix("http://").unwrap()).await.unwrap()
}

/// All that comes until the other end closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = in_time("it is closed", stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes a byte at a time until the other end closes; gives what was answered.
async fn trickle(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let mut chunk = [0; 4_096];
    let cut_off = async {
        while stream.write_all(b"a").await.is_ok() {
            match timeout(Duration::from_millis(50), stream.read(&mut chunk)).await {
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(read)) => answer.extend_from_slice(&chunk[..read]),
                Err(_) => {}
            }
        }
    };
    in_time("it is cut off", cut_off).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const QUICK: [&str; 5] = ["--no-worker", "--header-timeout-seconds", "1", "--body-timeout-seconds", "1"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_or_a_body_that_trickles_is_cut_off() {
    let service = TestService::with(&QUICK).await;
    let head = async {
        let mut stream = connected(&service).await;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        let answer = trickle(stream).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("BAD_REQUEST"), "{answer}");
    };
    // Who has not begun is told nothing: it would be taken for the answer to what comes next.
    let silent = async { assert_eq!(rest(&mut connected(&service).await).await, "") };
    let body = async {
        let mut stream = connected(&service).await;
        let start = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"query\": \"";
        stream.write_all(start.as_bytes()).await.unwrap();
        let answer = trickle(stream).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("BAD_REQUEST"), "{answer}");
    };
    let form = async {
        let mut stream = connected(&service).await;
        let start = "POST /sign-in/link HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\nemail=";
        stream.write_all(start.as_bytes()).await.unwrap();
        let answer = trickle(stream).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    };
    tokio::join!(head, silent, body, form);
}

/// A connection that has had one answer.
async fn answered(service: &TestService) -> TcpStream {
    let mut stream = connected(service).await;
    healthy(&mut stream).await;
    stream
}

async fn healthy(stream: &mut TcpStream) {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut chunk = [0; 4_096];
    let read = stream.read(&mut chunk).await.unwrap();
    assert!(chunk[..read].starts_with(b"HTTP/1.1 200 ") && chunk[..read].ends_with(b"alive\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_two_requests_a_client_may_think_for_as_long_as_over_a_head() {
    let service = TestService::with(&["--no-worker", "--header-timeout-seconds", "30"]).await;
    let mut stream = answered(&service).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    healthy(&mut stream).await;
}

/// A service with a long text, and a query whose answer has more than six megabytes of it: more than the system keeps for a
/// connection.
pub async fn with_a_long_answer(further: &[&str]) -> (TestService, String) {
    let service = TestService::with(&[&["--no-worker"], further].concat()).await;
    let long = "A ferry is no bridge. ".repeat(10_000);
    service
        .import(&format!(
            "---\ntitle: Long\nslug: long\nphase: open\nmoderation: post\n---\n\n# One\n\n{long}\n"
        ))
        .await;
    let texts: String = (0..30).map(|at| format!("a{at}:blocks{{body{{plain}}}} ")).collect();
    (service, format!("{{section(documentSlug:\"long\",slug:\"one\"){{{texts}}}}}"))
}

/// Asks from this address of the machine and reads nothing.
async fn asked(service: &TestService, address: &str, query: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    let to = service.base.strip_prefix("http://").unwrap().parse().unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

/// Waits until something is answered.
async fn begun(stream: TcpStream) -> TcpStream {
    in_time("there is an answer", stream.peek(&mut [0])).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_takes_is_given_up_on() {
    let (service, query) =
        with_a_long_answer(&["--write-timeout-seconds", "1", "--max-connections", "1"]).await;
    let stream = asked(&service, "127.0.0.1", &query).await;
    // The one place is free again, though this end has read nothing and hung up neither.
    let other = in_time("there is room", service.anybody().get("/healthz").send()).await;
    assert_eq!(other.unwrap().status(), 200);
    drop(stream);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_taken_a_little_at_a_time_is_given_up_on() {
    let (service, query) =
        with_a_long_answer(&["--answer-timeout-seconds", "2", "--max-connections", "1"]).await;
    let mut stream = asked(&service, "127.0.0.1", &query).await;
    let drain = tokio::spawn(async move {
        let mut little = [0; 64];
        while stream.read(&mut little).await.is_ok_and(|read| read > 0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let other = in_time("there is room", service.anybody().get("/healthz").send()).await;
    assert_eq!(other.unwrap().status(), 200);
    assert!(!drain.is_finished(), "it was reading all the time");
    drain.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_have_a_bound_for_each_address_and_for_all() {
    let (service, query) = with_a_long_answer(&["--unread-answers-mib", "16"]).await;
    let first = begun(asked(&service, "127.0.0.2", &query).await).await;
    // There is a quarter for each address, and one long answer has all of it.
    let second = service.anybody().at_address("127.0.0.2");
    let refused = second.post("/graphql").json(&json!({ "query": query })).send().await.unwrap();
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "10");
    let refused: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{refused:#}");
    // What is small is answered, and so is everybody else, as long as there is room for all.
    assert_eq!(second.data("{ __typename }", json!({})).await["__typename"], "Query");
    let elsewhere = service.anybody().at_address("127.0.0.3");
    assert!(elsewhere.data(&query, json!({})).await["section"]["a29"].is_array());
    let third = begun(asked(&service, "127.0.0.3", &query).await).await;
    let refused = begun(asked(&service, "127.0.0.4", &query).await).await;
    let mut status = [0; 12];
    let mut refused = refused;
    refused.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 503");
    let metrics = service.anybody().get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("answerable_unread_answers_refused_total"), "{metrics}");
    // What is hung up on, and what is read, is room again.
    drop(first);
    let mut third = third;
    let reading = tokio::spawn(async move { rest(&mut third).await });
    for address in ["127.0.0.2", "127.0.0.3"] {
        let again = service.anybody().at_address(address);
        until("there is room again", async || {
            let answer = again.ask(&query, json!({})).await;
            answer["data"]["section"]["a29"].is_array()
        })
        .await;
    }
    reading.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_idles_ends_and_so_does_a_slow_second_head() {
    let service = TestService::with(&QUICK).await;
    let started = Instant::now();
    rest(&mut answered(&service).await).await;
    assert!(started.elapsed() > Duration::from_millis(900), "it was given its second");
    let mut slow = answered(&service).await;
    // It may have been closed for idling by then.
    let _ = slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ").await;
    let answer = trickle(slow).await;
    assert!(!answer.contains(" 200 "), "{answer}");
    // One whose head never comes whole, however much of it there is.
    let mut half = answered(&service).await;
    let _ = half.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n").await;
    let answer = rest(&mut half).await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_is_answered_as_a_get_without_its_body() {
    let (service, long) = with_a_long_answer(&[]).await;
    let encoded = |query: &str| {
        let query = query.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        format!("/graphql?query={query}")
    };
    let mut paths = vec![encoded("{ __typename }"), encoded("{ nothing }"), encoded(&long)];
    paths.extend(["/", "/schema.graphql", "/explorer", "/healthz", "/nothing", "/sign-in"].map(String::from));
    for path in paths {
        let ask = async |method: &str| {
            let mut stream = connected(&service).await;
            let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let answer = rest(&mut stream).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            let (status, headers) = head.split_once("\r\n").unwrap();
            // When it was answered is another matter.
            let mut headers: Vec<_> =
                headers.lines().filter(|line| !line.starts_with("date:")).map(String::from).collect();
            headers.sort();
            (status.to_owned(), headers, body.to_owned())
        };
        let (status, headers, body) = ask("GET").await;
        let length = format!("content-length: {}", body.len());
        assert!(headers.contains(&length) && !body.is_empty(), "{path}: {headers:?}");
        assert_eq!(ask("HEAD").await, (status, headers, String::new()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_many_connections_leaves_room_for_others() {
    let further = ["--max-connections-per-address", "20", "--max-connections", "30", "--no-worker"];
    let service = TestService::with(&further).await;
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut stream = connected(&service).await;
        let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nX-Slow: ").await;
        held.push(stream);
    }
    let from_elsewhere = service.anybody().at_address("127.0.0.9");
    let answer = in_time("there is room", from_elsewhere.data("{ __typename }", json!({}))).await;
    assert_eq!(answer["__typename"], "Query");
    let refused = in_time("it is closed at once", service.anybody().get("/healthz").send()).await;
    assert!(refused.is_err());
    drop(held);
    until("there is room again", async || {
        service.anybody().get("/healthz").send().await.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_has_an_end() {
    let service = TestService::start().await;
    for (head, status) in [
        (format!("GET /graphql?query={} HTTP/1.1\r\n", "a".repeat(200_000)), "HTTP/1.1 4"),
        (format!("GET / HTTP/1.1\r\nX-Long: {}\r\n", "a".repeat(200_000)), "HTTP/1.1 431"),
        (format!("GET / HTTP/1.1\r\n{}", "X-Many: a\r\n".repeat(500)), "HTTP/1.1 431"),
    ] {
        let mut stream = connected(&service).await;
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(b"Host: a\r\n\r\n").await;
        let answer = rest(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with(status), "{answer}");
    }
    assert_eq!(service.anybody().get("/healthz").send().await.unwrap().status(), 200);
}
