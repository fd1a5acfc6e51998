//! Commands on the data directory of a running service.

use crate::{
    installation::Installation,
    people::{Contribution, PAPER, paper},
    program::{Program, Signal},
    smtp::SmtpServer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_on_a_data_directory_is_refused() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let second = installation.starting(&[]).end().await;
    let refusal = second.refusal();
    assert!(refusal.contains(&format!("is in use by another Answerable (process {})", service.pid())));
    assert!(refusal.contains("--data-dir") && second.stdout.is_empty(), "{refusal}");
    assert_eq!(service.documents().await, 0, "the first one goes on");
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_imported_beside_it_is_there_at_once() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let file = installation.file("paper.md", PAPER);
    let said = installation.run(&["import", &file]).await.success();
    assert!(
        said.contains("Imported “A Paper” (paper), which is OPEN now: 2 sections, 2 of them new"),
        "{said}"
    );
    assert_eq!(service.documents().await, 1);
    let said = installation.run(&["import", &file]).await.success();
    assert!(
        said.contains("Updated “A Paper” (paper), which is OPEN now: 2 sections, 0 of them new"),
        "{said}"
    );
    let said = installation.run(&["demo"]).await.success();
    assert!(said.contains("was not loaded"), "{said}");
    let said = installation.run(&["migrate"]).await.success();
    assert!(said.contains("of this program's schema already"), "{said}");
    assert_eq!(service.documents().await, 1);
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_link_made_beside_it_signs_in_once() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let listen = service.base.strip_prefix("http://").unwrap();
    let make = ["account", "sign-in-link", "administrator@answerable.example", "--listen", listen];
    let link = installation.run(&make).await.success();
    assert!(link.starts_with(&service.base), "{link}");
    service.sign_in(&link).await;
    let token = link.trim().split_once("token=").unwrap().1;
    let again = "mutation($token: String!) { signIn(input: { token: $token }) { session { accessToken } errors { code } } }";
    let refused = service.anybody().refusals(again, serde_json::json!({ "token": token })).await;
    assert_eq!(refused, ["INVALID_TOKEN"]);

    let nobody = installation.run(&["account", "sign-in-link", "nobody@example.org"]).await;
    assert!(nobody.refusal().contains("no account of this address"));
    service.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_beside_it_sends_the_mail_and_outlives_a_restart() {
    let smtp = SmtpServer::start().await;
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let document = paper(&service.anybody()).await;
    let worker = Program::spawn(installation.command(&["worker", "--smtp-url", &smtp.url()]));
    assert!(worker.stdout.says("The worker is ready").await);
    Contribution::new("before-the-restart".into(), false).send(&service.anybody(), &document).await.unwrap();
    smtp.wait_for(1).await;
    service.stop().await.success();

    let service = installation.serve(&["--no-worker"]).await;
    Contribution::new("after-the-restart".into(), true).send(&service.anybody(), &document).await.unwrap();
    smtp.wait_for(2).await;
    worker.signal(Signal::TERM);
    assert!(worker.end().await.stderr.contains("Stopped."));
    assert_eq!(service.documents().await, 1);
    service.stop().await.success();
    installation.nobody_is_left();
}
