//! `answerable jobs`: the dead letters, and putting them back.

use answerable::{app::App, config::Config, db::paging::Span, ids::JobId, outbox};
use clap::Subcommand;

use super::{Failure, open};

/// How many dead letters are listed at the most.
const MAX_LISTED: i64 = 1_000;

/// The settings of `jobs`.
#[derive(clap::Args)]
pub struct Jobs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the jobs that were given up on, with the reason
    Dead {
        #[command(flatten)]
        config: Config,
    },
    /// Put jobs that were given up on back, to be tried anew
    Requeue {
        /// The job; all of them when not given
        id: Option<JobId>,
        #[command(flatten)]
        config: Config,
    },
}

/// Carries the command out.
pub async fn run(jobs: Jobs) -> Result<(), Failure> {
    let config = match &jobs.command {
        Command::Dead { config } | Command::Requeue { config, .. } => config,
    };
    let app = open(config).await?;
    let done = carry_out(&app, &jobs.command).await;
    app.close().await;
    done
}

async fn carry_out(app: &App, command: &Command) -> Result<(), Failure> {
    let mut conn = app.ctx.writer().await?;
    match command {
        Command::Dead { .. } => {
            let span = Span { after: None, before: None, reverse: false, limit: MAX_LISTED };
            let dead = outbox::dead_letters(&mut conn, &span).await?;
            for letter in &dead {
                let when = letter.finished_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
                say!(
                    "{}  {}  {}  {} attempts  {}",
                    letter.id,
                    when.unwrap_or_default(),
                    letter.kind,
                    letter.attempts,
                    letter.last_error.as_deref().unwrap_or_default()
                );
            }
            if dead.is_empty() {
                say!("No job was given up on.");
            }
        }
        Command::Requeue { id, .. } => {
            let count =
                outbox::requeue(&mut conn, id.as_ref().map(std::slice::from_ref), app.ctx.clock.now())
                    .await?;
            match (count, id) {
                (0, Some(id)) => return Err(format!("{id} is no job that was given up on.").into()),
                (0, None) => say!("No job was given up on."),
                (count, _) => say!("{count} of them will be tried anew."),
            }
        }
    }
    Ok(())
}
