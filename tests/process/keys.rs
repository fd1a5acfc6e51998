//! Other keys, put in the place of the ones before while the service runs, with nobody noticing.

use std::time::Duration;

use data_encoding::BASE64;
use serde_json::json;

use crate::{
    installation::{Installation, Service},
    kills::moment,
    people::{Acknowledged, Contribution, PAPER, paper},
    program::{Program, Signal, until, until_none},
};

const UNDER: &str = "FROM data_keys WHERE substring(wrapped FROM 1 FOR 16) = (SELECT substring(key_check FROM 1 FOR 16) FROM installation)";

async fn submissions(service: &Service, name: &str, count: usize) -> Vec<Acknowledged> {
    let document = paper(&service.anybody()).await;
    let mut sent = Vec::new();
    for n in 0..count {
        let contribution = Contribution::new(format!("{name}-number-{n:06}"), true);
        sent.push(contribution.send(&service.anybody(), &document).await.unwrap());
    }
    sent
}

async fn all_are_held(service: &Service, sent: &[Acknowledged]) {
    for one in sent {
        one.is_held(&service.anybody()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_master_key_is_rotated_under_a_running_service() {
    let installation = Installation::with_paper().await;
    let service = installation.serve(&[]).await;
    let mut sent = submissions(&service, "before", 3).await;
    let status = installation.run(&["keys", "status"]).await.success();
    let first = status.lines().next().unwrap().to_owned();
    assert!(first.starts_with("Master key in force: "), "{status}");
    let said = installation.run(&["keys", "rotate"]).await.success();
    assert!(said.contains("is in force, and wraps ") && said.contains("master.previous"), "{said}");
    assert_ne!(installation.run(&["keys", "status"]).await.success().lines().next().unwrap(), first);
    // All keys are wrapped by the new one, what the service needs next too: it reads the file anew.
    installation
        .run(&["import", &installation.file("other.md", PAPER.replace("slug: paper", "slug: other"))])
        .await
        .success();
    let other = service.anybody().data("{ document(slug: \"other\") { id } }", json!({})).await;
    let another = Contribution::new("in-another-document".into(), true);
    sent.push(another.send(&service.anybody(), other["document"]["id"].as_str().unwrap()).await.unwrap());
    sent.extend(submissions(&service, "after", 3).await);
    let keys = installation.count("FROM data_keys").await;
    assert_eq!(installation.count(UNDER).await, keys);
    all_are_held(&service, &sent).await;
    // Once more, and after a start.
    installation.run(&["keys", "rotate"]).await.success();
    service.stop().await.success();
    let service = installation.serve(&[]).await;
    all_are_held(&service, &sent).await;
    service.stop().await.success();
    installation.nobody_is_left();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_given_master_key_is_rotated_with_the_one_before_beside_it() {
    let installation = Installation::with_paper().await;
    // The one it was begun with, as somebody has it who gives keys by the environment.
    let first = std::fs::read_to_string(installation.data_dir().join("keys/master.key")).unwrap();
    let second = BASE64.encode(&[7; 32]);
    std::fs::rename(
        installation.data_dir().join("keys/master.key"),
        installation.data_dir().join("elsewhere"),
    )
    .unwrap();
    let with = |arguments: &[&str], key: &str, previous: Option<&str>| {
        let mut command = installation.command(arguments);
        command.env("ANSWERABLE_MASTER_KEY", key);
        if let Some(previous) = previous {
            command.env("ANSWERABLE_PREVIOUS_MASTER_KEY", previous);
        }
        command
    };
    let serve = ["serve", "--listen", "127.0.0.1:0", "--no-demo"];
    let service = Service::ready(Program::spawn(with(&serve, &second, Some(&first)))).await;
    let mut sent = submissions(&service, "before", 2).await;
    // Nothing has changed by that: whoever has the old one alone can still work with it.
    crate::program::run(with(&["account", "sign-in-link", "desk@example.org"], &first, None)).await.success();
    let alone = crate::program::run(with(&["keys", "rotate"], &first, None)).await.success();
    assert!(alone.contains("is in force already"), "{alone}");
    crate::program::run(with(&["keys", "rotate"], &second, Some(&first))).await.success();
    assert_eq!(installation.count(UNDER).await, installation.count("FROM data_keys").await);
    sent.extend(submissions(&service, "after", 2).await);
    all_are_held(&service, &sent).await;
    // A second instance with the old key, or any other, is refused in one line, and changes nothing.
    for key in [first.as_str(), &BASE64.encode(&[9; 32])] {
        let mut beside = with(&serve, key, None);
        beside.env("DATABASE_URL", installation.database_url().await);
        let refused = crate::program::run(beside).await;
        assert!(refused.refusal().contains("is not the one this database is sealed with"), "{refused:#?}");
        assert!(!refused.stderr.contains(key));
    }
    service.stop().await.success();
    let service = Service::ready(Program::spawn(with(&serve, &second, None))).await;
    all_are_held(&service, &sent).await;
    service.stop().await.success();
    installation.nobody_is_left();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealing_anew_goes_on_after_every_kill() {
    const ROUNDS: usize = 5;
    const SENT: usize = 900;
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let sent = submissions(&service, "sealed-anew", SENT).await;
    let said = installation.run(&["keys", "rotate", "--data-keys"]).await.success();
    let total = said.split_once("The workers seal ").unwrap().1.split_once(' ').unwrap().0;
    let total: usize = total.parse().unwrap();
    // Text, name and address of each, and the addresses of accounts.
    assert!((SENT * 3..SENT * 3 + 4).contains(&total), "{said}");
    let done = "FROM generate_series(1, (SELECT done FROM reseals))";
    let whole = i64::try_from(total).unwrap();
    // The first time one of them is held, so that it does not come to its end before the kill.
    let holder = installation.database().await;
    let hold = "BEGIN; SELECT 1 FROM submissions ORDER BY id DESC LIMIT 1 FOR UPDATE";
    holder.batch_execute(hold).await.unwrap();
    let worker = Program::spawn(installation.command(&["worker"]));
    until("it begins", async || installation.count(done).await > 0).await;
    let first = installation.count(done).await;
    assert!(first < whole, "{first} of {total} at the first kill");
    worker.signal(Signal::KILL);
    worker.end().await;
    service.kill().await;
    let mut before = first;
    for _ in 1..ROUNDS {
        if before == whole {
            break;
        }
        let service = installation.serve(&[]).await;
        until("it goes on", async || installation.count(done).await > before).await;
        tokio::time::sleep(moment(Duration::from_millis(60))).await;
        before = installation.count(done).await;
        service.kill().await;
    }
    let service = installation.serve(&[]).await;
    until_none("all is sealed anew", async || whole - installation.count(done).await).await;
    let old = "FROM submissions WHERE body_key IN (SELECT id FROM data_keys WHERE retired_at IS NOT NULL)";
    assert_eq!(installation.count(old).await, 0);
    assert_eq!(installation.count(done).await, whole, "nothing is counted twice");
    let status = installation.run(&["keys", "status"]).await.success();
    assert!(status.contains(&format!("Sealed anew: {total} of {total} values, under way")), "{status}");
    all_are_held(&service, &sent[..50]).await;
    service.stop().await.success();
    installation.nobody_is_left();
}
