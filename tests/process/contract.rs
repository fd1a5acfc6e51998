//! The commands that other programs rely on.

use std::{net::TcpListener, path::Path};

use crate::{
    installation::Installation,
    program::{Finished, answerable, run},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schema_is_the_one_that_is_committed() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let printed = run(answerable(&["schema"])).await.success();
    assert_eq!(printed, std::fs::read_to_string(committed).unwrap());
}

async fn health(address: &str) -> Finished {
    run(answerable(&["health", "--listen", address])).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_tells_a_ready_service_from_one_that_is_not() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    let address = service.base.strip_prefix("http://").unwrap().to_owned();
    assert_eq!(health(&address).await.success(), "ready\n");

    let database = installation.database().await;
    let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
    database.execute(later, &[]).await.unwrap();
    let not_ready = health(&address).await;
    let expected =
        format!("The service at {address} is not ready: the database is of another schema version.");
    assert_eq!(not_ready.refusal(), expected);

    database.execute("DELETE FROM __diesel_schema_migrations WHERE version > '2999'", &[]).await.unwrap();
    health(&address).await.success();
    service.stop().await.success();
    let absent = health(&address).await;
    assert!(absent.refusal().starts_with(&format!("The service at {address} cannot be reached: ")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_gives_up_on_a_service_that_hangs() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let hanging = health(&mute.local_addr().unwrap().to_string()).await;
    assert!(hanging.refusal().ends_with("does not answer within five seconds."), "{hanging:#?}");
}
