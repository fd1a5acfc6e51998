//! The rules of the house that the compiler does not hold: who may import whom, and that the contract is fresh.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use syn::visit::Visit;

#[path = "house/debug.rs"]
mod debug;

/// From the lowest to the highest: each may use those before it. `src/lib.rs` lists them in the same order.
const ORDER: [&str; 37] = [
    "error",
    "clock",
    "locale",
    "ids",
    "seal",
    "config",
    "telemetry",
    "db",
    "vault",
    "files",
    "signing",
    "installation",
    "mail",
    "outbox",
    "events",
    "limits",
    "oidc",
    "context",
    "rekey",
    "idempotency",
    "text",
    "markup",
    "identity",
    "documents",
    "contributors",
    "ledger",
    "rules",
    "comments",
    "attachments",
    "submissions",
    "intake",
    "moderation",
    "privacy",
    "notifications",
    "graphql",
    "web",
    "http",
];

/// What the modules see of Diesel: the platform and the domains that own tables.
const DIESEL: [&str; 23] = [
    "error",
    "ids",
    "db",
    "vault",
    "signing",
    "installation",
    "outbox",
    "events",
    "context",
    "rekey",
    "idempotency",
    "identity",
    "documents",
    "contributors",
    "ledger",
    "rules",
    "comments",
    "attachments",
    "submissions",
    "moderation",
    "intake",
    "privacy",
    "notifications",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every path in a file that begins with `crate::` or names Diesel, `use` lines and expressions alike.
#[derive(Default)]
struct Paths {
    of_crate: BTreeSet<String>,
    diesel: bool,
}

impl Paths {
    fn note(&mut self, segments: &[String]) {
        match segments.first().map(String::as_str) {
            Some("crate") if segments.len() > 1 => {
                self.of_crate.insert(segments[1].clone());
            }
            Some("diesel" | "diesel_async") => self.diesel = true,
            _ => {}
        }
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.note(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.note(before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, before)),
        }
    }

    /// Macros are not parsed: their tokens are looked through for `crate :: name`.
    fn tokens(&mut self, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        for at in words.windows(3) {
            if at[0] == "crate" && at[1] == "::" {
                self.of_crate
                    .insert(at[2].trim_matches(|c: char| !c.is_alphanumeric() && c != '_').to_owned());
            }
            self.diesel |= at[0] == "diesel" && at[1] == "::";
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&segments);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, of: &'ast syn::Macro) {
        use quote::ToTokens;
        self.tokens(&of.to_token_stream().to_string());
        self.visit_path(&of.path);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // Tests may reach wherever they need to.
        let is_test = item.attrs.iter().any(|attribute| {
            use quote::ToTokens;
            attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("test")
        });
        if !is_test {
            syn::visit::visit_item_mod(self, item);
        }
    }
}

#[test]
fn nobody_imports_upwards() {
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let relative = file.strip_prefix(&source).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.strip_suffix(".rs").unwrap_or(first);
        let Some(rank) = ORDER.iter().position(|known| *known == module) else {
            assert!(
                ["lib", "main", "app", "commands"].contains(&module),
                "{module} has no place in the order"
            );
            continue;
        };
        if relative.to_str().unwrap().contains("tests") {
            continue;
        }
        let mut paths = Paths::default();
        paths.visit_file(&syn::parse_file(&fs::read_to_string(&file).unwrap()).unwrap());
        seen += paths.of_crate.len();
        for other in &paths.of_crate {
            match ORDER.iter().position(|known| known == other) {
                Some(other_rank) if other_rank > rank => {
                    wrong.push(format!("{} uses crate::{other}", relative.display()));
                }
                None if other == "app" => wrong.push(format!("{} uses crate::app", relative.display())),
                _ => {}
            }
        }
        if paths.diesel && !DIESEL.contains(&module) {
            wrong.push(format!("{} sees Diesel", relative.display()));
        }
    }
    assert!(seen > 200, "the paths are found: {seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_map_and_the_order_are_one() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(listed[..listed.len() - 1], ORDER);
    assert_eq!(listed.last(), Some(&"app"));
}

