//! Documents by name: what clients leave here, what only is trusted, and what caches may keep of the answers.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TestService, contributions::text};

const TITLES: &str = "query Titles { documents { nodes { title } } }";

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn hash_of(text: &str) -> String {
    answerable::seal::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn by_hash(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn post(service: &TestService, body: Value) -> (StatusCode, Value) {
    let sent = service.anybody().post("/graphql").json(&body).send().await.unwrap();
    (sent.status(), sent.json().await.unwrap())
}

fn get(service: &TestService, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let parameters: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    service.anybody().get(&format!("/graphql?{}", parameters.join("&")))
}

fn code(answer: &Value) -> String {
    text(&answer["errors"][0]["extensions"]["code"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_leaves_a_document_and_names_it_from_then_on() {
    let service = TestService::start().await;
    service.bridges().await;
    let hash = hash_of(TITLES);
    let (status, unknown) = post(&service, json!({ "extensions": by_hash(&hash) })).await;
    assert_eq!((status, code(&unknown).as_str()), (StatusCode::OK, "PERSISTED_QUERY_NOT_FOUND"));
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");
    // Nobody puts another text in its place, and nothing that is refused is kept.
    let (status, other) =
        post(&service, json!({ "query": "{ viewer { id } }", "extensions": by_hash(&hash) })).await;
    assert_eq!((status, code(&other).as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"));
    let bad = format!("{{ {} }}", "a ".repeat(3_000));
    let (_, refused) = post(&service, json!({ "query": bad, "extensions": by_hash(&hash_of(&bad)) })).await;
    assert_eq!(code(&refused), "BAD_REQUEST");
    let (_, refused) = post(&service, json!({ "extensions": by_hash(&hash_of(&bad)) })).await;
    assert_eq!(code(&refused), "PERSISTED_QUERY_NOT_FOUND");
    let (_, left) = post(&service, json!({ "query": TITLES, "extensions": by_hash(&hash) })).await;
    let (_, found) = post(&service, json!({ "extensions": by_hash(&hash) })).await;
    assert!(left["data"]["documents"]["nodes"][0]["title"].is_string());
    assert_eq!(left, found);
    let by_get = get(&service, &[("extensions", &by_hash(&hash).to_string())]).send().await.unwrap();
    assert_eq!(by_get.json::<Value>().await.unwrap(), found);
    let by_id = get(&service, &[("documentId", &format!("sha256:{hash}"))]).send().await.unwrap();
    assert_eq!(by_id.json::<Value>().await.unwrap(), found);
    for wrong in
        [json!({ "persistedQuery": { "version": 2, "sha256Hash": hash } }), json!({ "persistedQuery": 1 })]
    {
        let (status, _) = post(&service, json!({ "extensions": wrong })).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
    // What is not found must not stay not found in a cache.
    let missing = get(&service, &[("extensions", &by_hash(&hash_of("x")).to_string())]).send().await.unwrap();
    assert_eq!(missing.headers()["cache-control"], "no-store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_has_an_end_and_can_be_switched_off() {
    let service = TestService::with(&["--no-worker", "--persisted-queries-mib", "1"]).await;
    let of = |number: usize| format!("{{ a{number}: __typename }} # {}", "x".repeat(90_000));
    for number in 0..20 {
        let text = of(number);
        let (_, left) =
            post(&service, json!({ "query": text, "extensions": by_hash(&hash_of(&text)) })).await;
        assert!(left["data"].is_object(), "{left}");
    }
    let found =
        async |number| post(&service, json!({ "extensions": by_hash(&hash_of(&of(number))) })).await.1;
    assert!(found(19).await["data"].is_object());
    assert_eq!(code(&found(0).await), "PERSISTED_QUERY_NOT_FOUND");
    let without = TestService::with(&["--no-worker", "--persisted-queries-mib", "0"]).await;
    let (_, answer) =
        post(&without, json!({ "query": TITLES, "extensions": by_hash(&hash_of(TITLES)) })).await;
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_SUPPORTED");
}

/// A service that runs these documents alone.
async fn trusting(folder: &TempDir, manifest: &Value) -> TestService {
    let file = folder.path().join("manifest.json");
    std::fs::write(&file, manifest.to_string()).unwrap();
    TestService::with(&["--no-worker", "--trusted-documents", file.to_str().unwrap()]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_trusted_documents_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let section = "query Page($slug: String!, $first: Int) { document(slug: $slug) { title sections(first: $first) { nodes { title } } } }";
    let sign_out = "mutation Out { signOut { signedOut } }";
    let nodes = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
        { "id": "titles-1", "name": "Titles", "type": "query", "body": TITLES },
        { "id": "page-1", "name": "Page", "type": "query", "body": section },
        { "id": "nodes-1", "name": "Nodes", "type": "query", "body": nodes },
        { "id": "out-1", "name": "Out", "type": "mutation", "body": sign_out },
    ] });
    let service = trusting(&folder, &manifest).await;
    service.bridges().await;
    for body in [
        json!({ "documentId": "titles-1" }),
        json!({ "documentId": format!("sha256:{}", hash_of(TITLES)) }),
        json!({ "extensions": by_hash(&hash_of(TITLES)) }),
        json!({ "query": TITLES, "extensions": by_hash(&hash_of(TITLES)), "operationName": "Titles" }),
        json!({ "documentId": "page-1", "variables": { "slug": "bridges", "first": 2 } }),
        json!({ "documentId": "nodes-1", "variables": { "ids": [] } }),
    ] {
        let (status, answer) = post(&service, body.clone()).await;
        assert!(status == StatusCode::OK && answer["data"].is_object(), "{body}: {answer:#}");
    }
    for body in [
        json!({ "query": TITLES }),
        json!({ "query": "{ __schema { types { name } } }" }),
        json!({ "documentId": "titles-2" }),
        json!({ "documentId": "titles-1", "query": TITLES }),
        json!({ "query": "{ __typename }", "extensions": by_hash(&hash_of("{ __typename }")) }),
        json!({ "query": "{ __typename }", "extensions": by_hash(&hash_of(TITLES)) }),
        json!({}),
    ] {
        let (status, answer) = post(&service, body.clone()).await;
        assert_eq!((status, code(&answer).as_str()), (StatusCode::BAD_REQUEST, "BAD_REQUEST"), "{body}");
        assert!(answer.get("data").is_none(), "{body}: {answer:#}");
    }
    let write = get(&service, &[("documentId", "out-1")]).send().await.unwrap();
    assert_eq!(write.status(), StatusCode::METHOD_NOT_ALLOWED);
    let page = get(&service, &[("documentId", "page-1"), ("variables", "{\"slug\":\"bridges\"}")]);
    let page = page.send().await.unwrap();
    assert!(page.headers()["cache-control"].to_str().unwrap().starts_with("public, max-age=0, s-maxage=10"));
    // The service's own pages go on as before.
    assert_eq!(service.anybody().get("/").send().await.unwrap().status(), StatusCode::OK);

    let plain = trusting(&folder, &json!({ "abc": TITLES })).await;
    let (_, answer) = post(&plain, json!({ "documentId": "abc" })).await;
    assert!(answer["data"].is_object(), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_a_document_that_would_be_refused_stops_the_start() {
    use answerable::{app::Service, clock::Clock};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifest.json");
    let database_url = crate::support::postgres::fresh_database().await;
    let path = file.to_str().unwrap();
    let further = ["--no-worker", "--trusted-documents", path];
    for (manifest, why) in [
        (
            json!({ "good": TITLES, "bad": "{ documents { nodes { titel } } }" }),
            "`bad` would be refused: Unknown field \"titel\"",
        ),
        (json!({ "bad": "{ documents" }), "cannot be read"),
        (json!({ "bad": "mutation($x: Int!) { signOut { signedOut } }" }), "not used"),
        (
            json!({ "bad": "{ documents(first: 100) { nodes { sections(first: 100) { nodes { comments(first: 100) { nodes { id } } } } } } }" }),
            "complex",
        ),
        (json!([]), "neither a manifest"),
    ] {
        std::fs::write(&file, manifest.to_string()).unwrap();
        let config = crate::support::service::config(&database_url, folder.path(), &further);
        let clock = Clock::fixed(crate::support::service::now());
        let error = Service::start(config, clock, &|_| {}).await.err().expect("it does not start");
        let text = error.to_string();
        assert!(text.contains(why) && text.contains("manifest.json"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caches_keep_what_is_the_same_for_everybody_and_nothing_else() {
    let service = TestService::with(&["--no-worker", "--cache-seconds", "30"]).await;
    let bridges = service.bridges().await;
    let first = get(&service, &[("query", TITLES)]).send().await.unwrap();
    assert_eq!(first.headers()["cache-control"], "public, max-age=0, s-maxage=30, must-revalidate");
    assert_eq!(first.headers()["vary"], "Accept, Authorization");
    let tag = first.headers()["etag"].clone();
    let body = first.text().await.unwrap();
    let ask = async |tag: &str| {
        get(&service, &[("query", TITLES)]).header("if-none-match", tag).send().await.unwrap()
    };
    for given in [tag.to_str().unwrap(), &format!("\"x\", W/{}", tag.to_str().unwrap()), "*"] {
        let same = ask(given).await;
        assert_eq!((same.status(), &same.headers()["etag"]), (StatusCode::NOT_MODIFIED, &tag));
        assert_eq!(same.headers()["vary"], "Accept, Authorization");
        assert!(same.headers()["cache-control"].to_str().unwrap().starts_with("public"));
        assert!(same.text().await.unwrap().is_empty());
    }
    assert_eq!(ask("\"x\"").await.text().await.unwrap(), body);
    crate::support::postgres::order(&service.database_url, "UPDATE documents SET title = 'Fords'").await;
    let changed = ask(tag.to_str().unwrap()).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"], tag);

    let private = async |request: reqwest::RequestBuilder, why: &str| {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store", "{why}");
        assert!(!answer.headers().contains_key("etag"), "{why}");
    };
    let moderator = service.moderator(bridges).await;
    private(moderator.get(&format!("/graphql?query={}", percent_encoded(TITLES))), "signed in").await;
    private(get(&service, &[("query", "{ viewer { id } }")]), "about the viewer").await;
    private(get(&service, &[("query", "{ node(id: \"x\") { id } __typename }")]), "with an error").await;
    private(get(&service, &[("query", "{ documents { nodes { nothing } } }")]), "refused").await;
    private(get(&service, &[("query", "{ receipt(token: \"x\") { reference } }")]), "a receipt").await;
    let form = "{ document(slug: \"bridges\") { formToken } }";
    private(get(&service, &[("query", form)]), "a form that somebody else had first").await;
    private(service.anybody().post("/graphql").json(&json!({ "query": TITLES })), "by POST").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_listed_origins_may_use_the_api() {
    let listed = "https://app.example.org,http://localhost:3000";
    let service = TestService::with(&["--no-worker", "--cors-origins", listed]).await;
    let ask = async |service: &TestService, origin: &str, method: Method| {
        let mut request = reqwest::Client::new().request(method.clone(), format!("{}/graphql", service.base));
        request = request.header("origin", origin);
        if method == Method::OPTIONS {
            request = request
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type,authorization");
        } else {
            request = request.json(&json!({ "query": "{ __typename }" }));
        }
        let answer = request.send().await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
        (answer.status().as_u16(), answer.headers().clone())
    };
    let (status, first) = ask(&service, "http://localhost:3000", Method::OPTIONS).await;
    assert_eq!(
        (status, &first["access-control-allow-origin"]),
        (204, &"http://localhost:3000".parse().unwrap())
    );
    assert!(first["access-control-allow-methods"].to_str().unwrap().contains("POST"));
    for header in ["content-type", "authorization"] {
        assert!(first["access-control-allow-headers"].to_str().unwrap().contains(header));
    }
    let (status, answer) = ask(&service, "https://app.example.org", Method::POST).await;
    assert_eq!(
        (status, &answer["access-control-allow-origin"]),
        (200, &"https://app.example.org".parse().unwrap())
    );
    let vary: Vec<_> = answer.get_all("vary").iter().map(|vary| vary.to_str().unwrap()).collect();
    assert_eq!(vary.join(", "), "Accept, Authorization, Origin");
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.org.evil.example",
        "https://APP.example.org:8443",
    ] {
        for method in [Method::OPTIONS, Method::POST] {
            let (_, other) = ask(&service, origin, method).await;
            assert!(!other.contains_key("access-control-allow-origin"), "{origin}");
            assert!(!other.contains_key("access-control-allow-methods"), "{origin}");
        }
    }
    let by_default = TestService::start().await;
    let (_, none) = ask(&by_default, "https://app.example.org", Method::OPTIONS).await;
    assert!(!none.contains_key("access-control-allow-origin"));
}
