//! What is killed while it loads a document or the demonstration: it is there whole or not at all, and the next attempt
//! succeeds.

use std::{fmt::Write as _, time::Duration};

use crate::{
    installation::{Installation, Service},
    kills::moment,
    program::{Program, Signal, until},
    starts::{holdings, started},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_is_whole_however_often_its_loading_is_killed() {
    let undisturbed = Installation::prepared().await;
    let service = Service::ready(started(&undisturbed)).await;
    let expected = holdings(&undisturbed).await;
    service.stop().await.success();

    let installation = Installation::prepared().await;
    for _ in 0..4 {
        let start = started(&installation);
        // Once it got to the end unharmed there is nothing left to kill.
        let loading = tokio::select! {
            loading = start.stderr.says("Loading the demonstration") => loading,
            _ = start.stdout.says("Ctrl-C") => false,
        };
        if loading {
            tokio::time::sleep(moment(Duration::from_millis(400))).await;
        }
        start.signal(Signal::KILL);
        start.end().await;
    }
    let service = Service::ready(started(&installation)).await;
    assert_eq!(holdings(&installation).await, expected);
    service.stop().await.success();
}

const SECTIONS: i64 = 400;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_leaves_nothing_and_can_be_done_again() {
    let installation = Installation::prepared().await;
    let mut book = "---\ntitle: A Book\nslug: book\nphase: open\n---\n".to_owned();
    for number in 1..=SECTIONS {
        write!(book, "\n# {number}. Part {number}\n\nWords.\n").unwrap();
    }
    let book = installation.file("book.md", book);
    // Held up in the middle: it has written something, has not committed it, and waits.
    let begun = async |installation: &Installation| {
        let holder = installation.database().await;
        holder.batch_execute("BEGIN; LOCK TABLE section_revisions IN SHARE MODE").await.unwrap();
        let import = Program::spawn(installation.command(&["import", &book]));
        let busy = "FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND wait_event_type = 'Lock'";
        until("the import writes", async || installation.count(busy).await > 0).await;
        (import, holder)
    };

    // The import itself is killed.
    let service = installation.serve(&["--no-worker"]).await;
    let (import, holder) = begun(&installation).await;
    import.signal(Signal::KILL);
    assert_eq!(import.end().await.code, None);
    drop(holder);
    until("the database gives it up", async || {
        installation.count("FROM pg_stat_activity WHERE backend_xid IS NOT NULL").await == 0
    })
    .await;
    assert_eq!(installation.count("FROM documents").await, 0);

    // The service is, whose database the import uses.
    let (import, _holder) = begun(&installation).await;
    service.kill().await;
    let finished = import.end().await;
    let said = finished.refusal();
    assert!(said.contains("connection") || said.contains("communicating"), "{finished:#?}");
    let service = installation.serve(&["--no-worker"]).await;
    assert_eq!(service.documents().await, 0);
    assert_eq!(installation.count("FROM sections").await, 0);

    installation.run(&["import", &book]).await.success();
    assert_eq!(service.documents().await, 1);
    assert_eq!(installation.count("FROM section_revisions").await, SECTIONS);
    service.stop().await.success();
}