#[test]
fn each_table_has_one_owner() {
    const OWNERS: [(&str, &str); 43] = [
        ("access_records", "privacy"),
        ("accounts", "identity"),
        ("action_links", "notifications"),
        ("api_tokens", "identity"),
        ("appeals", "moderation"),
        ("attachments", "attachments"),
        ("comment_counts", "comments"),
        ("comment_texts", "comments"),
        ("comment_threads", "comments"),
        ("comments", "comments"),
        ("contributors", "contributors"),
        ("data_keys", "vault"),
        ("digest_entries", "notifications"),
        ("documents", "documents"),
        ("events", "events"),
        ("external_identities", "identity"),
        ("idempotency_keys", "idempotency"),
        ("installation", "installation"),
        ("jobs", "outbox"),
        ("ledger_heads", "ledger"),
        ("mail_arrivals", "notifications"),
        ("mail_subscriptions", "notifications"),
        ("moderation_action_details", "ledger"),
        ("moderation_actions", "ledger"),
        ("moderation_claims", "moderation"),
        ("moderation_rules", "rules"),
        ("notices", "notifications"),
        ("receipts", "contributors"),
        ("reports", "moderation"),
        ("reseals", "rekey"),
        ("role_grants", "identity"),
        ("rule_findings", "rules"),
        ("rules", "rules"),
        ("section_revisions", "documents"),
        ("sections", "documents"),
        ("sessions", "identity"),
        ("sign_in_links", "identity"),
        ("signing_keys", "signing"),
        ("similar_bands", "rules"),
        ("similar_groups", "rules"),
        ("similar_members", "rules"),
        ("submission_texts", "submissions"),
        ("submissions", "submissions"),
    ];
    let source = root().join("src");
    let schema = fs::read_to_string(source.join("db/schema.rs")).unwrap();
    assert_eq!(schema.matches("diesel::table!").count(), OWNERS.len(), "a new table needs an owner here");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    for file in files {
        let relative = file.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&file).unwrap();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (table, owner) in OWNERS {
            for call in ["insert_into(", "update(", "delete("] {
                let writes = text.contains(&format!("{call}{table}::table"))
                    || text.contains(&format!("{call} {table}::table"));
                let is_own = relative.starts_with(&format!("{owner}/")) || relative == format!("{owner}.rs");
                assert!(!writes || is_own, "{relative} writes {table}, which belongs to {owner}");
            }
        }
    }
}

#[test]
fn the_contract_is_fresh() {
    let kept = fs::read_to_string(root().join("schema.graphql")).unwrap();
    let made = answerable::graphql::sdl();
    assert!(kept == made, "schema.graphql is stale: `cargo run -- schema > schema.graphql` writes it anew");
}

#[test]
fn the_readme_names_every_setting() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_answerable"))
        .args(["serve", "--help"])
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut settings = 0;
    for rest in help.split("[env: ").skip(1) {
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        assert!(readme.contains(&format!("| `{name}` |")), "README.md does not say what {name} is");
        settings += 1;
    }
    assert!(settings > 20, "{help}");
}

#[test]
fn every_test_that_the_threats_name_is_there() {
    let page = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let mut named = 0;
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let mut text = String::new();
        for name in cell.split('`').skip(1).step_by(2) {
            if name.contains('/') {
                let found =
                    [root().join("tests").join(name), root().join(name)].into_iter().find(|at| at.exists());
                let found = found.unwrap_or_else(|| panic!("there is no {name}: {row}"));
                text = if found.is_dir() { String::new() } else { fs::read_to_string(found).unwrap() };
            } else {
                let is_test = text.contains(&format!("fn {name}("));
                assert!(is_test, "there is no test `{name}` in the file before it: {row}");
                named += 1;
            }
        }
    }
    assert!(named > 40, "{named}");
}
