//! The endpoint as HTTP: methods, media types, limits, health.

use std::fmt::Write;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::{TestService, contributions::text, patience::in_time};

const GRAPHQL: &str = "application/graphql-response+json";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_goes_by_get_and_a_mutation_does_not() {
    let service = TestService::start().await;
    let reader = service.anybody();
    let read = reader.get("/graphql?query=%7B__typename%7D").send().await.unwrap();
    assert_eq!(read.status(), 200);
    assert_eq!(read.json::<Value>().await.unwrap(), json!({ "data": { "__typename": "Query" } }));
    let ordered = reader
        .get("/graphql?query=%7Bz%3A__typename%20a%3A__typename%20m%3A__typename%7D")
        .send()
        .await
        .unwrap();
    let ordered = ordered.text().await.unwrap();
    assert_eq!(
        ordered, r#"{"data":{"z":"Query","a":"Query","m":"Query"}}"#,
        "fields come in the order asked for"
    );
    let named = "/graphql?query=query+A%7Ba%3A__typename%7Dquery+B%7Bb%3A__typename%7D&operationName=B&variables=%7B%7D";
    assert_eq!(
        reader.get(named).send().await.unwrap().json::<Value>().await.unwrap()["data"],
        json!({ "b": "Query" })
    );
    let write = reader.get("/graphql?query=mutation%7BsignOut%7BsignedOut%7D%7D").send().await.unwrap();
    assert_eq!(write.status(), 405);
    assert_eq!(write.headers()["allow"], "POST");
    assert_eq!(reader.get("/graphql").send().await.unwrap().status(), 400);
    let delete = reader.delete("/graphql").send().await.unwrap();
    assert_eq!(
        (delete.status().as_u16(), &delete.headers()["allow"]),
        (405, &"GET, HEAD, POST, OPTIONS".parse().unwrap())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_json_is_taken_one_request_at_a_time() {
    let service = TestService::start().await;
    let reader = service.anybody();
    let body = json!({ "query": "{ __typename }" }).to_string();
    for (media, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let sent =
            reader.post("/graphql").header(CONTENT_TYPE, media).body(body.clone()).send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status, "{media}");
    }
    assert_eq!(reader.post("/graphql").body(body.clone()).send().await.unwrap().status(), 415);
    for (body, status) in [
        (format!("[{body}]"), 400),
        ("{".to_owned(), 400),
        ("{}".to_owned(), 400),
        ("{\"query\": 7}".to_owned(), 400),
        ("{\"query\": \"{ __typename }\", \"variables\": []}".to_owned(), 400),
        (format!("{{\"query\": \"{{ __typename }}\", \"x\": \"{}\"}}", "y".repeat(1_100_000)), 413),
    ] {
        let sent = reader
            .post("/graphql")
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone())
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status().as_u16(), status, "{}", &body[..body.len().min(80)]);
        let answer: Value = sent.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST");
        assert!(answer.get("data").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_comes_in_the_media_type_that_was_asked_for() {
    let service = TestService::start().await;
    let reader = service.anybody();
    let ask = async |accept: &str, query: &str| {
        let body = json!({ "query": query });
        let answer = reader.post("/graphql").header(ACCEPT, accept).json(&body).send().await.unwrap();
        let media = answer.headers().get(CONTENT_TYPE).map(|media| media.to_str().unwrap().to_owned());
        (answer.status().as_u16(), media.unwrap_or_default())
    };
    let new = format!("{GRAPHQL}; charset=utf-8");
    let old = "application/json; charset=utf-8".to_owned();
    assert_eq!(ask(GRAPHQL, "{ __typename }").await, (200, new.clone()));
    assert_eq!(ask("*/*", "{ __typename }").await, (200, old.clone()));
    assert_eq!(ask(GRAPHQL, "{ nothing }").await, (400, new.clone()));
    assert_eq!(ask("application/json", "{ nothing }").await, (200, old.clone()));
    assert_eq!(ask(GRAPHQL, "{").await, (400, new.clone()));
    assert_eq!(ask("application/json", "{").await, (200, old));
    // What was run answers 200, though a field of it failed.
    assert_eq!(ask(GRAPHQL, "{ node(id: \"x\") { id } }").await, (200, new));
    assert_eq!(ask("text/html", "{ __typename }").await.0, 406);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_is_refused_before_it_costs_anything() {
    let service = TestService::start().await;
    let reader = service.anybody();
    let mut bomb = "{ ...f0 }".to_owned();
    for i in 0..24 {
        write!(bomb, " fragment f{i} on Query {{ ...f{0} ...f{0} }}", i + 1).unwrap();
    }
    bomb += " fragment f24 on Query { __typename }";
    let replies = (0..40).fold("id".to_owned(), |inner, _| format!("replies {{ nodes {{ {inner} }} }}"));
    let deep = format!("{{ document(slug: \"a\") {{ comments {{ nodes {{ {replies} }} }} }} }}");
    let wide = "{ documents(first: 100) { nodes { sections(first: 100) { nodes { comments(first: 100) { nodes { id } } } } } } }";
    for query in [&bomb, &deep, wide, &"a ".repeat(60_000)] {
        let answer = in_time("it is refused", reader.ask(query, json!({}))).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer}");
        assert!(answer.get("data").is_none(), "{answer}");
    }
    // What tools ask to know the schema goes through.
    let known = reader.data("{ __schema { types { name fields { name args { name type { name ofType { name ofType { name ofType { name } } } } } } } } }", json!({})).await;
    assert!(known["__schema"]["types"].as_array().unwrap().len() > 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_query_cannot_ask_for_a_long_text_again_and_again() {
    let service = TestService::with(&["--no-worker", "--max-repeats", "1000"]).await;
    let long = "A ferry is no bridge. ".repeat(10_000);
    service.import(&format!("---\ntitle: Long\nslug: long\nphase: open\n---\n\n# One\n\n{long}\n")).await;
    let section = |aliases: usize| {
        let texts: String = (0..aliases).map(|at| format!("a{at}: blocks {{ body {{ plain }} }} ")).collect();
        format!("{{ section(documentSlug: \"long\", slug: \"one\") {{ {texts} }} }}")
    };
    let reader = service.anybody();
    let some = reader.data(&section(20), json!({})).await;
    assert_eq!(text(&some["section"]["a19"][0]["body"]["plain"]), long.trim());
    assert_eq!(reader.error(&section(200), json!({})).await, "BAD_REQUEST");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_query_does_not_hold_the_pool_against_itself() {
    let service = TestService::start().await;
    service.bridges().await;
    // Many times more readings at once than the pool has connections, of both kinds.
    let many: String = (0..60)
        .map(|at| format!("a{at}: documents(first: 1) {{ totalCount nodes {{ commentCount sections {{ totalCount }} }} }} "))
        .collect();
    let query = format!("{{ d: document(slug: \"bridges\") {{ commentCount }} {many} }}");
    for _ in 0..5 {
        let asked = service.anybody();
        // Who waits for a connection in vain is told so after ten seconds.
        let answer = in_time("it does not wait for itself", asked.data(&query, json!({}))).await;
        assert_eq!(answer["a59"]["totalCount"], 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_small() {
    let service = TestService::start().await;
    let sent =
        service.anybody().post("/sign-in/link").form(&[("email", "x".repeat(100_000))]).send().await.unwrap();
    assert_eq!(sent.status(), 413);
    let bare = service.anybody().post("/sign-in/link").form(&[("other", "x")]).send().await.unwrap();
    assert_eq!(bare.status(), 400);
    assert!(bare.text().await.unwrap().contains("Enter an e-mail address"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_of_ours_says_nothing_of_what_is_inside() {
    let service = TestService::start().await;
    service.bridges().await;
    crate::support::postgres::order(&service.database_url, "ALTER TABLE comment_counts RENAME TO elsewhere")
        .await;
    let answer =
        service.anybody().ask("{ document(slug: \"bridges\") { title commentCount } }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    let message = text(&answer["errors"][0]["message"]);
    let trace = text(&answer["errors"][0]["extensions"]["traceId"]);
    assert!(
        message.contains(&trace) && !message.contains("comment_counts") && !message.contains("relation"),
        "{message}"
    );
    let page = service.anybody().get("/").send().await.unwrap();
    assert_eq!(page.status(), 500);
    let page = page.text().await.unwrap();
    assert!(page.contains("quote <code>") && !page.contains("comment_counts"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_tells_alive_from_ready() {
    let service = TestService::start().await;
    let reader = service.anybody();
    let status = async |path: &str| reader.get(path).send().await.unwrap().status().as_u16();
    assert_eq!((status("/healthz").await, status("/readyz").await), (200, 200));
    let metrics = reader.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("answerable_http_requests_total"), "{metrics}");
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')";
    crate::support::postgres::order(&service.database_url, newer).await;
    assert_eq!((status("/healthz").await, status("/readyz").await), (200, 503));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_tells_browsers_what_not_to_do() {
    let service = TestService::start().await;
    for path in [
        "/",
        "/graphql?query=%7B__typename%7D",
        "/explorer",
        "/sign-in",
        "/nowhere",
        "/healthz",
        "/receipts/x",
        "/schema.graphql",
    ] {
        let answer = service.anybody().get(path).send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"),
            "{path}"
        );
        assert!(!headers.contains_key("strict-transport-security"), "{path}: not everybody has TLS");
    }
    // What the router refuses is an answer as well.
    let refused = service.anybody().delete("/").send().await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-content-type-options"]),
        (405, &"nosniff".parse().unwrap())
    );
    assert!(refused.headers().contains_key("content-security-policy"));
    let explorer = service.anybody().get("/explorer").send().await.unwrap().text().await.unwrap();
    let script = explorer.split("src=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(service.anybody().get(&format!("/assets/{script}")).send().await.unwrap().status(), 200);
    let by_tls = TestService::with(&["--no-worker", "--public-url", "https://consult.example.org"]).await;
    for path in ["/", "/graphql?query=%7B__typename%7D", "/nowhere"] {
        let answer = by_tls.anybody().get(path).send().await.unwrap();
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_has_its_fields_in_the_order_they_were_asked_for() {
    let service = TestService::start().await;
    service.bridges().await;
    // Some of them are known at once, others when the database has answered.
    let query = "{ document(slug: \"bridges\") { commentCount comments { totalCount } title sections { totalCount nodes { body { plain } next { title } slug } } slug } }";
    let ask = async || {
        let request = service.anybody().post("/graphql").json(&json!({ "query": query }));
        request.send().await.unwrap().text().await.unwrap()
    };
    let first = ask().await;
    let place = |name: &str| first.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("{name}: {first}"));
    let names = ["commentCount", "comments", "sections", "nodes", "body", "next"];
    assert!(names.map(place).is_sorted(), "{first}");
    assert!(first.ends_with("\"slug\":\"bridges\"}}}"), "{first}");
    for _ in 0..10 {
        assert_eq!(ask().await, first);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_has_failed_is_null_and_not_left_out() {
    let service = TestService::start().await;
    service.bridges().await;
    let reader = service.anybody();
    let in_part = "{ documents { nodes { slug rules { id } title } } node(id: \"x\") { id } }";
    let answer = reader.ask(in_part, json!({})).await;
    let document = &answer["data"]["documents"]["nodes"][0];
    assert_eq!((document.get("rules"), document["slug"].as_str()), (Some(&Value::Null), Some("bridges")));
    assert_eq!(answer["data"].get("node"), Some(&Value::Null));
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
    // Nothing that was asked for could be given; but there it is.
    let alone = reader.ask("{ document(slug: \"bridges\") { rules { id } } }", json!({})).await;
    assert_eq!(alone["data"], json!({ "document": { "rules": null } }));
    // A list that cannot be missing takes the answer along.
    let whole = reader.ask("{ viewer { id } documents(first: -1) { nodes { id } } }", json!({})).await;
    assert_eq!(whole["data"], Value::Null);
}
