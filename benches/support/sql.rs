//! The statement beside an operation, sent by itself over a connection of its own: prepared once, run, all rows read.

use tokio_postgres::{Client, Statement};

use super::{
    database,
    dice::Dice,
    operations::{Operation, Subject},
};

/// A connection with its statements.
pub struct Plain {
    client: Client,
    prepared: Vec<Statement>,
}

impl Plain {
    /// Connects and prepares.
    pub async fn connect(url: &str, operation: Operation, on: &Subject) -> Self {
        let client = database::connect(url).await;
        let mut prepared = Vec::new();
        for statement in operation.statements(on) {
            prepared.push(client.prepare(&statement).await.unwrap());
        }
        Self { client, prepared }
    }

    /// Runs one of the statements, and commits it.
    pub async fn run(&self, dice: &mut Dice) -> Result<usize, String> {
        let statement = dice.pick(&self.prepared);
        let rows = self.client.query(statement, &[]).await.map_err(|error| error.to_string())?;
        Ok(rows.len())
    }
}
