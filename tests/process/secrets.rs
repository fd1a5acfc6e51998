//! What a thief finds who takes the files of the database, or reads the logs: none of what was said in confidence.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    installation::Installation,
    people::paper,
    planting::{PUBLIC, Search, dumped, holds, planted},
    program::until,
};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_database_and_its_logs_tell_nothing() {
    let installation = Installation::with_paper().await;
    for (address, role) in [("chief@example.org", "administrator"), ("desk@example.org", "moderator")] {
        installation.run(&["account", "add", address, "--name", "Somebody", "--role", role]).await.success();
    }
    let service = installation.serve(&["--log", "debug"]).await;
    let mut links = Vec::new();
    for address in ["chief@example.org", "desk@example.org"] {
        let link = installation.run(&["account", "sign-in-link", address]).await.success();
        links.push(link.trim().to_owned());
    }
    let administrator = service.sign_in(&links[0]).await;
    let (moderator, reader) = (service.sign_in(&links[1]).await, service.anybody());
    let mut secrets = planted(&paper(&reader).await, &reader, &moderator, &administrator).await;
    for link in &links {
        secrets.push(("a link to sign in".into(), link.split_once("token=").unwrap().1.to_owned()));
    }
    until("all is carried out", async || {
        installation.count("FROM jobs WHERE state = 'WAITING' AND run_at <= now()").await == 0
    })
    .await;
    let metrics = service.anybody().get("/metrics").send().await.unwrap().text().await.unwrap();
    let search = Search::for_all(&secrets);
    let mut found = search.found_in("the metrics", metrics.as_bytes());
    if let Some(dump) = dumped(&installation.database_url().await) {
        assert!(holds(&dump, PUBLIC));
        found.extend(search.found_in("the dump", &dump));
    }
    installation.database().await.batch_execute("CHECKPOINT").await.unwrap();
    let ended = service.stop().await;
    found.extend(search.found_in("the log", format!("{}{}", ended.stdout, ended.stderr).as_bytes()));
    ended.success();

    let mut all = Vec::new();
    files(&installation.data_dir().join("postgres"), &mut all);
    let before = all.len();
    files(&installation.data_dir().join("files"), &mut all);
    assert_eq!(all.len(), before + 1, "the file that was sent lies there");
    let mut public = 0;
    for path in all {
        let content = fs::read(&path).unwrap();
        public += usize::from(holds(&content, PUBLIC));
        found.extend(search.found_in(&path.display().to_string(), &content));
    }
    // In its table and in the log that goes before it: what is public is found, so the rest would be.
    assert!(public >= 2, "the files are not those of the database");
    assert!(found.is_empty(), "{found:#?}");
    installation.nobody_is_left();
}
