//! Files of submissions: sent by anybody, had by the moderators of the document alone, and sealed wherever they lie.

use std::path::Path;

use answerable::{identity::Role, rekey};
use chrono::TimeDelta;
use futures_util::stream;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{SUBMISSION, submission, text},
    documents::BRIDGES,
    files::{ANNOUNCE, Upload, announcement},
};

mod pictures;
mod room;
mod scanned;

/// What must be found nowhere but at a moderator's.
const SECRET: &str = "The envelope lay under the third bench.";

const SEEN: &str = "query($id: ID!) { node(id: $id) { ... on Submission {
  attachments { id name mediaType bytes url createdAt }
} } }";

const HELD: &str = "query($token: String!) { receipt(token: $token) { submission {
  attachments { id name mediaType bytes url }
} } }";

/// The files that lie anywhere under a folder.
fn files_in(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path));
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
    found
}

impl TestService {
    fn files(&self) -> Vec<Vec<u8>> {
        files_in(&self.data_dir.path().join("files"))
    }
}

async fn refused(actor: &Actor, document: answerable::ids::DocumentId, files: &[&str]) -> Value {
    let mut input = submission(document, "With files.");
    input["input"]["attachments"] = json!(files);
    let data = actor.data(SUBMISSION, input).await;
    assert_eq!(data["makeSubmission"]["submission"], Value::Null, "{data:#}");
    data["makeSubmission"]["errors"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_reaches_the_moderators_and_nobody_else() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let reader = service.anybody();
    // More than one part of the store, and no multiple of anything.
    let content = SECRET.repeat(200_000).into_bytes();
    let upload = reader.announces(document, "C:\\Users\\me\\Zürich “notes”.txt", content.len()).await;
    let (status, kept) = reader.sends(&upload, content.clone()).await;
    assert_eq!((status, &kept["bytes"]), (200, &json!(content.len())), "{kept:#}");
    let sent = reader.submits_with(document, "See the file.", &[&upload]).await;
    let id = text(&sent["submission"]["id"]);

    let held = reader.data(HELD, json!({ "token": sent["receipt"]["token"] })).await;
    let held = &held["receipt"]["submission"]["attachments"];
    assert_eq!(held[0]["name"], "Zürich “notes”.txt", "without the folders it lay in");
    assert_eq!(held[0]["mediaType"], "text/plain; charset=utf-8");
    assert_eq!((&held[0]["url"], &held[0]["id"]), (&Value::Null, &json!(upload.id)));

    let moderator = service.moderator(document).await;
    let before = service.count("FROM access_records").await;
    let seen = moderator.data(SEEN, json!({ "id": id })).await;
    let url = text(&seen["node"]["attachments"][0]["url"]);
    assert_eq!(
        service.count("FROM access_records").await,
        before + 1,
        "their names are confidential as well"
    );
    service.clock.advance(TimeDelta::minutes(11));
    let moderator = service.moderator(document).await;
    let file = moderator.get(&url).send().await.unwrap();
    assert_eq!(service.count("FROM access_records").await, before + 2, "and so is what is in them");
    let header = |name: &str| file.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        header("content-disposition"),
        "attachment; filename=\"Z_rich _notes_.txt\"; filename*=UTF-8''Z%C3%BCrich%20%E2%80%9Cnotes%E2%80%9D.txt"
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(header("cache-control"), "private, no-store");
    assert_eq!(header("content-length"), content.len().to_string());
    assert!(file.bytes().await.unwrap() == content);

    assert_eq!(reader.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(reader.with_token(&upload.token).get(&url).send().await.unwrap().status(), 401);
    let elsewhere = service.signed_in("Elsewhere", Role::Moderator, Some(other)).await;
    let editor = service.signed_in("Editor", Role::Editor, Some(document)).await;
    let administrator = service.administrator().await;
    let absent = url.replace(&upload.id, "attachment_01h455vb4pex5vsknk084sn02q");
    for stranger in [elsewhere, editor, administrator] {
        let (theirs, nobodys) =
            (stranger.get(&url).send().await.unwrap(), stranger.get(&absent).send().await.unwrap());
        assert_eq!((theirs.status(), nobodys.status()), (404.try_into().unwrap(), 404.try_into().unwrap()));
        assert_eq!(theirs.text().await.unwrap(), nobodys.text().await.unwrap());
    }
    // What is part of no submission is nobody's to read yet.
    let waiting = reader.sends_file(document, "waiting.txt", b"Not sent with anything yet.").await;
    let waiting = format!("/attachments/{}", waiting.id);
    assert_eq!(moderator.get(&waiting).send().await.unwrap().status(), 404);
    assert_eq!(service.count("FROM access_records").await, before + 2, "who gets nothing has read nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_file_can_be_read_where_it_lies() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let upload =
        service.anybody().sends_file(document, "third bench.txt", SECRET.repeat(5_000).as_bytes()).await;
    service.anybody().submits_with(document, "A file.", &[&upload]).await;
    let files = service.files();
    assert_eq!(files.len(), 1);
    assert!(!files[0].windows(8).any(|window| window == b"envelope"));
    for name in ["attachments", "jobs", "events"] {
        let found =
            format!("FROM {name} t WHERE t::text ILIKE '%bench%' OR t::text ILIKE '%{}%'", hex("bench"));
        assert_eq!(service.count(&found).await, 0, "{name}");
    }
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(text.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_put_right_is_said_before_anything_is_sent() {
    let service =
        TestService::with(&["--no-worker", "--max-attachment-mib", "1", "--max-attachments", "2"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    for (name, bytes, code) in [
        (" ", 1, "BLANK"),
        ("folder/", 1, "BLANK"),
        (&"x".repeat(201), 1, "TOO_LONG"),
        ("a\u{202e}fdp.exe", 1, "INVALID_TEXT"),
        ("a.pdf", 0, "OUT_OF_RANGE"),
        ("a.pdf", 1024 * 1024 + 1, "OUT_OF_RANGE"),
    ] {
        assert_eq!(reader.refusals(ANNOUNCE, announcement(document, name, bytes)).await, [code], "{name}");
    }
    let query =
        "{ document(slug: \"bridges\") { policies { maxAttachments maxAttachmentBytes attachmentTypes } } }";
    let told = reader.data(query, json!({})).await["document"]["policies"].clone();
    assert_eq!((&told["maxAttachments"], &told["maxAttachmentBytes"]), (&json!(2), &json!(1024 * 1024)));
    assert!(told["attachmentTypes"].as_array().unwrap().contains(&json!("application/pdf")));

    let waits = reader.announces(document, "a.txt", 5).await;
    let errors = refused(&reader, document, &[&waits.token]).await;
    assert_eq!(
        (&errors[0]["code"], &errors[0]["path"]),
        (&json!("INVALID_TRANSITION"), &json!(["attachments", "0"]))
    );
    let one = reader.sends_file(document, "a.txt", b"One.").await;
    let errors = refused(&reader, document, &[&one.token, "nonsense", &one.token]).await;
    assert_eq!(errors[0]["code"], "OUT_OF_RANGE");
    let errors = refused(&reader, document, &[&one.token, &one.token]).await;
    assert_eq!((&errors[0]["code"], errors.as_array().unwrap().len()), (&json!("INVALID_TOKEN"), 1));
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    assert_eq!(refused(&reader, other, &[&one.token]).await[0]["code"], "INVALID_TOKEN");
    reader.submits_with(document, "Once.", &[&one]).await;
    assert_eq!(
        refused(&reader, document, &[&one.token]).await[0]["code"],
        "INVALID_TOKEN",
        "it has its place"
    );
    assert_eq!(reader.sends(&one, "Two.").await.0, 409);
    let late = reader.sends_file(document, "late.txt", b"Late.").await;
    service.clock.advance(TimeDelta::hours(25));
    assert_eq!(refused(&reader, document, &[&late.token]).await[0]["code"], "INVALID_TOKEN");
    assert_eq!(reader.sends(&late, "Late.").await.0, 404);
    assert_eq!(service.count("FROM submissions").await, 1);
    service.import(&BRIDGES.replace("phase: open", "phase: closed")).await;
    assert_eq!(reader.refusals(ANNOUNCE, announcement(document, "a.txt", 1)).await, ["DOCUMENT_CLOSED"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_is_said_and_leaves_nothing() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.pdf", 2_000_000).await;
    let wrong = Upload { token: "A".repeat(48), ..reader.announces(document, "b.pdf", 10).await };
    let crossed = Upload { token: upload.token.clone(), ..reader.announces(document, "c.pdf", 10).await };
    assert_eq!(reader.sends(&wrong, "x").await.0, 404);
    assert_eq!(reader.sends(&crossed, "x").await.0, 404, "a ticket is for one file");
    assert_eq!(reader.put(&upload.url, "").body("x").send().await.unwrap().status(), 404);
    let receipt = reader.submits(document, "Text.").await;
    let other =
        Upload { token: text(&receipt["receipt"]["token"]), ..reader.announces(document, "d.pdf", 10).await };
    assert_eq!(reader.sends(&other, "x").await.0, 404, "nor is any other secret one");

    let (status, answer) = reader.sends(&upload, vec![b'a'; 2_000_001]).await;
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (413, &json!("BAD_REQUEST")));
    // Without a length that is told beforehand it shows on the way.
    let endless = stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 64 * 1024])));
    assert_eq!(reader.sends(&upload, reqwest::Body::wrap_stream(endless)).await.0, 413);
    for (content, says) in [
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff".to_vec(), "Programs"),
        (b"<html><script>alert(1)</script>".to_vec(), "Web pages"),
        (b"PK\x03\x04 nothing of an archive".to_vec(), ""),
        ([SECRET.as_bytes(), b"\0\xff", SECRET.repeat(4_000).as_bytes()].concat(), ""),
        ([SECRET.repeat(4_000).as_bytes(), b"\0\xff"].concat(), "plain text"),
        (b"%PDF-1.7 and never an end".to_vec(), "damaged"),
        (Vec::new(), "empty"),
    ] {
        let (status, answer) = reader.sends(&upload, content).await;
        let message = text(&answer["errors"][0]["message"]);
        assert_eq!(status, 415, "{answer:#}");
        assert!(message.contains(says) && !message.contains("envelope"), "{message}");
    }
    // A type that is claimed makes it no other.
    let claimed = reader.put(&upload.url, &upload.token).header("content-type", "image/png");
    assert_eq!(claimed.body("<svg onload=alert(1)>").send().await.unwrap().status(), 415);
    assert_eq!(service.files().len(), 0);
    assert_eq!(service.count("FROM attachments WHERE object IS NOT NULL").await, 0);
    // And the same ticket is still good.
    let (status, answer) = reader.sends(&upload, b"%PDF-1.7\nOne page.\n%%EOF\n".to_vec()).await;
    assert_eq!((status, &answer["mediaType"]), (200, &json!("application/pdf")));
    for method in [reqwest::Method::POST, reqwest::Method::DELETE] {
        let answer = reqwest::Client::new().request(method, &upload.url).send().await.unwrap();
        assert_eq!(answer.status(), 405);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_broke_off_is_sent_again_and_what_is_sent_again_counts() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.announces(document, "a.txt", 8_000_000).await;
    // The client is gone in the middle of a part of the store.
    let half = stream::iter((0..200).map(|at| {
        if at < 110 { Ok(SECRET.repeat(1_700).into_bytes()) } else { Err(std::io::Error::other("gone")) }
    }));
    let broken = reader.put(&upload.url, &upload.token).body(reqwest::Body::wrap_stream(half)).send().await;
    assert!(broken.is_err());
    assert_eq!(service.count("FROM attachments WHERE object IS NOT NULL").await, 0);
    assert_eq!(reader.sends(&upload, "The first.").await.0, 200);
    assert_eq!(reader.sends(&upload, "The second.").await.0, 200);
    let sent = reader.submits_with(document, "A file.", &[&upload]).await;
    // What took no place, and what was begun, is thrown away in its time.
    service.clock.advance(TimeDelta::hours(7));
    service.work().await;
    assert_eq!(service.files().len(), 1);
    let moderator = service.moderator(document).await;
    let seen = moderator.data(SEEN, json!({ "id": sent["submission"]["id"] })).await;
    let url = text(&seen["node"]["attachments"][0]["url"]);
    assert_eq!(moderator.get(&url).send().await.unwrap().text().await.unwrap(), "The second.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_part_of_nothing_is_thrown_away_after_a_day() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    reader.announces(document, "never sent.txt", 10).await;
    reader.sends_file(document, "never named.txt", b"Alone.").await;
    let kept = reader.sends_file(document, "named.txt", b"Kept.").await;
    reader.submits_with(document, "A file.", &[&kept]).await;
    service.clock.advance(TimeDelta::hours(23));
    service.work().await;
    assert_eq!((service.files().len(), service.count("FROM attachments").await), (2, 3));
    service.clock.advance(TimeDelta::hours(2));
    service.work().await;
    assert_eq!((service.files().len(), service.count("FROM attachments").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_with_the_submission_that_is_erased() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let upload = reader.sends_file(document, "a.txt", b"To be forgotten.").await;
    let sent = reader.submits_with(document, "A file.", &[&upload]).await;
    let token = &sent["receipt"]["token"];
    let export = "query($token: String!) { exportMyData(token: $token) }";
    let held = reader.data(export, json!({ "token": token })).await;
    assert_eq!(held["exportMyData"]["contributions"][0]["files"][0]["name"], "a.txt");
    let erase = "mutation($token: String!, $confirm: Boolean!) {
      eraseMyData(input: { token: $token, confirm: $confirm }) { erased preview { attachments } errors { code } }
    }";
    let told = reader.data(erase, json!({ "token": token, "confirm": false })).await;
    assert_eq!(told["eraseMyData"]["preview"]["attachments"], 1);
    assert_eq!(service.count("FROM attachments").await, 1);
    reader.data(erase, json!({ "token": token, "confirm": true })).await;
    assert_eq!(service.count("FROM attachments").await, 0, "its key is gone at once");
    let held = reader.data(HELD, json!({ "token": token })).await;
    assert_eq!(held["receipt"]["submission"]["attachments"], json!([]));
    service.work().await;
    assert_eq!(service.files().len(), 0);
    let moderator = service.moderator(document).await;
    let url = format!("/attachments/{}", upload.id);
    assert_eq!(moderator.get(&url).send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_with_the_submission_that_nobody_confirmed() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let set = "mutation($id: ID!) { setDocumentPolicies(input: { documentId: $id, confirmAddresses: true }) { errors { code } } }";
    service.administrator().await.data(set, json!({ "id": document.to_string() })).await;
    let upload = service.anybody().sends_file(document, "a.txt", b"Never confirmed.").await;
    service.anybody().submits_with(document, "A file.", &[&upload]).await;
    service.clock.advance(TimeDelta::hours(71));
    service.work().await;
    assert_eq!((service.files().len(), service.count("FROM attachments").await), (1, 1));
    service.clock.advance(TimeDelta::hours(2));
    service.work().await;
    assert_eq!(service.count("FROM submissions WHERE intake = 'EXPIRED'").await, 1);
    assert_eq!((service.files().len(), service.count("FROM attachments").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_adds_files_and_takes_them_away() {
    let service = TestService::with(&["--no-worker", "--max-attachments", "2"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let one = reader.sends_file(document, "one.txt", b"One.").await;
    let two = reader.sends_file(document, "two.txt", b"Two.").await;
    let three = reader.sends_file(document, "three.txt", b"Three.").await;
    let sent = reader.submits_with(document, "With files.", &[&one, &two]).await;
    let other = reader.sends_file(document, "other.txt", b"Another's.").await;
    reader.submits_with(document, "Another.", &[&other]).await;
    let amend = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) {
      receipt { submission { version attachments { name } } } errors { code path }
    } }";
    let input = |add: &[&Upload], remove: &[&Upload]| {
        json!({ "input": {
            "token": sent["receipt"]["token"], "body": "With other files.", "expectedVersion": 1,
            "attachments": add.iter().map(|file| &file.token).collect::<Vec<_>>(),
            "removeAttachments": remove.iter().map(|file| &file.id).collect::<Vec<_>>(),
        } })
    };
    assert_eq!(reader.refusals(amend, input(&[&three], &[])).await, ["OUT_OF_RANGE"]);
    assert_eq!(
        reader.refusals(amend, input(&[], &[&other])).await,
        ["TARGET_NOT_FOUND"],
        "of another submission"
    );
    assert_eq!(reader.refusals(amend, input(&[&three], &[&one, &one])).await, ["TARGET_NOT_FOUND"]);
    assert_eq!(
        service.count("FROM attachments WHERE submission_id IS NOT NULL").await,
        3,
        "nothing was half done"
    );
    let done = reader.data(amend, input(&[&three], &[&one])).await;
    let after = &done["amendContribution"]["receipt"]["submission"];
    assert_eq!(after["attachments"], json!([{ "name": "two.txt" }, { "name": "three.txt" }]), "{done:#}");
    service.work().await;
    assert_eq!(service.files().len(), 3);
    let comment = reader.comments(&document.to_string(), "A public word.").await;
    let mut public = input(&[&three], &[]);
    public["input"]["token"] = comment["receipt"]["token"].clone();
    assert_eq!(reader.refusals(amend, public).await, ["INVALID_COMBINATION"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_outlive_the_keys_they_were_sealed_under() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let upload = service.anybody().sends_file(document, "a.txt", b"Kept.").await;
    service.anybody().submits_with(document, "A file.", &[&upload]).await;
    rekey::reseal(&service.ctx).await.unwrap();
    service.work().await;
    service.clock.advance(TimeDelta::minutes(11));
    service.work().await;
    assert_eq!(service.count("FROM data_keys WHERE retired_at IS NOT NULL").await, 0);
    let (url, data_dir) = service.stop().await;
    let service = TestService::on(url, data_dir, &["--no-worker"]).await;
    let moderator = service.moderator(document).await;
    let file = moderator.get(&format!("/attachments/{}", upload.id)).send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), "Kept.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_tampered_with_is_not_given_out_as_if_it_were_whole() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let upload = service.anybody().sends_file(document, "a.txt", SECRET.repeat(9_000).as_bytes()).await;
    service.anybody().submits_with(document, "A file.", &[&upload]).await;
    let moderator = service.moderator(document).await;
    let url = format!("/attachments/{}", upload.id);
    let folder = service.data_dir.path().join("files");
    let inner = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let path = std::fs::read_dir(inner).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&path).unwrap();
    for cut in [whole.len() - 1, 3 * (65_536 + 16)] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let got = moderator.get(&url).send().await.unwrap();
        assert!(got.bytes().await.is_err(), "what is cut off at {cut} must not end well");
    }
    let mut altered = whole.clone();
    altered[200_000] ^= 1;
    std::fs::write(&path, &altered).unwrap();
    assert!(moderator.get(&url).send().await.unwrap().bytes().await.is_err());
    std::fs::remove_file(&path).unwrap();
    let missing = moderator.get(&url).send().await.unwrap();
    assert_eq!(missing.status(), 500);
    let answer: Value = missing.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_none_are_taken_that_is_said() {
    let service = TestService::with(&["--no-worker", "--max-attachments", "0"]).await;
    let document = service.bridges().await;
    let reader = service.anybody();
    assert_eq!(reader.refusals(ANNOUNCE, announcement(document, "a.txt", 1)).await, ["NOT_ALLOWED"]);
    assert_eq!(refused(&reader, document, &[&"A".repeat(48)]).await[0]["code"], "OUT_OF_RANGE");
    reader.submits(document, "Without one.").await;
}
