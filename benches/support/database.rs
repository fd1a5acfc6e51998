//! The embedded server, durable as in service, and on it a database of 60 sections and 200,000 comments. That is filled
//! once and kept; every run works on a copy, so that what one run posts does not slow the next.

use std::{
    fs,
    path::{Path, PathBuf},
};

use answerable::{
    app::{App, Purpose},
    clock::Clock,
    config::Config,
    context::Context,
    contributors::Contributor,
    db::embedded::{Embedded, Options},
    documents::{self, actions::import},
    identity::{Role, actions, model::Grant},
    ids::{ContributorId, DocumentId},
    mail::EmailAddress,
    seal,
    vault::Class,
};
use clap::Parser;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::document;

/// How many comments there are.
pub const COMMENTS: u32 = 200_000;
/// Whose queue is measured.
pub const MODERATOR: &str = "moderator@harbour-town.example";

const PLAN: &str = include_str!("fill.sql");
const KEEP: &str = include_str!("keep.sql");
/// How many addresses are sealed between two statements.
const CHUNK: usize = 10_000;

/// The server and the copy that this run works on.
pub struct Database {
    server: Embedded,
    /// Where the keys are.
    pub folder: PathBuf,
    /// The address of the copy.
    pub url: String,
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

impl Database {
    /// Starts the server; fills its database first where that has not been done.
    pub async fn start() -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-data");
        let server = Embedded::start(&folder, &Options::default(), &|text| eprintln!("{text}"))
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let orders = connect(&server.url()).await;
        let filled = format!("filled_{}", &digest()[..16]);
        if orders.query("SELECT FROM pg_database WHERE datname = $1", &[&filled]).await.unwrap().is_empty() {
            eprintln!("Filling a database with {COMMENTS} comments, which is done once …");
            // Those of an older plan, and what an interrupted run left.
            let old = "SELECT datname FROM pg_database WHERE datname ~ '^(filled_|draft$)'";
            for row in orders.query(old, &[]).await.unwrap() {
                order(&orders, &format!("DROP DATABASE \"{}\" WITH (FORCE)", row.get::<_, &str>(0))).await;
            }
            order(&orders, "CREATE DATABASE draft").await;
            fill(&server.url_of("draft"), &folder).await;
            order(&orders, &format!("ALTER DATABASE draft RENAME TO {filled}")).await;
        }
        order(&orders, "DROP DATABASE IF EXISTS run WITH (FORCE)").await;
        order(&orders, &format!("CREATE DATABASE run TEMPLATE {filled} STRATEGY file_copy")).await;
        order(&orders, "CHECKPOINT").await;
        Self { url: server.url_of("run"), server, folder }
    }

    /// Ends the server.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// The settings of a service on this database.
pub fn config(url: &str, folder: &Path, further: &[&str]) -> Config {
    let folder = folder.to_str().expect("a folder whose name is text");
    let own = ["bench", "--listen", "127.0.0.1:0", "--database-url", url, "--data-dir", folder];
    // All clients have one address.
    let many = ["--contributions-per-hour", "1000000000", "--writes-per-hour", "1000000000"];
    let cost = ["--query-cost-per-minute", "4000000000"];
    Settings::parse_from(own.into_iter().chain(many).chain(cost).chain(further.iter().copied())).config
}

/// A connection of its own, without the service's pool.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn order(client: &Client, statements: &str) {
    client.batch_execute(statements).await.unwrap();
}

/// Changes when anything does that decides what the database holds.
fn digest() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|folder| folder.unwrap().path().join("up.sql")).collect();
    files.sort();
    let mut parts: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    parts.extend([PLAN.into(), KEEP.into(), document::markdown().into(), COMMENTS.to_le_bytes().into()]);
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    data_encoding::HEXLOWER.encode(&seal::digest(&parts))
}

async fn fill(url: &str, folder: &Path) {
    let config = config(url, folder, &[]);
    let listen = config.http.listen;
    let clock = Clock::system();
    let app = App::open(&config, clock, Purpose::Command, Some(listen), &|_| {})
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("document.md");
    fs::write(&path, document::markdown()).unwrap();
    let document = import(&app.ctx, &documents::import::read(&path).unwrap()).await.unwrap().document;
    let grant = Grant { role: Role::Moderator, document_id: Some(document) };
    let email = EmailAddress::parse(MODERATOR).unwrap();
    let moderator = actions::add_account(&app.ctx, &email, "Moderator", &[grant]).await.unwrap();
    let now = app.ctx.clock.now().to_rfc3339();
    let put_in = |sql: &str| {
        sql.replace("@comments@", &COMMENTS.to_string())
            .replace("@document@", &document.0.to_string())
            .replace("@moderator@", &moderator.0.to_string())
            .replace("@now@", &now)
    };
    let client = connect(url).await;
    order(&client, &put_in(PLAN)).await;
    seal_addresses(&app.ctx, document, &client).await;
    order(&client, &put_in(KEEP)).await;
    order(&client, "VACUUM (ANALYZE)").await;
    app.close().await;
}

/// Seals an address for each contributor, as they are sealed when they come in.
async fn seal_addresses(ctx: &Context, document: DocumentId, client: &Client) {
    let key = ctx.vault.key(Class::Contact, Some(document)).await.unwrap();
    let scope = [b"contributors.email".as_slice(), document.0.as_bytes()].concat();
    let rows = client.query("SELECT n, contributor::text FROM plan ORDER BY n", &[]).await.unwrap();
    for rows in rows.chunks(CHUNK) {
        let (mut numbers, mut sealed, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let (n, id): (i64, &str) = (row.get(0), row.get(1));
            let address = format!("reader.{n}@example.org");
            let place = Contributor::email_place(ContributorId(Uuid::parse_str(id).unwrap()));
            numbers.push(n);
            sealed.push(key.seal(place, address.as_bytes()).unwrap());
            hashes.push(ctx.vault.keys().lookup_hash(&scope, &address));
        }
        let insert = "INSERT INTO addresses SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])";
        client.execute(insert, &[&numbers, &sealed, &hashes]).await.unwrap();
    }
}
