//! GraphQL over server-sent events.

use answerable::ids::DocumentId;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{ITEMS, PUBLISHED, of};
use crate::{
    connections::with_a_long_answer,
    support::{
        Actor, TestService,
        patience::{in_time, until},
    },
};

/// A stream of events that is being read.
pub struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// Begins to listen.
    pub async fn of(actor: &Actor, query: &str, document: DocumentId) -> Self {
        let mut events = Self::asked(actor, query, of(document)).await.unwrap();
        assert_eq!(events.raw().await.unwrap(), "", "a sign of life comes first");
        events
    }

    /// Asks for a stream; status and answer where there is none.
    pub async fn asked(actor: &Actor, query: &str, variables: Value) -> Result<Self, (u16, Value)> {
        let body = json!({ "query": query, "variables": variables });
        let asked = actor.post("/graphql").header(ACCEPT, "text/event-stream").json(&body);
        let response = asked.send().await.unwrap();
        if response.status() != 200 {
            return Err((response.status().as_u16(), response.json().await.unwrap()));
        }
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Ok(Self { response, text: String::new() })
    }

    /// The next event by its name and data; nothing at the end.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        // In all, however many signs of life come instead.
        in_time("something comes", self.next_but_signs_of_life()).await
    }

    async fn next_but_signs_of_life(&mut self) -> Option<(String, Value)> {
        loop {
            let block = self.raw().await?;
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let Some(event) = line("event:") {
                let data = line("data:").unwrap_or_default();
                let data = if data.is_empty() { Value::Null } else { serde_json::from_str(data).unwrap() };
                return Some((event.to_owned(), data));
            }
        }
    }

    /// The next block without comments.
    async fn raw(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block: String =
                    block.lines().filter(|line| !line.starts_with(':')).collect::<Vec<_>>().join("\n");
                self.text = String::from(rest);
                return Some(block);
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_tells_what_a_socket_tells() {
    let service = TestService::start().await;
    let document = service.bridges_after().await;
    let mut events = Events::of(&service.anybody(), PUBLISHED, document).await;
    let comment = service.anybody().comment_id(&document.to_string(), "Line one.\n\nLine two.").await;
    let (event, data) = events.next().await.unwrap();
    assert_eq!((event.as_str(), &data["data"]["commentPublished"]["id"]), ("next", &json!(comment)));
    assert_eq!(data["data"]["commentPublished"]["body"]["plain"], "Line one.\n\nLine two.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_as_a_stream_is_one_event_and_the_end() {
    let service = TestService::start().await;
    service.bridges().await;
    let query = "{ document(slug: \"bridges\") { title } }";
    let mut events = Events::asked(&service.anybody(), query, json!({})).await.unwrap();
    let title = json!({ "data": { "document": { "title": "Bridges for Everyone" } } });
    assert_eq!(events.next().await, Some(("next".into(), title)));
    assert_eq!(events.next().await, Some(("complete".into(), Value::Null)));
    assert_eq!(events.next().await, None);
    // By GET as well, and a mutation by POST alone.
    let by_get = |query: &str| {
        service.anybody().get(&format!("/graphql?query={query}")).header(ACCEPT, "text/event-stream").send()
    };
    let read = by_get("%7B__typename%7D").await.unwrap().text().await.unwrap();
    assert_eq!(
        read,
        "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}\n\nevent: complete\ndata:\n\n"
    );
    let write = by_get("mutation%7BsignOut%7BsignedOut%7D%7D").await.unwrap();
    assert_eq!(write.status(), 405);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_has_its_status_and_no_events() {
    let service = TestService::start().await;
    let document = service.bridges().await;
    let anybody = service.anybody();
    let elsewhere = service.administrator().await;
    for (actor, query, status, code) in [
        (&anybody, "subscription {", 400, "BAD_REQUEST"),
        (&anybody, "subscription { nothing }", 400, "BAD_REQUEST"),
        (&anybody, "{ nothing }", 400, "BAD_REQUEST"),
        (&anybody, ITEMS, 401, "UNAUTHENTICATED"),
        (&elsewhere, ITEMS, 403, "FORBIDDEN"),
        (&anybody.with_token("not.a.token"), PUBLISHED, 401, "UNAUTHENTICATED"),
    ] {
        let refused = Events::asked(actor, query, of(document)).await.err();
        let (was, answer) = refused.unwrap_or_else(|| panic!("{query} is not refused"));
        assert_eq!((was, &answer["errors"][0]["extensions"]["code"]), (status, &json!(code)), "{query}");
        assert!(answer.get("data").is_none());
    }
    // And a subscription that is asked for like a query says how to ask.
    let answer = anybody.ask(PUBLISHED, of(document)).await;
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("text/event-stream"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_the_session_and_says_so() {
    let service = TestService::with(&["--no-worker", "--keep-alive-seconds", "1"]).await;
    let document = service.bridges().await;
    let moderator = service.moderator(document).await;
    let mut events = Events::of(&moderator, ITEMS, document).await;
    moderator.data("mutation { signOut { signedOut } }", json!({})).await;
    let (event, data) = events.next().await.unwrap();
    assert_eq!(
        (event.as_str(), &data["errors"][0]["extensions"]["code"]),
        ("next", &json!("UNAUTHENTICATED"))
    );
    assert_eq!(events.next().await, Some(("complete".into(), Value::Null)));
    assert_eq!(events.next().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_given_up_free_their_places() {
    let service =
        TestService::with(&["--no-worker", "--streams-per-address", "2", "--keep-alive-seconds", "1"]).await;
    let document = service.bridges().await;
    let anybody = service.anybody();
    let first = Events::of(&anybody, PUBLISHED, document).await;
    let _second = Events::of(&anybody, PUBLISHED, document).await;
    let (status, answer) = Events::asked(&anybody, PUBLISHED, of(document)).await.err().unwrap();
    assert_eq!((status, &answer["errors"][0]["extensions"]["code"]), (429, &json!("RATE_LIMITED")));
    drop(first);
    until("the place of the first is free", async || {
        Events::asked(&anybody, PUBLISHED, of(document)).await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_holds_more_answers_than_its_share_ends() {
    let (service, long) =
        with_a_long_answer(&["--unread-answers-mib", "16", "--streams-per-address", "1"]).await;
    let anybody = service.anybody();
    let found = anybody.data("{ document(slug: \"long\") { id } }", json!({})).await;
    let document = found["document"]["id"].as_str().unwrap();
    let texts = long.split_once("slug:\"one\")").unwrap().1;
    let of_document = format!("document {{ section(slug: \"one\") {texts}");
    let told = format!("subscription($id: ID!) {{ commentPublished(documentId: $id) {{ {of_document} }} }}");
    let mut events = Events::asked(&anybody, &told, json!({ "id": document })).await.unwrap();
    for body in ["One.", "Two."] {
        anybody.comment_id(document, body).await;
    }
    // It has ended when its place is free, though nothing of it was read.
    until("it ends", async || Events::asked(&anybody, PUBLISHED, json!({ "id": document })).await.is_ok())
        .await;
    let (_, first) = events.next().await.unwrap();
    assert!(first["data"]["commentPublished"]["document"]["section"].is_object());
    let (_, second) = events.next().await.unwrap();
    assert_eq!(second["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(events.next().await, Some(("complete".into(), Value::Null)));
}
