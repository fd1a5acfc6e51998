//! `answerable migrate`

use answerable::{
    app::{Database, Purpose},
    config::StorageConfig,
    db::{self, Target},
};

use super::{Failure, progress};

/// The settings of `migrate`.
#[derive(clap::Args)]
pub struct Migrate {
    #[command(flatten)]
    storage: StorageConfig,
}

/// Brings the database to this program's schema.
pub async fn run(migrate: Migrate) -> Result<(), Failure> {
    let database = Database::open(&migrate.storage, Purpose::Command, &progress).await?;
    let migrated = async {
        let target = Target::parse(database.url(), migrate.storage.database_ca_file.as_deref())?;
        db::migrate(&target).await
    };
    let migrated = migrated.await;
    database.close().await;
    match migrated? {
        0 => say!("The database is of this program's schema already."),
        steps => say!("Migrated the database: {steps} steps."),
    }
    Ok(())
}
