//! Mail that is collected: by choice, or because there is too much of it.

use std::time::Duration;

use answerable::{identity::Role, ids::DocumentId};
use serde_json::json;

use super::preferences::stop_path;
use crate::support::{
    Actor, TestService,
    contributions::text,
    documents::BRIDGES,
    patience::until,
    smtp::{Act, At, Received, Rule, SmtpServer},
};

async fn one_moderator(service: &TestService) -> (DocumentId, Actor) {
    let document = service.bridges().await;
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    (document, moderator)
}

/// The text of the one mail that there is beyond those known.
async fn next(smtp: &SmtpServer, known: usize) -> Received {
    smtp.wait_for(known + 1).await[known].clone()
}

/// How many mails have come to the moderator; authors are told of decisions besides.
fn to_the_moderator(smtp: &SmtpServer) -> usize {
    smtp.messages().iter().filter(|message| message.to == ["one@example.org"]).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hour_one_mail_tells_what_still_waits() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let (document, moderator) = one_moderator(&service).await;
    let target = document.to_string();
    let other = service
        .import(&BRIDGES.replace("slug: bridges", "slug: other").replace("Bridges for", "Ferries for"))
        .await;
    service.signed_in("One", Role::Moderator, Some(other)).await;
    moderator.chooses(json!({ "mode": "HOURLY" })).await;
    let settled = service.anybody().comment_id(&target, "Decided meanwhile.").await;
    for body in ["The ferry never waits.", "Build it <b>now</b>."] {
        service.anybody().comments(&target, body).await;
    }
    service.anybody().submits(document, "Quixotic and confidential.").await;
    service.anybody().comments(&other.to_string(), "About the other one.").await;
    service.settled().await;
    moderator.decides(&settled, 1, "APPROVE").await;
    service.settled().await;
    assert_eq!(to_the_moderator(&smtp), 0);
    assert_eq!(service.count("FROM digest_entries").await, 5);
    assert_eq!(service.count("FROM jobs WHERE kind = 'notifications.send_digest'").await, 1, "one for all");

    service.until("2027-03-01T09:59:59Z");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    service.settled().await;
    assert_eq!(to_the_moderator(&smtp), 0, "it is not time yet");
    service.until("2027-03-01T10:00:00Z");
    // The author has been told of the decision by then.
    let mail = next(&smtp, 1).await;
    service.settled().await;
    assert_eq!(to_the_moderator(&smtp), 1);
    assert_eq!(service.count("FROM digest_entries").await, 0);
    assert_eq!(mail.to, ["one@example.org"]);
    let read = mail.read();
    for part in [&read.text, &read.html] {
        for shown in
            ["The ferry never waits.", "About the other one.", "Bridges for Everyone", "Ferries for Everyone"]
        {
            assert!(part.contains(shown), "{shown} is not in {part}");
        }
        for hidden in ["Decided meanwhile", "Quixotic", "neighbour", "reader@example.org"] {
            assert!(!part.contains(hidden), "{hidden} is in {part}");
        }
    }
    assert!(!read.html.contains("<b>now") && read.html.contains("Build it"), "{}", read.html);
    assert_eq!(read.links().iter().filter(|url| url.contains("/desk/comment_")).count(), 3, "{}", read.text);
    assert_eq!(read.links().iter().filter(|url| url.contains("/desk/submission_")).count(), 1);
    let (ferries, bridges) = (read.text.find("Ferries for"), read.text.find("Bridges for"));
    assert!(bridges < ferries, "document by document: {}", read.text);

    // It was about two documents, so it stops the mail about all.
    let path = stop_path(&service, &mail);
    let page = service.anybody().get(&path).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("all documents"), "{page}");
    assert_eq!(service.anybody().post(&path).send().await.unwrap().status(), 200);
    for target in [document, other] {
        service.anybody().comments(&target.to_string(), "A word more.").await;
    }
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_left_there_is_no_mail() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let (document, moderator) = one_moderator(&service).await;
    let target = document.to_string();
    moderator.chooses(json!({ "mode": "HOURLY" })).await;
    let settled = service.anybody().comment_id(&target, "Decided meanwhile.").await;
    service.settled().await;
    moderator.decides(&settled, 1, "APPROVE").await;
    service.until("2027-03-01T10:00:00Z");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries").await, 0);
    // What is not wanted any more is not mailed either, though it was collected.
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    service.anybody().comments(&target, "Not wanted any more.").await;
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries").await, 1);
    moderator.chooses(json!({ "mode": "NONE" })).await;
    service.until("2027-03-01T11:00:00Z");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries").await, 0);
    assert_eq!(to_the_moderator(&smtp), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_a_day_is_an_hour_of_the_moderators_own_day_all_the_year() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let (document, moderator) = one_moderator(&service).await;
    moderator.chooses(json!({ "mode": "DAILY", "hour": 8, "timeZone": "Europe/London" })).await;
    // The clocks are put forward in the night to 28 March: eight o'clock comes an hour earlier.
    for (day, (written, before, due)) in [
        ("2027-03-26T18:00:00Z", "2027-03-27T07:59:59Z", "2027-03-27T08:00:00Z"),
        ("2027-03-27T18:00:00Z", "2027-03-28T06:59:59Z", "2027-03-28T07:00:00Z"),
        ("2027-10-30T18:00:00Z", "2027-10-31T07:59:59Z", "2027-10-31T08:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        service.until(written);
        for body in ["A word.", "Another."] {
            service.anybody().comments(&document.to_string(), &format!("{body} On day {day}.")).await;
        }
        service.settled().await;
        assert_eq!(service.count(&format!("FROM digest_entries WHERE due_at = '{due}'")).await, 2, "{due}");
        service.until(before);
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert_eq!(smtp.messages().len(), day);
        service.until(due);
        let read = next(&smtp, day).await.read();
        assert!(read.text.contains(&format!("Another. On day {day}.")), "{}", read.text);
        service.settled().await;
    }
    assert_eq!(smtp.messages().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_collected_is_kept_until_its_mail_has_left() {
    let smtp = SmtpServer::start().await;
    smtp.rule(Rule::refuse(At::Rcpt, 451, "4.7.1").times(2));
    // Taken, but the answer never arrives: as if the process had ended between.
    smtp.rule(Rule::new(At::Taken, Act::Drop).times(1));
    let service = TestService::mailing_to(&smtp).await;
    let (document, moderator) = one_moderator(&service).await;
    moderator.chooses(json!({ "mode": "HOURLY" })).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    service.settled().await;
    service.until("2027-03-01T10:00:00Z");
    let refused =
        "FROM jobs WHERE kind = 'notifications.send_digest' AND attempts = 1 AND last_error IS NOT NULL";
    until("it is refused for now", async || service.count(refused).await > 0).await;
    assert_eq!(service.count("FROM digest_entries").await, 1, "refused for now: it is kept");
    let moving = service.advance_steadily();
    let mails = smtp.wait_for(2).await;
    moving.abort();
    service.settled().await;
    assert_eq!(mails[0].read().header("Message-ID"), mails[1].read().header("Message-ID"));
    assert_eq!(mails[0].read().links(), mails[1].read().links(), "a second copy has the same links");
    assert_eq!(service.count("FROM digest_entries").await, 0);
    assert_eq!(service.count("FROM action_links").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_is_collected_and_says_so_until_it_is_quiet_again() {
    let smtp = SmtpServer::start().await;
    let service = TestService::with(&["--smtp-url", &smtp.url(), "--mail-burst", "4"]).await;
    let (document, _) = one_moderator(&service).await;
    let target = document.to_string();
    for number in 0..12 {
        service.anybody().comments(&target, &format!("Number {number}.")).await;
    }
    service.settled().await;
    assert_eq!(smtp.messages().len(), 4, "the rate, and no more");
    assert_eq!(service.count("FROM digest_entries WHERE burst").await, 8);
    service.until("2027-03-01T10:00:00Z");
    let read = next(&smtp, 4).await.read();
    service.settled().await;
    assert_eq!(read.links().iter().filter(|url| url.contains("/desk/")).count(), 8, "{}", read.text);
    assert!(read.text.contains("More than 4"), "it says so: {}", read.text);
    // Still much: collected on and on.
    service.until("2027-03-01T10:00:30Z");
    for number in 0..5 {
        service.anybody().comments(&target, &format!("Number {number} again.")).await;
    }
    service.settled().await;
    assert_eq!(
        (smtp.messages().len(), service.count("FROM digest_entries").await),
        (9, 1),
        "quiet for an hour: four at once"
    );
    service.until("2027-03-01T10:30:00Z");
    service.anybody().comments(&target, "One more.").await;
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries WHERE burst").await, 2);
    service.until("2027-03-01T11:00:00Z");
    next(&smtp, 9).await;
    // An hour after the last of them.
    service.until("2027-03-01T11:31:00Z");
    service.anybody().comments(&target, "Quiet again.").await;
    let read = next(&smtp, 10).await.read();
    assert!(
        read.text.contains("Quiet again.") && read.subject.starts_with("A comment waits"),
        "{}",
        read.text
    );
    // Another document has a measure of its own, and somebody who gets a digest anyway is told nothing of bursts.
    assert_eq!(service.count("FROM digest_entries").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_and_appeals_are_told_as_chosen() {
    let smtp = SmtpServer::start().await;
    let service = TestService::mailing_to(&smtp).await;
    let document = service.bridges_after().await;
    let moderator = service.signed_in("One", Role::Moderator, Some(document)).await;
    let second = service.signed_in("Two", Role::Moderator, Some(document)).await;
    second.chooses(json!({ "mode": "NONE" })).await;
    moderator.chooses(json!({ "mode": "AT_ONCE", "topics": ["REPORTS", "APPEALS"] })).await;
    let report = async |comment: &str, email: &str| {
        let query = "mutation($input: ReportCommentInput!) { reportComment(input: $input) { received } }";
        let input = json!({ "commentId": comment, "reason": "ABUSIVE", "email": email });
        service.anybody().data(query, json!({ "input": input })).await;
    };
    let sent = service.anybody().comments(&document.to_string(), "A quixotic word.").await;
    let comment = text(&sent["comment"]["id"]);
    service.settled().await;
    assert_eq!(to_the_moderator(&smtp), 0, "what waits is not among what was chosen");
    report(&comment, "a@example.org").await;
    let mail = next(&smtp, 0).await;
    assert_eq!(mail.to, ["one@example.org"]);
    let read = mail.read();
    assert_eq!(read.subject, "A comment was reported: Bridges for Everyone");
    assert!(!read.text.contains("quixotic") && !read.text.contains("a@example.org"), "{}", read.text);
    report(&comment, "b@example.org").await;
    service.settled().await;
    assert_eq!(to_the_moderator(&smtp), 1, "one mail until somebody has looked");

    second.decides(&comment, 1, "HIDE").await;
    let appeal = "mutation($input: LodgeAppealInput!) { lodgeAppeal(input: $input) { errors { code } } }";
    let input = json!({ "token": sent["receipt"]["token"], "text": "It says nothing wrong." });
    service.anybody().data(appeal, json!({ "input": input })).await;
    let mail = next(&smtp, 1).await;
    assert_eq!(mail.read().subject, "An appeal waits for you: Bridges for Everyone");
    assert!(mail.read().header("List-Unsubscribe").is_some());

    moderator.chooses(json!({ "mode": "HOURLY", "topics": ["REPORTS", "APPEALS"] })).await;
    let other = service.anybody().comment_id(&document.to_string(), "Another word.").await;
    report(&other, "a@example.org").await;
    service.settled().await;
    assert_eq!(service.count("FROM digest_entries WHERE topic = 'REPORTS'").await, 1);
    service.until("2027-03-01T10:00:00Z");
    until("the digest comes", async || to_the_moderator(&smtp) == 3).await;
    let digest = smtp.messages().into_iter().rfind(|message| message.to == ["one@example.org"]);
    let digest = digest.unwrap().read();
    assert!(digest.text.contains("Reported comments: 1"), "{}", digest.text);
    assert!(!digest.text.contains("Another word"), "{}", digest.text);
}
