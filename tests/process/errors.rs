//! Errors of every kind, each provoked with a secret in it: no answer, line of the log, metric or dead letter repeats it.

use serde_json::{Value, json};

use crate::{
    actor::Actor,
    installation::{Installation, Service},
    people::{Contribution, paper},
    planting::Search,
    program::{Signal, kill, until},
    smtp::{At, Rule, SmtpServer},
    socket::Socket,
};

/// What was planted, and everything that came back.
#[derive(Default)]
struct Provoked {
    secrets: Vec<(String, String)>,
    answers: Vec<(String, Vec<u8>)>,
}

impl Provoked {
    /// A text that stands nowhere else.
    fn secret(&mut self, name: &str) -> String {
        let secret = format!("heimlich{:03}wachholder", self.secrets.len());
        self.secrets.push((name.to_owned(), secret.clone()));
        secret
    }

    /// Keeps what somebody was answered, status and headers included.
    async fn keep(&mut self, what: &str, request: reqwest::RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let mut answer = format!("{} {:?}\n", response.status(), response.headers()).into_bytes();
        let body = response.bytes().await.unwrap();
        answer.extend_from_slice(&body);
        self.answers.push((what.to_owned(), answer));
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// Sends a request that is refused with one of these codes.
    async fn refused(&mut self, what: &str, by: &Actor, query: &str, variables: Value, codes: &[&str]) {
        let body = json!({ "query": query, "variables": variables });
        let answer = self.keep(what, by.post("/graphql").json(&body)).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        let payload = answer["data"].as_object().and_then(|data| data.values().next());
        let code = code.or_else(|| payload?["errors"][0]["code"].as_str());
        assert!(code.is_some_and(|code| codes.contains(&code)), "{what}: {answer:#}");
    }

    fn search(&self) -> Vec<String> {
        let search = Search::for_all(&self.secrets);
        self.answers.iter().flat_map(|(what, answer)| search.found_in(what, answer)).collect()
    }
}

const BAD: &[&str] = &["BAD_REQUEST"];
const SUBMIT: &str = "mutation($input: SubmitCommentInput!) { submitComment(input: $input) { receipt { token } errors { code message path } } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { session { accessToken } errors { code message path } } }";
const REFRESH: &str = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { session { accessToken } errors { code message path } } }";
const AMEND: &str = "mutation($input: AmendContributionInput!) { amendContribution(input: $input) { receipt { token } errors { code message path } } }";
const SET_ASIDE: &str = "mutation($input: HandleSubmissionInput!) { handleSubmission(input: $input) { errors { code message path } } }";
const LETTERS: &str = "{ deadLetters { nodes { id kind attempts lastError } } }";
const API_TOKEN: &str =
    "mutation { createApiToken(input: { name: \"A program\", scopes: [READ] }) { token } }";
const LISTEN: &str = "subscription($id: ID!) { commentPublished(documentId: $id) { id } }";

fn comment(document: &str, body: &str, name: &str, email: &str) -> Value {
    json!({ "input": { "targetId": document, "body": body, "author": { "name": name, "email": email } } })
}

