//! Other keys while the service runs: the values stay what they are, the old keys go, and links go on working.

use answerable::{
    rekey::{self, Rotated},
    seal::{Keys, MasterKey, Masters, PresentedToken, TokenKind},
    vault,
};
use chrono::TimeDelta;
use data_encoding::BASE64;
use serde_json::json;

use crate::support::{TestService, contributions::text, postgres, service::config};

fn key(byte: u8) -> String {
    BASE64.encode(&[byte; 32])
}

fn masters(configured: u8, other: u8) -> Masters {
    let key = |byte| MasterKey::new(&[byte; 32]).unwrap();
    Masters { configured: key(configured), others: vec![key(other)] }
}

const HELD: &str =
    "query($token: String!) { receipt(token: $token) { text submission { author { displayName } } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_sealed_anew_and_the_old_keys_are_gone_in_the_end() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let reader = service.anybody();
    let mut receipts = Vec::new();
    for n in 0..230 {
        let made = reader.submits(document, &format!("Submission number {n}.")).await;
        receipts.push(text(&made["receipt"]["token"]));
    }
    let report = "mutation($input: ReportCommentInput!) { reportComment(input: $input) { errors { code } } }";
    let comment = reader.comment_id(&document.to_string(), "A word.").await;
    let input = json!({ "commentId": comment, "reason": "SPAM", "explanation": "Why.", "email": "critic@example.org" });
    reader.data(report, json!({ "input": input })).await;
    let moderator = service.moderator(document).await;

    let ordered = rekey::reseal(&service.ctx).await.unwrap();
    // Bodies, names and addresses of the submissions, one address of a comment and one of an account, two of the report.
    assert_eq!(ordered.total, 230 * 3 + 4);
    // What is sent meanwhile is sealed with the new keys.
    let meanwhile = text(&reader.submits(document, "Meanwhile.").await["receipt"]["token"]);
    service.work().await;
    let mut conn = service.ctx.db.get().await.unwrap();
    let found = rekey::latest(&mut conn).await.unwrap().unwrap();
    assert_eq!((found.done, found.finished_at), (ordered.total, None), "the old keys stay for ten minutes");
    let old: Vec<_> = vault::retired(&mut conn).await.unwrap().iter().map(|key| key.id).collect();
    assert_eq!((old.len(), vault::count_sealed(&mut conn, &old).await.unwrap()), (3, 0));
    service.clock.advance(TimeDelta::minutes(11));
    service.work().await;
    assert!(rekey::latest(&mut conn).await.unwrap().unwrap().finished_at.is_some());
    assert_eq!(service.count("FROM data_keys WHERE retired_at IS NOT NULL").await, 0);
    drop(conn);

    // Another process, which has never seen the old keys.
    let (url, data_dir) = service.stop().await;
    let service = TestService::on(url, data_dir, &["--no-worker"]).await;
    for (n, token) in receipts.iter().enumerate().step_by(60) {
        let held = service.anybody().data(HELD, json!({ "token": token })).await;
        assert_eq!(held["receipt"]["text"], format!("Submission number {n}."));
        assert_eq!(held["receipt"]["submission"]["author"]["displayName"], "A neighbour");
    }
    let held = service.anybody().data(HELD, json!({ "token": meanwhile })).await;
    assert_eq!(held["receipt"]["text"], "Meanwhile.");
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { author { contact { email } } reports { nodes { explanation } } } } }";
    drop(moderator);
    let seen = service.moderator(document).await.data(query, json!({ "id": comment })).await;
    assert_eq!(seen["node"]["author"]["contact"]["email"], "reader@example.org");
    assert_eq!(seen["node"]["reports"]["nodes"][0]["explanation"], "Why.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_sealed_with_the_old_keys_seals_anew_with_others() {
    let service = TestService::with(&[]).await;
    let document = service.bridges_after().await;
    service.anybody().submits(document, "What the old keys sealed.").await;
    service.settled().await;
    // As the command line does it: the process at work is not told.
    let elsewhere = TestService::beside(&service, &["--no-worker"]).await;
    rekey::reseal(&elsewhere.ctx).await.unwrap();
    service.settled().await;
    let mut conn = service.ctx.db.get().await.unwrap();
    let old: Vec<_> = vault::retired(&mut conn).await.unwrap().iter().map(|key| key.id).collect();
    assert_eq!(vault::count_sealed(&mut conn, &old).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_no_key_of_the_database_sealed_is_refused() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.anybody().submits(document, "A word.").await;
    for (statement, why) in [
        (
            "UPDATE submissions SET body_sealed = sha256('in clear') || sha256('in clear')",
            "submissions_body_key_fkey",
        ),
        ("DELETE FROM data_keys", "data_keys"),
    ] {
        let target = answerable::db::Target::parse(&service.database_url, None).unwrap();
        let mut conn = target.dial(None).await.unwrap();
        let refused =
            diesel_async::SimpleAsyncConnection::batch_execute(&mut conn, statement).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_master_key_leaves_links_and_hashes_as_they_were() {
    let url = postgres::fresh_database().await;
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let first = key(1);
    let service = TestService::on(url, folder, &["--no-worker", "--master-key", &first]).await;
    let (url, folder) = service.stop().await;
    // As an installation was that is older than roots.
    postgres::order(&url, "UPDATE installation SET root_sealed = NULL").await;
    let old = Keys::new(&[1; 32]).unwrap();
    let service = TestService::on(url, folder, &["--no-worker", "--master-key", &first]).await;
    assert_eq!(service.count("FROM installation WHERE root_sealed IS NOT NULL").await, 1);
    let document = service.bridges().await;
    let made = service.anybody().submits(document, "Before.").await;
    let token = text(&made["receipt"]["token"]);
    let presented = PresentedToken::parse(&token).unwrap();
    assert!(old.is_genuine(TokenKind::Receipt, &presented, 0), "the links of before go on working");

    let both = masters(2, 1);
    assert!(matches!(
        rekey::rotate(&service.ctx, &masters(3, 4), &masters(3, 4).configured).await.unwrap(),
        Rotated::Unknown
    ));
    let rotated = rekey::rotate(&service.ctx, &both, &both.configured).await.unwrap();
    let Rotated::Now(wrapped) = rotated else { panic!("it comes into force") };
    assert_eq!(wrapped, 2);
    assert!(matches!(rekey::rotate(&service.ctx, &both, &both.configured).await.unwrap(), Rotated::Before));
    // This process was not given the new key: it goes on with what it has opened, and makes no key.
    let held = service.anybody().data(HELD, json!({ "token": token })).await;
    assert_eq!(held["receipt"]["text"], "Before.");
    let other = service.import(&crate::support::documents::BRIDGES.replace("bridges", "other")).await;
    let code = service
        .anybody()
        .error(
            crate::support::contributions::SUBMISSION,
            crate::support::contributions::submission(other, "Mixed."),
        )
        .await;
    assert_eq!(code, "INTERNAL");
    assert_eq!(service.count("FROM data_keys").await, 2);

    let (url, folder) = service.stop().await;
    let refused = config(&url, folder.path(), &["--no-worker", "--master-key", &first]);
    let refused = answerable::app::Service::start(refused, answerable::clock::Clock::system(), &|_| {})
        .await
        .err()
        .unwrap();
    assert!(refused.to_string().contains("is not the one this database is sealed with"), "{refused}");
    let second = key(2);
    let service = TestService::on(url, folder, &["--no-worker", "--master-key", &second]).await;
    let held = service.anybody().data(HELD, json!({ "token": token })).await;
    assert_eq!(held["receipt"]["text"], "Before.");
    service.anybody().submits(other, "After.").await;
    let same = "FROM contributors a JOIN contributors b ON a.email_hash = b.email_hash AND a.document_id = b.document_id WHERE a.id <> b.id";
    service.anybody().submits(document, "After.").await;
    assert_eq!(service.count(same).await, 2, "the same address has the same hash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_senders_from_before_they_were_sealed_are_sealed_by_a_job() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let made = service.anybody().submits(document, "A word.").await;
    service.anybody().comments(&document.to_string(), "Another.").await;
    // As they were kept before, and as the migration finds them.
    let before = "UPDATE contributors SET display_name = 'A neighbour', name_sealed = NULL WHERE name_sealed IS NOT NULL";
    postgres::order(&service.database_url, before).await;
    let migration = include_str!("../../migrations/20261126130000_keys/up.sql");
    let job = &migration[migration.find("INSERT INTO jobs").unwrap()..];
    postgres::order(&service.database_url, &job.replace("now()", "'2027-03-01T08:00:00Z'")).await;
    service.work().await;
    assert_eq!(service.count("FROM contributors WHERE display_name = 'A neighbour'").await, 0);
    assert_eq!(
        service.count("FROM contributors WHERE display_name = 'A reader' AND name_sealed IS NULL").await,
        1
    );
    let held = service.anybody().data(HELD, json!({ "token": made["receipt"]["token"] })).await;
    assert_eq!(held["receipt"]["submission"]["author"]["displayName"], "A neighbour");
}
