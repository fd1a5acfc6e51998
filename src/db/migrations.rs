//! The migrations in `migrations/`, embedded in the binary and run under an advisory lock, so that of many processes
//! starting at once one migrates and the others wait.

use diesel::{
    OptionalExtension, QueryableByName, migration::MigrationSource, pg::Pg, sql_query, sql_types::Text,
};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{DbError, Target};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number will do, as long as it is this one everywhere.
const MIGRATION_LOCK: i64 = 0x616e_7377_6572;

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The newest schema version this program knows.
pub fn newest_known() -> Result<String, DbError> {
    let mut versions: Vec<String> = MigrationSource::<Pg>::migrations(&MIGRATIONS)
        .map_err(|error| DbError(format!("The program's own migrations cannot be read: {error}.")))?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    versions.sort();
    versions.pop().ok_or_else(|| DbError("The program has no migrations.".into()))
}

/// Brings the database to this program's schema and returns how many migrations ran. Refuses a server before
/// PostgreSQL 15 and a database that a newer program has migrated.
pub async fn migrate(target: &Target) -> Result<usize, DbError> {
    let broken = |error: diesel::result::Error| DbError(format!("The database cannot be migrated: {error}."));
    target.probe().await?;
    let mut connection = target.dial(None).await.map_err(|error| DbError(error.to_string()))?;
    let server: Version = sql_query("SELECT current_setting('server_version_num') AS version")
        .get_result(&mut connection)
        .await
        .map_err(broken)?;
    if server.version.parse::<u32>().unwrap_or(0) < 150_000 {
        return Err(DbError(format!(
            "The database server is PostgreSQL {}; Answerable needs 15 or later.",
            server.version.parse::<u32>().unwrap_or(0) / 10_000
        )));
    }
    sql_query(format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        .execute(&mut connection)
        .await
        .map_err(broken)?;
    if let Some(version) = newest_applied(&mut connection).await.map_err(broken)? {
        let known = newest_known()?;
        if version > known {
            return Err(DbError(format!(
                "The database has schema version {version}, newer than this program's {known}. Use the program that migrated it, or a later one."
            )));
        }
    }
    let mut harness = AsyncMigrationHarness::new(connection);
    let run = harness
        .run_pending_migrations(MIGRATIONS)
        .map(|done| done.len())
        .map_err(|error| DbError(format!("The database cannot be migrated: {error}.")))?;
    // The lock ends with the connection.
    Ok(run)
}

/// Whether migrations are still to be run, or a newer program has been here: then this one is not ready.
pub async fn pending(connection: &mut super::Connection) -> Result<bool, crate::error::Error> {
    let known = newest_known().map_err(crate::error::Error::internal)?;
    Ok(newest_applied(connection).await? != Some(known))
}

async fn newest_applied(
    connection: &mut diesel_async::AsyncPgConnection,
) -> diesel::QueryResult<Option<String>> {
    let table: Version =
        sql_query("SELECT COALESCE(to_regclass('__diesel_schema_migrations')::text, '') AS version")
            .get_result(connection)
            .await?;
    if table.version.is_empty() {
        return Ok(None);
    }
    let newest: Option<Version> =
        sql_query("SELECT version::text FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1")
            .get_result(connection)
            .await
            .optional()?;
    Ok(newest.map(|row| row.version))
}
