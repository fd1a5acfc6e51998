//! What the database itself holds, and what became of records from before there was a chain.

use std::{fs, path::PathBuf};

use answerable::ledger::verify;
use diesel_async::SimpleAsyncConnection;

use super::{Log, RECORDS, connection};
use crate::support::postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_itself_refuses_changes() {
    let log = Log::kept().await;
    let erase =
        "salt = NULL, actor_id = NULL, statement = NULL, note = NULL, before = NULL, erased_at = now()";
    for attempt in [
        "UPDATE moderation_actions SET reason = 'SPAM'".to_owned(),
        "UPDATE moderation_actions SET hash = hash".to_owned(),
        "DELETE FROM moderation_actions WHERE seq = 9".to_owned(),
        "TRUNCATE moderation_actions CASCADE".to_owned(),
        "UPDATE ledger_heads SET seq = 7 WHERE seq = 9".to_owned(),
        "UPDATE ledger_heads SET seq = seq + 1".to_owned(),
        "UPDATE ledger_heads SET seq = seq + 2, previous_hash = hash".to_owned(),
        "UPDATE ledger_heads SET hash = sha256('another')".to_owned(),
        "DELETE FROM ledger_heads".to_owned(),
        "TRUNCATE ledger_heads".to_owned(),
        "UPDATE moderation_action_details SET statement = 'Another'".to_owned(),
        "UPDATE moderation_action_details SET salt = NULL".to_owned(),
        format!("UPDATE moderation_action_details SET {}", erase.replace(", erased_at = now()", "")),
        format!("UPDATE moderation_action_details SET {}", erase.replace("statement = NULL, ", "")),
        format!("UPDATE moderation_action_details SET {erase}, action_id = gen_random_uuid()"),
        "DELETE FROM moderation_action_details".to_owned(),
        "TRUNCATE moderation_action_details".to_owned(),
    ] {
        let mut conn = connection(&log.service.database_url).await;
        let error = conn.batch_execute(&attempt).await.expect_err(&attempt).to_string();
        let named = ["append-only", "only moves on", "erased whole or kept"];
        assert!(named.iter().any(|words| error.contains(words)), "{attempt}: {error}");
    }
    postgres::order(&log.service.database_url, &format!("UPDATE moderation_action_details SET {erase}"))
        .await;
    assert_eq!(
        log.service.count("FROM moderation_action_details WHERE erased_at IS NOT NULL").await,
        RECORDS + 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_from_before_there_was_a_chain_are_chained() {
    let url = postgres::bare_database().await;
    let mut conn = connection(&url).await;
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let chain = folders.iter().position(|folder| folder.ends_with("20261125000100_chain")).unwrap();
    let run = |folder: &PathBuf| fs::read_to_string(folder.join("up.sql")).unwrap();
    for folder in &folders[..chain] {
        conn.batch_execute(&run(folder)).await.unwrap();
    }
    let old = "
        INSERT INTO data_keys (id, class, wrapped, created_at)
            VALUES ('00000000-0000-7000-8000-00000000000d', 'ACCOUNT', '', now());
        INSERT INTO accounts (id, display_name, email_sealed, email_hash, created_at)
            VALUES ('00000000-0000-7000-8000-00000000000a', 'Somebody', uuid_send('00000000-0000-7000-8000-00000000000d'),
                'hash', now());
        INSERT INTO documents (id, slug, title, phase, moderation, created_at, updated_at)
            SELECT id::uuid, slug, slug, 'OPEN', 'PRE', now(), now() FROM (VALUES
                ('00000000-0000-7000-8000-000000000001', 'one'), ('00000000-0000-7000-8000-000000000002', 'two'),
                ('00000000-0000-7000-8000-000000000003', 'three')) AS d (id, slug);
        INSERT INTO moderation_actions (id, document_id, subject_kind, subject_id, actor_kind, actor_id, action, from_state,
            to_state, reason, statement, subject_version, created_at)
        SELECT ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
            ('00000000-0000-7000-8000-00000000000' || CASE WHEN n % 4 = 0 THEN 2 ELSE 1 END)::uuid,
            CASE WHEN n % 2 = 0 THEN 'COMMENT' ELSE 'SUBMISSION' END, gen_random_uuid(),
            CASE WHEN n % 3 = 0 THEN 'AUTHOR' ELSE 'MODERATOR' END,
            CASE WHEN n % 3 = 0 THEN NULL ELSE '00000000-0000-7000-8000-00000000000a'::uuid END,
            CASE WHEN n % 3 = 0 THEN 'WITHDRAW' ELSE 'REJECT' END, 'PENDING', 'REJECTED',
            CASE WHEN n % 3 = 0 THEN NULL ELSE 'OFF_TOPIC' END, CASE WHEN n % 3 = 0 THEN NULL ELSE 'Über die Brücke, №' || n END,
            n + 1, timestamptz '2026-11-24 08:00:00.000001Z' + n * interval '1.234567 seconds'
        FROM generate_series(1, 1201) AS n";
    conn.batch_execute(old).await.unwrap();
    for folder in &folders[chain..] {
        conn.batch_execute(&run(folder)).await.unwrap();
    }
    let mut found = Vec::new();
    for chain in verify::chains(&mut conn, None).await.unwrap() {
        let proof = verify::prove(&mut conn, &chain, None, &|_| {}).await.unwrap();
        assert_eq!(proof.fault, None, "{chain:?}");
        found.push((chain.slug.unwrap(), proof.records));
    }
    assert_eq!(found, [("one".into(), 901), ("two".into(), 300), ("three".into(), 0)]);
}
