//! The same statement by PostgreSQL's own load generator, where one is installed: it takes less of the machine than a
//! client of ours, so it shows what the server can do.

use std::{fs, time::Duration};

use tokio::process::Command;

/// How many scripts pgbench takes.
const MAX_SCRIPTS: usize = 128;

/// Runs the statements, one at random each time, and says how many were done in a second; nothing where there is no
/// pgbench, or it does not get along with the server.
pub async fn run(url: &str, statements: &[String], clients: usize, time: Duration) -> Option<f64> {
    let folder = tempfile::tempdir().ok()?;
    let mut command = Command::new("pgbench");
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.arg(format!("--client={clients}")).arg(format!("--time={}", time.as_secs()));
    for (at, statement) in statements.iter().take(MAX_SCRIPTS).enumerate() {
        let path = folder.path().join(format!("{at}.sql"));
        // A script ends its statements at the semicolon.
        fs::write(&path, format!("{statement};\n")).ok()?;
        command.arg("--file").arg(path);
    }
    let output = command.arg(url).output().await.ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let found = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    if found.is_none() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        eprintln!("pgbench: {}", complaint.lines().last().unwrap_or_default());
    }
    found
}
