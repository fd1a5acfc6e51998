//! The chain of the ledger: whoever tampers with the tables as their owner is found out, and nobody else can.

mod checkpoints;
mod kept;

use answerable::{
    db::Target,
    identity::Role,
    ids::DocumentId,
    ledger::{
        checkpoint::{self, Checkpoint, PublicKey},
        verify::{self, Chain, Known, Proof},
    },
};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::json;

use crate::support::{
    TestService,
    contributions::{HANDLE, MODERATE, ruling, text},
    documents::BRIDGES,
    postgres,
};

/// What an owner of the tables can do before changing what he likes.
const UNGUARDED: &str = "BEGIN;
    ALTER TABLE moderation_actions DISABLE TRIGGER USER, DROP CONSTRAINT moderation_actions_document_id_fkey;
    ALTER TABLE ledger_heads DISABLE TRIGGER USER, DROP CONSTRAINT ledger_heads_document_id_fkey;
    ALTER TABLE moderation_action_details DISABLE TRIGGER USER,
        DROP CONSTRAINT moderation_action_details_action_id_fkey,
        DROP CONSTRAINT moderation_action_details_actor_id_fkey;";

const RECORDS: i64 = 9;

/// A service with nine records on one document and one on another.
struct Log {
    service: TestService,
    document: DocumentId,
    other: DocumentId,
    conn: AsyncPgConnection,
}

impl Log {
    async fn kept() -> Self {
        let service = TestService::start().await;
        let document = service.bridges().await;
        service.rule(document, 3).await;
        let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
        let reader = service.anybody();
        let moderator = service.signed_in("Moderator", Role::Moderator, None).await;
        let comment = reader.comment_id(&document.to_string(), "A word.").await;
        for (version, decision) in
            [(1, "REJECT"), (2, "RESTORE"), (3, "APPROVE"), (4, "HIDE"), (5, "RESTORE")]
        {
            let mut input = ruling(&comment, version, decision);
            if decision == "HIDE" {
                input["input"]["rule"] = json!(3);
            }
            moderator.data(MODERATE, input).await;
        }
        let note = "mutation($id: ID!) { addNote(input: { id: $id, note: \"To be watched.\" }) { errors { code } } }";
        moderator.data(note, json!({ "id": comment })).await;
        let submission = text(&reader.submits(document, "In private.").await["submission"]["id"]);
        moderator.data(HANDLE, ruling(&submission, 1, "ACKNOWLEDGE")).await;
        moderator.data(HANDLE, ruling(&submission, 2, "SET_ASIDE")).await;
        let second = reader.comment_id(&document.to_string(), "Another word.").await;
        moderator.decides(&second, 1, "APPROVE").await;
        let elsewhere = reader.comment_id(&other.to_string(), "Elsewhere.").await;
        moderator.decides(&elsewhere, 1, "APPROVE").await;
        let conn = connection(&service.database_url).await;
        let mut log = Self { service, document, other, conn };
        let proof = log.proof(None).await;
        assert_eq!((proof.records, proof.fault), (RECORDS, None));
        log
    }

    async fn proof(&mut self, checkpoint: Option<&Checkpoint>) -> Proof {
        let chain = Chain { document: self.document, slug: Some("bridges".into()) };
        let known = checkpoint.and_then(|checkpoint| Known::of(checkpoint, self.document));
        verify::walk(&mut self.conn, &chain, known, &|_| {}).await.unwrap()
    }

    /// The record that is found to be broken when this was done, by its number and id, and why.
    async fn found(
        &mut self,
        tampering: &str,
        checkpoint: Option<&Checkpoint>,
    ) -> Option<(i64, bool, String)> {
        let mine = tampering.replace("@document@", &format!("document_id = '{}'", self.document.0));
        self.conn.batch_execute(&format!("{UNGUARDED} {mine}")).await.unwrap();
        let proof = self.proof(checkpoint).await;
        self.conn.batch_execute("ROLLBACK").await.unwrap();
        proof.fault.map(|fault| (fault.seq, fault.record.is_some(), fault.what))
    }

