//! Mail leaves through the real code, over real sockets, to a real server.

#[path = "mail/form.rs"]
mod form;
#[path = "mail/protection.rs"]
mod protection;
#[expect(dead_code, reason = "shared with the tests of the API, which use the rest")]
#[path = "api/support/patience.rs"]
mod patience;
#[expect(dead_code, reason = "shared with the tests of the API and of the program, which use the rest")]
#[path = "api/support/smtp.rs"]
mod smtp;

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use answerable::{
    config::MailSettings,
    mail::{Mailer, Message, Recipient, SendError},
};
use chrono::{DateTime, Utc};

use self::{
    patience::in_time,
    smtp::{Act, At, Options, Rule, SmtpServer, Tls},
};

const RECIPIENT: &str = "ana.private@example.org";

fn settings(url: Option<String>, ca_file: Option<PathBuf>) -> MailSettings {
    MailSettings {
        smtp_url: url.map(Into::into),
        smtp_ca_file: ca_file,
        mail_from: "Answerable <answerable@consult.example.org>".into(),
        mail_reply_to: None,
        smtp_timeout_seconds: 60,
        mail_burst: 10,
    }
}

fn mailer_of(settings: &MailSettings) -> Mailer {
    Mailer::new(settings, Path::new("unused"), "consult.example.org").unwrap()
}

fn mailer(server: &SmtpServer) -> Mailer {
    mailer_of(&settings(Some(server.url()), Some(server.ca_file())))
}

/// It waits long enough for a server that does answer, however busy the machine is.
fn impatient(server: &SmtpServer) -> Mailer {
    mailer_of(&MailSettings { smtp_timeout_seconds: 3, ..settings(Some(server.url()), None) })
}

fn date() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_323_045, 678_000_000).unwrap()
}

fn message(id: &str) -> Message {
    Message {
        to: Recipient { name: Some("Ana Private".into()), address: RECIPIENT.into() },
        subject: "Your comment has been published".into(),
        text: "Hello Ana,\n.\n..two dots\nyour comment is at https://consult.example.org/c/1?a=1&b=2.\n".into(),
        html: "<!doctype html><html lang=\"en\"><title>x</title><p>Hello Ana, <a href=\"https://consult.example.org/c/1?a=1&amp;b=2\">your comment</a></p></html>\n".into(),
        message_id: format!("{id}@consult.example.org"),
        date: date(),
        headers: vec![
            ("List-Unsubscribe", format!("<https://consult.example.org/unsubscribe/{}>", "t".repeat(120))),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()),
        ],
        auto_submitted: true,
        language: "en".into(),
    }
}

/// What a refusal says, which must give nobody away.
fn temporary(outcome: Result<(), SendError>) -> String {
    match outcome {
        Err(SendError::Temporary(text)) => discreet(text),
        other => panic!("a temporary failure is expected, not {other:?}"),
    }
}

fn permanent(outcome: Result<(), SendError>) -> String {
    match outcome {
        Err(SendError::Permanent(text)) => discreet(text),
        other => panic!("a failure for good is expected, not {other:?}"),
    }
}

fn no_mailbox(outcome: Result<(), SendError>) -> String {
    match outcome {
        Err(SendError::NoMailbox(text)) => discreet(text),
        other => panic!("a mailbox that is not there is expected, not {other:?}"),
    }
}

#[tokio::test]
async fn only_what_says_so_means_that_there_is_no_mailbox() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for (code, enhanced, gone) in [
        (550, "5.1.1", true),
        (553, "5.1.3", true),
        (550, "5.1.10", true),
        (550, "no such user", true),
        (551, "moved", true),
        (550, "5.7.1", false),
        (552, "5.2.2", false),
        (554, "refused", false),
        (550, "5.1.8", false),
    ] {
        server.rule(Rule::refuse(At::Rcpt, code, enhanced).times(1));
        let outcome = mailer.send(&message("job_1")).await;
        if gone {
            no_mailbox(outcome)
        } else {
            permanent(outcome)
        };
    }
}

fn discreet(text: String) -> String {
    let lower = text.to_lowercase();
    assert!(!lower.contains("private") && !lower.contains("sesame") && !text.contains('@'), "{text}");
    assert!(text.ends_with('.') && !text.contains('\n'), "{text}");
    text
}

