//! `answerable demo`

use answerable::{app, config::Config, identity::actions, mail::EmailAddress};

use super::{Failure, open, progress};

/// The settings of `demo`.
#[derive(clap::Args)]
pub struct Demo {
    #[command(flatten)]
    config: Config,
    /// The address of the administrator who moderates the demonstration
    #[arg(long, env = "ANSWERABLE_ADMIN_EMAIL", default_value = "administrator@answerable.example")]
    admin_email: String,
}

/// Loads the demonstration, unless it was loaded before.
pub async fn run(demo: Demo) -> Result<(), Failure> {
    let email = EmailAddress::parse(&demo.admin_email)?;
    let app = open(&demo.config).await?;
    let loaded = async {
        let (administrator, _) = actions::ensure_first_administrator(&app.ctx, &email).await?;
        app::load_demo(&app.ctx, administrator, &progress).await
    };
    let loaded = loaded.await;
    app.close().await;
    if loaded? {
        say!("The demonstration is loaded.");
    } else {
        say!("There are documents already, so the demonstration was not loaded.");
    }
    Ok(())
}
