//! Checkpoints: what they show, and which of them are refused.

use answerable::{
    db::schema::{moderation_action_details, moderation_actions},
    identity::{Role, Viewer, actions},
    ids::DocumentId,
    ledger::{
        ModerationAction, chain,
        checkpoint::{self, PublicKey},
        verify::{self, Chain},
    },
    mail::EmailAddress,
};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::json;
use uuid::Uuid;

use super::{Log, RECORDS, UNGUARDED, connection};
use crate::support::TestService;

/// Cuts the end off and lets the head say that there never was more.
const CUT: &str = "DELETE FROM moderation_actions WHERE @document@ AND seq > 7;
    UPDATE ledger_heads h SET seq = a.seq, previous_hash = a.previous_hash, hash = a.hash
    FROM moderation_actions a WHERE a.document_id = h.document_id AND a.seq = 7 AND h.@document@";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_shows_what_nobody_inside_can_see() {
    let mut log = Log::kept().await;
    let checkpoint = log.checkpoint().await;
    assert_eq!(checkpoint.heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [RECORDS, 1]);

    assert_eq!(log.found(CUT, None).await, None, "from inside, it never was longer");
    let (found, is_there, what) = log.found(CUT, Some(&checkpoint)).await.unwrap();
    assert!((found, is_there) == (8, false) && what.contains("was cut off"), "{what}");

    let all = "DELETE FROM moderation_actions WHERE @document@; DELETE FROM ledger_heads WHERE @document@";
    assert_eq!(log.found(all, None).await, None);
    assert_eq!(log.found(all, Some(&checkpoint)).await.map(|(found, ..)| found), Some(1));

    // The whole log made anew, consistently, with another ground for one decision.
    log.conn.batch_execute(UNGUARDED).await.unwrap();
    let another = format!(
        "UPDATE moderation_actions SET reason = 'SPAM' WHERE document_id = '{}' AND seq = 4",
        log.document.0
    );
    log.conn.batch_execute(&another).await.unwrap();
    make_anew(&mut log.conn, log.document).await;
    let proof = log.proof(None).await;
    assert_eq!((proof.records, proof.fault), (RECORDS, None), "from inside, it always was so");
    let fault = log.proof(Some(&checkpoint)).await.fault.unwrap();
    assert!(fault.seq == RECORDS && fault.record.is_some() && fault.what.contains("made anew"), "{fault:?}");
    log.conn.batch_execute("ROLLBACK").await.unwrap();

    // A log that has only grown goes on from it.
    let comment = log.service.anybody().comment_id(&log.document.to_string(), "A third word.").await;
    let second = log.service.signed_in("Second", Role::Moderator, None).await;
    second.decides(&comment, 1, "APPROVE").await;
    let proof = log.proof(Some(&checkpoint)).await;
    assert_eq!((proof.records, proof.fault), (RECORDS + 1, None));

    // What only the records still know is proved as well.
    let lost = Uuid::from_u128(7);
    let moved = format!(
        "{UNGUARDED} UPDATE moderation_actions SET document_id = '{lost}' WHERE document_id = '{0}';
         UPDATE ledger_heads SET document_id = '{lost}' WHERE document_id = '{0}'",
        log.document.0
    );
    log.conn.batch_execute(&moved).await.unwrap();
    let chains = verify::chains(&mut log.conn, None).await.unwrap();
    let lost = Chain { document: DocumentId(lost), slug: None };
    assert_eq!(chains.len(), 3, "{chains:?}");
    assert!(chains.contains(&lost));
    let proof = verify::walk(&mut log.conn, &lost, None, &|_| {}).await.unwrap();
    assert_eq!(proof.fault.unwrap().seq, 1);
    log.conn.batch_execute("ROLLBACK").await.unwrap();
}