#[tokio::test]
async fn a_connection_is_used_again_and_left_politely() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for id in ["job_1", "job_2", "job_3"] {
        mailer.send(&message(id)).await.unwrap();
    }
    assert_eq!((server.counts().connections, server.messages().len()), (1, 3));
    mailer.close().await;
    assert_eq!(server.counts().quits, 1);
    mailer.send(&message("job_4")).await.unwrap();
    assert_eq!(server.counts().connections, 2);
}

#[tokio::test]
async fn many_at_once_arrive_once_each() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let sends: Vec<_> = (0..30)
        .map(|n| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(&message(&format!("job_{n}"))).await })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let mut ids: Vec<_> =
        server.messages().iter().map(|m| m.read().header("Message-ID").unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 30);
}

#[tokio::test]
async fn a_connection_gone_stale_is_not_noticed() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    mailer.send(&message("job_1")).await.unwrap();
    server.hang_up();
    mailer.send(&message("job_2")).await.unwrap();
    // It can also break between the probe and the message, or be ended by the server in words.
    for (n, act) in [Act::Drop, Act::Reply(421, "4.4.2 Idle for too long".into())].into_iter().enumerate() {
        server.rule(Rule::new(At::Mail, act).times(1));
        mailer.send(&message(&format!("job_{}", n + 3))).await.unwrap();
    }
    assert_eq!((server.messages().len(), server.counts().connections), (4, 4));
}

#[tokio::test]
async fn a_refusal_says_whether_to_try_again() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for (at, what) in [
        (At::Mail, "the sender"),
        (At::Rcpt, "the recipient"),
        (At::Data, "the message"),
        (At::Content, "the message"),
    ] {
        server.rule(Rule::refuse(at, 451, "4.3.0").times(1));
        let refused = temporary(mailer.send(&message("job_1")).await);
        assert_eq!(
            refused,
            format!("The mail server refused {what} for now: 451 4.3.0, about the mail system.")
        );
        server.rule(Rule::refuse(at, 550, "5.1.1").times(1));
        let outcome = mailer.send(&message("job_1")).await;
        // Said of the recipient it is about the mailbox; of anything else, about this message.
        let refused = if at == At::Rcpt { no_mailbox(outcome) } else { permanent(outcome) };
        assert_eq!(
            refused,
            format!("The mail server refused {what} for good: 550 5.1.1, there is no such mailbox.")
        );
        server.rule(Rule::refuse(at, 421, "4.3.2").times(2));
        assert!(temporary(mailer.send(&message("job_1")).await).contains("421"));
        server.behave();
    }
    // Before MAIL a refusal is about the service, not about this message.
    for (at, code) in [(At::Connect, 421), (At::Connect, 554), (At::Hello, 550), (At::Hello, 451)] {
        mailer.close().await;
        server.rule(Rule::refuse(at, code, &format!("{}.7.1", code / 100)).times(1));
        assert!(temporary(mailer.send(&message("job_1")).await).contains("refused the connection for now"));
    }
    assert_eq!(server.messages().len(), 0);
    mailer.send(&message("job_1")).await.unwrap();
    assert_eq!(server.messages().len(), 1);
}

#[tokio::test]
async fn one_refused_recipient_does_not_touch_another() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    server.rule(Rule::refuse(At::Rcpt, 550, "5.2.1").to(RECIPIENT));
    no_mailbox(mailer.send(&message("job_1")).await);
    let other =
        Message { to: Recipient { name: None, address: "ben@example.org".into() }, ..message("job_2") };
    mailer.send(&other).await.unwrap();
    assert_eq!(server.messages()[0].read().to, ("ben@example.org".into(), None));
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_on_in_time() {
    let stages = [At::Connect, At::Hello, At::Mail, At::Rcpt, At::Data, At::Content, At::Taken];
    futures_util::future::join_all(stages.map(|at| async move {
        let server = SmtpServer::start().await;
        let mailer = impatient(&server);
        server.rule(Rule::new(at, Act::Hang).times(1));
        let sent = in_time("it is given up on", mailer.send(&message("job_1"))).await;
        let refused = temporary(sent);
        assert!(refused.contains("within the 3 s"), "{refused}");
        // What was left half-way is not used again.
        mailer.send(&message("job_2")).await.unwrap();
        assert_eq!(
            (server.counts().connections, server.messages().len()),
            (2, if at == At::Taken { 2 } else { 1 })
        );
    }))
    .await;
}

