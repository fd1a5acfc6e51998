//! What one request may ask for: each limit refuses with a sentence and a code, and what is refused costs next to nothing.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{
    TestService,
    contributions::{comment, text},
    patience::{in_time, until},
    postgres::{order, ordered},
    socket::Socket,
};

/// The message of the one error of a request that was refused before anything was run.
async fn refusal(service: &TestService, query: &str, variables: Value) -> String {
    let answer = service.anybody().ask(query, variables).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer:#}");
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer:#}");
    assert!(answer.get("data").is_none(), "{answer:#}");
    text(&answer["errors"][0]["message"])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_limit_is_a_setting() {
    let settings = [
        ("max-body-bytes", "{ __typename }", "9 bytes"),
        ("max-query-bytes", "{ documents { totalCount } }", "9 bytes"),
        ("max-tokens", "{ a b c d e f g h }", "9 words"),
        (
            "max-depth",
            "{ document(slug: \"a\") { comments { nodes { replies { nodes { replies { nodes { replies { nodes { replies { nodes { id } } } } } } } } } } } }",
            "9 levels",
        ),
        ("max-complexity", "{ documents(first: 10) { nodes { title } } }", "9 fields"),
        (
            "max-fields",
            "{ documents { nodes { id slug title language owner phase opensAt closesAt } } }",
            "9 fields",
        ),
        (
            "max-root-fields",
            "{ a:__typename b:__typename c:__typename d:__typename e:__typename f:__typename g:__typename h:__typename i:__typename j:__typename }",
            "9 fields at its top",
        ),
        (
            "max-aliases",
            "{ documents { a:nodes { b:id c:id d:id e:id f:id g:id h:id i:id j:id } } }",
            "9 aliases",
        ),
        ("max-repeats", "{ documents { nodes { id id id id id id id id id id } } }", "9 times"),
        ("max-directives", "{ __typename @a @a @a @a @a @a @a @a @a @a }", "9 directives"),
        (
            "max-fragments",
            "{ __typename } fragment a on Query { x } fragment b on Query { x } fragment c on Query { x } fragment d on Query { x } fragment e on Query { x } fragment f on Query { x } fragment g on Query { x } fragment h on Query { x } fragment i on Query { x } fragment j on Query { x }",
            "9 fragments",
        ),
        (
            "max-operations",
            "query a { x } query b { x } query c { x } query d { x } query e { x } query f { x } query g { x } query h { x } query i { x } query j { x }",
            "9 operations",
        ),
        ("max-value-depth", "{ documents(first: [[[[[[[[[[1]]]]]]]]]]) { totalCount } }", "9 deep"),
    ];
    for (setting, query, why) in settings {
        let service = TestService::with(&["--no-worker", &format!("--{setting}"), "9"]).await;
        let said = refusal(&service, query, json!({})).await;
        assert!(said.contains(why), "{setting}: {said}");
    }
    let service = TestService::with(&["--no-worker", "--max-values", "9"]).await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let said = refusal(&service, query, json!({ "ids": vec!["a"; 9] })).await;
    assert!(said.contains("9 values"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_shows_as_many_errors_as_are_of_use() {
    let service = TestService::with(&["--no-worker", "--max-errors", "3"]).await;
    let shown = async |query: &str| {
        let answer = service.anybody().ask(query, json!({})).await;
        let errors = answer["errors"].as_array().unwrap().clone();
        assert!(errors.iter().all(|error| error["extensions"]["code"] == "BAD_REQUEST"), "{answer:#}");
        (errors.len(), text(&errors[errors.len() - 1]["message"]))
    };
    // Of validation, and of what was run.
    let unknown: String = (0..50).map(|at| format!("unknown{at} ")).collect();
    assert_eq!(shown(&format!("{{ {unknown} }}")).await, (4, "47 more errors are not shown.".into()));
    let failing: String = (0..50).map(|at| format!("a{at}: node(id: \"x\") {{ id }} ")).collect();
    assert_eq!(shown(&format!("{{ {failing} }}")).await, (4, "47 more errors are not shown.".into()));
    assert_eq!(shown("{ a b c d }").await, (4, "1 more error is not shown.".into()));
    assert_eq!(shown("{ a b c }").await.0, 3);
}

/// Holds the documents back from everybody for as long as the connection is kept.
pub async fn locked(service: &TestService) -> AsyncPgConnection {
    ordered(&service.database_url, "BEGIN; LOCK TABLE documents IN ACCESS EXCLUSIVE MODE").await
}

/// Waits until there is such a row.
pub async fn comes_about(service: &TestService, from: &str) {
    until(from, async || service.count(from).await > 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_takes_too_long_is_given_up_on() {
    let service = TestService::with(&["--no-worker", "--query-timeout-ms", "300"]).await;
    service.bridges().await;
    let lock = locked(&service).await;
    let asked = refusal(&service, "{ documents { nodes { title } } }", json!({}));
    let said = in_time("it is given up on", asked).await;
    assert!(said.contains("takes too long"), "{said}");
    // Over a socket as well, and what is only looked at before it is listened to.
    let mut socket = Socket::of(&service.anybody()).await;
    let listen =
        "subscription { commentPublished(documentId: \"document_01h455vb4pex5vsknk084sn02q\") { id } }";
    for query in ["{ documents { nodes { title } } }", listen] {
        socket.subscribe("1", query, json!({})).await;
        assert_eq!(socket.refusal("1").await, ["BAD_REQUEST"], "{query}");
    }
    drop(lock);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_the_database_ended_is_told_as_what_it_is() {
    let service = TestService::start().await;
    service.bridges().await;
    let _lock = locked(&service).await;
    let reader = service.anybody();
    let asked = tokio::spawn(async move { reader.ask("{ documents { nodes { title } } }", json!({})).await });
    // As its time limit would: the server of the tests has none. Others may wait as well, of the service's own.
    let waiting = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until("it is ended", async || {
        order(&service.database_url, &format!("SELECT pg_cancel_backend(pid) {waiting}")).await;
        asked.is_finished()
    })
    .await;
    let answer = asked.await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer:#}");
    assert!(text(&answer["errors"][0]["message"]).contains("took the database too long"), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_suggested_and_the_schema_shown_unless_that_is_switched_off() {
    let open = TestService::start().await;
    let closed = TestService::with(&["--no-worker", "--no-suggestions", "--no-introspection"]).await;
    let message = async |service: &TestService, query: &str| {
        text(&service.anybody().ask(query, json!({})).await["errors"][0]["message"])
    };
    let misspelt = "{ documents(frist: 1) { totalCount } }";
    assert!(message(&open, misspelt).await.ends_with("Did you mean \"first\"?"));
    assert!(message(&open, "{ documants { totalCount } }").await.contains("Did you mean \"document"));
    for query in
        [misspelt, "{ documants { totalCount } }", "{ documents(first: 1) @skip(fi: true) { totalCount } }"]
    {
        let said = message(&closed, query).await;
        assert!(!said.contains("mean") && !said.contains("document\"") && !said.contains("first"), "{said}");
    }
    for query in [
        "{ __schema { types { name } } }",
        "{ t: __type(name: \"Query\") { name } }",
        "{ ...f } fragment f on Query { __schema { types { name } } }",
    ] {
        assert!(open.anybody().ask(query, json!({})).await["data"].is_object());
        let said = message(&closed, query).await;
        assert!(said.contains("no questions about its schema"), "{said}");
    }
    assert_eq!(closed.anybody().data("{ __typename }", json!({})).await["__typename"], "Query");
    assert_eq!(closed.anybody().get("/schema.graphql").send().await.unwrap().status(), 404);
}

/// How long a refusal may take.
const LITTLE: Duration = Duration::from_secs(1);

/// Requests made to be dear, none over 100 KB.
fn dear() -> Vec<(&'static str, String, Value)> {
    let many = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    let mut shapes: Vec<(&str, String)> = vec![
        ("aliases", format!("{{ {} }}", many(10_000, &|at| format!("a{at}:a ")))),
        ("unknown fields", format!("{{ {} }}", many(1_900, &|at| format!("documentt{at} ")))),
        (
            "unknown arguments",
            format!("{{ documents({}) {{ totalCount }} }}", many(2_000, &|at| format!("x{at}: 1 "))),
        ),
        ("repeated fields", format!("{{ {} }}", "documents{totalCount}".repeat(4_000))),
        (
            "conflicting fields",
            format!("{{ {} }}", many(99, &|at| format!("x: documents(first: {at}) {{ totalCount }} "))),
        ),
        ("directives", format!("{{ __typename {} }}", "@skip(if: false) ".repeat(5_000))),
        ("operations", many(5_000, &|at| format!("query q{at} {{ a }} "))),
        ("fragments", format!("{{ a }} {}", many(3_000, &|at| format!("fragment f{at} on Query {{ a }} ")))),
        ("long names", format!("{{ {} }}", format!("{} ", "n".repeat(99)).repeat(990))),
        ("one long name", format!("{{ {} }}", "n".repeat(99_000))),
        ("a long text", format!("{{ document(slug: \"{}\") {{ nothing }} }}", "a".repeat(98_900))),
        ("a long list", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "1 ".repeat(4_900))),
        ("variables", format!("query({}) {{ a }}", many(1_200, &|at| format!("$v{at}: Int ")))),
        ("dots", "...".repeat(33_000)),
        ("spaces", format!("{{{}", " ".repeat(99_000))),
        ("comments", format!("{{{}", "#\n".repeat(49_000))),
        ("comments between words", format!("{{ {}", format!("a{}", "#\r".repeat(9)).repeat(4_900))),
        ("quotation marks", format!("{{ a(b: {}", "\"".repeat(99_000))),
        ("a line without an end", format!("{{ {}", "a ".repeat(4_990))),
    ];
    for unit in ["[", "{", "(", "{a", "{a(b:[", "...{", "@a("] {
        shapes.push(("brackets", format!("{{ a(b: {}", unit.repeat(99_000 / unit.len()))));
        shapes.push(("brackets", unit.repeat(99_000 / unit.len())));
    }
    for count in [24, 90] {
        let bomb = many(count, &|at| format!("fragment f{at} on Query {{ ...f{0} ...f{0} }} ", at + 1));
        shapes.push((
            "fragments in fragments",
            format!("{{ ...f0 }} {bomb} fragment f{count} on Query {{ a }}"),
        ));
    }
    let schema = (0..9).fold("name".to_owned(), |inner, _| format!("fields {{ type {{ {inner} }} }}"));
    shapes.push(("the schema's fields", format!("{{ __schema {{ types {{ {schema} }} }} }}")));
    let kinds = (0..25).fold("name".to_owned(), |inner, _| format!("possibleTypes {{ {inner} }}"));
    shapes.push(("the schema's kinds", format!("{{ __type(name: \"Node\") {{ {kinds} }} }}")));
    let mut shapes: Vec<_> = shapes.into_iter().map(|(name, query)| (name, query, json!({}))).collect();
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let few = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    shapes.push(("deep variables", few.to_owned(), json!({ "ids": deep })));
    shapes.push(("long variables", few.to_owned(), json!({ "ids": vec![0; 49_000] })));
    let named: serde_json::Map<_, _> = (0..8_000).map(|at| (format!("v{at}"), json!(at))).collect();
    shapes.push(("many variables", few.to_owned(), Value::Object(named)));
    shapes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_costs_next_to_nothing() {
    let service = TestService::start().await;
    let reader = service.anybody();
    reader.ask("{ nothing }", json!({})).await;
    for (name, query, variables) in dear() {
        let body = json!({ "query": query, "variables": variables }).to_string();
        // As built for tests, beside other tests: it is to tell hundredths of a second from seconds. The quickest of a few
        // counts, because what is slow by itself is slow each time.
        let (mut answer, mut quickest) = (String::new(), Duration::MAX);
        for _ in 0..8 {
            let request =
                reader.post("/graphql").header("content-type", "application/json").body(body.clone());
            let started = Instant::now();
            answer = request.send().await.unwrap().text().await.unwrap();
            quickest = quickest.min(started.elapsed());
            if quickest < LITTLE {
                break;
            }
        }
        assert!(quickest < LITTLE, "{name}: {quickest:?}");
        assert!(answer.len() < 30_000, "{name}: {} bytes", answer.len());
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{name}: {answer:#}");
        assert!(answer.get("data").is_none(), "{name}: {answer:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_asked_for_again_and_again_have_an_end() {
    let service = TestService::with(&["--no-worker"]).await;
    let anybody = service.anybody();
    let parts = "A paragraph.\n\n".repeat(1_100);
    let document = service
        .import(&format!("---\nslug: long\nphase: open\n---\n# Long\n\n## Parts {{#parts}}\n\n{parts}"))
        .await;
    // Under many names, and in many places by a fragment: each name is one of few, and all together are many.
    let named = |field: &str| (0..98).map(|at| format!("t{at}: {field} ")).collect::<String>();
    let made = anybody.submits(document, &"word ".repeat(9_900)).await;
    let query = format!(
        "query($t: String!) {{ a: receipt(token: $t) {{ ...f }} b: receipt(token: $t) {{ ...f }} }} fragment f on Receipt {{ {} }}",
        named("text")
    );
    let answer = anybody.ask(&query, json!({ "t": made["receipt"]["token"] })).await;
    assert!(answer.to_string().contains("more than 8 MiB together"), "a receipt's text counts");
    let query =
        format!("{{ section(documentSlug: \"long\", slug: \"parts\") {{ {} }} }}", named("blocks { kind }"));
    let answer = anybody.ask(&query, json!({})).await;
    assert!(
        answer.to_string().contains("more than 50000 together"),
        "a section has as many parts as it likes"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_read_through_many_windows_is_not_held_many_times_over() {
    let service = TestService::with(&["--no-worker"]).await;
    let document = service.bridges_after().await.to_string();
    // Short to a reader, and long to a machine.
    let piled = format!("a{}", "\u{301}".repeat(7)).repeat(9_900);
    for at in 0..3 {
        let sent = service.anybody().comments(&document, &format!("{piled}{at}")).await;
        assert_eq!(sent["comment"]["state"], "PUBLISHED", "{sent:.200}");
    }
    let read = async |windows: usize| {
        let lists: String =
            (3..3 + windows).map(|n| format!("c{n}: comments(first: {n}) {{ nodes {{ id }} }} ")).collect();
        let query = format!("{{ document(slug: \"bridges\") {{ {lists} }} }}");
        service.anybody().ask(&query, json!({})).await
    };
    assert_eq!(read(2).await["data"]["document"]["c4"]["nodes"].as_array().unwrap().len(), 3);
    let answer = read(60).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    assert!(
        text(&answer["errors"][0]["message"]).contains("more than 64 MiB of text"),
        "{:.300}",
        answer.to_string()
    );
    let one = comment(&document, "Whoever asks for less is answered.");
    assert_eq!(
        service.anybody().data(crate::support::contributions::SUBMIT, one).await["submitComment"]["errors"],
        json!([])
    );
}
