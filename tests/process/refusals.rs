//! What it cannot start with, it says in one line that tells what to do and gives no secret away.

use std::net::TcpListener;

use crate::{
    installation::Installation,
    program::{answerable, run},
};

/// Stands in every address below where a password would.
const SECRET: &str = "sesame";

/// Why the service does not start with these variables; the data directory must not have been touched.
async fn refused(variables: &[(&str, &str)]) -> String {
    let installation = Installation::new();
    let mut command = installation.command(&["serve"]);
    command.env("ANSWERABLE_LISTEN", "127.0.0.1:0").envs(variables.iter().copied());
    let finished = run(command).await;
    assert!(!installation.data_dir().exists(), "{variables:?}");
    let refusal = finished.refusal();
    assert!(finished.stdout.is_empty() && !finished.stderr.contains(SECRET), "{finished:#?}");
    assert!(refusal.ends_with('.'), "{refusal}");
    refusal.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_url_that_is_no_address() {
    for url in ["nonsense", "mysql://u:sesame@h/d", "postgres://u:sesame@127.0.0.1:99999/d"] {
        let refusal = refused(&[("DATABASE_URL", url)]).await;
        assert!(refusal.contains("DATABASE_URL") && refusal.contains("it must look like `postgres://"));
    }
    let refusal = refused(&[("DATABASE_URL", "postgres://u:sesame@")]).await;
    assert!(refusal.contains("DATABASE_URL must name a host and a database"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_is_down() {
    // Nobody listens on port 9 of this machine.
    let place = "127.0.0.1:9/consultations";
    let refusal = refused(&[("DATABASE_URL", &format!("postgres://u:sesame@{place}"))]).await;
    assert!(refusal.starts_with(&format!("The database at {place} cannot be used: Connection refused")));
    assert!(refusal.contains("Check DATABASE_URL"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let url = installation.database_url().await.replacen("/answerable?", "/elsewhere?", 1);
    let refusal = refused(&[("DATABASE_URL", &url)]).await;
    assert!(refusal.contains("database \"elsewhere\" does not exist. Check DATABASE_URL"), "{refusal}");
    service.stop().await.success();
}

/// The embedded server knows no passwords: this one needs another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password() {
    let Ok(url) = std::env::var("ANSWERABLE_TEST_DATABASE_URL") else { return };
    let (user, place) = url.rsplit_once('@').unwrap();
    let user = user.split_once("://").unwrap().1.split(':').next().unwrap();
    let refusal = refused(&[("DATABASE_URL", &format!("postgres://{user}:{SECRET}@{place}"))]).await;
    assert!(refusal.contains("password authentication failed"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_a_later_version_has_migrated() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
    installation.database().await.execute(later, &[]).await.unwrap();
    let beside = installation.run(&["migrate"]).await;
    assert!(beside.refusal().contains("schema version 29990101000000, newer than this program's"));
    service.stop().await.success();
    let finished = installation.starting(&[]).end().await;
    assert!(finished.refusal().contains("Use the program that migrated it, or a later one."));
    installation.nobody_is_left();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_key_that_is_not_the_databases() {
    let installation = Installation::prepared().await;
    installation.serve(&[]).await.stop().await.success();
    let other = "c2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1lc2U=";
    for (key, why) in
        [(other, "is not the one this database is sealed with"), ("sesame", "must be 32 bytes in base64")]
    {
        let mut command = installation.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("ANSWERABLE_MASTER_KEY", key);
        let finished = run(command).await;
        assert!(finished.refusal().contains(why), "{finished:#?}");
        assert!(!finished.stderr.contains(key), "{}", finished.stderr);
        installation.nobody_is_left();
    }
    installation.serve(&[]).await.stop().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_directory_that_cannot_be_written() {
    let installation = Installation::new();
    // Not even the superuser can make a folder below a file.
    let file = installation.file("file", "");
    for data_dir in [&file, &format!("{file}/data")] {
        let finished = run(answerable(&["serve", "--listen", "127.0.0.1:0", "--data-dir", data_dir])).await;
        let refusal = finished.refusal();
        assert!(refusal.starts_with(&format!("{data_dir} cannot be used: ")), "{refusal}");
        assert!(refusal.contains("may write there") && refusal.contains("--data-dir"), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let refusal = refused(&[("ANSWERABLE_LISTEN", &address)]).await;
    assert!(refusal.starts_with(&format!("{address} cannot be listened on: ")), "{refusal}");
    assert!(refusal.contains("--listen"), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_cannot_work_are_named() {
    for (variable, value) in [
        ("SMTP_URL", "nonsense"),
        ("SMTP_URL", "http://u:sesame@mail.example.org"),
        ("SMTP_URL", "smtp://u:sesame@:25"),
        ("SMTP_URL", "smtp://u:sesame@mail.example.org?tls=perhaps"),
        ("ANSWERABLE_PUBLIC_URL", "consult.example.org"),
        ("ANSWERABLE_PUBLIC_URL", "https://"),
        ("ANSWERABLE_MAIL_FROM", "nobody"),
        ("ANSWERABLE_ADMIN_EMAIL", "nobody"),
    ] {
        let refusal = refused(&[(variable, value)]).await;
        assert!(refusal.starts_with(variable), "{variable}={value}: {refusal}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_not_safe_for_the_public_are_named_all_at_once() {
    let refusal = refused(&[
        ("ANSWERABLE_PUBLIC_URL", "http://consult.example.org"),
        ("ANSWERABLE_METRICS_TOKEN", "sesame"),
    ])
    .await;
    for named in ["PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "METRICS_TOKEN", "ADMIN_EMAIL", "MODE=development"] {
        assert!(refusal.contains(named), "{named}: {refusal}");
    }
}
