//! `answerable worker`

use answerable::{app, config::Config};

use super::{Failure, asked_to_end, open};

/// The settings of `worker`.
#[derive(clap::Args)]
pub struct Worker {
    #[command(flatten)]
    config: Config,
}

/// Carries jobs out until it is asked to end.
pub async fn run(worker: Worker) -> Result<(), Failure> {
    worker.config.check_for_production(Vec::new())?;
    let mut ending = tokio::spawn(asked_to_end());
    let opened = tokio::select! {
        opened = open(&worker.config) => Some(opened?),
        _ = &mut ending => None,
    };
    if let Some(app) = opened {
        say!("The worker is ready. Mail: {}.", app.mailer);
        app::work_until(app, &worker.config, async { drop(ending.await) }).await?;
    }
    note!("Stopped.");
    Ok(())
}