/// What is no request, or none that can be run.
async fn requests(told: &mut Provoked, reader: &Actor) {
    for (what, body) in [
        ("a body that ends early", r#"{"query": "{ document(slug: \"SECRET\") { id"#),
        ("a query of another type", r#"{"query": {"SECRET": 1}}"#),
        ("variables of another type", r#"{"query": "{ __typename }", "variables": "SECRET"}"#),
        ("a name of another type", r#"{"query": "{ __typename }", "operationName": ["SECRET"]}"#),
        (
            "an operation that is not there",
            r#"{"query": "query a { __typename } query b { __typename }", "operationName": "SECRET"}"#,
        ),
        ("a text for a body", r#""SECRET""#),
        ("a batch", r#"["SECRET"]"#),
        ("a document nobody knows", r#"{"documentId": "SECRET"}"#),
        (
            "a digest nobody knows",
            r#"{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "SECRET"}}}"#,
        ),
        (
            "extensions of another type",
            r#"{"query": "{ __typename }", "extensions": {"persistedQuery": "SECRET"}}"#,
        ),
        ("a query that does not end", r#"{"query": "{ document(slug: \"SECRET\") { id "}"#),
        ("a text that does not end", r#"{"query": "{ document(slug: \"SECRET) { id } }"}"#),
        ("a text with a wrong escape", r#"{"query": "{ document(slug: \"SECRET\\q\") { id } }"}"#),
        ("a number in a text's place", r#"{"query": "{ documents(first: \"SECRET\") { totalCount } }"}"#),
        (
            "an enum's value nobody knows",
            r#"{"query": "{ documents { nodes { comments(order: SECRET) { totalCount } } } }"}"#,
        ),
        ("an object in a text's place", r#"{"query": "{ document(slug: { a: \"SECRET\" }) { id } }"}"#),
        (
            "a default that does not fit",
            r#"{"query": "query($n: Int = \"SECRET\") { documents(first: $n) { totalCount } }"}"#,
        ),
    ] {
        let body = body.replace("SECRET", &told.secret(what));
        let request = reader.post("/graphql").header("Content-Type", "application/json").body(body);
        let answer = told.keep(what, request).await;
        assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{what}: {answer:#}");
    }
    for (what, query) in [
        ("variables in the address", "query=%7B__typename%7D&variables=%7BSECRET"),
        ("a query in the address", "query=%7Bdocument(slug:%22SECRET%22)"),
        ("an address with a parameter twice", "query=%7B__typename%7D&query=SECRET"),
    ] {
        let query = query.replace("SECRET", &told.secret(what));
        told.keep(what, reader.get(&format!("/graphql?{query}"))).await;
    }
    for (what, header, value) in [
        ("an access token", "Authorization", "Bearer SECRET"),
        ("a token with dots", "Authorization", "Bearer eyJhbGciOiJFZERTQSJ9.SECRET.x"),
        ("another way to sign in", "Authorization", "Basic SECRET"),
        ("an API token", "Authorization", "Bearer ans_SECRET"),
        ("a media type", "Accept", "text/SECRET"),
    ] {
        let value = value.replace("SECRET", &told.secret(what));
        let request = reader.post("/graphql").json(&json!({ "query": "{ viewer { account { id } } }" }));
        told.keep(what, request.header(header, value)).await;
    }
}

/// What is well said, and does not fit.
async fn variables(told: &mut Provoked, reader: &Actor, document: &str) {
    for (what, query, variables) in [
        ("a number", "query($it: Int!) { documents(first: $it) { totalCount } }", json!({ "it": "SECRET" })),
        (
            "an id of another type",
            "query($it: ID!) { node(id: $it) { id } }",
            json!({ "it": { "SECRET": 1 } }),
        ),
        ("an id", "query($it: ID!) { node(id: $it) { id } }", json!({ "it": "SECRET" })),
        ("an id of a kind", "query($it: ID!) { node(id: $it) { id } }", json!({ "it": "comment_SECRET" })),
        (
            "a cursor",
            "query($it: String) { documents(after: $it) { totalCount } }",
            json!({ "it": "SECRET" }),
        ),
        ("a text", "query($it: String!) { document(slug: $it) { id } }", json!({ "it": ["SECRET"] })),
        ("an object's field", SUBMIT, json!({ "input": { "SECRET": 1 } })),
        ("an object", SUBMIT, json!({ "input": "SECRET" })),
        (
            "a text in an object",
            SUBMIT,
            json!({ "input": { "targetId": document, "body": { "a": "SECRET" }, "author": { "name": "A" } } }),
        ),
        (
            "a truth",
            SUBMIT,
            json!({ "input": { "targetId": document, "body": "A.", "notifyOfReplies": "SECRET", "author": { "name": "A", "email": "a@example.org" } } }),
        ),
        ("a target", SUBMIT, comment("SECRET", "A word.", "A", "a@example.org")),
        (
            "a moment",
            "query($it: DateTime) { moderationQueue(filter: { receivedBefore: $it }) { totalCount } }",
            json!({ "it": "SECRET" }),
        ),
    ] {
        let variables: Value =
            serde_json::from_str(&variables.to_string().replace("SECRET", &told.secret(what))).unwrap();
        told.refused(
            what,
            reader,
            query,
            variables,
            &["BAD_REQUEST", "NOT_FOUND", "UNAUTHENTICATED", "TARGET_NOT_FOUND"],
        )
        .await;
    }
    for (what, query) in [
        ("a receipt's token", "query($it: String!) { receipt(token: $it) { kind } }"),
        ("a link that decides", "query($it: String!) { actionLink(token: $it) { state } }"),
        ("a link that stops mail", "query($it: String!) { mailSubscription(token: $it) { stopped } }"),
    ] {
        let body = json!({ "query": query, "variables": { "it": told.secret(what) } });
        told.keep(what, reader.post("/graphql").json(&body)).await;
    }
    let tokens = &["INVALID_TOKEN", "NOT_FOUND", "UNAUTHENTICATED", "TARGET_NOT_FOUND"];
    let token = json!({ "input": { "token": told.secret("a sign-in token") } });
    told.refused("signing in", reader, SIGN_IN, token, tokens).await;
    let token = json!({ "input": { "refreshToken": told.secret("a refresh token") } });
    told.refused("refreshing", reader, REFRESH, token, tokens).await;
    let amended = json!({ "input": { "token": told.secret("a receipt to amend by"), "body": told.secret("an amended text"), "expectedVersion": 1 } });
    told.refused("amending", reader, AMEND, amended, tokens).await;
}

/// What a person can put right.
async fn refusals(told: &mut Provoked, reader: &Actor, moderator: &Actor, document: &str) {
    let refused = &["INVALID_EMAIL", "INVALID_TEXT", "TOO_LONG", "BLANK", "BAD_REQUEST"];
    let address = format!("{}@@example..org", told.secret("an address that is none"));
    told.refused("an address", reader, SUBMIT, comment(document, "A word.", "A", &address), refused).await;
    let text = format!("{}\u{0}\u{202e}", told.secret("a text with a control character"));
    told.refused("a text", reader, SUBMIT, comment(document, &text, &text, "a@example.org"), refused).await;
    let text = told.secret("a text that is too long").repeat(500);
    told.refused("a long text", reader, SUBMIT, comment(document, &text, "A", "a@example.org"), refused)
        .await;
    let mut first = comment(document, &told.secret("a text under a key"), "A", "a@example.org");
    first["input"]["idempotencyKey"] = json!(told.secret("a key that is used twice"));
    reader.data(SUBMIT, first.clone()).await;
    first["input"]["body"] = json!(told.secret("another text under that key"));
    told.refused("a key", reader, SUBMIT, first, &["IDEMPOTENCY_KEY_REUSED"]).await;
    let aside = json!({ "input": { "id": told.secret("an item"), "expectedVersion": 1, "decision": "SET_ASIDE", "reason": "OFF_TOPIC", "statement": told.secret("a statement"), "note": told.secret("a note") } });
    told.refused(
        "setting aside",
        moderator,
        SET_ASIDE,
        aside,
        &["BAD_REQUEST", "NOT_FOUND", "TARGET_NOT_FOUND"],
    )
    .await;
}

/// Websockets, event streams and pages.
async fn other_ways(told: &mut Provoked, reader: &Actor) {
    let mut heard = Vec::new();
    let mut said = vec![
        told.secret("a message that is none"),
        json!({ "type": told.secret("a type nobody knows") }).to_string(),
        json!({ "type": "subscribe", "id": told.secret("an id before the greeting"), "payload": { "query": "{ __typename }" } }).to_string(),
        json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {}", told.secret("a token in a greeting")) } }).to_string(),
    ];
    for message in said.drain(..) {
        let mut socket = Socket::silent(reader.base()).await;
        socket.say_text(message).await;
        heard.push(format!("{:?}", socket.closed().await));
    }
    let mut socket = Socket::of(reader).await;
    for (query, variables) in [
        (LISTEN, json!({ "id": told.secret("an id to listen to") })),
        (LISTEN, json!({ "id": { "a": told.secret("an object to listen to") } })),
        ("subscription { commentPublished(documentId: SECRET", json!({})),
        (
            "query($it: Int) { documents(first: $it) { totalCount } }",
            json!({ "it": told.secret("a number by socket") }),
        ),
    ] {
        let query = query.replace("SECRET", &format!("\"{}\"", told.secret("a query by socket")));
        socket.subscribe("one", &query, variables).await;
        heard.push(socket.hear().await.to_string());
    }
    told.answers.push(("a websocket".into(), heard.join("\n").into_bytes()));
    for (what, query) in
        [("a stream", LISTEN), ("a stream of a query", "query($id: ID!) { node(id: $id) { id } }")]
    {
        let body = json!({ "query": query, "variables": { "id": told.secret(what) } });
        let request = reader.post("/graphql").header("Accept", "text/event-stream").json(&body);
        told.keep(what, request).await;
    }
    for path in [
        "/receipts/SECRET",
        "/receipts/SECRET/appeal",
        "/confirm/SECRET",
        "/unsubscribe/SECRET",
        "/decide/SECRET",
        "/desk/SECRET",
        "/desk/comment_SECRET",
        "/sign-in?error=SECRET",
        "/assets/SECRET/SECRET",
        "/SECRET",
        "/dev/mail/SECRET",
    ] {
        let path = path.replace("SECRET", &told.secret(path));
        told.keep(&path.clone(), reader.get(&path)).await;
    }
    for path in [
        "/confirm/SECRET",
        "/unsubscribe/SECRET",
        "/decide/SECRET",
        "/receipts/SECRET/appeal",
        "/sign-in",
        "/sign-in/link",
    ] {
        let secret = told.secret(&format!("a form to {path}"));
        // The form that asks for a link keeps what was typed, to be put right by whoever typed it.
        let email = if path == "/sign-in/link" { "nobody" } else { &secret };
        let form = format!("token={secret}&email={email}&text=A+text&statement={secret}&{secret}=1");
        let request = reader.post(&path.replace("SECRET", &secret)).body(form);
        told.keep(path, request.header("Content-Type", "application/x-www-form-urlencoded")).await;
    }
}

/// What the database refuses, in its own words.
async fn database(told: &mut Provoked, installation: &Installation, reader: &Actor, document: &str) {
    let database = installation.database().await;
    let (held, unique) = (told.secret("a text that a check refuses"), told.secret("a text that there is"));
    let check = format!(
        "ALTER TABLE comments ADD CHECK (plain NOT LIKE '%{held}%'); CREATE UNIQUE INDEX ON comments (plain)"
    );
    database.batch_execute(&check).await.unwrap();
    let name = told.secret("a name in a row that is refused");
    let internal = &["INTERNAL"];
    told.refused("a check", reader, SUBMIT, comment(document, &held, &name, "a@example.org"), internal).await;
    reader.data(SUBMIT, comment(document, &unique, "A", "a@example.org")).await;
    told.refused("a duplicate", reader, SUBMIT, comment(document, &unique, &name, "a@example.org"), internal)
        .await;
    database.batch_execute("BEGIN; LOCK TABLE comments").await.unwrap();
    let late = comment(document, &told.secret("a text that waits too long"), &name, "a@example.org");
    told.refused("a statement that takes too long", reader, SUBMIT, late, BAD).await;
    database.batch_execute("ROLLBACK").await.unwrap();
    // What a damaged backup may hold.
    let payload = json!({ "receipt": { "token": told.secret("a job's payload") } });
    let other = json!(told.secret("another payload"));
    for payload in [payload, other] {
        let job = "INSERT INTO jobs (id, kind, payload, run_at, created_at, priority) VALUES (gen_random_uuid(), 'contributors.send_receipt', $1::text::jsonb, now(), now(), 0)";
        database.execute(job, &[&payload.to_string()]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_error_repeats_what_was_said() {
    let mut told = Provoked::default();
    let smtp = SmtpServer::start().await;
    let installation = Installation::with_paper().await;
    let chief = ["account", "add", "chief@example.org", "--name", "Somebody", "--role", "administrator"];
    installation.run(&chief).await.success();
    let settings =
        ["--log", "trace", "--statement-timeout-ms", "5000", "--retry-base-ms", "50", "--max-attempts", "3"];
    let service = installation.serve(&[&settings[..], &["--smtp-url", &smtp.url()]].concat()).await;
    let administrator = signed_in(&mut told, &installation, &service, "chief").await;
    let moderator = signed_in(&mut told, &installation, &service, "desk").await;
    let reader = service.anybody();
    let document = paper(&reader).await;
    requests(&mut told, &reader).await;
    variables(&mut told, &reader, &document).await;
    refusals(&mut told, &reader, &moderator, &document).await;
    other_ways(&mut told, &reader).await;

    // Refused in a sentence that repeats whom it was to: for good, for now until it is given up on, and as no mailbox.
    for (code, enhanced) in [(550, "5.7.1"), (451, "4.3.0"), (550, "5.1.1")] {
        let local = told.secret(&format!("an address refused with {code} {enhanced}"));
        let address = format!("{local}@example.org");
        smtp.rule(Rule::refuse(At::Rcpt, code, enhanced).to(&address));
        let key = told.secret("an idempotency key");
        Contribution::new(key, false).from(address).send(&reader, &document).await.unwrap();
    }
    database(&mut told, &installation, &reader, &document).await;
    until("nothing waits", async || {
        installation.count("FROM jobs WHERE state = 'WAITING' AND run_at < now() + interval '1 minute'").await
            == 0
    })
    .await;
    let letters = administrator.data(LETTERS, json!({})).await;
    let nodes = letters["deadLetters"]["nodes"].as_array().unwrap();
    assert!(nodes.len() >= 4, "{letters:#}");
    told.answers.push(("the dead letters".into(), letters.to_string().into_bytes()));
    told.keep("the metrics", reader.get("/metrics")).await;

    let server = std::fs::read_to_string(installation.data_dir().join("postgres/cluster/postmaster.pid"));
    kill(server.unwrap().lines().next().unwrap().parse().unwrap(), Signal::KILL);
    for _ in 0..3 {
        let lost = comment(&document, &told.secret("a text while the database goes"), "A", "a@example.org");
        let lost = reader.post("/graphql").json(&json!({ "query": SUBMIT, "variables": lost })).send().await;
        if let Ok(answer) = lost {
            told.answers.push((
                "an answer without a database".into(),
                answer.bytes().await.unwrap_or_default().into(),
            ));
        }
    }
    let ended = service.end().await;
    let log = format!("{}{}", ended.stdout, ended.stderr);
    assert!(log.contains("A request failed on our side") && log.contains("A job was given up on"), "{log}");
    told.answers.push(("the log".into(), log.into_bytes()));
    let own = std::fs::read(installation.data_dir().join("postgres/server.log")).unwrap_or_default();
    told.answers.push(("the database's log".into(), own));
    let found = told.search();
    assert!(found.is_empty(), "{found:#?}");
}

/// Signs somebody in, with every secret that comes of it and an API token planted.
async fn signed_in(told: &mut Provoked, installation: &Installation, service: &Service, name: &str) -> Actor {
    let link = installation.run(&["account", "sign-in-link", &format!("{name}@example.org")]).await.success();
    let token = link.trim().split_once("token=").unwrap().1;
    told.secrets.push((format!("the link of {name}"), token.to_owned()));
    let session = "session { accessToken refreshToken }";
    let sign_in = format!("mutation($it: String!) {{ signIn(input: {{ token: $it }}) {{ {session} }} }}");
    let first = service.anybody().data(&sign_in, json!({ "it": token })).await["signIn"]["session"].take();
    let refresh = format!(
        "mutation($it: String!) {{ it: refreshSession(input: {{ refreshToken: $it }}) {{ {session} }} }}"
    );
    let second =
        service.anybody().data(&refresh, json!({ "it": first["refreshToken"] })).await["it"]["session"]
            .take();
    for (what, session) in [("first", &first), ("second", &second)] {
        for secret in ["accessToken", "refreshToken"] {
            told.secrets.push((
                format!("the {what} {secret} of {name}"),
                session[secret].as_str().unwrap().to_owned(),
            ));
        }
    }
    let actor = service.anybody().with_token(second["accessToken"].as_str().unwrap());
    let made = actor.data(API_TOKEN, json!({})).await["createApiToken"]["token"].take();
    told.secrets.push((format!("the API token of {name}"), made.as_str().unwrap().to_owned()));
    let program = service.anybody().with_token(made.as_str().unwrap());
    program.data("{ documents { totalCount } }", json!({})).await;
    told.refused("what a scope does not reach", &program, LETTERS, json!({}), &["FORBIDDEN"]).await;
    actor
}
