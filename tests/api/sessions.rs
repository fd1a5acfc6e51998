//! Seeing where one is signed in, and ending it there.

use answerable::identity::Role;
use serde_json::{Value, json};

use crate::support::{Actor, TestService, contributions::text};

const SESSIONS: &str = "{ viewer { sessions { id device startedAt lastUsedAt expiresAt isCurrent } } }";
const END: &str = "mutation($id: ID!) { endSession(input: { id: $id }) { ended errors { code } } }";
const END_OTHERS: &str = "mutation { endOtherSessions { ended errors { code } } }";

async fn sessions(of: &Actor) -> Vec<Value> {
    of.data(SESSIONS, json!({})).await["viewer"]["sessions"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_sees_their_sessions_and_ends_them() {
    let service = TestService::start().await;
    let here = service.signed_in("Mair", Role::Editor, None).await;
    service.clock.advance(chrono::TimeDelta::minutes(5));
    let there = service.signed_in("Mair", Role::Editor, None).await;
    let everywhere = service.signed_in("Mair", Role::Editor, None).await;
    let listed = sessions(&here).await;
    assert_eq!(listed.len(), 3);
    let current: Vec<_> = listed.iter().filter(|session| session["isCurrent"] == true).collect();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0]["startedAt"], "2027-03-01T09:00:00Z");
    // The client of these tests says nothing about itself.
    assert_eq!(current[0]["device"], Value::Null);

    let theirs = sessions(&there).await;
    let own = theirs.iter().find(|session| session["isCurrent"] == true).unwrap();
    assert_eq!(here.data(END, json!({ "id": own["id"] })).await["endSession"]["ended"], true);
    assert_eq!(there.error(SESSIONS, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(here.error(END, json!({ "id": own["id"] })).await, "NOT_FOUND", "it has ended");

    // Nobody ends or sees another's.
    let stranger = service.signed_in("Stranger", Role::Administrator, None).await;
    assert_eq!(stranger.error(END, json!({ "id": current[0]["id"] })).await, "NOT_FOUND");
    let mair = text(&here.data("{ viewer { id } }", json!({})).await["viewer"]["id"]);
    let others = "query($id: ID!) { node(id: $id) { ... on Account { sessions { id } } } }";
    assert_eq!(stranger.error(others, json!({ "id": mair })).await, "FORBIDDEN");

    assert_eq!(here.data(END_OTHERS, json!({})).await["endOtherSessions"]["ended"], 1);
    assert_eq!(everywhere.error(SESSIONS, json!({})).await, "UNAUTHENTICATED");
    assert_eq!(sessions(&here).await.len(), 1);
    assert_eq!(sessions(&stranger).await.len(), 1, "only one's own");
    assert_eq!(service.anybody().error(END_OTHERS, json!({})).await, "UNAUTHENTICATED");
}
