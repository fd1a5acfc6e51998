//! What a message looks like when it arrives, or as a file.

use std::path::Path;

use answerable::{
    config::MailSettings,
    mail::{Mailer, Message, Recipient, folder},
};

use crate::{RECIPIENT, date, mailer, mailer_of, message, permanent, settings, smtp::SmtpServer, temporary};

#[tokio::test]
async fn a_message_arrives_as_it_was_meant() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    mailer.send(&message(&mailer.message_id("job_1").replace("@consult.example.org", ""))).await.unwrap();

    let taken = server.wait_for(1).await.remove(0);
    assert_eq!(
        (taken.from.as_str(), taken.to.as_slice()),
        ("answerable@consult.example.org", &[RECIPIENT.to_owned()][..])
    );
    assert!(!taken.encrypted && taken.user.is_none());
    let mail = taken.read();
    assert_eq!(mail.from, ("answerable@consult.example.org".into(), Some("Answerable".into())));
    assert_eq!(mail.to, (RECIPIENT.into(), Some("Ana Private".into())));
    assert_eq!(mail.subject, "Your comment has been published");
    assert_eq!(mail.text.trim_end(), message("x").text.trim_end());
    assert_eq!(mail.link("/c/1"), "https://consult.example.org/c/1?a=1&b=2");
    for (name, value) in [
        ("Message-ID", "<job_1@consult.example.org>"),
        ("Date", "Fri, 02 Jan 2026 03:04:05 +0000"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("Content-Language", "en"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(mail.header(name), Some(value), "{name}");
    }
    assert!(mail.header("List-Unsubscribe").unwrap().ends_with("ttt>"));
    assert_eq!(mail.header("Reply-To"), None);
    assert_eq!(server.counts().hello, "consult.example.org");
}

#[tokio::test]
async fn answers_go_where_the_setting_says() {
    let server = SmtpServer::start().await;
    let settings = MailSettings {
        mail_from: "\"Rådhuset, Ø\" <no-reply@consult.example.org>".into(),
        mail_reply_to: Some("desk@consult.example.org".into()),
        ..settings(Some(server.url()), None)
    };
    let quiet = Message { auto_submitted: false, ..message("job_1") };
    mailer_of(&settings).send(&quiet).await.unwrap();
    let mail = server.messages()[0].read();
    assert_eq!(mail.from.1.as_deref(), Some("Rådhuset, Ø"));
    assert_eq!(mail.header("Reply-To"), Some("desk@consult.example.org"));
    assert_eq!(mail.header("Auto-Submitted"), None);
}

#[tokio::test]
async fn nothing_anybody_wrote_becomes_structure() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let nasty =
        "Harmless\r\nBcc: eve@example.org\r\n\r\n<script>\0\u{2028}X: y\nZ: =?utf-8?q?a=0D=0ABcc:_eve?=";
    let message = Message {
        to: Recipient { name: Some(format!("{nasty}\" <eve@example.org>, \"")), address: RECIPIENT.into() },
        subject: nasty.into(),
        text: format!("{nasty}\r\n.\r\nMAIL FROM:<eve@example.org>\r\n{}", "long ".repeat(400)),
        html: format!("<p>{}</p>\n.\n{nasty}", "ä".repeat(3000)),
        headers: vec![("List-Id", format!("{nasty} <comments.consult.example.org>"))],
        language: "en\r\nBcc: eve@example.org".into(),
        ..message("job_1")
    };
    mailer.send(&message).await.unwrap();
    let taken = server.messages().remove(0);
    assert_eq!(taken.to, [RECIPIENT]);
    let mail = taken.read();
    let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Content-Language",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "List-ID",
            "MIME-Version",
            "Content-Type",
        ]
    );
    assert_eq!(mail.to.0, RECIPIENT);
    assert_eq!(
        mail.to.1.as_deref().map(|name| name.starts_with("Harmless Bcc: eve@example.org <script>")),
        Some(true)
    );
    assert_eq!(mail.subject, "Harmless Bcc: eve@example.org <script> X: y Z: = ?utf-8?q?a=0D=0ABcc:_eve?=");
    assert!(mail.text.contains("\n.\nMAIL FROM:<eve@example.org>\n"));
    assert!(taken.raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 999 && line.is_ascii()));
    let head = taken.raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    assert!(taken.raw[..head].split(|byte| *byte == b'\n').all(|line| line.len() <= 79));
}

