//! Changing for how long contributors can be reached.

use answerable::{identity::Role, privacy};
use serde_json::{Value, json};

use crate::support::{TestService, contributions::text, documents::BRIDGES};

const SET: &str = "mutation($document: ID!, $days: Int!) {
  setDocumentPolicies(input: { documentId: $document, retentionDays: $days }) {
    document { contactErasedAt retentionChange { at daysBefore by { displayName } } } errors { code } } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_shortens_it_can_undo_it_for_a_week_and_is_known() {
    let service = TestService::start().await;
    let open = service.bridges().await.to_string();
    let closing = BRIDGES.replace("phase: open", "phase: open\ncloses: 2027-03-10T00:00:00Z");
    let document = service.import(&closing.replace("slug: bridges", "slug: closing")).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    let says = "query($id: ID!) { node(id: $id) { ... on Document { contactErasedAt } } }";
    let says = async |id: &str| {
        service.anybody().data(says, json!({ "id": id })).await["node"]["contactErasedAt"].clone()
    };
    assert_eq!(says(&document.to_string()).await, "2028-03-09T00:00:00Z", "everybody can know");
    assert_eq!(says(&open).await, Value::Null, "nobody knows when it closes");
    let sets = async |name: &str, role: Role, days: i32| {
        // A token does not last for what goes on here.
        let actor = service.signed_in(name, role, Some(document).filter(|_| role == Role::Editor)).await;
        let set = actor.data(SET, json!({ "document": document.to_string(), "days": days })).await;
        assert_eq!(set["setDocumentPolicies"]["errors"], json!([]));
        set["setDocumentPolicies"]["document"].clone()
    };
    let reachable = async |at: &str| {
        service.until(at);
        privacy::tidy(&service.ctx).await.unwrap();
        service.work().await;
        service.count("FROM contributors WHERE email_sealed IS NOT NULL").await
    };

    // Long since closed: by the new days it would be over at once.
    service.until("2027-06-01T00:00:00Z");
    let set = sets("Ed", Role::Editor, 30).await;
    assert_eq!(set["contactErasedAt"], "2027-06-08T00:00:00Z");
    let change = json!({ "at": "2027-06-01T00:00:00Z", "daysBefore": 365, "by": { "displayName": "Ed" } });
    assert_eq!(set["retentionChange"], change);
    assert_eq!(reachable("2027-06-01T00:00:00Z").await, 1);
    // Another change puts nothing off, and the same again is none.
    service.until("2027-06-03T00:00:00Z");
    let set = sets("Ed", Role::Editor, 40).await;
    assert_eq!(set["contactErasedAt"], "2027-06-08T00:00:00Z");
    let again = sets("Ann", Role::Administrator, 40).await;
    assert_eq!(again["retentionChange"], set["retentionChange"]);
    assert_eq!(reachable("2027-06-07T23:59:59Z").await, 1);
    let back = sets("Ann", Role::Administrator, 365).await;
    assert_eq!(back["contactErasedAt"], "2028-03-09T00:00:00Z");
    assert_eq!(text(&back["retentionChange"]["by"]["displayName"]), "Ann");
    assert_eq!(reachable("2027-06-30T00:00:00Z").await, 1, "undone");
    // And a shortening that is left alone takes effect.
    let set = sets("Ed", Role::Editor, 30).await;
    assert_eq!(set["contactErasedAt"], "2027-07-07T00:00:00Z");
    assert_eq!(reachable("2027-07-06T23:59:59Z").await, 1);
    assert_eq!(reachable("2027-07-07T00:00:00Z").await, 0);
    // What is due to be erased is erased then, though the days are made fewer.
    let set = sets("Ed", Role::Editor, 20).await;
    assert_eq!(set["contactErasedAt"], "2027-07-07T00:00:00Z", "it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_closing_time_can_be_put_right_for_a_week() {
    let service = TestService::start().await;
    let closes = |at: &str| BRIDGES.replace("phase: open", &format!("phase: open\ncloses: {at}"));
    let document = service.import(&closes("2027-03-10T00:00:00Z")).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    let says = "query($id: ID!) { node(id: $id) { ... on Document { contactErasedAt } } }";
    let says = async || {
        let told = service.anybody().data(says, json!({ "id": document.to_string() })).await;
        text(&told["node"]["contactErasedAt"])
    };
    let reachable = async |at: &str| {
        service.until(at);
        privacy::tidy(&service.ctx).await.unwrap();
        service.work().await;
        service.count("FROM contributors WHERE email_sealed IS NOT NULL").await
    };
    // Two years too early.
    service.until("2027-06-01T00:00:00Z");
    service.import(&closes("2025-03-10T00:00:00Z")).await;
    assert_eq!(says().await, "2027-06-08T00:00:00Z");
    assert_eq!(reachable("2027-06-07T23:59:59Z").await, 1);
    service.import(&closes("2027-03-10T00:00:00Z")).await;
    assert_eq!(says().await, "2028-03-09T00:00:00Z");
    assert_eq!(reachable("2027-06-30T00:00:00Z").await, 1, "undone");
    service.import(&closes("2025-03-10T00:00:00Z")).await;
    assert_eq!(reachable("2027-07-06T23:59:59Z").await, 1);
    assert_eq!(reachable("2027-07-07T00:00:00Z").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_ordered_is_looked_at_again_before_it_is_done() {
    let service = TestService::start().await;
    let closing = BRIDGES.replace("phase: open", "phase: open\ncloses: 2027-03-10T00:00:00Z");
    let document = service.import(&closing).await;
    service.anybody().comments(&document.to_string(), "A word.").await;
    let administrator = async || service.administrator().await;
    let days = |days: i32| json!({ "document": document.to_string(), "days": days });
    administrator().await.data(SET, days(30)).await;
    service.until("2027-04-10T00:00:00Z");
    privacy::tidy(&service.ctx).await.unwrap();
    assert_eq!(service.count("FROM jobs WHERE kind = 'privacy.erase_contacts'").await, 1);
    // At the last moment.
    administrator().await.data(SET, days(365)).await;
    service.work().await;
    assert_eq!(service.count("FROM contributors WHERE email_sealed IS NOT NULL").await, 1);
}
