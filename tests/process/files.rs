//! Files and `kill -9`: one that was acknowledged is there and whole, and of what broke off nothing stays that nobody knows of.

use std::{collections::BTreeSet, fs, time::Duration};

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{actor::Actor, installation::Installation, kills::moment, people::paper, program::until};

const ROUNDS: usize = 4;

/// Announces a file and sends it; the address to have it at, and its ticket, once that is acknowledged.
async fn sent(actor: &Actor, document: &str, content: &str) -> Option<(String, String)> {
    let query =
        "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id token url } } }";
    let input = json!({ "documentId": document, "name": "a.txt", "bytes": content.len() });
    let body = json!({ "query": query, "variables": { "input": input } });
    let answer: Value = actor.post("/graphql").json(&body).send().await.ok()?.json().await.ok()?;
    let upload = &answer["data"]["createUpload"]["upload"];
    let (token, url) = (upload["token"].as_str()?, upload["url"].as_str()?);
    let kept = actor.put(url, token).body(content.to_owned()).send().await.ok()?;
    assert_eq!(kept.status(), 200, "{:?}", kept.text().await);
    Some((format!("/attachments/{}", upload["id"].as_str()?), token.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledged_file_outlives_the_process_and_what_broke_off_is_known() {
    let installation = Installation::with_paper().await;
    let mut kept: Vec<(String, String, String)> = Vec::new();
    for round in 0..ROUNDS {
        let service = installation.serve(&["--files-per-hour", "1000000"]).await;
        let document = paper(&service.anybody()).await;
        let acknowledged = watch::Sender::new(0);
        let mut sending = tokio::task::JoinSet::new();
        for person in 0..3 {
            let (actor, document, acknowledged) = (service.anybody(), document.clone(), acknowledged.clone());
            sending.spawn(async move {
                let mut kept = Vec::new();
                for number in 0_usize.. {
                    let content = format!("{round} {person} {number} ").repeat(60_000 * (1 + number % 3));
                    match sent(&actor, &document, &content).await {
                        Some((at, token)) => {
                            kept.push((at, token, content));
                            acknowledged.send_modify(|acknowledged| *acknowledged += 1);
                        }
                        None => break,
                    }
                }
                kept
            });
        }
        until("some are acknowledged", async || *acknowledged.borrow() > 2).await;
        tokio::time::sleep(moment(Duration::from_millis(900))).await;
        service.kill().await;
        kept.extend(sending.join_all().await.concat());
    }
    let service = installation.serve(&[]).await;
    let document = paper(&service.anybody()).await;
    let link = installation.run(&["account", "sign-in-link", "desk@example.org"]).await.success();
    let moderator = service.sign_in(&link).await;
    for some in kept.chunks(5) {
        let query =
            "mutation($input: MakeSubmissionInput!) { makeSubmission(input: $input) { errors { message } } }";
        let tokens: Vec<_> = some.iter().map(|(_, token, _)| token).collect();
        let author = json!({ "name": "A", "email": "a@example.org" });
        let input =
            json!({ "documentId": document, "author": author, "body": "Files.", "attachments": tokens });
        let made = service.anybody().data(query, json!({ "input": input })).await;
        assert_eq!(made["makeSubmission"]["errors"], json!([]), "{made:#}");
        for (at, _, content) in some {
            let file = moderator.get(at).send().await.unwrap();
            assert_eq!(file.status(), 200);
            assert!(file.text().await.unwrap() == *content, "{at} is another");
        }
    }
    // What lies there belongs to a row, or a job is waiting that throws it away.
    let known: BTreeSet<String> = installation
        .database()
        .await
        .query(
            "SELECT object::text FROM attachments WHERE object IS NOT NULL UNION \
             SELECT payload->>'object' FROM jobs WHERE kind = 'attachments.remove_file' AND state = 'WAITING'",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect();
    let mut lying = 0;
    for folder in fs::read_dir(installation.data_dir().join("files")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let object = name.split('#').next().unwrap();
            assert!(known.contains(object), "nobody knows of {name}");
            lying += 1;
        }
    }
    assert!(lying >= kept.len());
    service.stop().await.success();
}
