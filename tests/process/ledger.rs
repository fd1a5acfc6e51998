//! The commands that prove the log, and the log after the service was killed in the middle of decisions.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    actor::Actor,
    installation::{Installation, Service},
    kills::moment,
    people::{Contribution, paper},
    program::until,
    recount,
};

const DECIDE: &str = "mutation($input: ModerateCommentInput!) {
  moderateComment(input: $input) { action { id seq hash } errors { message } }
}";

/// Somebody signed in as the moderator of the paper.
async fn moderator(installation: &Installation, service: &Service) -> Actor {
    let link = installation.run(&["account", "sign-in-link", "desk@example.org"]).await.success();
    service.sign_in(&link).await
}

async fn comments(service: &Service, count: usize) -> Vec<String> {
    let document = paper(&service.anybody()).await;
    let mut ids = Vec::new();
    for n in 0..count {
        let contribution = Contribution::new(format!("comment-number-{n:05}"), false);
        ids.push(contribution.send(&service.anybody(), &document).await.unwrap().id);
    }
    ids
}

/// The id and the hash of the record of a decision that was acknowledged.
async fn decide(moderator: &Actor, comment: &str) -> Option<(i64, String, String)> {
    let ask = async |query: &str, variables: Value| -> Option<Value> {
        let body = json!({ "query": query, "variables": variables });
        let answer = moderator.post("/graphql").json(&body).send().await.ok()?.json().await.ok();
        answer.map(|mut answer: Value| answer["data"].take())
    };
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { state version } } }";
    let now = ask(query, json!({ "id": comment })).await?;
    let mut input = json!({ "id": comment, "expectedVersion": now["node"]["version"] });
    input["decision"] = match now["node"]["state"].as_str()? {
        "PENDING" => json!("APPROVE"),
        "HIDDEN" => json!("RESTORE"),
        _ => json!("HIDE"),
    };
    if input["decision"] == "HIDE" {
        input["reason"] = json!("OFF_TOPIC");
        input["statement"] = json!("It is about another paper.");
    }
    let done = ask(DECIDE, json!({ "input": input })).await?;
    let action = &done["moderateComment"]["action"];
    Some((action["seq"].as_i64()?, action["id"].as_str()?.to_owned(), action["hash"].as_str()?.to_owned()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_proved_and_checked_against_a_checkpoint() {
    let installation = Installation::with_paper().await;
    let service = installation.serve(&["--no-worker"]).await;
    let nothing = installation.run(&["verify-log"]).await.success();
    assert!(nothing.contains("): 0 records, head none\nThe log of 1 document holds.\n"), "{nothing}");
    let moderator = moderator(&installation, &service).await;
    let ids = comments(&service, 2).await;
    let mut made = Vec::new();
    for comment in [&ids[0], &ids[0], &ids[1]] {
        made.push(decide(&moderator, comment).await.unwrap());
    }
    let document = paper(&service.anybody()).await;
    let whole = format!("paper ({document}): 3 records, head {}\n", made[2].2);
    let said = installation.run(&["verify-log"]).await.success();
    assert_eq!(said, format!("{whole}The log of 1 document holds.\n"));
    for name in ["paper", &document] {
        assert_eq!(installation.run(&["verify-log", "--document", name]).await.success(), said);
    }
    let unknown = installation.run(&["verify-log", "--document", "unknown"]).await;
    assert_eq!(unknown.refusal(), "There is no document of the slug or id `unknown`.");

    let (checkpoint, key) = (installation.file("checkpoint", ""), installation.file("key.pem", ""));
    let signed =
        installation.run(&["checkpoint", "--output", &checkpoint, "--public-key-output", &key]).await;
    assert!(signed.stderr.contains("How the log of 1 document ends at"), "{}", signed.stderr);
    assert_eq!(signed.success(), "");
    let printed = installation.run(&["checkpoint"]).await.success();
    assert_eq!(printed.trim().split('.').count(), 3, "{printed}");
    let against = ["verify-log", "--checkpoint", &checkpoint];
    let with_key = [&against[..], &["--public-key", &key]].concat();
    for command in [&against[..], &with_key] {
        let said = installation.run(command).await.success();
        assert!(said.starts_with(&whole) && said.contains("goes on from the checkpoint of"), "{said}");
    }
    let altered = std::fs::read_to_string(&checkpoint).unwrap().replacen('.', ".e", 1);
    let altered = installation.file("altered", altered);
    let refused = installation.run(&["verify-log", "--checkpoint", &altered]).await;
    assert_eq!(refused.refusal(), "The signature of the checkpoint is not good: it was altered.");
    let foreign = installation.file("foreign.pem", FOREIGN);
    let refused =
        installation.run(&["verify-log", "--checkpoint", &checkpoint, "--public-key", &foreign]).await;
    assert!(refused.refusal().starts_with("The checkpoint was signed with another key: "), "{refused:#?}");

    // The end is cut off, and the head moved back: only the checkpoint knows.
    let database = installation.database().await;
    let order = async |sql: &str| {
        database
            .batch_execute(&format!(
                "SET session_replication_role = replica; {sql}; RESET session_replication_role"
            ))
            .await
            .unwrap();
    };
    order(
        "CREATE TABLE taken AS SELECT * FROM moderation_actions WHERE seq = 3;
         CREATE TABLE head AS SELECT * FROM ledger_heads;
         DELETE FROM moderation_actions WHERE seq = 3;
         UPDATE ledger_heads h SET seq = 2, previous_hash = a.previous_hash, hash = a.hash FROM moderation_actions a WHERE a.seq = 2",
    )
    .await;
    assert!(installation.run(&["verify-log"]).await.success().contains("): 2 records"));
    let cut = installation.run(&with_key).await;
    assert_eq!(cut.refusal(), "The log does not hold: 1 of 1 document broken.");
    let line = format!("paper ({document}): BROKEN at record 3. This record is missing: the checkpoint of ");
    assert!(cut.stdout.starts_with(&line), "{}", cut.stdout);

    order(
        "INSERT INTO moderation_actions SELECT * FROM taken; DROP TABLE taken; DELETE FROM ledger_heads;
         INSERT INTO ledger_heads SELECT * FROM head; DROP TABLE head;
         UPDATE moderation_actions SET reason = 'SPAM' WHERE seq = 2",
    )
    .await;
    let broken = installation.run(&["verify-log"]).await;
    assert_eq!(broken.refusal(), "The log does not hold: 1 of 1 document broken.");
    let expected = format!(
        "paper ({document}): BROKEN at record 2 ({}). What it says is not what its hash was made of: it was changed after it was made.\n",
        made[1].1
    );
    assert_eq!(broken.stdout, expected);
    service.stop().await.success();
}

/// The public half of a key that nobody here has.
const FOREIGN: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

const ROUNDS: usize = 6;
const MODERATORS: usize = 4;
const COMMENTS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_decision_that_was_acknowledged_is_in_the_log_after_kills() {
    let installation = Installation::with_paper().await;
    let mut service = installation.serve(&["--no-worker"]).await;
    let ids = Arc::new(comments(&service, COMMENTS).await);
    let (desk, decided) = (watch::Sender::new(None), watch::Sender::new(0));
    let enough = Arc::<AtomicBool>::default();
    let mut moderators = JoinSet::new();
    for number in 0..MODERATORS {
        let (mut desk, enough, ids) = (desk.subscribe(), enough.clone(), ids.clone());
        let decided = decided.clone();
        moderators.spawn(async move {
            let mut told = Vec::new();
            for turn in number.. {
                let actor: Actor = desk.wait_for(Option::is_some).await.unwrap().clone().unwrap();
                match decide(&actor, &ids[turn % ids.len()]).await {
                    Some(acknowledged) => {
                        told.push(acknowledged);
                        decided.send_modify(|decided| *decided += 1);
                    }
                    // Killed, or another moderator was quicker.
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
                if enough.load(Ordering::Relaxed) {
                    break;
                }
            }
            told
        });
    }
    for _ in 0..ROUNDS {
        desk.send_replace(Some(moderator(&installation, &service).await));
        let before = *decided.borrow();
        until("some are acknowledged", async || *decided.borrow() > before + 1).await;
        tokio::time::sleep(moment(Duration::from_millis(600))).await;
        service.kill().await;
        desk.send_replace(None);
        service = installation.serve(&["--no-worker"]).await;
    }
    enough.store(true, Ordering::Relaxed);
    desk.send_replace(Some(moderator(&installation, &service).await));
    let told: Vec<_> = moderators.join_all().await.concat();

    let rows = installation.database().await;
    let rows = rows.query("SELECT seq, encode(hash, 'hex') FROM moderation_actions", &[]).await.unwrap();
    let kept: BTreeMap<i64, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (seq, id, hash) in &told {
        assert_eq!(kept.get(seq), Some(hash), "{id} was acknowledged");
    }
    let unheard = kept.len() - told.len();
    assert!(unheard <= ROUNDS * MODERATORS, "{unheard} decisions of which nobody was told");
    let said = installation.run(&["verify-log"]).await.success();
    assert!(said.contains(&format!("): {} records, head ", kept.len())), "{said}");
    for differing in [recount::COUNTS, recount::THREADS] {
        assert_eq!(installation.count(differing).await, 0);
    }
    println!("{} decisions, {unheard} of which nobody was told", told.len());
    service.stop().await.success();
    installation.nobody_is_left();
}
