//! Mail to moderators: who is written to, in what words, and what happens when the mail server does not do its part.

use std::sync::Arc;

use answerable::{identity::Role, ids::DocumentId};
use serde_json::json;

use crate::support::{
    TestService,
    contributions::text,
    patience::until,
    smtp::{Act, At, Rule, SmtpServer},
};

/// A service that has mail for two moderators, not sent yet.
async fn two_moderators(service: &TestService) -> DocumentId {
    let document = service.bridges().await;
    for name in ["One", "Two"] {
        service.signed_in(name, Role::Moderator, Some(document)).await;
    }
    document
}

fn recipients(smtp: &SmtpServer) -> Vec<String> {
    let mut to: Vec<_> = smtp.messages().iter().flat_map(|message| message.to.clone()).collect();
    to.sort();
    to
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_of_the_document_are_told_and_nobody_else() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = two_moderators(&service).await;
    let other =
        service.import(&crate::support::documents::BRIDGES.replace("slug: bridges", "slug: other")).await;
    service.signed_in("Elsewhere", Role::Moderator, Some(other)).await;
    service.administrator().await;
    let sent =
        service.anybody().comments(&service.section("what-we-know").await, "The ferry *never* waits.").await;
    let mails = smtp.wait_for(2).await;
    assert_eq!(recipients(&smtp), ["one@example.org", "two@example.org"]);
    let mail = mails[0].read();
    assert_eq!(mail.subject, "A comment waits for you: Bridges for Everyone");
    let link = format!("{}/desk/{}", service.base, text(&sent["comment"]["id"]));
    for part in [&mail.text, &mail.html].map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")) {
        assert!(part.contains("The ferry never waits.") && part.contains("What we know"), "{part}");
        assert!(part.contains(&link), "{part}");
        assert!(!part.contains("reader@example.org"), "{part}");
    }
    assert_ne!(mails[0].read().header("Message-ID"), mails[1].read().header("Message-ID"));

    service.anybody().submits(document, "Quixotic and confidential.").await;
    let mails = smtp.wait_for(4).await;
    for mail in &mails[2..] {
        let raw = String::from_utf8_lossy(&mail.raw);
        assert!(!raw.contains("Quixotic") && !raw.contains("neighbour"), "{raw}");
        let mail = mail.read();
        assert_eq!(mail.subject, "Private submission received: Bridges for Everyone");
        assert!(!mail.text.contains("Quixotic") && !mail.html.contains("Quixotic"));
        assert!(mail.text.contains("/desk/submission_"));
    }
    let page = service.anybody().get(&link).send().await.unwrap();
    assert_eq!(page.status(), 200, "the link leads somewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_moderates_administrators_are_told_once_a_day() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    service.administrator().await;
    for _ in 0..3 {
        service.anybody().submits(document, "Quixotic and confidential.").await;
    }
    let mails = smtp.wait_for(1).await;
    service.settled().await;
    assert_eq!(recipients(&smtp), ["administrator@example.org"]);
    let mail = mails[0].read();
    assert_eq!(mail.subject, "Nobody moderates: Bridges for Everyone");
    assert!(mail.text.contains(&document.to_string()) && !mail.text.contains("Quixotic"), "{}", mail.text);
    service.clock.advance(chrono::TimeDelta::days(1));
    service.anybody().submits(document, "Another day.").await;
    smtp.wait_for(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_meanwhile_is_not_written_about() {
    let smtp = SmtpServer::start().await;
    let service = TestService::start().await;
    let document = two_moderators(&service).await;
    let moderator = service.moderator(document).await;
    let id = service.anybody().comment_id(&document.to_string(), "A word.").await;
    moderator.decides(&id, 1, "APPROVE").await;
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    assert_eq!(smtp.messages().len(), 0);
    assert_eq!(service.jobs_due().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_cannot_be_smuggled_in() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    let mut input = crate::support::contributions::comment(
        &document.to_string(),
        "Text\r\n.\r\nMAIL FROM:<x@example.org>",
    );
    input["input"]["author"]["name"] = json!("A\r\nBcc: victim@example.org");
    service.anybody().data(crate::support::contributions::SUBMIT, input).await;
    let mails = smtp.wait_for(1).await;
    assert_eq!(recipients(&smtp), ["one@example.org"]);
    assert_eq!(mails[0].read().header("Bcc"), None);
    assert!(mails[0].read().text.contains("> MAIL FROM:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_now_is_tried_again() {
    let smtp = SmtpServer::start().await;
    smtp.rule(Rule::refuse(At::Rcpt, 451, "4.7.1").to("one@example.org").times(2));
    smtp.rule(Rule::refuse(At::Rcpt, 451, "4.7.1").to("two@example.org").times(1));
    let service = TestService::mailing_to(&smtp).await;
    let document = two_moderators(&service).await;
    service.anybody().submits(document, "Please read.").await;
    // The clock of the tests stands still: what waits for a later time is due when it is moved.
    let moving = service.advance_steadily();
    smtp.wait_for(2).await;
    moving.abort();
    assert_eq!(recipients(&smtp), ["one@example.org", "two@example.org"]);
    service.settled().await;
    assert_eq!(service.count("FROM jobs WHERE attempts > 1").await, 2);
    assert_eq!(service.count("FROM jobs WHERE state <> 'DONE'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_for_good_is_parked_and_holds_up_nobody() {
    let smtp = SmtpServer::start().await;
    smtp.rule(Rule::refuse(At::Rcpt, 550, "5.7.1").to("one@example.org"));
    let service = TestService::mailing_to(&smtp).await;
    let document = two_moderators(&service).await;
    service.anybody().submits(document, "Please read.").await;
    smtp.wait_for(1).await;
    service.settled().await;
    assert_eq!(recipients(&smtp), ["two@example.org"]);
    assert_eq!(service.count("FROM jobs WHERE state = 'DEAD' AND attempts = 1").await, 1);
    assert_eq!(
        service.count("FROM jobs WHERE last_error LIKE '%550%' AND last_error NOT LIKE '%one@%'").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_for_one_does_not_hold_up_the_other() {
    let smtp = SmtpServer::start().await;
    smtp.rule(Rule::new(At::Rcpt, Act::Hang).to("one@example.org").times(1));
    let service = TestService::with(&["--smtp-url", &smtp.url(), "--smtp-timeout-seconds", "5"]).await;
    let document = two_moderators(&service).await;
    service.anybody().submits(document, "Please read.").await;
    let first = smtp.wait_for(1).await;
    assert_eq!(first[0].to, ["two@example.org"], "the other's mail leaves while the one's hangs");
    let moving = service.advance_steadily();
    smtp.wait_for(2).await;
    moving.abort();
    assert_eq!(recipients(&smtp), ["one@example.org", "two@example.org"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_dropped_after_the_message_loses_nothing_and_a_copy_is_recognised() {
    let smtp = SmtpServer::start().await;
    // Taken, but the answer never arrives: nobody can know, so it is sent again.
    smtp.rule(Rule::new(At::Taken, Act::Drop).to("one@example.org").times(1));
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    service.anybody().submits(document, "Please read.").await;
    let moving = service.advance_steadily();
    let mails = smtp.wait_for(2).await;
    moving.abort();
    assert_eq!(mails[0].read().header("Message-ID"), mails[1].read().header("Message-ID"));
    service.settled().await;
    assert_eq!(service.count("FROM jobs WHERE state <> 'DONE'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_never_there_ends_in_a_dead_letter() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    service.anybody().submits(document, "Please read.").await;
    let moving = service.advance_steadily();
    // Nobody listens on port 9 of this machine.
    until("both are given up on", async || {
        Box::pin(service.work_with(&["--smtp-url", "smtp://127.0.0.1:9", "--max-attempts", "3"])).await;
        service.count("FROM jobs WHERE state = 'DEAD'").await == 2
    })
    .await;
    moving.abort();
    let letter = "FROM jobs WHERE state = 'DEAD' AND attempts = 3 AND kind = 'notifications.mail_moderator'";
    assert_eq!(service.count(letter).await, 1);
    assert_eq!(service.count("FROM submissions WHERE state = 'RECEIVED'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_ends_its_process_each_time_is_not_begun_for_ever() {
    let service = TestService::start().await;
    service.bridges().await;
    service.anybody().comments(&service.section("what-we-know").await, "Please read.").await;
    // As it stands in the table after three processes that claimed it and were gone.
    let order = "UPDATE jobs SET attempts = 3, leased_until = now() - interval '1 year'";
    crate::support::postgres::order(&service.database_url, order).await;
    service.work_with(&["--max-attempts", "3"]).await;
    let received = "FROM jobs WHERE kind = 'comments.received'";
    assert_eq!(service.count(&format!("{received} AND state = 'DEAD' AND attempts = 4")).await, 1);
    assert_eq!(
        service.count("FROM jobs WHERE kind LIKE 'notifications.%'").await,
        0,
        "it was not carried out"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_mail_can_be_looked_at() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.signed_in("One", Role::Moderator, Some(document)).await;
    service.anybody().comments(&document.to_string(), "A <b>bold</b> word.").await;
    service.work().await;
    let list = service.anybody().get("/dev/mail").send().await.unwrap().text().await.unwrap();
    assert!(list.contains("A comment waits for you: Bridges for Everyone"), "{list}");
    let before = list.split("A comment waits for you").next().unwrap();
    let name = before.rsplit("href=\"/dev/mail/").next().unwrap().split('"').next().unwrap();
    let view = service.anybody().get(&format!("/dev/mail/{name}?part=text")).send().await.unwrap();
    assert!(view.text().await.unwrap().contains("one@example.org"));
    let html = service.anybody().get(&format!("/dev/mail/{name}/html")).send().await.unwrap();
    assert!(html.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert!(!html.text().await.unwrap().contains("<b>bold</b>"));
    for wrong in ["/dev/mail/..%2F..%2Fkeys%2Fmaster.key", "/dev/mail/nothing.eml"] {
        assert_eq!(service.anybody().get(wrong).send().await.unwrap().status(), 404, "{wrong}");
    }
    // In production the pages are not there.
    let (url, data) = service.stop().await;
    let service = TestService::on(
        url,
        Arc::clone(&data),
        &["--mode", "production", "--public-url", "https://consult.example.org", "--no-worker"],
    )
    .await;
    assert_eq!(service.anybody().get("/dev/mail").send().await.unwrap().status(), 404);
    assert_eq!(service.anybody().get("/metrics").send().await.unwrap().status(), 404);
}
