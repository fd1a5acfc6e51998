//! What becomes of personal data: retention, having it and having it erased, and the record that reading leaves.

mod races;
mod retention;
mod search;

use answerable::{
    identity::Role,
    ids::{DocumentId, SubmissionId},
    ledger::verify,
    privacy,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    Actor, TestService,
    contributions::{HANDLE, SUBMISSION, SUBMIT, comment, ruling, submission, text},
    postgres,
    secrets::{PUBLIC, Search, dumped, holds, planted},
    smtp::SmtpServer,
};

const EXPORT: &str =
    "query($token: String, $document: ID) { exportMyData(token: $token, documentId: $document) }";

const ERASE: &str = "mutation($input: EraseMyDataInput!) { eraseMyData(input: $input) {
  preview { comments publishedComments submissions earlierTexts appeals reports }
  erased
  receipt { text comment { state body { plain } } submission { state body { plain } history { version } } statementsOfReasons { facts } }
  errors { code }
} }";

const ERASE_FOR: &str = "mutation($input: EraseContributionInput!) { eraseContribution(input: $input) {
  preview { comments submissions } erased comment { state } errors { code }
} }";

const REPORT: &str =
    "mutation($input: ReportCommentInput!) { reportComment(input: $input) { received errors { code } } }";

const AMEND: &str = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) { errors { code message } } }";

const RECORDS: &str = "query($document: ID, $account: ID, $item: ID, $first: Int, $after: String) {
  accessRecords(documentId: $document, accountId: $account, itemId: $item, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { id kind itemId readAt account { displayName } document { slug } }
  }
}";

/// Reads all of the queue that is confidential.
const QUEUE: &str = "{ moderationQueue { nodes {
  ... on Comment { author { displayName contact { email } } }
  ... on Submission { id sender: author { displayName contact { email } } body { plain } history { body { plain } } }
} } }";

async fn sends(actor: &Actor, query: &str, input: Value, email: &str) -> Value {
    let mut input = input;
    input["input"]["author"]["email"] = json!(email);
    let data = actor.data(query, input).await;
    let payload = data.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload
}

async fn erase(actor: &Actor, input: Value) -> Value {
    actor.data(ERASE, json!({ "input": input })).await["eraseMyData"].clone()
}

/// Whether the chain of every document holds, and how many records it has.
async fn records(service: &TestService) -> i64 {
    let mut conn = service.ctx.db.get().await.unwrap();
    let mut records = 0;
    for chain in verify::chains(&mut conn, None).await.unwrap() {
        let proof = verify::prove(&mut conn, &chain, None, &|_| ()).await.unwrap();
        assert!(proof.fault.is_none(), "{:?}", proof.fault);
        records += proof.records;
    }
    records
}

