//! How much is received and kept at the most, and that nobody takes the room of the others.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::stream;
use serde_json::{Value, json};

use super::refused;
use crate::support::{
    TestService,
    files::{ANNOUNCE, Upload, announcement},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_fills_the_disk() {
    let service = TestService::with(&["--no-worker", "--waiting-files-mib", "1"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let large = "a".repeat(700_000);
    let first = reader.sends_file(document, "a.txt", large.as_bytes()).await;
    let second = reader.announces(document, "b.txt", large.len()).await;
    let answer = reader.put(&second.url, &second.token).body(large.clone()).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "60");
    // What is part of a submission does not wait any more.
    reader.submits_with(document, "A file.", &[&first]).await;
    assert_eq!(reader.sends(&second, large.clone()).await.0, 200);
    // What has waited for long makes room for what comes.
    let third = reader.announces(document, "c.txt", large.len()).await;
    assert_eq!(reader.sends(&third, large.clone()).await.0, 503);
    service.clock.advance(TimeDelta::minutes(61));
    assert_eq!(reader.sends(&third, large.clone()).await.0, 200);
    assert_eq!(refused(&reader, document, &[&second.token]).await[0]["code"], "INVALID_TOKEN");
    service.work().await;
    assert_eq!(service.files().len(), 2);
    let service = TestService::with(&["--no-worker", "--files-per-hour", "4"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    reader.announces(document, "a.txt", 1).await;
    reader.announces(document, "b.txt", 1).await;
    reader.announces(document, "c.txt", 1).await;
    reader.announces(document, "d.txt", 1).await;
    let announced = announcement(document, "e.txt", 1);
    assert_eq!(reader.error(ANNOUNCE, announced.clone()).await, "RATE_LIMITED");
    let elsewhere = reader.at_address("127.0.0.2");
    assert_eq!(elsewhere.data(ANNOUNCE, announced).await["createUpload"]["errors"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_thrown_away_than_makes_room() {
    let service = TestService::with(&["--no-worker", "--waiting-files-mib", "1"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let first = reader.sends_file(document, "a.txt", "a".repeat(500_000).as_bytes()).await;
    service.clock.advance(TimeDelta::minutes(1));
    let second = reader.sends_file(document, "b.txt", "b".repeat(400_000).as_bytes()).await;
    service.clock.advance(TimeDelta::minutes(61));
    reader.sends_file(document, "c.txt", "c".repeat(300_000).as_bytes()).await;
    assert_eq!(refused(&reader, document, &[&first.token]).await[0]["code"], "INVALID_TOKEN");
    reader.submits_with(document, "It took me an hour to write this.", &[&second]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sending_the_same_file_again_and_again_has_an_end() {
    let service = TestService::with(&["--no-worker", "--writes-per-hour", "4"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.txt", 5).await;
    for _ in 0..3 {
        assert_eq!(reader.sends(&upload, "Words").await.0, 200);
    }
    let answer = reader.put(&upload.url, &upload.token).body("Words").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(reader.at_address("127.0.0.2").sends(&upload, "Words").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_trickles_is_given_up_on() {
    let service = TestService::with(&["--no-worker", "--body-timeout-seconds", "1"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.txt", 1_000).await;
    let trickle = stream::unfold(0, |at| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (at < 100).then(|| (Ok::<_, std::io::Error>("a"), at + 1))
    });
    let answer =
        reader.put(&upload.url, &upload.token).body(reqwest::Body::wrap_stream(trickle)).send().await;
    // Whether the answer is still read before the connection ends is the client's affair.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 408));
    assert_eq!(service.count("FROM attachments WHERE object IS NOT NULL").await, 0);
    assert_eq!(reader.sends(&upload, "In time.").await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_files_together_have_a_bound() {
    let service = TestService::with(&["--no-worker", "--all-files-mib", "1"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let text = |length: usize| "a".repeat(length);
    let first = reader.announces(document, "first.txt", 700_000).await;
    let second = reader.announces(document, "second.txt", 300_000).await;
    let third = reader.announces(document, "third.txt", 300_000).await;
    let huge = reader.announces(document, "huge.txt", 1_000_000).await;
    assert_eq!(reader.sends(&first, text(700_000)).await.0, 200);
    assert_eq!(reader.sends(&second, text(300_000)).await.0, 200);
    // Being part of a submission gives no room back.
    reader.submits_with(document, "A file.", &[&first]).await;
    let answer = reader.put(&third.url, &third.token).body(text(300_000)).send().await.unwrap();
    assert_eq!(answer.status(), 507);
    assert_eq!(answer.headers()["retry-after"], "3600");
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    // Nobody is let begin in vain.
    assert_eq!(reader.error(ANNOUNCE, announcement(document, "a.txt", 300_000)).await, "RATE_LIMITED");
    reader.announces(document, "small.txt", 10_000).await;

    service.clock.advance(TimeDelta::minutes(61));
    assert_eq!(reader.sends(&third, text(300_000)).await.0, 200, "what waited for long made room");
    assert_eq!(refused(&reader, document, &[&second.token]).await[0]["code"], "INVALID_TOKEN");
    service.clock.advance(TimeDelta::minutes(61));
    assert_eq!(reader.sends(&huge, text(1_000_000)).await.0, 507);
    reader.submits_with(document, "Nothing goes that does not make room.", &[&third]).await;
    service.work().await;
    assert_eq!(service.files().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_is_never_full_of_files() {
    let service = TestService::with(&["--no-worker"]).await;
    let document = service.bridges().await;
    let upload = service.anybody().announces(document, "a.txt", 1).await;
    let (url, data_dir) = service.stop().await;
    // More than any disk has.
    let service = TestService::on(url, data_dir, &["--no-worker", "--free-disk-mib", "4294967295"]).await;
    let reader = service.anybody();
    let upload = Upload { url: format!("/attachments/{}", upload.id), ..upload };
    assert_eq!(reader.sends(&upload, "a").await.0, 507);
    assert_eq!(reader.error(ANNOUNCE, announcement(document, "b.txt", 1)).await, "RATE_LIMITED");
    reader.submits(document, "What it would have shown.").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announcing_again_with_the_same_key_gives_the_same_ticket() {
    let service = TestService::with(&["--no-worker", "--files-per-hour", "2"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let with_key = |name: &str| {
        let mut announced = announcement(document, name, 5);
        announced["input"]["idempotencyKey"] = json!("0b7a52b6-2a5c-4f2e-8a45-5a2d9d9b5a11");
        announced
    };
    let (one, two) =
        tokio::join!(reader.data(ANNOUNCE, with_key("a.txt")), reader.data(ANNOUNCE, with_key("a.txt")));
    let ticket = one["createUpload"]["upload"].clone();
    assert_eq!(ticket, two["createUpload"]["upload"]);
    assert_eq!(service.count("FROM attachments").await, 1);
    assert_eq!(reader.refusals(ANNOUNCE, with_key("b.txt")).await, ["IDEMPOTENCY_KEY_REUSED"]);
    let mut short = with_key("a.txt");
    short["input"]["idempotencyKey"] = json!("short");
    assert_eq!(reader.refusals(ANNOUNCE, short).await, ["INVALID_TEXT"]);
    service.clock.advance(TimeDelta::hours(25));
    service.work().await;
    assert_eq!(reader.refusals(ANNOUNCE, with_key("a.txt")).await, ["IDEMPOTENCY_KEY_REUSED"]);
}
