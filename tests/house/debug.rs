//! What a line of a log, an error or the message of a panic could show by accident: no type that prints what it holds may
//! hold a secret, or what somebody wrote, is called or can be reached at. It is told from the types and names of fields.

use std::{collections::BTreeSet, fs};

use quote::ToTokens;
use syn::visit::Visit;

use super::{root, rust_files};

/// Types that print what they are made of.
const PLAIN: [&str; 10] =
    ["String", "str", "u8", "char", "Value", "OsString", "Url", "HeaderValue", "HeaderMap", "Bytes"];

/// Types that tell of a person or a machine whatever the field is called.
const PERSONAL: [&str; 6] = ["Mailbox", "IpAddr", "SocketAddr", "Ipv4Addr", "Ipv6Addr", "Jwk"];

/// Types that print nothing of what is in them.
const SILENT: [&str; 6] =
    ["SecretString", "SecretBox", "EmailAddress", "Origin", "SharedText", "SharedBytes"];

/// Words in the name of a field, or of a variant, whose content is not for everybody.
const TELLING: &str = "address author body bytes comment contact content cookie credentials device email excerpt \
    explanation facts given holder host html ip key link mail markdown message name note origin \
    password plain private quote raw reference refresh reply root salt secret sender statement \
    subject text token url words";

/// What is called or made like that, or stands in an error, and may be shown. Each says why.
const REVIEWED: [(&str, &str); 24] = [
    ("documents/", "a document's text is written to be published"),
    ("config.rs ConfigError", "names a setting; that it shows no password is tested over the binary"),
    ("config/files.rs FileConfig.s3_access_key_id", "which key, not the key"),
    ("config/files.rs Bucket.key_id", "the same"),
    ("config/files.rs Bucket.name", "where files are kept"),
    ("config/http.rs HttpConfig.listen", "the service's own address"),
    ("config/http.rs HttpConfig.public_url", "the service's own address"),
    ("config/mail.rs MailSettings.mail_from", "stands in every letter"),
    ("config/mail.rs MailSettings.mail_reply_to", "stands in every letter"),
    (
        "config/delivery.rs DeliveryConfig.cors_origins",
        "the addresses of other sites, which every browser is told",
    ),
    ("app.rs StartError.Listen", "the service's own address"),
    ("db.rs DbError", "written by the program; that it shows no password is tested over the binary"),
    (
        "error.rs Error",
        "written by the program for whoever asked, and quotes no input: see the tests of errors",
    ),
    ("error.rs UserError.message", "the same"),
    ("mail.rs SendError", "written by the program, with the code of the answer and without its text"),
    ("contributors/model.rs ReceiptRow.reference", "a number that opens nothing"),
    ("files/scanner.rs Unchecked.Failed.0", "what a scanner says of itself, cleaned"),
    (
        "attachments/receive.rs file.finding",
        "what a scanner calls what it found, cleaned; nothing of the file",
    ),
    ("attachments/room.rs ", "numbers alone"),
    ("mail.rs Mailer", "where mail goes, without credentials"),
    ("mail/message.rs Message.message_id", "the id of a job"),
    ("http/server.rs http.address", "the service's own address"),
    ("notifications.rs error", "what a `SendError` says"),
    ("outbox/worker.rs error", "what a `Failure` says"),
];

/// The names of all types that a type is made of, except what stands in the program itself.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_type_path(&mut self, of: &'ast syn::TypePath) {
        let name = of.path.segments.last().unwrap().ident.to_string();
        if !SILENT.contains(&name.as_str()) {
            self.0.insert(name);
            syn::visit::visit_type_path(self, of);
        }
    }

    fn visit_type_reference(&mut self, of: &'ast syn::TypeReference) {
        if of.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static") {
            syn::visit::visit_type_reference(self, of);
        }
    }
}

impl Names {
    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|name| self.0.contains(*name))
    }
}

/// What one file could print.
struct Printed<'a> {
    file: &'a str,
    /// How many types were looked at.
    types: usize,
    /// Every place that is not in order, reviewed or not.
    found: Vec<String>,
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase)
}

fn tells(name: &str) -> bool {
    words(name).any(|word| TELLING.split(' ').any(|telling| word == telling || word == format!("{telling}s")))
}

/// What is derived outside tests.
fn derives(attributes: &[syn::Attribute], what: &str) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("derive")).any(|attribute| {
        attribute.to_token_stream().to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == what)
    })
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    let mut all = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    all.any(|attribute| attribute.to_token_stream().to_string().contains("test"))
}