async fn set_retention(service: &TestService, document: DocumentId, days: i32) -> Value {
    let query = "mutation($input: SetDocumentPoliciesInput!) { setDocumentPolicies(input: $input) {
        document { policies { retentionDays } } errors { code path } } }";
    let input = json!({ "input": { "documentId": document.to_string(), "retentionDays": days } });
    service.administrator().await.data(query, input).await["setDocumentPolicies"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contact_details_end_so_many_days_after_the_closing() {
    let service = TestService::start().await;
    let paper = crate::support::documents::BRIDGES
        .replace("phase: open", "phase: open\nmoderation: post\ncloses: 2027-03-10T00:00:00Z");
    let document = service.import(&paper).await;
    let reader = service.anybody();
    let shown = reader.comments(&document.to_string(), "Seen by everybody.").await;
    let private = reader.submits(document, "Seen by few.").await;
    let report = json!({ "input": { "commentId": shown["comment"]["id"], "reason": "SPAM", "email": "critic@example.org" } });
    reader.data(REPORT, report).await;
    assert_eq!(set_retention(&service, document, 0).await["errors"][0]["code"], "OUT_OF_RANGE");
    let set = set_retention(&service, document, 30).await;
    assert_eq!(set["document"]["policies"]["retentionDays"], 30);
    let reachable = "FROM contributors WHERE email_sealed IS NOT NULL OR email_hash IS NOT NULL";
    let clock = async |at: &str| {
        service.until(at);
        privacy::tidy(&service.ctx).await.unwrap();
        service.work().await;
    };
    clock("2027-04-08T23:59:00Z").await;
    assert_eq!(service.count(reachable).await, 2);
    assert_eq!(service.count("FROM reports WHERE contact_sealed IS NOT NULL").await, 1);
    clock("2027-04-09T00:00:00Z").await;
    assert_eq!(service.count(reachable).await, 0);
    assert_eq!(service.count("FROM reports WHERE contact_sealed IS NOT NULL").await, 0);
    assert_eq!(service.count("FROM reports WHERE reporter_hash <> sha256(uuid_send(id))").await, 0);
    assert_eq!(service.count("FROM contributors WHERE name_sealed IS NOT NULL").await, 0);
    // What everybody has read stays, its author's name too; and the links go on working.
    let query = "query($token: String!) { receipt(token: $token) { text comment { author { displayName } } submission { author { displayName } } } }";
    let held = reader.data(query, json!({ "token": shown["receipt"]["token"] })).await;
    assert_eq!(held["receipt"]["comment"]["author"]["displayName"], "A reader");
    let held = reader.data(query, json!({ "token": private["receipt"]["token"] })).await;
    assert_eq!(held["receipt"]["text"], "Seen by few.");
    assert_eq!(held["receipt"]["submission"]["author"]["displayName"], "");
    // Done once, it is not ordered again.
    privacy::tidy(&service.ctx).await.unwrap();
    assert_eq!(service.jobs_due().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_is_closed_without_a_date_is_noted_when_that_is_seen() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    let closed = crate::support::documents::BRIDGES.replace("phase: open", "phase: closed");
    service.import(&closed).await;
    privacy::tidy(&service.ctx).await.unwrap();
    let noted = format!("FROM documents WHERE closed_at = '{}'", service.clock.now());
    assert_eq!(service.count(&noted).await, 1);
    service.clock.advance(TimeDelta::days(100));
    // Opened again: what has been counted so far counts no more.
    service.bridges().await;
    privacy::tidy(&service.ctx).await.unwrap();
    assert_eq!(service.count("FROM documents WHERE closed_at IS NOT NULL").await, 0);
    service.import(&closed).await;
    privacy::tidy(&service.ctx).await.unwrap();
    for (days, left) in [(364, 1), (1, 0)] {
        service.clock.advance(TimeDelta::days(days));
        privacy::tidy(&service.ctx).await.unwrap();
        service.work().await;
        assert_eq!(service.count("FROM contributors WHERE email_sealed IS NOT NULL").await, left);
    }
}

/// Somebody with an account who has written two things and reported a third, beside somebody else.
struct Scene {
    service: TestService,
    document: DocumentId,
    owner: Actor,
    comment: Value,
    submission: Value,
    other: Value,
}

async fn scene() -> Scene {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let id = document.to_string();
    let reader = service.anybody();
    let owner = service.signed_in("Owner", Role::Participant, None).await;
    let comment = sends(&reader, SUBMIT, comment(&id, "The owner's comment."), "Owner@example.org").await;
    let made = submission(document, "The owner's submission.");
    let submission = sends(&reader, SUBMISSION, made, "owner@example.org").await;
    let amended = json!({ "input": { "token": submission["receipt"]["token"], "body": "The owner's better submission.", "expectedVersion": 1 } });
    assert_eq!(reader.data(AMEND, amended).await["amendContribution"]["errors"], json!([]));
    let other = reader.comments(&id, "Somebody else's comment.").await;
    let report = json!({ "input": { "commentId": other["comment"]["id"], "reason": "SPAM", "explanation": "The owner's reasons." } });
    owner.data(REPORT, report).await;
    Scene { service, document, owner, comment, submission, other }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_have_what_is_held_about_them_and_nobody_elses() {
    let Scene { service, document, owner, comment, submission, other } = scene().await;
    let anybody = service.anybody();
    let of =
        async |actor: &Actor, variables: Value| actor.data(EXPORT, variables).await["exportMyData"].clone();
    let all = of(&owner, json!({ "document": document.to_string() })).await;
    assert_eq!(all["document"]["slug"], "bridges");
    let texts: Vec<_> =
        all["contributions"].as_array().unwrap().iter().map(|one| text(&one["text"])).collect();
    assert_eq!(texts, ["The owner's comment.", "The owner's better submission."]);
    assert_eq!(all["contributions"][0]["email"], "Owner@example.org");
    assert_eq!(all["contributions"][1]["name"], "A neighbour");
    assert_eq!(all["contributions"][1]["earlierTexts"][0]["text"], "The owner's submission.");
    assert_eq!(all["contributions"][1]["decisions"][0]["decision"], "AMEND");
    assert_eq!(all["reports"][0]["explanation"], "The owner's reasons.");
    assert_eq!(all["reports"][0]["comment"], other["comment"]["id"]);
    // A receipt is for one contribution: anybody could have typed this address.
    let one = of(&anybody, json!({ "token": comment["receipt"]["token"] })).await;
    assert_eq!(one["contributions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&one["contributions"][0]["text"], &one["reports"]),
        (&json!("The owner's comment."), &json!([]))
    );
    // Of somebody else nothing is in either.
    let stranger = service.signed_in("Stranger", Role::Moderator, Some(document)).await;
    let none = of(&stranger, json!({ "document": document.to_string() })).await;
    assert_eq!((&none["contributions"], &none["reports"]), (&json!([]), &json!([])));
    let document = json!({ "document": document.to_string() });
    assert_eq!(anybody.error(EXPORT, document).await, "UNAUTHENTICATED");
    assert_eq!(anybody.error(EXPORT, json!({ "token": "nonsense" })).await, "NOT_FOUND");
    assert_eq!(anybody.error(EXPORT, json!({})).await, "BAD_REQUEST");
    let both =
        json!({ "token": submission["receipt"]["token"], "document": "document_01h455vb4pex5vsknk084sn02q" });
    assert_eq!(owner.error(EXPORT, both).await, "BAD_REQUEST");
    // What was decided, once it stands.
    let (id, token) = (text(&comment["comment"]["id"]), json!({ "token": comment["receipt"]["token"] }));
    let seen = "query($id: ID!) { node(id: $id) { ... on Comment { version } } }";
    let version = stranger.data(seen, json!({ "id": id })).await["node"]["version"].as_i64().unwrap();
    stranger.decides(&id, version, "HIDE").await;
    let told = async || of(&anybody, token.clone()).await["contributions"][0]["decisions"].to_string();
    assert!(!told().await.contains("about another bridge"), "it can still be undone");
    service.clock.advance(TimeDelta::minutes(10));
    assert!(told().await.contains("about another bridge"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_erased_is_gone_and_the_log_still_holds() {
    let Scene { service, document, owner, comment, submission, .. } = scene().await;
    let reader = service.anybody();
    let moderator = service.moderator(document).await;
    let comment_id = text(&comment["comment"]["id"]);
    reader.comment_id(&comment_id, "A reply that stays.").await;
    let amended = json!({ "input": { "token": comment["receipt"]["token"], "body": "The owner's better comment.", "expectedVersion": 1 } });
    assert_eq!(reader.data(AMEND, amended).await["amendContribution"]["errors"], json!([]));
    moderator.decides(&comment_id, 2, "HIDE").await;
    moderator.decides(&comment_id, 3, "RESTORE").await;
    let note =
        "mutation($id: ID!) { addNote(input: { id: $id, note: \"The owner called.\" }) { errors { code } } }";
    moderator.data(note, json!({ "id": submission["submission"]["id"] })).await;
    let aside = ruling(&text(&submission["submission"]["id"]), 2, "SET_ASIDE");
    assert_eq!(moderator.data(HANDLE, aside).await["handleSubmission"]["errors"], json!([]));
    service.clock.advance(TimeDelta::minutes(11));
    let lodge = "mutation($input: LodgeAppealInput!) { lodgeAppeal(input: $input) { errors { code } } }";
    let appeal =
        json!({ "input": { "token": submission["receipt"]["token"], "text": "The owner objects." } });
    assert_eq!(reader.data(lodge, appeal).await["lodgeAppeal"]["errors"], json!([]));
    let before = records(&service).await;

    let mine = json!({ "documentId": document.to_string(), "confirm": false });
    let expected = json!({ "comments": 1, "publishedComments": 1, "submissions": 1, "earlierTexts": 2, "appeals": 1, "reports": 1 });
    let asked = erase(&owner, mine).await;
    assert_eq!((&asked["preview"], &asked["erased"]), (&expected, &json!(false)));
    assert_eq!(service.count("FROM submissions WHERE body_sealed IS NOT NULL").await, 1, "only asked");
    let done = erase(&owner, json!({ "documentId": document.to_string(), "confirm": true })).await;
    assert_eq!((&done["preview"], &done["erased"], &done["errors"]), (&expected, &json!(true), &json!([])));

    for left in [
        "FROM submissions WHERE body_sealed IS NOT NULL OR statement IS NOT NULL OR state <> 'ERASED'",
        "FROM submission_texts",
        "FROM comment_texts",
        "FROM comments WHERE plain LIKE '%owner%' OR markdown LIKE '%owner%'",
        "FROM contributors WHERE name_sealed IS NOT NULL",
        "FROM appeals WHERE text_sealed IS NOT NULL OR state <> 'WITHDRAWN'",
        "FROM reports WHERE explanation_sealed IS NOT NULL",
        "FROM moderation_action_details WHERE note IS NOT NULL OR statement IS NOT NULL",
        "FROM similar_members m JOIN submissions s ON s.id = m.subject_id",
        "FROM similar_members m JOIN comments c ON c.id = m.subject_id WHERE c.state = 'ERASED'",
    ] {
        assert_eq!(service.count(left).await, 0, "{left}");
    }
    assert_eq!(service.count("FROM contributors WHERE erased_at IS NOT NULL").await, 2);
    // One record more for each contribution, and the chain holds.
    assert_eq!(records(&service).await, before + 2);
    let query = "query($id: ID!) { node(id: $id) { ... on Comment { state body { plain } author { displayName } replies { nodes { body { plain } } } } } }";
    let seen = reader.data(query, json!({ "id": comment_id })).await["node"].clone();
    assert_eq!(seen["state"], "ERASED");
    assert_eq!(seen["body"], Value::Null);
    assert_eq!(seen["replies"]["nodes"][0]["body"]["plain"], "A reply that stays.");
    // The receipt says so, on its page too; asked again, nothing is left to lose.
    let again = erase(&reader, json!({ "token": submission["receipt"]["token"], "confirm": true })).await;
    assert_eq!(again["preview"]["submissions"], 0);
    assert_eq!(again["receipt"]["submission"]["state"], "ERASED");
    assert_eq!(
        (&again["receipt"]["text"], &again["receipt"]["submission"]["history"]),
        (&Value::Null, &json!([]))
    );
    let page = reader.get(&text(&comment["receipt"]["url"])).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("No text is held") && !page.contains("The owner"), "{page}");
    let export = owner.data(EXPORT, json!({ "document": document.to_string() })).await;
    assert_eq!(export["exportMyData"]["contributions"], json!([]), "nothing has the address any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_about_what_was_erased_do_nothing() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    service.moderator(document).await;
    let reader = service.anybody();
    for payload in
        [reader.comments(&document.to_string(), "A word.").await, reader.submits(document, "Another.").await]
    {
        let done = erase(&reader, json!({ "token": payload["receipt"]["token"], "confirm": true })).await;
        assert_eq!(done["erased"], true);
    }
    let smtp = SmtpServer::start().await;
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    assert_eq!(smtp.messages().len(), 0);
    assert_eq!(service.count("FROM jobs WHERE state = 'DEAD'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_and_administrators_erase_for_somebody_and_nobody_else_does() {
    let Scene { service, document, comment, submission, .. } = scene().await;
    let moderator = service.moderator(document).await;
    let administrator = service.administrator().await;
    let elsewhere = service.import(&crate::support::documents::BRIDGES.replace("bridges", "other")).await;
    let stranger = service.signed_in("Elsewhere", Role::Moderator, Some(elsewhere)).await;
    let id = json!({ "input": { "id": comment["comment"]["id"], "confirm": true } });
    assert_eq!(stranger.error(ERASE_FOR, id.clone()).await, "NOT_FOUND");
    assert_eq!(service.anybody().error(ERASE_FOR, id.clone()).await, "UNAUTHENTICATED");
    let nothing = json!({ "input": { "confirm": true } });
    assert_eq!(moderator.error(ERASE_FOR, nothing).await, "BAD_REQUEST");
    let done = moderator.data(ERASE_FOR, id).await["eraseContribution"].clone();
    assert_eq!((&done["erased"], &done["comment"]["state"]), (&json!(true), &json!("ERASED")));
    // Somebody who calls names the number.
    let reference = text(&submission["receipt"]["reference"]).to_lowercase();
    let asked = json!({ "input": { "reference": reference, "confirm": false } });
    let asked = administrator.data(ERASE_FOR, asked).await["eraseContribution"].clone();
    assert_eq!((&asked["erased"], &asked["preview"]["submissions"]), (&json!(false), &json!(1)));
    let done = json!({ "input": { "reference": reference, "confirm": true } });
    assert_eq!(administrator.data(ERASE_FOR, done).await["eraseContribution"]["erased"], true);
    let by = "FROM moderation_actions a JOIN moderation_action_details d ON d.action_id = a.id
        JOIN accounts c ON c.id = d.actor_id WHERE a.action = 'ERASE' AND a.actor_kind = 'MODERATOR'";
    assert_eq!(service.count(by).await, 2);
    records(&service).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_in_confidence_leaves_a_record() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let comment = reader.comments(&document.to_string(), "A word.").await;
    let made = reader.submits(document, "In confidence.").await;
    let moderator = service.moderator(document).await;
    let administrator = service.administrator().await;
    let all = async |variables: Value| administrator.data(RECORDS, variables).await["accessRecords"].clone();
    // The sender reads their own, and a list without what is confidential leaves nothing.
    let own = "query($token: String!) { receipt(token: $token) { text submission { body { plain } author { displayName } } } }";
    let own = reader.data(own, json!({ "token": made["receipt"]["token"] })).await;
    assert_eq!(own["receipt"]["submission"]["author"]["displayName"], "A neighbour");
    moderator.data("{ moderationQueue { nodes { ... on Submission { id state } } } }", json!({})).await;
    assert_eq!(all(json!({})).await["totalCount"], 0);

    let seen = moderator.data(QUEUE, json!({})).await;
    assert!(
        seen.to_string().contains("In confidence.") && seen.to_string().contains("neighbour@example.org")
    );
    moderator.data(QUEUE, json!({})).await;
    let found = all(json!({})).await;
    assert_eq!(found["totalCount"], 3, "one for each account and item: {found:#}");
    let of = |kind: &str| -> Vec<String> {
        let nodes = found["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == kind);
        nodes.map(|node| text(&node["itemId"])).collect()
    };
    assert_eq!(of("SUBMISSION"), [text(&made["submission"]["id"])]);
    let mut contacts = of("CONTACT");
    contacts.sort();
    assert_eq!(contacts, [text(&comment["comment"]["id"]), text(&made["submission"]["id"])]);
    assert_eq!(found["nodes"][0]["account"]["displayName"], "Moderator");
    assert_eq!(found["nodes"][0]["document"]["slug"], "bridges");
    // Ten minutes later it is another one.
    service.clock.advance(TimeDelta::minutes(10));
    moderator.data(QUEUE, json!({})).await;
    assert_eq!(all(json!({})).await["totalCount"], 6);
    assert_eq!(all(json!({ "item": comment["comment"]["id"] })).await["totalCount"], 2);
    assert_eq!(all(json!({ "document": document.to_string() })).await["totalCount"], 6);
    let me = text(&administrator.data("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    assert_eq!(all(json!({ "account": me })).await["totalCount"], 0);
    let first = all(json!({ "first": 4 })).await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let rest = all(json!({ "first": 4, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(
        (rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]),
        (2, &json!(false))
    );
    assert_eq!(moderator.error(RECORDS, json!({})).await, "FORBIDDEN");
    let wrong = json!({ "item": document.to_string() });
    assert_eq!(administrator.error(RECORDS, wrong).await, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_of_what_was_said_in_confidence_leaves_a_record_by_itself() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let reader = service.anybody();
    let file = reader.sends_file(document, "map.txt", b"A map.").await;
    let made = reader.submits_with(document, "In confidence.", &[&file]).await;
    let (id, token) = (text(&made["submission"]["id"]), text(&made["receipt"]["token"]));
    let moderator = service.moderator(document).await;
    let aside = ruling(&id, made["submission"]["version"].as_i64().unwrap(), "SET_ASIDE");
    assert_eq!(moderator.data(HANDLE, aside).await["handleSubmission"]["errors"], json!([]));
    let lodge = "mutation($token: String!) { lodgeAppeal(input: { token: $token, text: \"It is.\" }) { appeal { id } errors { message } } }";
    let lodged = reader.data(lodge, json!({ "token": token })).await;
    let appeal = text(&lodged["lodgeAppeal"]["appeal"]["id"]);
    let submission = |part: &str| (id.clone(), format!("... on Submission {{ {part} }}"));
    for (of, part) in [
        submission("body { plain }"),
        submission("attachments { name }"),
        submission("history { version }"),
        submission("findings { kind }"),
        submission("author { contact { email } }"),
        (appeal, "... on Appeal { text }".to_owned()),
    ] {
        service.clock.advance(TimeDelta::minutes(10));
        let moderator = service.moderator(document).await;
        let before = service.count("FROM access_records").await;
        moderator
            .data(&format!("query($id: ID!) {{ node(id: $id) {{ {part} }} }}"), json!({ "id": of }))
            .await;
        assert_eq!(service.count("FROM access_records").await, before + 1, "{part}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_recorded_is_not_given() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let made = service.anybody().submits(document, "In confidence.").await;
    let moderator = service.moderator(document).await;
    postgres::order(&service.database_url, "ALTER TABLE access_records RENAME TO elsewhere").await;
    let query = "query($id: ID!) { node(id: $id) { ... on Submission { state body { plain } author { contact { email } } } } }";
    let id: SubmissionId = text(&made["submission"]["id"]).parse().unwrap();
    let answer = moderator.ask(query, json!({ "id": id.to_string() })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(
        !answer.to_string().contains("confidence") && !answer.to_string().contains("neighbour"),
        "{answer}"
    );
    // What is not confidential is still there.
    let query = "query($id: ID!) { node(id: $id) { ... on Submission { state } } }";
    assert_eq!(moderator.data(query, json!({ "id": id.to_string() })).await["node"]["state"], "RECEIVED");
}

/// Every row of every table as text, where no `pg_dump` is there that is not older than the server.
async fn rows(service: &TestService) -> Vec<u8> {
    #[derive(diesel::QueryableByName)]
    struct Text {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let mut conn = service.ctx.db.get().await.unwrap();
    let load = async |conn: &mut diesel_async::AsyncPgConnection, sql: String| -> Vec<Text> {
        diesel_async::RunQueryDsl::load(diesel::sql_query(sql), conn).await.unwrap()
    };
    let tables = "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'";
    let mut all = String::new();
    for table in load(&mut conn, tables.into()).await {
        for row in load(&mut conn, format!("SELECT t::text AS text FROM {} t", table.text)).await {
            all.push_str(&row.text);
            all.push('\n');
        }
    }
    all.into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_the_database_tells_nothing() {
    let smtp = SmtpServer::start().await;
    let service = TestService::start().await;
    let document = service.bridges().await;
    let (reader, administrator) = (service.anybody(), service.administrator().await);
    let moderator = service.signed_in("Desk", Role::Moderator, Some(document)).await;
    let secrets = planted(&document.to_string(), &reader, &moderator, &administrator).await;
    service.work_with(&["--smtp-url", &smtp.url()]).await;
    assert!(!smtp.messages().is_empty());
    let dump = match dumped(&service.database_url) {
        Some(dump) => dump,
        None => rows(&service).await,
    };
    assert!(holds(&dump, PUBLIC));
    let found = Search::for_all(&secrets).found_in("the dump", &dump);
    assert!(found.is_empty(), "{found:#?}");
}
