//! Listening: what is told to whom, and how it ends.

mod protocol;
mod streams;
mod writes;

use answerable::{
    graphql::policies::{TABLE, Who},
    identity::Role,
    ids::DocumentId,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    api_tokens::make,
    support::{Actor, TestService, patience::in_time, postgres, socket::Socket},
};

const PUBLISHED: &str =
    "subscription($id: ID!) { commentPublished(documentId: $id) { id state body { plain } parent { id } } }";
const COUNTS: &str =
    "subscription($id: ID!) { moderationCountsChanged(documentId: $id) { pending submissions mine } }";
const ITEMS: &str = "subscription($id: ID!) { moderationItemChanged(documentId: $id) {
  __typename
  ... on Comment { id state claim { by { displayName } } }
  ... on Submission { id handling: state text: body { plain } }
} }";

fn of(document: DocumentId) -> Value {
    json!({ "id": document.to_string() })
}

/// Begins to listen, and waits until that has begun.
async fn listening(service: &TestService, actor: &Actor, query: &str, document: DocumentId) -> Socket {
    let mut socket = Socket::of(actor).await;
    listens(service, &mut socket, "1", query, document).await;
    socket
}

async fn listens(service: &TestService, socket: &mut Socket, id: &str, query: &str, document: DocumentId) {
    let others = service.listeners(document);
    socket.subscribe(id, query, of(document)).await;
    service.heard_by(others + 1, document).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_hears_of_a_comment_when_it_is_published_and_not_before() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let mut socket = listening(&service, &reader, PUBLISHED, document).await;
    let comment = reader.comment_id(&document.to_string(), "Lights on the bridge.").await;
    assert!(socket.is_silent_for(700).await, "it waits for a moderator");
    moderator.decides(&comment, 1, "APPROVE").await;
    let told = socket.answer("1").await;
    assert_eq!(told["data"]["commentPublished"]["id"], comment.as_str());
    assert_eq!(told["data"]["commentPublished"]["body"]["plain"], "Lights on the bridge.");
    moderator.decides(&comment, 2, "HIDE").await;
    assert!(socket.is_silent_for(500).await, "that it is hidden is not told");
    moderator.decides(&comment, 3, "RESTORE").await;
    assert_eq!(socket.answer("1").await["data"]["commentPublished"]["state"], "PUBLISHED");
    let other = reader.comment_id(&document.to_string(), "Nothing for anybody.").await;
    moderator.decides(&other, 1, "REJECT").await;
    assert!(socket.is_silent_for(500).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_comments_are_shown_at_once_replies_are_told_as_well() {
    let service = TestService::start().await;
    let (document, other) = (service.bridges_after().await, service.import(OTHER).await);
    let reader = service.anybody();
    let mut socket = listening(&service, &reader, PUBLISHED, document).await;
    reader.comment_id(&other.to_string(), "About another paper.").await;
    let section = service.section("what-we-propose").await;
    let comment = reader.comment_id(&section, "On a section.").await;
    let reply = reader.comment_id(&comment, "And a reply.").await;
    let told = [socket.answer("1").await, socket.answer("1").await];
    assert_eq!(told[0]["data"]["commentPublished"]["id"], comment.as_str());
    assert_eq!(told[1]["data"]["commentPublished"]["id"], reply.as_str());
    assert_eq!(told[1]["data"]["commentPublished"]["parent"]["id"], comment.as_str());
    // Whoever has heard enough hears no more, and may use the name again.
    socket.say(json!({ "id": "1", "type": "complete" })).await;
    service.heard_by(0, document).await;
    listens(&service, &mut socket, "2", PUBLISHED, document).await;
    reader.comment_id(&section, "One more.").await;
    assert_eq!(socket.answer("2").await["data"]["commentPublished"]["body"]["plain"], "One more.");
    assert!(socket.is_silent_for(300).await);
}

const OTHER: &str = "---
title: Another paper
summary: Something else.
slug: other
language: en
owner: Harbour Town Council
phase: open
moderation: post
---

# 1. Else

Something.
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moderators_hear_what_changes_on_their_desk() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let mut socket = listening(&service, &moderator, ITEMS, document).await;
    let comment = reader.comment_id(&document.to_string(), "Lights on the bridge.").await;
    let told = socket.answer("1").await["data"]["moderationItemChanged"].clone();
    assert_eq!((&told["id"], &told["state"]), (&json!(comment), &json!("PENDING")));
    let claim = "mutation($id: ID!) { claimItem(input: { id: $id }) { errors { code } } }";
    moderator.data(claim, json!({ "id": comment })).await;
    let told = socket.answer("1").await["data"]["moderationItemChanged"].clone();
    assert_eq!(told["claim"]["by"]["displayName"], "Moderator");
    moderator.decides(&comment, 1, "APPROVE").await;
    assert_eq!(socket.answer("1").await["data"]["moderationItemChanged"]["state"], "PUBLISHED");
    reader.submits(document, "In confidence.").await;
    let told = socket.answer("1").await["data"]["moderationItemChanged"].clone();
    assert_eq!(
        (&told["__typename"], &told["text"]["plain"]),
        (&json!("Submission"), &json!("In confidence."))
    );
    let report =
        "mutation($id: ID!) { reportComment(input: { commentId: $id, reason: SPAM }) { errors { code } } }";
    reader.data(report, json!({ "id": comment })).await;
    assert_eq!(socket.answer("1").await["data"]["moderationItemChanged"]["id"], comment.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_told_at_first_and_then_once_a_second_at_the_most() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let mut socket = Socket::of(&moderator).await;
    socket.subscribe("1", COUNTS, of(document)).await;
    let counts = |told: &Value| told["data"]["moderationCountsChanged"]["pending"].as_i64().unwrap();
    assert_eq!(counts(&socket.answer("1").await), 0);
    let begun = Instant::now();
    for n in 0..30 {
        reader.comment_id(&document.to_string(), &format!("Number {n}.")).await;
    }
    let mut told = Vec::new();
    while told.last() != Some(&30) {
        told.push(counts(&socket.answer("1").await));
    }
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    assert!(told.is_sorted() && told.len() <= seconds + 2, "{told:?} in {seconds} s");
    assert!(socket.is_silent_for(1_500).await, "nothing has changed since");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_moderators_is_refused_to_everybody_else() {
    let service = TestService::start().await;
    let (document, other) = (service.bridges().await, service.import(OTHER).await);
    let elsewhere = service.signed_in("Elsewhere", Role::Moderator, Some(other)).await;
    let administrator = service.administrator().await;
    let tried = [("moderationCountsChanged", COUNTS), ("moderationItemChanged", ITEMS)];
    let stated = TABLE.iter().filter(|(of, who, _)| *of == "Subscription" && *who != Who::Everybody);
    let stated: Vec<_> = stated.flat_map(|(_, _, fields)| fields.split_whitespace()).collect();
    assert_eq!(stated, tried.map(|(name, _)| name), "what the table states is tried");
    for (_, query) in tried {
        for (actor, code) in [
            (&service.anybody(), "UNAUTHENTICATED"),
            (&elsewhere, "FORBIDDEN"),
            (&administrator, "FORBIDDEN"),
        ] {
            let mut socket = Socket::of(actor).await;
            socket.subscribe("1", query, of(document)).await;
            assert_eq!(socket.refusal("1").await, [code], "{query}");
        }
    }
    // What is not published is not there.
    let draft = service
        .import(&OTHER.replace("phase: open", "phase: draft").replace("slug: other", "slug: draft"))
        .await;
    let mut socket = Socket::of(&service.anybody()).await;
    socket.subscribe("1", PUBLISHED, of(draft)).await;
    assert_eq!(socket.refusal("1").await, ["NOT_FOUND"]);
    socket.subscribe("2", PUBLISHED, json!({ "id": "comment_01h455vb4pex5vsknk084sn02q" })).await;
    assert_eq!(socket.refusal("2").await, ["BAD_REQUEST"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_listens_to_what_its_token_allows() {
    let service = TestService::start().await;
    let (document, other) = (service.bridges().await, service.import(OTHER).await);
    let moderator = service.signed_in("Moderator", Role::Moderator, None).await;
    for (scopes, query, is_allowed) in [
        (["CONTRIBUTE"], PUBLISHED, false),
        (["CONTRIBUTE"], ITEMS, false),
        (["READ"], PUBLISHED, true),
        (["READ"], ITEMS, false),
        (["MODERATE"], ITEMS, true),
        (["MODERATE"], PUBLISHED, false),
    ] {
        let wanted = json!({ "name": "A", "scopes": scopes, "documentId": document.to_string() });
        let program = service.anybody().with_token(&make(&moderator, wanted).await.0);
        let mut socket = Socket::of(&program).await;
        socket.subscribe("1", query, of(document)).await;
        let stream = streams::Events::asked(&program, query, of(document)).await;
        assert_eq!(stream.is_ok(), is_allowed, "{scopes:?} {query}");
        if is_allowed {
            assert!(socket.is_silent_for(200).await, "{scopes:?} {query}");
        } else {
            assert_eq!(socket.refusal("1").await, ["FORBIDDEN"], "{scopes:?} {query}");
            assert_eq!(stream.err().unwrap().0, 403);
        }
        // And to nothing of another document.
        socket.subscribe("2", query, of(other)).await;
        let refused = socket.refusal("2").await;
        assert!(refused == ["FORBIDDEN"] || refused == ["NOT_FOUND"], "{scopes:?} {query}: {refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_its_address_to_be_confirmed_is_told_to_nobody() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let (reader, moderator) = (service.anybody(), service.moderator(document).await);
    let confirm = "UPDATE documents SET confirm_addresses = true";
    postgres::order(&service.database_url, confirm).await;
    let mut socket = listening(&service, &moderator, ITEMS, document).await;
    reader.comment_id(&document.to_string(), "Whoever this is.").await;
    reader.submits(document, "In confidence.").await;
    assert!(socket.is_silent_for(700).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_the_role_hears_no_more() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let mut socket = listening(&service, &moderator, ITEMS, document).await;
    service.anybody().comment_id(&document.to_string(), "Before.").await;
    socket.answer("1").await;
    postgres::order(&service.database_url, "DELETE FROM role_grants WHERE role = 'MODERATOR'").await;
    service.anybody().comment_id(&document.to_string(), "After.").await;
    assert_eq!(socket.refusal("1").await, ["FORBIDDEN"]);
    service.anybody().comment_id(&document.to_string(), "Long after.").await;
    assert!(socket.is_silent_for(500).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_ends_when_its_token_does() {
    let service = TestService::with(&["--no-worker", "--keep-alive-seconds", "1"]).await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let mut reader = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let ends = async {
        let mut socket = listening(&service, &moderator, ITEMS, document).await;
        service.clock.advance(TimeDelta::minutes(14));
        assert!(socket.is_silent_for(1_500).await);
        service.clock.advance(TimeDelta::minutes(1));
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4403);
        assert!(reason.starts_with("Forbidden: The access token has expired."), "{reason}");
    };
    // Nothing ends for who has no token. It is heard all the while, because whoever gives no sign of life is given up on.
    tokio::select! {
        biased;
        heard = reader.hear() => panic!("{heard:#}"),
        () = ends => {}
    }
    assert!(reader.is_silent_for(1_500).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_after_the_token_has_ended_is_not_told() {
    // Nothing else looks at the token here before the event does.
    let service = TestService::with(&["--no-worker", "--keep-alive-seconds", "600"]).await;
    let document = service.bridges().await;
    let mut socket = listening(&service, &service.moderator(document).await, ITEMS, document).await;
    service.clock.advance(TimeDelta::minutes(15));
    service.anybody().comment_id(&document.to_string(), "Too late.").await;
    assert_eq!(socket.closed().await.0, 4403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_ends_when_its_session_is_signed_out() {
    let service = TestService::with(&["--no-worker", "--keep-alive-seconds", "1"]).await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let mut socket = listening(&service, &moderator, ITEMS, document).await;
    moderator.data("mutation { signOut { signedOut } }", json!({})).await;
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.as_str()), (4403, "Forbidden: This session has ended. Sign in again."));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_on_one_database_hear_of_each_other() {
    let first = TestService::start().await;
    let document = first.bridges_after().await;
    let second = TestService::on(first.database_url.clone(), first.data_dir.clone(), &["--no-worker"]).await;
    let mut sockets = Vec::new();
    for service in [&first, &second] {
        sockets.push(listening(service, &service.anybody(), PUBLISHED, document).await);
    }
    for (n, service) in [&first, &second].into_iter().enumerate() {
        let comment = service.anybody().comment_id(&document.to_string(), &format!("At service {n}.")).await;
        for socket in &mut sockets {
            assert_eq!(socket.answer("1").await["data"]["commentPublished"]["id"], comment.as_str());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_waits_for_transactions_that_began_before_it_and_none_is_skipped() {
    use diesel_async::SimpleAsyncConnection;
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let mut socket = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let comment = service.anybody().comment_id(&document.to_string(), "Seen at once.").await;
    assert_eq!(socket.answer("1").await["data"]["commentPublished"]["id"], comment.as_str());
    // A transaction that has written and takes its time.
    let target = answerable::db::Target::parse(&service.database_url, None).unwrap();
    let mut slow = target.dial(None).await.unwrap();
    let late = format!(
        "BEGIN; INSERT INTO events (kind, document_id, subject_id, created_at)
         VALUES ('COMMENT_PUBLISHED', '{}', '{}', now())",
        document.0,
        comment.parse::<answerable::ids::CommentId>().unwrap().0
    );
    slow.batch_execute(&late).await.unwrap();
    let other = service.anybody().comment_id(&document.to_string(), "Waits for the other.").await;
    let hidden = service.anybody().comment_id(&document.to_string(), "Hidden before it is told.").await;
    service.moderator(document).await.decides(&hidden, 1, "HIDE").await;
    assert!(socket.is_silent_for(1_000).await);
    slow.batch_execute("COMMIT").await.unwrap();
    assert_eq!(socket.answer("1").await["data"]["commentPublished"]["id"], comment.as_str(), "the late one");
    assert_eq!(socket.answer("1").await["data"]["commentPublished"]["id"], other.as_str());
    assert!(socket.is_silent_for(500).await, "what is hidden by now is not told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_goes_on_hearing_when_the_database_had_gone() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let mut socket = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'answerable' AND pid <> pg_backend_pid()";
    postgres::order(&service.database_url, ended).await;
    let comment = service.anybody().comment_id(&document.to_string(), "Still there?").await;
    assert_eq!(socket.answer("1").await["data"]["commentPublished"]["id"], comment.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_service_ends_sockets_and_streams_do() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let mut socket = listening(&service, &service.anybody(), PUBLISHED, document).await;
    let mut silent = Socket::silent(&service.base).await;
    let mut stream = streams::Events::of(&service.anybody(), PUBLISHED, document).await;
    let (ended, ()) = tokio::join!(in_time("the service ends", service.stop()), async {
        assert_eq!(socket.closed().await.0, 1001);
        assert_eq!(silent.closed().await.0, 1001);
        assert_eq!(stream.next().await, None);
    });
    drop(ended);
}
