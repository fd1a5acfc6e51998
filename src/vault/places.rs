//! Every column that holds sealed values, for those who seal them anew. What a value says is never changed by that, so this
//! is done here for all tables, whoever owns them.

use diesel::{prelude::*, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Class;
use crate::{db::Handwritten, error::Result, seal::Place};

/// A column of sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Table and column, as in [`Place::column`].
    pub name: &'static str,
    table: &'static str,
    column: &'static str,
    /// The column that says which key sealed the value, and refers to it.
    key: &'static str,
    /// What its keys are for.
    pub class: Class,
}

macro_rules! columns {
    ($($table:literal, $column:literal, $class:ident;)*) => {
        &[$(Sealed {
            name: concat!($table, ".", $column, "_sealed"),
            table: $table,
            column: concat!($column, "_sealed"),
            key: concat!($column, "_key"),
            class: Class::$class,
        },)*]
    };
}

/// All of them; a test finds a column that is missing here.
pub const SEALED: &[Sealed] = columns! {
    "accounts", "email", Account;
    "appeals", "text", Submission;
    "attachments", "name", Submission;
    "attachments", "secret", Submission;
    "contributors", "email", Contact;
    "contributors", "name", Contact;
    "reports", "contact", Contact;
    "reports", "explanation", Contact;
    "rule_findings", "found", Rule;
    "rules", "secret", Rule;
    "signing_keys", "private", Signing;
    "submission_texts", "body", Submission;
    "submissions", "body", Submission;
};

impl Sealed {
    /// The column of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SEALED.iter().find(|sealed| sealed.name == name)
    }

    /// The column that comes after this one.
    pub fn next(&self) -> Option<&'static Self> {
        SEALED.iter().skip_while(|sealed| *sealed != self).nth(1)
    }

    /// Where the value of this row lives.
    pub fn place(&self, row: Uuid) -> Place {
        Place { column: self.name, row }
    }
}

/// A sealed value and its row.
#[derive(QueryableByName)]
pub struct Value {
    /// The row.
    #[diesel(sql_type = sql_types::Uuid)]
    pub id: Uuid,
    /// The value.
    #[diesel(sql_type = sql_types::Binary)]
    pub sealed: Vec<u8>,
}

/// Values of rows after this one that were sealed with one of these keys, in the order of their rows.
pub async fn batch(
    conn: &mut AsyncPgConnection,
    of: &Sealed,
    keys: &[Uuid],
    after: Uuid,
    limit: i64,
) -> Result<Vec<Value>> {
    let mut sql = Handwritten::default();
    sql.text("SELECT id, ").text(of.column).text(" AS sealed FROM ").text(of.table).text(" WHERE id > ");
    sql.uuid(after).text(" AND ").text(of.key).text(" = ANY (").uuids(keys);
    sql.text(") ORDER BY id LIMIT ").big_int(limit);
    Ok(sql.load(conn).await?)
}

/// Puts other values in the place of these, where they are still there, and says how many they were.
pub async fn replace(
    conn: &mut AsyncPgConnection,
    of: &Sealed,
    values: Vec<(Value, Vec<u8>)>,
) -> Result<usize> {
    let (mut ids, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for (value, sealed) in values {
        ids.push(value.id);
        before.push(value.sealed);
        after.push(sealed);
    }
    let mut sql = Handwritten::default();
    sql.text("UPDATE ").text(of.table).text(" AS t SET ").text(of.column).text(" = n.sealed FROM unnest(");
    sql.uuids(&ids).text(", ").bind::<sql_types::Array<sql_types::Binary>, _>(before).text(", ");
    sql.bind::<sql_types::Array<sql_types::Binary>, _>(after);
    sql.text(") AS n(id, before, sealed) WHERE t.id = n.id AND t.").text(of.column).text(" = n.before");
    Ok(sql.execute(conn).await?)
}

/// How many values are sealed with these keys.
pub async fn count_sealed(conn: &mut AsyncPgConnection, keys: &[Uuid]) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = sql_types::BigInt)]
        count: i64,
    }
    let mut total = 0;
    for of in SEALED {
        let mut sql = Handwritten::default();
        sql.text("SELECT count(*) AS count FROM ").text(of.table).text(" WHERE ").text(of.key);
        sql.text(" = ANY (").uuids(keys).text(")");
        let found: Count = sql.get_result(conn).await?;
        total += found.count;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sealed_column_is_forgotten() {
        let schema = include_str!("../db/schema.rs");
        let mut table = "";
        let mut found = Vec::new();
        for line in schema.lines().map(str::trim) {
            if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
                table = name;
            }
            if let Some((column, _)) =
                line.split_once(" -> ").filter(|(column, _)| column.ends_with("_sealed"))
            {
                found.push(format!("{table}.{column}"));
            }
        }
        // The root is wrapped by the master key, like the data keys.
        found.retain(|name| name != "installation.root_sealed");
        let mut known: Vec<_> = SEALED.iter().map(|sealed| sealed.name.to_owned()).collect();
        found.sort();
        known.sort();
        assert_eq!(
            found, known,
            "each sealed column is listed in SEALED, else its values keep their old keys"
        );
    }

    #[test]
    fn the_class_of_each_column_is_known_by_its_name() {
        for sealed in SEALED {
            let class = sealed.class;
            assert!(Class::parse(class.as_str()) == Some(class), "{} cannot be read", class.as_str());
        }
    }

    #[test]
    fn the_columns_follow_one_another() {
        let mut at = SEALED.first();
        let mut seen = 0;
        while let Some(sealed) = at {
            assert_eq!(Sealed::named(sealed.name), Some(sealed));
            seen += 1;
            at = sealed.next();
        }
        assert_eq!(seen, SEALED.len());
    }
}
