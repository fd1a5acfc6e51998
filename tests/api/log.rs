//! The public log of a document: what was decided and on which ground, and nobody's name.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, MODERATE, text},
    documents::BRIDGES,
};

const LOG: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
  document(slug: \"bridges\") {
    moderationLog(first: $first, after: $after, last: $last, before: $before) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor }
      nodes {
        seq decision subjectKind comment { id state } fromState toState actorKind reason ruleCited detected createdAt
        hash previousHash
      }
    }
  }
}";

async fn log(of: &Actor, page: Value) -> Value {
    of.data(LOG, page).await["document"]["moderationLog"].take()
}

/// A decision with grounds that hold a name and an address.
fn told(id: &str, version: i64, decision: &str) -> Value {
    json!({ "input": {
        "id": id, "expectedVersion": version, "decision": decision, "reason": "PERSONAL_DATA", "rule": 4,
        "statement": "Planted Neighbour of 7 Planted Lane is named in it: planted.statement@example.org.",
        "note": "Planted note: known to Planted Colleague.",
    } })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_everybody_what_was_decided_and_nobody_who() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.rule(document, 4).await;
    let reader = service.anybody();
    let moderator = service.signed_in("Planted Moderator", Role::Moderator, Some(document)).await;
    let sent = async |body: &str| {
        let input = json!({ "input": {
            "targetId": document.to_string(),
            "author": { "name": "Planted Author", "email": "planted.author@example.org" }, "body": body,
        } });
        text(
            &reader.data(crate::support::contributions::SUBMIT, input).await["submitComment"]["comment"]["id"],
        )
    };
    let hidden = sent("Planted words about the ferry.").await;
    let rejected = sent("Planted words that nobody reads.").await;
    let submission = text(&reader.submits(document, "Planted private words.").await["submission"]["id"]);

    moderator.decides(&hidden, 1, "APPROVE").await;
    service.clock.advance(chrono::TimeDelta::minutes(1));
    moderator.data(MODERATE, told(&hidden, 2, "HIDE")).await;
    moderator.data(MODERATE, told(&rejected, 1, "REJECT")).await;
    let note = "mutation($id: ID!) { addNote(input: { id: $id, note: \"Planted second note.\" }) { action { id } errors { code } } }";
    let noted = moderator.data(note, json!({ "id": rejected })).await;
    moderator.data(HANDLE, told(&submission, 1, "SET_ASIDE")).await;

    let public = log(&reader, json!({})).await;
    let entries = public["nodes"].as_array().unwrap();
    assert_eq!(public["totalCount"], 5);
    let told = |at: usize| {
        let mut entry = entries[at].clone();
        for hash in ["hash", "previousHash"] {
            let hash = entry.as_object_mut().unwrap().remove(hash).unwrap();
            assert_eq!(text(&hash).len(), 64);
        }
        entry
    };
    assert_eq!(
        told(3),
        json!({
            "seq": 2, "decision": "HIDE", "subjectKind": "COMMENT", "comment": { "id": hidden, "state": "HIDDEN" },
            "fromState": "PUBLISHED", "toState": "HIDDEN", "actorKind": "MODERATOR", "reason": "PERSONAL_DATA",
            "ruleCited": 4, "detected": false, "createdAt": "2027-03-01T09:01:00Z"
        })
    );
    assert_eq!(
        told(2),
        json!({
            "seq": 3, "decision": "REJECT", "subjectKind": "COMMENT", "comment": null,
            "fromState": "PENDING", "toState": "REJECTED", "actorKind": "MODERATOR", "reason": "PERSONAL_DATA",
            "ruleCited": 4, "detected": false, "createdAt": "2027-03-01T09:01:00Z"
        }),
        "a comment that is not public is not pointed to"
    );
    assert_eq!(
        told(1),
        json!({
            "seq": 4, "decision": "NOTE", "subjectKind": null, "comment": null, "fromState": null, "toState": null,
            "actorKind": null, "reason": null, "ruleCited": null, "detected": null, "createdAt": null
        }),
        "of a note there is only its place"
    );
    assert_eq!(told(0)["subjectKind"], "SUBMISSION");
    assert_eq!(told(0)["toState"], "SET_ASIDE");
    for pair in entries.windows(2) {
        assert_eq!(
            pair[0]["previousHash"], pair[1]["hash"],
            "each follows from the one before, notes included"
        );
    }

    // The whole answer, with every field there is, to everybody and to those who could see more elsewhere.
    let fields = "{ __type(name: \"ModerationLogEntry\") { fields { name } } }";
    let fields = reader.data(fields, json!({})).await;
    for field in fields["__type"]["fields"].as_array().unwrap() {
        assert!(LOG.contains(field["name"].as_str().unwrap()), "{field} is not looked at here");
    }
    let mut secrets =
        vec!["planted".to_owned(), "example.org".to_owned(), noted["addNote"]["action"]["id"].to_string()];
    secrets.extend([&rejected, &submission].map(ToOwned::to_owned));
    for asker in [&reader, &moderator, &service.administrator().await] {
        let answer = log(asker, json!({})).await.to_string().to_lowercase();
        for secret in &secrets {
            assert!(!answer.contains(secret.trim_matches('"')), "{secret} is told: {answer}");
        }
    }
    // The test can fail: what moderators see holds all of it.
    let inside = "query($id: ID!) { node(id: $id) { ... on Comment { id actions { nodes { statement note actor { displayName } } } } } }";
    let inside = moderator.data(inside, json!({ "id": rejected })).await.to_string();
    assert!(inside.contains("Planted note") && inside.contains("Planted Moderator"), "{inside}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_pages_both_ways_and_is_the_documents_own() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let other = service.import(&BRIDGES.replace("slug: bridges", "slug: other")).await;
    let reader = service.anybody();
    let moderator = service.signed_in("Both", Role::Moderator, None).await;
    for (to, count) in [(document, 5), (other, 2)] {
        for n in 0..count {
            let id = reader.comment_id(&to.to_string(), &format!("Word {n}.")).await;
            moderator.decides(&id, 1, "APPROVE").await;
        }
    }
    let page = async |arguments: Value| {
        let page = log(&reader, arguments).await;
        let seqs: Vec<i64> =
            page["nodes"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
        let info = page["pageInfo"].clone();
        let sides = [&info["hasPreviousPage"], &info["hasNextPage"]].map(|side| side.as_bool().unwrap());
        (seqs, sides, info)
    };
    let (seqs, sides, info) = page(json!({ "first": 2 })).await;
    assert_eq!((seqs, sides), (vec![5, 4], [false, true]));
    let (seqs, sides, next) = page(json!({ "first": 2, "after": info["endCursor"] })).await;
    assert_eq!((seqs, sides), (vec![3, 2], [true, true]));
    let (seqs, sides, _) = page(json!({ "last": 1, "before": next["startCursor"] })).await;
    assert_eq!((seqs, sides), (vec![4], [true, true]));
    let (seqs, sides, _) = page(json!({ "last": 3 })).await;
    assert_eq!((seqs, sides), (vec![3, 2, 1], [true, false]));
    let comments = "{ document(slug: \"bridges\") { comments(first: 1) { pageInfo { endCursor } } } }";
    let foreign = reader.data(comments, json!({})).await;
    let foreign = json!({ "after": foreign["document"]["comments"]["pageInfo"]["endCursor"] });
    assert_eq!(reader.error(LOG, foreign).await, "BAD_REQUEST");

    // The logs of many documents cost what the log of one does.
    let many = "query($first: Int) { documents(first: $first) { nodes {
        moderationLog(first: 3) { totalCount nodes { seq decision comment { id body { plain } } } } } } }";
    let cost = async |first: i64| {
        let (cost, data) = service.cost(reader.data(many, json!({ "first": first }))).await;
        let counts = data["documents"]["nodes"].as_array().unwrap().iter();
        let counts: Vec<_> = counts.map(|document| document["moderationLog"]["totalCount"].clone()).collect();
        (cost, counts)
    };
    cost(1).await;
    let (one, counts) = cost(1).await;
    assert_eq!(counts, [json!(2)]);
    let (two, counts) = cost(2).await;
    assert_eq!(counts, [json!(2), json!(5)]);
    assert_eq!(one, two);
}
