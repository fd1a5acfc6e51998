//! `answerable keys`: which keys there are, and putting others in their place while the service runs.

use std::time::Duration;

use answerable::{
    app::App,
    config::Config,
    rekey::{self, Rotated},
    seal::{MasterKey, Masters},
    vault,
};
use clap::Subcommand;

use super::{Failure, open, signing};

/// The settings of `keys`.
#[derive(clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say which master key is in force, how many data keys there are, and how far sealing anew has come
    Status {
        #[command(flatten)]
        config: Config,
    },
    /// Put the configured master key in the place of the one before, or, where it is kept in the data directory, a new one
    Rotate {
        /// Make new data keys as well, and have everything sealed anew under them by the workers
        #[arg(long)]
        data_keys: bool,
        /// Wait until that is done, and say how far it has come
        #[arg(long, requires = "data_keys")]
        wait: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Make a new key that signs access tokens, beside a running service: it signs in five minutes, and what was signed before is believed until it ends
    RotateSigning {
        /// For a key that is in the wrong hands: the new one signs now, and what was signed before is believed no longer
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        config: Config,
    },
}

/// Carries the command out.
pub async fn run(keys: Keys) -> Result<(), Failure> {
    let config = match &keys.command {
        Command::RotateSigning { at_once, config } => return signing::rotate(config, *at_once).await,
        Command::Status { config } | Command::Rotate { config, .. } => config,
    };
    let app = open(config).await?;
    let done = carry_out(&app, &keys.command).await;
    app.close().await;
    done
}

async fn carry_out(app: &App, command: &Command) -> Result<(), Failure> {
    match command {
        Command::RotateSigning { .. } => Ok(()),
        Command::Status { .. } => status(app).await,
        Command::Rotate { data_keys, wait, config } => {
            rotate(app, config).await?;
            if *data_keys {
                let ordered = rekey::reseal(&app.ctx).await?;
                say!("New data keys are in use. The workers seal {} anew.", values(ordered.total));
                if *wait {
                    return progress(app).await;
                }
                say!("`answerable keys status` says how far they have come.");
            }
            Ok(())
        }
    }
}

async fn status(app: &App) -> Result<(), Failure> {
    let mut conn = app.ctx.db.get().await?;
    let masters = app.ctx.vault.ring().masters();
    let in_force = vault::in_force(&mut conn, &masters).await?;
    say!("Master key in force: {}", in_force.map_or_else(|| "unknown here".into(), MasterKey::name));
    for key in masters.all().filter(|key| in_force.is_none_or(|used| used.id() != key.id())) {
        say!("Also given: {}", key.name());
    }
    let kept = vault::kept(&mut conn).await?;
    say!("Data keys: {} in use, {} retired", kept.live, kept.retired);
    if let Some(reseal) = rekey::latest(&mut conn).await? {
        let state = match reseal.finished_at {
            Some(at) => format!("done at {}", at.format("%Y-%m-%d %H:%M UTC")),
            None => "under way".into(),
        };
        say!("Sealed anew: {} of {}, {state}", reseal.done.min(reseal.total), values(reseal.total));
    }
    Ok(())
}

async fn rotate(app: &App, config: &Config) -> Result<(), Failure> {
    let data_dir = &config.storage.data_dir;
    let is_given = config.keys.is_given();
    if !is_given {
        config.keys.successor(data_dir)?;
    }
    // Read anew: the successor is among them now.
    let masters: Masters = config.keys.masters(data_dir, false)?;
    let next = match masters.others.first() {
        Some(successor) if !is_given => successor,
        _ => &masters.configured,
    };
    match rekey::rotate(&app.ctx, &masters, next).await? {
        Rotated::Now(keys) => say!("Master key {} is in force, and wraps {keys} data keys.", next.name()),
        Rotated::Before if is_given => say!(
            "Master key {} is in force already. To put another in its place, make that ANSWERABLE_MASTER_KEY and this one ANSWERABLE_PREVIOUS_MASTER_KEY for every process, and run this again.",
            next.name()
        ),
        Rotated::Before => say!("Master key {} was in force already.", next.name()),
        Rotated::Unknown => return Err("None of the master keys given is the one in force; nothing was changed. Give that one as ANSWERABLE_PREVIOUS_MASTER_KEY.".into()),
    }
    if is_given {
        return Ok(());
    }
    let previous = config.keys.succeed(data_dir)?;
    say!(
        "The key before is kept as {}, for backups from before. Delete it with the last of them.",
        previous.display()
    );
    Ok(())
}

/// Says how far sealing anew has come, until it is done.
async fn progress(app: &App) -> Result<(), Failure> {
    let mut told = -1;
    loop {
        let reseal = rekey::latest(&mut *app.ctx.db.get().await?).await?;
        let Some(reseal) = reseal else { return Ok(()) };
        if reseal.done != told {
            told = reseal.done;
            note!("{} of {} sealed anew.", told.min(reseal.total), values(reseal.total));
            if told >= reseal.total && reseal.finished_at.is_none() {
                note!(
                    "The old keys stay for ten minutes, until no process can be sealing with them any more."
                );
            }
        }
        if reseal.finished_at.is_some() {
            say!("Everything is sealed under new data keys, and the old ones are gone.");
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn values(count: i64) -> String {
    if count == 1 { "1 value".into() } else { format!("{count} values") }
}
