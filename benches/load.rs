//! How much the service answers when many ask at once, and beside it how often the one SQL statement runs that no way of
//! answering can do without, over as many connections. Figures, not assertions; `benches/README.md` says how to run it
//! and how to read it.
// What resolving the schema comes to is nested deeply; optimising a program, the compiler follows it to its end.
#![recursion_limit = "256"]

#[path = "load/deciding.rs"]
mod deciding;
#[path = "load/drive.rs"]
mod drive;
#[path = "load/pgbench.rs"]
mod pgbench;
mod support;
#[path = "load/table.rs"]
mod table;

use std::{env, process::ExitCode, time::Duration};

use drive::{Figures, Work, drive};
use support::{
    database,
    dice::Dice,
    operations::Operation,
    running::{Asker, Running},
    sql::Plain,
};
use table::Row;

/// What can be set from outside.
struct Load {
    clients: usize,
    time: Duration,
    worker: bool,
}

impl Load {
    fn from_environment() -> Self {
        let number = |name: &str, otherwise: u32| match env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`; it must be a number.")),
            Err(_) => otherwise,
        };
        Self {
            clients: number("BENCH_CLIENTS", 16).clamp(1, 64) as usize,
            time: Duration::from_secs(number("BENCH_SECONDS", 5).max(1).into()),
            worker: number("BENCH_WORKER", 0) > 0,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    if !support::asked_to_measure() {
        return ExitCode::SUCCESS;
    }
    let load = Load::from_environment();
    let running = Box::pin(Running::start(if load.worker { &[] } else { &["--no-worker"] })).await;
    println!(
        "{} sections, {} comments; {} clients for {} s each; {} CPUs; {}",
        running.asker.subject.sections.len(),
        database::COMMENTS,
        load.clients,
        load.time.as_secs(),
        std::thread::available_parallelism().map_or(0, usize::from),
        if load.worker { "with a worker" } else { "without a worker" },
    );
    println!("{}", table::head());
    // What is named on the command line, or everything.
    let named: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted =
        |operation: &Operation| named.is_empty() || named.iter().any(|n| operation.name().contains(n));
    for operation in Operation::ALL.into_iter().filter(wanted) {
        println!("{}", measure(&running, operation, &load).await);
    }
    if named.is_empty() || named.iter().any(|n| deciding::NAME.contains(n.as_str())) {
        deciding::measure(&running, &load).await;
    }
    let trips =
        drive(load.clients, load.time, async |_| Trip(database::connect(&running.database.url).await));
    println!("\nA round trip to the database (SELECT 1) over as many connections: {}", trips.await.brief());
    running.stop().await;
    ExitCode::SUCCESS
}

async fn measure(running: &Running, operation: Operation, load: &Load) -> Row {
    let asker = &running.asker;
    let statements = statements_of(asker, operation).await;
    let service = drive(load.clients, load.time, async |client| Requests {
        asker: asker.clone(),
        operation,
        dice: Dice::of(client),
    })
    .await;
    let url = &running.database.url;
    let plain = drive(load.clients, load.time, async |client| Statements {
        plain: Plain::connect(url, operation, &asker.subject).await,
        dice: Dice::of(client),
    })
    .await;
    let pgbench = pgbench::run(url, &operation.statements(&asker.subject), load.clients, load.time).await;
    Row { name: operation.name(), statements, service, plain, pgbench }
}

/// How many statements one request costs, transactions' beginnings and ends included.
async fn statements_of(asker: &Asker, operation: Operation) -> u64 {
    // The first opens connections and fills what is kept; what it writes wakes the workers, a statement of its own.
    let mut dice = Dice::of(0);
    let mut counted = 0;
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let before = asker.ctx.db.statements();
        asker.by_http(operation, &mut dice).await.unwrap_or_else(|error| panic!("{error}"));
        counted = asker.ctx.db.statements() - before;
    }
    counted
}

struct Requests {
    asker: Asker,
    operation: Operation,
    dice: Dice,
}

impl Work for Requests {
    async fn once(&mut self) -> Result<(), String> {
        self.asker.by_http(self.operation, &mut self.dice).await.map(drop)
    }
}

struct Statements {
    plain: Plain,
    dice: Dice,
}

impl Work for Statements {
    async fn once(&mut self) -> Result<(), String> {
        self.plain.run(&mut self.dice).await.map(drop)
    }
}

struct Trip(tokio_postgres::Client);

impl Work for Trip {
    async fn once(&mut self) -> Result<(), String> {
        self.0.simple_query("SELECT 1").await.map(drop).map_err(|error| error.to_string())
    }
}