#[tokio::test]
async fn other_alphabets_arrive_whole() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let name = "Łucja Ангелова 山田 (née \"O'Neil\"), a@b";
    let subject = "Η απάντηση στο σχόλιό σας: «Ποδηλατόδρομοι» 🚲 και ένας πολύ μακρύς τίτλος που δεν χωρά σε μία γραμμή";
    let message = Message {
        to: Recipient { name: Some(name.into()), address: "info@bücher.example".into() },
        subject: subject.into(),
        text: "Γειά σου 🚲\n".repeat(50),
        ..message("job_1")
    };
    mailer.send(&message).await.unwrap();
    let taken = server.messages().remove(0);
    assert_eq!(taken.to, ["info@xn--bcher-kva.example"]);
    let mail = taken.read();
    assert_eq!((mail.to.1.as_deref(), mail.subject.as_str()), (Some(name), subject));
    assert_eq!(mail.text.trim_end(), message.text.trim_end());

    let long = Message { subject: "x".repeat(2000), ..message.clone() };
    mailer.send(&long).await.unwrap();
    assert_eq!(server.messages()[1].read().subject, format!("{}…", "x".repeat(199)));
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_for_good() {
    let server = SmtpServer::start().await;
    let mailer = mailer(&server);
    let to = |address: &str| Recipient { name: None, address: address.into() };
    let with =
        |name: &'static str, value: &str| Message { headers: vec![(name, value.into())], ..message("job_1") };
    for wrong in [
        Message { to: to("private"), ..message("job_1") },
        Message { to: to("private@example.org\r\nRCPT TO:<eve@example.org>"), ..message("job_1") },
        Message { to: to("prívate@example.org"), ..message("job_1") },
        Message { message_id: "job_1".into(), ..message("job_1") },
        Message { message_id: "job_1@example.org>\r\nBcc: <private".into(), ..message("job_1") },
        with("Bcc", "eve@example.org"),
        with("SUBJECT", "private"),
        with("X-A: b\r\nBcc", "eve@example.org"),
        with("X-A", &"private ".repeat(200)),
        with("X-A", "\r\n"),
    ] {
        permanent(mailer.send(&wrong).await);
    }
    assert_eq!(server.counts().connections, 0);
}

#[tokio::test]
async fn without_a_mail_server_a_message_becomes_one_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let mailer = Mailer::new(&settings(Some(" ".into()), None), dir.path(), "localhost").unwrap();
    let id = mailer.message_id("job_1");
    assert_eq!(id, "job_1@consult.example.org", "the sender's domain stands in for a name nobody knows");
    assert_eq!(mailer.folder(), Some(folder::path(dir.path()).as_path()));
    let first = message("job_1");
    mailer.send(&first).await.unwrap();
    mailer.send(&first).await.unwrap();
    mailer.send(&Message { date: date() + chrono::TimeDelta::days(1), ..first.clone() }).await.unwrap();
    let later =
        Message { date: date() + chrono::TimeDelta::seconds(1), subject: "Later".into(), ..message("job_2") };
    mailer.send(&later).await.unwrap();

    let folder = mailer.folder().unwrap();
    let names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let listed = folder::list(folder, 10).await;
    assert_eq!(listed[0].subject, "Later");
    assert_eq!(listed[1].name, "20260102T030405678Z-job_1@consult.example.org.eml");
    assert_eq!(listed[1].to, format!("Ana Private <{RECIPIENT}>"));
    assert_eq!(listed[1].date.map(|date| date.timestamp()), Some(date().timestamp()));
    let read = folder::read(folder, &listed[1].name).await.unwrap();
    assert_eq!(read.text.unwrap().replace("\r\n", "\n").trim_end(), first.text.trim_end());
    assert!(read.html.unwrap().contains("<p>Hello Ana"));
    assert!(read.raw.contains("Message-ID: <job_1@consult.example.org>\r\n"));
    assert!(read.headers.iter().any(|(name, value)| name == "Content-Language" && value == "en"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder), mode(&folder.join(&listed[0].name))), (0o700, 0o600));
    }

    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let blocked = Mailer::new(&settings(None, None), &file, "localhost").unwrap();
    temporary(blocked.send(&first).await);
}

#[test]
fn nothing_private_is_in_debug_output() {
    let shown = format!("{:?} {:?}", message("job_1"), message("job_1").to);
    for private in ["Ana", "private", "comment", "unsubscribe"] {
        assert!(!shown.contains(private), "{shown}");
    }
    assert!(shown.contains("job_1@consult.example.org"));
}
