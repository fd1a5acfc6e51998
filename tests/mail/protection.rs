//! TLS, certificates and passwords.

use std::path::{Path, PathBuf};

use answerable::{config::MailSettings, mail::Mailer};

use crate::{
    mailer, mailer_of, message, settings,
    smtp::{At, Options, Rule, SmtpServer, Tls},
    temporary,
};

#[tokio::test]
async fn starttls_is_used_where_offered_and_demanded_where_asked() {
    let offering = SmtpServer::with(Options { tls: Tls::Starttls, ..Options::default() }).await;
    let plain = SmtpServer::start().await;
    let to = |url: String, ca: Option<PathBuf>| mailer_of(&settings(Some(url), ca));

    to(offering.url(), None).send(&message("job_1")).await.unwrap();
    to(offering.url(), Some(offering.ca_file())).send(&message("job_2")).await.unwrap();
    to(format!("{}?tls=required", offering.url()), Some(offering.ca_file()))
        .send(&message("job_3"))
        .await
        .unwrap();
    to(format!("{}?tls=none", offering.url()), None).send(&message("job_4")).await.unwrap();
    let encrypted: Vec<_> = offering.messages().iter().map(|taken| taken.encrypted).collect();
    assert_eq!(encrypted, [true, true, true, false]);

    to(plain.url(), None).send(&message("job_5")).await.unwrap();
    let refused = to(format!("{}?tls=required", plain.url()), None).send(&message("job_6")).await;
    assert!(temporary(refused).contains("does not offer STARTTLS"));
    assert_eq!((plain.messages().len(), plain.counts().mails), (1, 1));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let implicit = SmtpServer::with(Options { tls: Tls::Implicit, ..Options::default() }).await;
    let starttls = SmtpServer::with(Options { tls: Tls::Starttls, ..Options::default() }).await;
    mailer(&implicit).send(&message("job_1")).await.unwrap();
    assert!(implicit.messages()[0].encrypted);

    for (url, ca_file) in [
        (implicit.url(), None),
        (implicit.url(), Some(starttls.ca_file())),
        (format!("{}?tls=required", starttls.url()), None),
        (starttls.url(), Some(implicit.ca_file())),
        // The right authority, and another host.
        (implicit.url().replace("127.0.0.1", "127.0.0.2"), Some(implicit.ca_file())),
    ] {
        let shown = format!("{url} {}", ca_file.is_some());
        let refused = temporary(mailer_of(&settings(Some(url), ca_file)).send(&message("job_2")).await);
        let reachable = !shown.contains("127.0.0.2");
        assert!(refused.contains("SMTP_CA_FILE") || !reachable, "{shown}: {refused}");
    }
    assert_eq!((implicit.counts().mails, starttls.counts().mails), (1, 0));
}

#[tokio::test]
async fn a_password_opens_the_server_and_a_wrong_one_is_a_setting() {
    for mechanisms in ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH PLAIN"] {
        let server = SmtpServer::with(Options {
            tls: Tls::Implicit,
            credentials: Some(("desk@example.org".into(), "open:sesame/%ä".into())),
            mechanisms,
            ..Options::default()
        })
        .await;
        let right = server.url();
        mailer_of(&settings(Some(right.clone()), Some(server.ca_file())))
            .send(&message("job_1"))
            .await
            .unwrap();
        assert_eq!(server.messages()[0].user.as_deref(), Some("desk@example.org"), "{mechanisms}");

        let wrong = right.replace("open", "closed");
        let refused = mailer_of(&settings(Some(wrong), Some(server.ca_file()))).send(&message("job_2")).await;
        assert!(temporary(refused).contains("user and password of SMTP_URL for now: 535 5.7.8"));
        let without = format!("smtps://{}", server.address());
        let refused =
            mailer_of(&settings(Some(without), Some(server.ca_file()))).send(&message("job_3")).await;
        assert!(temporary(refused).contains("530 5.7.0"));
    }
    let server = SmtpServer::with(Options {
        credentials: Some(("desk".into(), "sesame".into())),
        mechanisms: "AUTH GSSAPI",
        ..Options::default()
    })
    .await;
    assert!(temporary(mailer(&server).send(&message("job_1")).await).contains("no way of signing in"));
}

#[tokio::test]
async fn a_signing_in_that_is_refused_in_passing_is_tried_again() {
    let server = SmtpServer::with(Options {
        credentials: Some(("desk".into(), "sesame".into())),
        ..Options::default()
    })
    .await;
    let mailer = mailer(&server);
    server.rule(Rule::refuse(At::Auth, 454, "4.7.0").times(1));
    assert!(temporary(mailer.send(&message("job_1")).await).contains("454 4.7.0"));
    assert_eq!(server.counts().sign_ins, 0);
    mailer.send(&message("job_1")).await.unwrap();
    assert_eq!((server.counts().sign_ins, server.messages().len()), (1, 1));
}

#[test]
fn a_setting_that_cannot_work_is_refused_at_the_start() {
    let refused = |settings: &MailSettings| match Mailer::new(settings, Path::new("unused"), "localhost") {
        Err(error) => error.to_string(),
        Ok(mailer) => panic!("{mailer} was taken"),
    };
    let fine = settings(Some("smtps://desk:sesame@mail.example.org".into()), None);
    for from in [
        "",
        "Answerable",
        "Answerable <>",
        "a@localhost",
        "A <a@example.org> b",
        "a@example.org, b@example.org",
    ] {
        let text = refused(&MailSettings { mail_from: from.into(), ..fine.clone() });
        assert!(text.starts_with("ANSWERABLE_MAIL_FROM is `") && text.contains("must look like"), "{text}");
    }
    let text = refused(&MailSettings { mail_reply_to: Some("nobody".into()), ..fine.clone() });
    assert!(text.starts_with("ANSWERABLE_MAIL_REPLY_TO is `nobody`"));
    let text = refused(&settings(Some("smtp://desk:sesame@mail.example.org:port".into()), None));
    assert!(text.starts_with("SMTP_URL ") && !text.contains("sesame") && !text.contains('\n'), "{text}");
    let mailer = mailer_of(&fine);
    assert_eq!(format!("{mailer:?}"), "Mailer(mail server mail.example.org:465 with TLS)");
}
