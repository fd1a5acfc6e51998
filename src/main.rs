//! The command line.
// What resolving the schema comes to is nested deeply; optimising a program, the compiler follows it to its end.
#![recursion_limit = "256"]

mod commands;

use std::process::ExitCode;

use answerable::telemetry::{self, LogFormat};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// Publish a document in sections, take comments and private submissions, moderate, and answer every one.
///
/// Without a command, `serve` is carried out.
#[derive(Parser)]
#[command(name = "answerable", version, args_conflicts_with_subcommands = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: commands::serve::Serve,
    /// How log lines look
    #[arg(long, env = "ANSWERABLE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
    /// What is logged, such as `info`, `debug` or `answerable=debug,warn`
    #[arg(long, env = "ANSWERABLE_LOG", default_value = "info,poem=warn,hyper=error", global = true)]
    log: String,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests and carry jobs out
    Serve(Box<commands::serve::Serve>),
    /// Carry jobs out, beside `serve` processes that use the same database
    Worker(Box<commands::worker::Worker>),
    /// Bring the database to this program's schema
    Migrate(Box<commands::migrate::Migrate>),
    /// Write the GraphQL schema to standard output
    Schema,
    /// Make a document of a Markdown file or a folder of them, or bring one up to date
    Import(Box<commands::import::Import>),
    /// Make accounts, give roles, sign somebody in
    Account(Box<commands::account::Account>),
    /// List jobs that were given up on, such as mail that could not be sent, and put them back
    Jobs(Box<commands::jobs::Jobs>),
    /// Say which keys are in use, and put others in their place while the service runs
    Keys(Box<commands::keys::Keys>),
    /// Load the demonstration into a database
    Demo(Box<commands::demo::Demo>),
    /// Prove the record of decisions: recompute the chain of every document and name the first record that does not hold
    VerifyLog(Box<commands::verify_log::VerifyLog>),
    /// Sign how the record of decisions ends now, to be published elsewhere and verified against
    Checkpoint(Box<commands::checkpoint::Checkpoint>),
    /// Ask a running service whether it is ready
    Health(commands::health::Health),
    /// Run the embedded database alone, until standard input is closed
    #[command(hide = true)]
    Database(commands::database::Database),
}

/// An empty variable, as compose files leave behind, counts as not set.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        let empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if empty { arg.env(clap::builder::Resettable::Reset) } else { arg }
    });
    command.mut_subcommands(without_empty_variables)
}

fn main() -> ExitCode {
    // What `account` is set to may stand before and after what it is to do.
    let command = Cli::command().mut_subcommand("account", |it| it.mut_args(|setting| setting.global(true)));
    let given = without_empty_variables(command).get_matches();
    let cli = Cli::from_arg_matches(&given).unwrap_or_else(|error| error.exit());
    if let Err(error) = telemetry::init(cli.log_format, &cli.log) {
        eprintln!("error: {error}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: The threads of the service cannot be started: {error}.");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match cli.command {
            None => Box::pin(commands::serve::run(cli.serve)).await,
            Some(Command::Serve(serve)) => Box::pin(commands::serve::run(*serve)).await,
            Some(Command::Worker(worker)) => commands::worker::run(*worker).await,
            Some(Command::Migrate(migrate)) => commands::migrate::run(*migrate).await,
            Some(Command::Schema) => commands::schema(),
            Some(Command::Import(import)) => commands::import::run(*import).await,
            Some(Command::Account(account)) => commands::account::run(*account).await,
            Some(Command::Jobs(jobs)) => commands::jobs::run(*jobs).await,
            Some(Command::Keys(keys)) => commands::keys::run(*keys).await,
            Some(Command::Demo(demo)) => commands::demo::run(*demo).await,
            Some(Command::VerifyLog(verify)) => commands::verify_log::run(*verify).await,
            Some(Command::Checkpoint(checkpoint)) => commands::checkpoint::run(*checkpoint).await,
            Some(Command::Health(health)) => commands::health::run(&health).await,
            Some(Command::Database(database)) => commands::database::run(database).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever gives commands runs the service: they are told the cause that others are not.
            let text = match error.downcast_ref::<answerable::error::Error>() {
                Some(error) => error.report(),
                None => error.to_string(),
            };
            for line in text.lines() {
                eprintln!("error: {line}");
            }
            ExitCode::FAILURE
        }
    }
}