impl Printed<'_> {
    fn look(&mut self, of: &syn::Ident, attributes: &[syn::Attribute], fields: &syn::Fields, variant: &str) {
        let is_error = derives(attributes, "Error");
        if !derives(attributes, "Debug") && !is_error {
            return;
        }
        for (at, field) in fields.iter().enumerate() {
            let name = field.ident.as_ref().map_or_else(|| at.to_string(), ToString::to_string);
            let mut types = Names::default();
            types.visit_type(&field.ty);
            // An error is made to be shown: all that is in it counts.
            if types.has(&PERSONAL) || types.has(&PLAIN) && (is_error || tells(&format!("{variant}{name}"))) {
                self.found.push(format!("{} {of}.{variant}{name}", self.file));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Printed<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.types += 1;
        self.look(&item.ident, &item.attrs, &item.fields, "");
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.types += 1;
        for variant in &item.variants {
            self.look(&item.ident, &item.attrs, &variant.fields, &format!("{}.", variant.ident));
        }
    }

    /// Debug output that is written by hand may show no such field.
    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let is_debug = |path: &syn::Path| path.segments.last().unwrap().ident == "Debug";
        if item.trait_.as_ref().is_some_and(|(_, path, _)| is_debug(path))
            && let syn::Type::Path(of) = &*item.self_ty
        {
            let of = &of.path.segments.last().unwrap().ident;
            let text = item.to_token_stream().to_string();
            if text.contains("{self") {
                self.found.push(format!("{} {of}.self", self.file));
            }
            for rest in text.split("self . ").skip(1) {
                let field = rest.split_whitespace().next().unwrap_or_default();
                if tells(field) || field == "0" {
                    self.found.push(format!("{} {of}.{field}", self.file));
                }
            }
        }
        syn::visit::visit_item_impl(self, item);
    }

    /// The fields of a line of the log.
    fn visit_macro(&mut self, of: &'ast syn::Macro) {
        if of.path.segments.first().is_some_and(|first| first.ident == "tracing") {
            let text = of.tokens.to_string();
            for part in text.split(" , ") {
                let named = part.split_once(" = ").map_or(part, |(name, _)| name).replace(' ', "");
                // The line itself is the last part, and a text of the program's.
                let quotes = part.starts_with('"') && part.contains('{');
                if quotes || !part.starts_with('"') && tells(part) {
                    self.found.push(format!("{} {named}", self.file));
                }
            }
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().segments.last().is_some_and(|last| last.ident == "instrument") {
            self.found.push(format!("{} instrument: it prints every argument", self.file));
        }
    }
}

fn each_file(mut look: impl FnMut(&str, &syn::File)) {
    let source = root().join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    for path in files {
        let relative = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
        look(&relative, &syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap());
    }
}

#[test]
fn nothing_confidential_can_be_printed() {
    let (mut wrong, mut used, mut types) = (Vec::new(), BTreeSet::new(), 0);
    each_file(|file, parsed| {
        let mut printed = Printed { file, types: 0, found: Vec::new() };
        printed.visit_file(parsed);
        types += printed.types;
        for found in printed.found {
            match REVIEWED.iter().find(|(reviewed, _)| found.starts_with(reviewed)) {
                Some((reviewed, _)) => drop(used.insert(*reviewed)),
                None => wrong.push(found),
            }
        }
    });
    assert!(types > 400, "the types are found: {types}");
    assert!(wrong.is_empty(), "shown by Debug output, an error or a line of the log: {wrong:#?}");
    let stale: Vec<_> = REVIEWED.iter().filter(|(reviewed, _)| !used.contains(reviewed)).collect();
    assert!(stale.is_empty(), "no longer needed: {stale:#?}");
}

/// What a job carries stands in clear in the database, in backups, and before administrators.
#[test]
fn jobs_carry_ids_alone() {
    #[derive(Default)]
    struct Jobs(BTreeSet<String>);
    impl<'ast> Visit<'ast> for Jobs {
        fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
            if item.trait_.as_ref().is_some_and(|(_, path, _)| path.segments.last().unwrap().ident == "Job") {
                self.0.insert(item.self_ty.to_token_stream().to_string());
            }
        }
    }
    // `Item` is the id of a comment or a submission.
    const CARRIED: [&str; 9] = ["i32", "i64", "bool", "Uuid", "DateTime", "Utc", "Option", "Vec", "Item"];
    let (mut wrong, mut seen) = (Vec::new(), 0);
    each_file(|file, parsed| {
        let mut jobs = Jobs::default();
        jobs.visit_file(parsed);
        for item in &parsed.items {
            let syn::Item::Struct(item) = item else { continue };
            if !jobs.0.contains(&item.ident.to_string()) {
                continue;
            }
            seen += 1;
            for field in &item.fields {
                let mut types = Names::default();
                types.visit_type(&field.ty);
                let other =
                    types.0.iter().find(|name| !name.ends_with("Id") && !CARRIED.contains(&name.as_str()));
                wrong.extend(other.map(|other| format!("{file} {} carries {other}", item.ident)));
            }
        }
    });
    assert!(seen > 20, "the jobs are found: {seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
