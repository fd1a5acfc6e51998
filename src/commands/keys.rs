//! `answerable keys`

use answerable::config::Config;
use clap::Subcommand;

use super::{Failure, signing};

/// The settings of `keys`.
#[derive(clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
    match keys.command {
        Command::RotateSigning { at_once, config } => signing::rotate(&config, at_once).await,
    }
}
