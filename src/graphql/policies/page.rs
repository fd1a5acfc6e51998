//! `docs/permissions.md`, made from the tables.

use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

use super::{SCOPES, TABLE, Who};
use crate::identity::Scope;

fn who(who: Who) -> &'static str {
    match who {
        Who::Everybody => "everybody",
        Who::HolderAndModerators => "whoever holds the receipt, and moderators of the document",
        Who::HolderOfLink => "whoever holds the link that was mailed",
        Who::Moderators => "moderators of the document",
        Who::SignedIn => "everybody signed in",
        Who::Oneself => "the person themselves",
        Who::SelfAndAdministrators => "the person themselves, and administrators",
        Who::Editors => "editors of the document, and administrators",
        Who::ModeratorsAndEditors => "moderators and editors of the document, and administrators",
        Who::ModeratorsAndAdministrators => "The moderators of the document, and administrators",
        Who::Administrators => "administrators",
    }
}

fn about(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read what everybody can read, and who the token acts for.",
        Scope::Contribute => "Comment, make submissions, report and appeal.",
        Scope::Moderate => {
            "Read and decide what its owner reads and decides as a moderator, submissions included."
        }
        Scope::Edit => "Prepare documents, where its owner is an editor.",
        Scope::Administer => "Run the installation, where its owner does. Not for one document alone.",
    }
}

fn scope_of(of: &str, field: &str) -> &'static str {
    let row = SCOPES
        .iter()
        .find(|(name, _, fields)| *name == of && fields.split_whitespace().any(|it| it == field));
    row.map_or("–", |(_, scope, _)| scope.as_str())
}

fn page() -> String {
    let mut text = "<!-- Made from src/graphql/policies.rs: `UPDATE_PERMISSIONS=1 cargo test permissions` writes it anew. -->\n\n\
        # Who may do what\n\n\
        A field that stands in no table does not exist: a test holds these tables against the schema, and another asks\n\
        for every field as everybody there is. A role is given for one document or for all of them. An administrator is\n\
        not a moderator by that: what people said in confidence is for those who handle it.\n\n\
        What somebody may not know of answers NOT_FOUND, as if it were not there; what they know of and may not do\n\
        answers FORBIDDEN; and whoever has not signed in and would have to is answered UNAUTHENTICATED.\n"
        .to_owned();
    for of in ["Query", "Mutation"] {
        let title = if of == "Query" { "Queries" } else { "Mutations" };
        write!(
            text,
            "\n## {title}\n\n| {} | who | scope of an API token |\n| --- | --- | --- |\n",
            of.to_lowercase()
        )
        .unwrap();
        let mut rows = BTreeMap::new();
        for (_, allowed, fields) in TABLE.iter().filter(|(name, ..)| *name == of) {
            rows.extend(fields.split_whitespace().map(|field| (field, who(*allowed))));
        }
        for (field, allowed) in rows {
            writeln!(text, "| `{field}` | {allowed} | {} |", scope_of(of, field)).unwrap();
        }
    }
    text += "\n## API tokens\n\n\
        A token acts for its owner, with those of their roles that its scopes reach, for one document or for all, until\n\
        it ends or is revoked. It begins with `ans_`, and ends with a checksum, so that scanners for secrets find it:\n\
        `ans_[a-z2-7]{39}`. Nobody can give a token more than they may do themselves.\n\n| scope | what it allows |\n| --- | --- |\n";
    for scope in Scope::ALL {
        writeln!(text, "| {} | {} |", scope.as_str(), about(scope)).unwrap();
    }
    text += "\n## Fields\n\n\
        Of an object that somebody can reach. Lists and payloads are for whom their query or mutation is for.\n\n\
        | type | who | fields |\n| --- | --- | --- |\n";
    let is_listed = |name: &str| {
        !["Query", "Mutation"].contains(&name)
            && !["Payload", "Connection", "Edge"].iter().any(|end| name.ends_with(end))
    };
    let mut rows: Vec<_> = TABLE.iter().filter(|(name, ..)| is_listed(name)).collect();
    rows.sort_by_key(|(name, ..)| *name);
    for (name, allowed, fields) in rows {
        let fields: Vec<_> = fields.split_whitespace().map(|field| format!("`{field}`")).collect();
        writeln!(text, "| {name} | {} | {} |", who(*allowed), fields.join(" ")).unwrap();
    }
    text
}

#[test]
fn the_page_about_permissions_is_fresh() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    let made = page();
    if std::env::var_os("UPDATE_PERMISSIONS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/permissions.md is stale: `UPDATE_PERMISSIONS=1 cargo test permissions` writes it anew"
    );
}
