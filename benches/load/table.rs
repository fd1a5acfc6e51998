//! The figures as a table in plain text.

use std::fmt;

use super::Figures;

/// The figures of one operation.
pub struct Row {
    /// What was done.
    pub name: &'static str,
    /// How many statements one request costs.
    pub statements: u64,
    /// The service over HTTP.
    pub service: Figures,
    /// The one statement by itself.
    pub plain: Figures,
    /// The same by pgbench, a second.
    pub pgbench: Option<f64>,
}

/// What the columns are.
pub fn head() -> String {
    let groups =
        format!("{:<29} {:<39} | {:<28} | {:<9}", "", "requests over HTTP", "one statement of it", "pgbench");
    let columns = format!(
        "{:<29} {:>8} {:>8} {:>8} {:>12} | {:>10} {:>8} {:>8} | {:>9} {:>6}",
        "", "per s", "p50 ms", "p99 ms", "statements", "per s", "p50 ms", "p99 ms", "per s", "ratio"
    );
    format!("{groups}\n{columns}")
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (service, plain) = (&self.service, &self.plain);
        let pgbench = self.pgbench.map_or("-".into(), |tps| format!("{tps:.0}"));
        write!(
            f,
            "{:<29} {:>8.0} {:>8.2} {:>8.2} {:>12} | {:>10.0} {:>8.2} {:>8.2} | {:>9} {:>6.1}",
            self.name,
            service.per_second(),
            service.within(50),
            service.within(99),
            self.statements,
            plain.per_second(),
            plain.within(50),
            plain.within(99),
            pgbench,
            plain.per_second() / service.per_second(),
        )?;
        for (whose, figures) in [("requests", service), ("statements", plain)] {
            if let Some(complaint) = figures.complaint() {
                write!(f, "\n  of the {whose} {complaint}")?;
            }
        }
        Ok(())
    }
}