#[tokio::test]
async fn a_late_answer_is_not_taken_for_the_next_messages() {
    let server = SmtpServer::start().await;
    let mailer = impatient(&server);
    mailer.send(&message("job_1")).await.unwrap();
    server.rule(Rule::new(At::Content, Act::Slow(Duration::from_millis(3500))).times(1));
    temporary(mailer.send(&message("job_2")).await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.rule(Rule::refuse(At::Content, 554, "5.6.0").times(1));
    permanent(mailer.send(&message("job_3")).await);
}

#[tokio::test]
async fn a_slow_server_is_waited_for() {
    let server = SmtpServer::start().await;
    for at in [At::Connect, At::Rcpt, At::Content] {
        server.rule(Rule::new(at, Act::Slow(Duration::from_millis(150))).times(1));
    }
    let begun = start();
    mailer(&server).send(&message("job_1")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(450));
}

#[tokio::test]
async fn a_line_dropped_after_the_message_is_tried_again() {
    // Over a fresh connection, and over one that was used before and could be blamed for it.
    for (at, copies, used) in
        [(At::Content, 0, false), (At::Taken, 1, false), (At::Content, 0, true), (At::Taken, 1, true)]
    {
        let server = SmtpServer::start().await;
        let mailer = mailer(&server);
        if used {
            mailer.send(&message("job_0")).await.unwrap();
        }
        let before = server.messages().len();
        server.rule(Rule::new(at, Act::Drop).times(1));
        assert!(temporary(mailer.send(&message("job_1")).await).contains("a second copy may arrive"));
        assert_eq!(server.messages().len() - before, copies, "it is not sent twice at once");
        assert_eq!(server.counts().contents - before, 1);
        mailer.send(&message("job_1")).await.unwrap();
        let taken = server.messages().split_off(before);
        assert_eq!(taken.len(), copies + 1);
        assert!(
            taken
                .iter()
                .all(|taken| taken.read().header("Message-ID") == Some("<job_1@consult.example.org>"))
        );
    }
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_not_taken_for_success() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    for (at, code) in [(At::Data, 250), (At::Content, 354)] {
        server.rule(Rule::new(at, Act::Reply(code, "Fine".into())).times(1));
        assert!(temporary(mailer.send(&message("job_1")).await).contains("does not fit the question"));
    }
    assert_eq!((server.messages().len(), server.counts().contents), (0, 1));
}

#[tokio::test]
async fn a_server_that_is_away_is_a_matter_of_time() {
    // Nobody else takes the port of this address while the server is away.
    let address = (Ipv4Addr::new(127, 0, 0, 25), 0).into();
    let server = SmtpServer::with(Options { address, ..Options::default() }).await;
    let (mailer, address) = (mailer(&server), server.address());
    mailer.send(&message("job_1")).await.unwrap();
    drop(server);
    assert!(
        temporary(mailer.send(&message("job_2")).await).starts_with("The mail server could not be reached: ")
    );
    let server = SmtpServer::with(Options { address, ..Options::default() }).await;
    mailer.send(&message("job_2")).await.unwrap();
    assert_eq!(server.messages().len(), 1);

    let implicit = SmtpServer::with(Options { tls: Tls::Implicit, ..Options::default() }).await;
    let wrong = MailSettings {
        smtp_timeout_seconds: 1,
        ..settings(Some(implicit.url().replace("smtps", "smtp")), None)
    };
    temporary(mailer_of(&wrong).send(&message("job_3")).await);
    let wrong = settings(Some(format!("smtps://{address}")), None);
    temporary(mailer_of(&wrong).send(&message("job_3")).await);
}

#[expect(clippy::disallowed_methods, reason = "a test of patience measures real time")]
fn start() -> Instant {
    Instant::now()
}
