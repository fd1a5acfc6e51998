//! What is refused, and in what words.

use std::fs;

use super::{Home, ask, folder, refused, start};

fn one_line(text: &str) {
    assert!(!text.contains('\n') && text.ends_with('.'), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_is_refused() {
    let folder = folder();
    let server = start(folder.path()).await;
    let expected = format!(
        "The data directory {} is in use by another Answerable (process {}). Stop it, or choose another with --data-dir.",
        folder.path().display(),
        std::process::id()
    );
    assert_eq!(refused(folder.path()).await, expected);
    assert_eq!(ask(&server.url(), "SELECT 'undisturbed'").await, "undisturbed");
    server.stop().await;
    start(folder.path()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_no_data_directory() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    for data_dir in [file.clone(), file.join("below")] {
        let text = refused(&data_dir).await;
        one_line(&text);
        assert!(text.contains(&data_dir.display().to_string()) && text.contains("--data-dir"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_no_cluster_is_left_as_it_is() {
    let folder = folder();
    let cluster = Home::make(folder.path()).expect("a home").cluster();
    fs::create_dir(&cluster).expect("a folder");
    fs::write(cluster.join("letter"), "Keep me.").expect("a file");
    let text = refused(folder.path()).await;
    one_line(&text);
    assert!(text.contains("is not a PostgreSQL cluster"), "{text}");
    assert_eq!(fs::read_to_string(cluster.join("letter")).expect("the file"), "Keep me.");

    fs::write(cluster.join("PG_VERSION"), "16\n").expect("a file");
    let text = refused(folder.path()).await;
    one_line(&text);
    assert!(text.contains("was made by PostgreSQL 16, and this Answerable carries 17"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_cluster_is_told_in_the_server_s_words() {
    let folder = folder();
    start(folder.path()).await.stop().await;
    let control = Home::of(folder.path()).cluster().join("global/pg_control");
    fs::rename(&control, control.with_extension("away")).expect("no control file");
    let text = refused(folder.path()).await;
    one_line(&text);
    assert!(text.starts_with("The embedded PostgreSQL did not start (exit status:"), "{text}");
    assert!(text.contains("pg_control") && text.contains("server.log"), "{text}");

    fs::rename(control.with_extension("away"), &control).expect("the control file");
    start(folder.path()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_were_taken_away_are_unpacked_again() {
    let folder = folder();
    start(folder.path()).await.stop().await;
    for entry in fs::read_dir(Home::of(folder.path()).root()).expect("a folder") {
        let program = entry.expect("an entry").path().join("bin/postgres");
        if program.exists() {
            fs::remove_file(program).expect("a program less");
        }
    }
    start(folder.path()).await.stop().await;
}

#[tokio::test]
async fn a_path_that_a_shell_would_change_is_refused() {
    let folder = folder();
    for name in ["a\nb", "a$b", "a`b", "a\"b", "a\\b"] {
        let data_dir = folder.path().join(name);
        let text = refused(&data_dir).await;
        assert!(text.contains("Choose another with --data-dir"), "{text}");
        assert!(!data_dir.join("postgres").exists());
    }
}