    async fn checkpoint(&self) -> Checkpoint {
        let (made, signed) = checkpoint::make(&self.service.ctx).await.unwrap();
        let read = self.read(&signed).await.unwrap();
        assert_eq!(read, made);
        read
    }

    async fn read(&self, signed: &str) -> answerable::error::Result<Checkpoint> {
        let key = PublicKey::new(&self.service.ctx.loaded_keys.signing_public);
        let mut conn = connection(&self.service.database_url).await;
        let installation = checkpoint::of_installation(&mut conn).await.unwrap();
        checkpoint::read(signed, &key, installation, self.service.clock.now())
    }
}

async fn connection(url: &str) -> AsyncPgConnection {
    Target::parse(url, None).unwrap().dial(None).await.unwrap()
}

async fn columns(conn: &mut AsyncPgConnection, table: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let found: Vec<Name> = diesel::sql_query(
        "SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = $1 ORDER BY 1",
    )
    .bind::<diesel::sql_types::Text, _>(table)
    .load(conn)
    .await
    .unwrap();
    found.into_iter().map(|row| row.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_was_changed_is_named_whichever_column_it_is() {
    let mut log = Log::kept().await;
    let elsewhere = format!("'{}'", log.other.0);
    let changes = [
        ("action", "'APPROVED'"),
        ("actor_kind", "'RULE'"),
        ("batch_id", "gen_random_uuid()"),
        ("commitment", "sha256('another')"),
        ("created_at", "created_at + interval '1 microsecond'"),
        ("detected", "NOT detected"),
        ("document_id", elsewhere.as_str()),
        ("from_state", "'ANOTHER'"),
        ("hash", "sha256('another')"),
        ("id", "gen_random_uuid()"),
        ("previous_hash", "sha256('another')"),
        ("reason", "'SPAM'"),
        ("rule_cited", "4"),
        ("seq", "1000"),
        ("subject_id", "gen_random_uuid()"),
        ("subject_kind", "'SUBMISSION'"),
        ("subject_version", "subject_version + 1"),
        ("to_state", "'ANOTHER'"),
    ];
    let names: Vec<_> = changes.iter().map(|(column, _)| *column).collect();
    assert_eq!(
        columns(&mut log.conn, "moderation_actions").await,
        names,
        "a new column is in the hash, or not"
    );
    for seq in [1, 5, RECORDS] {
        for (column, value) in
            changes.into_iter().chain([("created_at", "'infinity'"), ("reason", "'ANYTHING'")])
        {
            let change =
                format!("UPDATE moderation_actions SET {column} = {value} WHERE @document@ AND seq = {seq}");
            // A record of the same number is at the other document.
            if column == "document_id" && seq == 1 {
                continue;
            }
            let (found, is_there, what) =
                log.found(&change, None).await.unwrap_or_else(|| panic!("{change}"));
            assert_eq!(found, seq, "{column}: {what}");
            assert_eq!(is_there, !["seq", "document_id"].contains(&column), "{column}: {what}");
        }
    }
    // A record that was pushed over to another document breaks the log there.
    let push = format!(
        "{UNGUARDED} UPDATE moderation_actions SET document_id = '{}' WHERE document_id = '{}' AND seq = 5",
        log.other.0, log.document.0
    );
    log.conn.batch_execute(&push).await.unwrap();
    let other = Chain { document: log.other, slug: Some("other".into()) };
    let proof = verify::walk(&mut log.conn, &other, None, &|_| {}).await.unwrap();
    assert_eq!((proof.records, proof.fault.map(|fault| fault.seq)), (1, Some(2)));
    log.conn.batch_execute("ROLLBACK").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_name_somebody_is_erased_or_as_it_was() {
    let mut log = Log::kept().await;
    let of = |seq: i64| {
        format!("WHERE action_id = (SELECT id FROM moderation_actions WHERE @document@ AND seq = {seq})")
    };
    let changes = [
        ("action_id", "gen_random_uuid()"),
        ("actor_id", "gen_random_uuid()"),
        ("erased_at", "now()"),
        ("note", "'Another note'"),
        ("salt", "sha256('another')"),
        ("statement", "'Another statement'"),
    ];
    let names: Vec<_> = changes.iter().map(|(column, _)| *column).collect();
    let mut there = columns(&mut log.conn, "moderation_action_details").await;
    there.retain(|column| column != "before");
    assert_eq!(there, names, "what is not proved is what serves to undo, and nothing else");
    for (column, value) in changes.into_iter().chain([("salt", "NULL"), ("statement", "NULL")]) {
        let change = format!("UPDATE moderation_action_details SET {column} = {value} {}", of(4));
        let (found, is_there, what) = log.found(&change, None).await.unwrap_or_else(|| panic!("{change}"));
        assert_eq!((found, is_there), (4, true), "{column}: {what}");
    }
    let erase = "UPDATE moderation_action_details SET salt = NULL, actor_id = NULL, statement = NULL, note = NULL, before = NULL";
    let (found, _, what) = log.found(&format!("{erase} {}", of(6)), None).await.unwrap();
    assert!(found == 6 && what.contains("not marked as erased"), "{what}");
    let (found, _, what) =
        log.found(&format!("DELETE FROM moderation_action_details {}", of(6)), None).await.unwrap();
    assert!(found == 6 && what.contains("was not erased as it should be"), "{what}");

    // As it should be, which the database permits: the log holds, and so does a checkpoint from before.
    let checkpoint = log.checkpoint().await;
    let properly = format!("{erase}, erased_at = now() {}", of(4));
    let properly = properly.replace("@document@", &format!("document_id = '{}'", log.document.0));
    postgres::order(&log.service.database_url, &properly).await;
    let proof = log.proof(Some(&checkpoint)).await;
    assert_eq!((proof.records, proof.fault), (RECORDS, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_taken_out_put_in_or_exchanged_is_found() {
    let mut log = Log::kept().await;
    let took = "DELETE FROM moderation_actions WHERE @document@ AND seq = 5";
    let (found, is_there, what) = log.found(took, None).await.unwrap();
    assert!(
        (found, is_there) == (5, false) && what.contains("the next one that is there is number 6"),
        "{what}"
    );
    let closed = format!("{took}; UPDATE moderation_actions SET seq = seq - 1 WHERE @document@ AND seq > 5");
    assert_eq!(log.found(&closed, None).await.map(|(found, ..)| found), Some(5));

    let exchanged = "UPDATE moderation_actions SET seq = -4 WHERE @document@ AND seq = 4;
        UPDATE moderation_actions SET seq = 4 WHERE @document@ AND seq = 5;
        UPDATE moderation_actions SET seq = 5 WHERE @document@ AND seq = -4";
    assert_eq!(log.found(exchanged, None).await.map(|(found, ..)| found), Some(4));

    let put_in = "INSERT INTO moderation_actions SELECT (r).* FROM (SELECT jsonb_populate_record(m,
        jsonb_build_object('id', gen_random_uuid(), 'seq', m.seq + 1, 'previous_hash', m.hash)) AS r
        FROM moderation_actions m WHERE @document@ AND seq = 9) AS made";
    assert_eq!(log.found(put_in, None).await.map(|(found, ..)| found), Some(10));
    let before_the_first = put_in.replace("m.seq + 1", "0");
    assert_eq!(log.found(&before_the_first, None).await.map(|(found, ..)| found), Some(0));

    let cut = "DELETE FROM moderation_actions WHERE @document@ AND seq > 7";
    let (found, is_there, what) = log.found(cut, None).await.unwrap();
    assert!((found, is_there) == (8, false) && what.contains("has 9 records, and there are 7"), "{what}");
    for (head, expected, why) in [
        ("UPDATE ledger_heads SET seq = 8 WHERE @document@", 9, "after the end of the log"),
        ("UPDATE ledger_heads SET hash = sha256('another') WHERE @document@", 9, "head of the log is not"),
        ("UPDATE ledger_heads SET previous_hash = hash WHERE @document@", 9, "head of the log is not"),
        ("DELETE FROM ledger_heads WHERE @document@", 9, "is gone"),
    ] {
        let (found, is_there, what) = log.found(head, None).await.unwrap_or_else(|| panic!("{head}"));
        assert!((found, is_there) == (expected, true) && what.contains(why), "{head}: {what}");
    }
}
