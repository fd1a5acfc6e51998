//! `answerable checkpoint`

use std::{fs, path::PathBuf};

use answerable::{
    app::App,
    config::Config,
    ledger::checkpoint::{self, PublicKey},
};

use super::{Failure, open};

/// The settings of `checkpoint`.
#[derive(clap::Args)]
pub struct Checkpoint {
    /// Where to write it; to standard output when not given
    #[arg(long)]
    output: Option<PathBuf>,
    /// Where to write the public key as well, in PEM, for those who are to check it
    #[arg(long)]
    public_key_output: Option<PathBuf>,
    #[command(flatten)]
    config: Config,
}

/// Signs how the log of every document ends, to be kept elsewhere.
pub async fn run(command: Checkpoint) -> Result<(), Failure> {
    let app = open(&command.config).await?;
    let done = write(&app, &command).await;
    app.close().await;
    done
}

async fn write(app: &App, command: &Checkpoint) -> Result<(), Failure> {
    let kept = |path: &PathBuf, text: &str| {
        fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
    };
    let key = PublicKey::new(&app.ctx.loaded_keys.signing_public);
    let (made, signed) = checkpoint::make(&app.ctx).await?;
    if let Some(path) = &command.public_key_output {
        kept(path, &key.to_pem())?;
    }
    if let Some(path) = &command.output {
        kept(path, &format!("{signed}\n"))?;
    } else {
        say!("{signed}");
    }
    note!(
        "How the log of {} ends at {}, signed with the key {}. Keep it where nobody who can write to the database does.",
        if made.heads.len() == 1 { "1 document".into() } else { format!("{} documents", made.heads.len()) },
        made.made_at.format("%Y-%m-%d %H:%M UTC"),
        key.id(),
    );
    Ok(())
}
