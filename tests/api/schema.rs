//! The tables: `src/db/schema.rs` is what the migrations make, and every migration can be taken back.

use std::{fmt::Write, fs, path::PathBuf};

use answerable::db::Target;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::support::postgres;

#[derive(diesel::QueryableByName)]
struct Column {
    #[diesel(sql_type = diesel::sql_types::Text)]
    table_name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    type_name: String,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    nullable: bool,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    key: bool,
}

const COLUMNS: &str = "
SELECT c.relname::text AS table_name, a.attname::text AS name, t.typname::text AS type_name,
       NOT a.attnotnull AS nullable,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS key
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
      AND c.relname <> '__diesel_schema_migrations'
ORDER BY c.relname, a.attnum";

async fn columns(url: &str) -> Vec<Column> {
    let mut conn = Target::parse(url, None).unwrap().dial(None).await.unwrap();
    diesel::sql_query(COLUMNS).load(&mut conn).await.unwrap()
}

fn diesel_type(column: &Column) -> String {
    let name = match column.type_name.as_str() {
        "uuid" => "Uuid",
        "text" => "Text",
        "bytea" => "Bytea",
        "timestamptz" => "Timestamptz",
        "int4" => "Integer",
        "int2" => "SmallInt",
        "int8" => "BigInt",
        "bool" => "Bool",
        "jsonb" => "Jsonb",
        "_text" => "Array<Text>",
        other => panic!("{other} is new here: say which type of diesel it is"),
    };
    if column.nullable { format!("Nullable<{name}>") } else { name.to_owned() }
}

fn rendered(columns: &[Column]) -> String {
    let mut text = "//! The tables as the migrations leave them. Generated: `UPDATE_SCHEMA=1 cargo test schema_rs` writes it anew.\n\
                    #![expect(missing_docs, reason = \"the migrations say what each column is\")]\n"
        .to_owned();
    let mut tables: Vec<&str> = columns.iter().map(|column| column.table_name.as_str()).collect();
    tables.dedup();
    for table in &tables {
        let own = || columns.iter().filter(|column| column.table_name == *table);
        let keys: Vec<_> = own().filter(|column| column.key).map(|column| column.name.as_str()).collect();
        write!(text, "\ndiesel::table! {{\n    {table} ({}) {{\n", keys.join(", ")).unwrap();
        for column in own() {
            writeln!(text, "        {} -> {},", column.name, diesel_type(column)).unwrap();
        }
        text += "    }\n}\n";
    }
    text += "\ndiesel::allow_tables_to_appear_in_same_query!(\n";
    for (at, table) in tables.iter().enumerate() {
        writeln!(text, "    {table}{}", if at + 1 < tables.len() { "," } else { "" }).unwrap();
    }
    text + ");\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schema_rs_is_what_the_migrations_make() {
    let made = rendered(&columns(&postgres::fresh_database().await).await);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs");
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(
        kept == made,
        "src/db/schema.rs is stale: `UPDATE_SCHEMA=1 cargo test schema_rs` writes it anew\n{made}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_migration_can_be_taken_back() {
    let url = postgres::bare_database().await;
    let target = Target::parse(&url, None).unwrap();
    let mut conn = target.dial(None).await.unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut folders: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    for _ in 0..2 {
        for folder in &folders {
            conn.batch_execute(&fs::read_to_string(folder.join("up.sql")).unwrap()).await.unwrap();
        }
        for folder in folders.iter().rev() {
            conn.batch_execute(&fs::read_to_string(folder.join("down.sql")).unwrap()).await.unwrap();
        }
        let left = columns(&url).await;
        assert!(left.is_empty(), "{} is left behind", left[0].table_name);
    }
}
