//! The first start, with nothing but the program, and those after it.

use serde_json::{Value, json};

use crate::{
    installation::{Installation, Service},
    program::{Program, Signal, answerable},
};

/// How many rows of what there are, by state.
const COUNTS: &str = "SELECT format('%s %s %s', kind, state, count(*)) FROM (
    SELECT 'document' AS kind, phase AS state FROM documents UNION ALL
    SELECT 'section', '' FROM sections UNION ALL SELECT 'revision', '' FROM section_revisions UNION ALL
    SELECT 'comment', state FROM comments UNION ALL SELECT 'submission', state FROM submissions UNION ALL
    SELECT 'action', action FROM moderation_actions UNION ALL SELECT 'account', '' FROM accounts UNION ALL
    SELECT 'shown', sum(published)::text FROM comment_counts
) AS things GROUP BY kind, state ORDER BY 1";

/// What a database holds, to be compared with what another does.
pub async fn holdings(installation: &Installation) -> Vec<String> {
    let rows = installation.database().await.query(COUNTS, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The service as it is started by somebody who has read nothing, but for the port.
pub fn started(installation: &Installation) -> Program {
    Program::spawn(installation.command(&["--listen", "127.0.0.1:0"]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_shows_where_everything_is_and_lets_the_administrator_in() {
    let installation = Installation::new();
    let service = Service::ready(started(&installation)).await;
    let said = service.stdout.so_far();
    let (reader, base) = (service.anybody(), &service.base);
    for page in ["/graphql", "/explorer", "/dev/mail", "/sign-in?token="] {
        assert!(said.contains(&format!("  {base}{page}")), "{page}: {said}");
    }
    for page in ["/", "/explorer", "/dev/mail", "/healthz", "/readyz", &service.printed_link()] {
        assert_eq!(reader.get(page).send().await.unwrap().status(), 200, "{page}");
    }

    let administrator = service.sign_in(&service.printed_link()).await;
    let queue = administrator
        .data(
            "{ moderationQueue(first: 100) { nodes { ... on Comment { state } ... on Submission { id } } } }",
            json!({}),
        )
        .await;
    let states: Vec<_> = queue["moderationQueue"]["nodes"].as_array().unwrap().iter().collect();
    let held = |state: &str| states.iter().filter(|item| item["state"] == state).count();
    assert_eq!((held("PENDING"), held("WITHHELD"), states.len()), (2, 1, 5));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_has_comments_in_every_state_and_a_second_start_adds_nothing() {
    let installation = Installation::prepared().await;
    let service = Service::ready(started(&installation)).await;
    let before = (holdings(&installation).await, visible(&service).await);
    for state in ["PENDING", "WITHHELD", "PUBLISHED", "REJECTED", "HIDDEN", "WITHDRAWN", "ERASED"] {
        assert!(before.0.iter().any(|row| row.starts_with(&format!("comment {state} "))), "{before:#?}");
    }
    for state in ["PUBLISHED", "HIDDEN", "WITHDRAWN"] {
        assert!(before.1.to_string().contains(state), "{:#}", before.1);
    }
    assert!(!before.1.to_string().contains("REJECTED") && !before.1.to_string().contains("PENDING"));
    let link = service.printed_link();
    service.stop().await;

    let service = Service::ready(started(&installation)).await;
    assert_eq!((holdings(&installation).await, visible(&service).await), before);
    service.sign_in(&link).await;
    let finished = service.stop().await;
    assert!(!finished.stderr.contains("demonstration"), "{}", finished.stderr);
}

/// Everything about comments that anybody sees.
async fn visible(service: &Service) -> Value {
    let query = "{ documents(first: 1) { nodes { commentCount comments { nodes { ...thread } }
        sections(first: 50) { nodes { commentCount comments(first: 5) { nodes { ...thread } } } } } } }
        fragment thread on Comment { ...shown replies(first: 3) { nodes { ...shown replies(first: 3) { nodes {
            ...shown replies(first: 3) { nodes { ...shown } } } } } } }
        fragment shown on Comment { id state body { plain } }";
    service.anybody().data(query, json!({})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_demonstration_it_starts_empty() {
    let installation = Installation::prepared().await;
    let service = installation.serve(&[]).await;
    assert_eq!(service.documents().await, 0);
    service.sign_in(&service.printed_link()).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_public_can_reach_is_not_filled_with_examples() {
    let installation = Installation::prepared().await;
    let address = ["--listen", "127.0.0.1:0", "--public-url", "https://consult.example.org"];
    let mail = ["--smtp-url", "smtp://127.0.0.1:9", "--mail-from", "consult@example.org"];
    let admin = ["--admin-email", "clerk@example.org"];
    let service = Program::spawn(installation.command(&[&address[..], &mail, &admin].concat()));
    assert!(service.stdout.says("https://consult.example.org/sign-in?token=").await);
    assert!(service.stdout.says("Ctrl-C").await);
    assert_eq!(installation.count("FROM documents").await, 0);
    service.signal(Signal::TERM);
    service.end().await.success();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn environment_variables_work_as_the_flags_do() {
    let installation = Installation::prepared().await;
    let mut command = answerable(&[]);
    command
        .env("ANSWERABLE_DATA_DIR", installation.data_dir())
        .env("ANSWERABLE_LISTEN", "127.0.0.1:0")
        .env("ANSWERABLE_NO_DEMO", "1")
        .env("ANSWERABLE_ADMIN_EMAIL", "clerk@example.org")
        .env("ANSWERABLE_LOG_FORMAT", "json")
        .env("SMTP_URL", "smtp://127.0.0.1:9");
    // As compose files leave them behind: not set.
    for empty in ["DATABASE_URL", "ANSWERABLE_PUBLIC_URL", "ANSWERABLE_MODE", "ANSWERABLE_MASTER_KEY"] {
        command.env(empty, "");
    }
    for empty in ["ANSWERABLE_MAIL_FROM", "ANSWERABLE_NO_WORKER", "ANSWERABLE_POOL_SIZE", "ANSWERABLE_LOG"] {
        command.env(empty, "");
    }
    let service = Service::ready(Program::spawn(command)).await;
    assert_eq!(service.documents().await, 0);
    assert!(service.stdout.so_far().contains("mail server"), "{}", service.stdout.so_far());
    let link = installation.run(&["account", "sign-in-link", "clerk@example.org"]).await.success();
    let clerk = service.sign_in(&link).await;
    let viewer = clerk.data("{ viewer { roles { role } } }", json!({})).await;
    assert_eq!(viewer["viewer"]["roles"][0]["role"], "ADMINISTRATOR");
    let log = service.stop().await.stderr;
    let entries: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    assert!(entries.iter().any(|entry| entry["http.route"] == "/graphql"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_has_to_read_what_it_prints() {
    let installation = Installation::prepared().await;
    let (reader, output) = std::io::pipe().unwrap();
    drop(reader);
    let command = installation.command(&["--listen", "127.0.0.1:0", "--no-demo", "--log", "info"]);
    let service = Program::spawn_into(command, output);
    assert!(service.stderr.says("server started").await, "{:#?}", service.end().await);
    service.signal(Signal::TERM);
    service.end().await.success();
}