/// Computes every hash of a document anew, as the service itself would have.
async fn make_anew(conn: &mut AsyncPgConnection, document: DocumentId) {
    let actions: Vec<ModerationAction> = moderation_actions::table
        .left_join(
            moderation_action_details::table
                .on(moderation_action_details::action_id.eq(moderation_actions::id)),
        )
        .filter(moderation_actions::document_id.eq(document))
        .order(moderation_actions::seq)
        .select(ModerationAction::as_select())
        .load(conn)
        .await
        .unwrap();
    let mut previous = chain::genesis(document);
    for action in &actions {
        let hash = chain::link(&previous, action.seq, &chain::body(&action.into()));
        for sql in [
            "UPDATE moderation_actions SET previous_hash = $1, hash = $2 WHERE document_id = $3 AND seq = $4",
            "UPDATE ledger_heads SET previous_hash = $1, hash = $2 WHERE document_id = $3 AND seq = $4",
        ] {
            diesel::sql_query(sql)
                .bind::<diesel::sql_types::Binary, _>(&previous)
                .bind::<diesel::sql_types::Binary, _>(&hash)
                .bind::<diesel::sql_types::Uuid, _>(document.0)
                .bind::<diesel::sql_types::BigInt, _>(action.seq)
                .execute(conn)
                .await
                .unwrap();
        }
        previous = hash;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_that_is_not_to_be_trusted_is_refused() {
    let log = Log::kept().await;
    let (_, signed) = checkpoint::make(&log.service.ctx).await.unwrap();
    let why = async |text: &str| log.read(text).await.unwrap_err().to_string();
    let parts: Vec<&str> = signed.split('.').collect();
    assert_eq!(parts.len(), 3);
    let payload = data_encoding::BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap();
    let payload = String::from_utf8(payload).unwrap();
    assert!(payload.contains("\"seq\":9"), "{payload}");
    let altered = data_encoding::BASE64URL_NOPAD.encode(payload.replace("\"seq\":9", "\"seq\":7").as_bytes());
    assert!(why(&[parts[0], &altered, parts[2]].join(".")).await.contains("was altered"));
    for nonsense in ["", "x.y.z", parts[1], &parts[..2].join(".")] {
        assert!(
            why(nonsense).await.contains("no checkpoint") || why(nonsense).await.contains("altered"),
            "{nonsense}"
        );
    }

    // Signed by the same key, and something else.
    let email = EmailAddress::parse("moderator@example.org").unwrap();
    let account = actions::by_email(&log.service.ctx, &email).await.unwrap().unwrap().id;
    let link = actions::make_link(&log.service.ctx, account, TimeDelta::hours(1)).await.unwrap();
    let url = actions::sign_in_url(&log.service.ctx, link, 0);
    let session =
        actions::sign_in(&log.service.ctx, &Viewer::anonymous(), url.split_once("token=").unwrap().1, None)
            .await
            .unwrap();
    assert!(why(&session.access_token).await.contains("no checkpoint"));
    let bearer = log.service.anybody().with_token(&signed);
    assert_eq!(bearer.error("{ viewer { id } }", json!({})).await, "UNAUTHENTICATED");

    // Another installation: another key, or the same key and another name.
    let other = TestService::start().await;
    let (_, foreign) = checkpoint::make(&other.ctx).await.unwrap();
    assert!(why(&foreign).await.contains("signed with another key"));
    let key = PublicKey::new(&other.ctx.loaded_keys.signing_public);
    assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap(), key);
    assert!(PublicKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n").is_err());
    let mut conn = connection(&log.service.database_url).await;
    let installation = checkpoint::of_installation(&mut conn).await.unwrap();
    let now = log.service.clock.now();
    let read = |text: &str, at| checkpoint::read(text, &key, installation, at).unwrap_err().to_string();
    assert!(read(&foreign, now).contains("is of another installation"));
    let mut conn = connection(&other.database_url).await;
    let own = checkpoint::of_installation(&mut conn).await.unwrap();
    checkpoint::read(&foreign, &key, own, now).unwrap();
    let early = checkpoint::read(&foreign, &key, own, now - TimeDelta::hours(1)).unwrap_err();
    assert!(early.to_string().contains("still to come"), "{early}");
}
