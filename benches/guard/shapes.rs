//! Queries that are refused, each made to cost as much as it can before it is. All have just under the 100,000 bytes that a
//! query may have; most keep one limit after the other, so as to come as far as they can.

use std::fmt::Write;

use serde_json::{Map, Value, json};

/// How long each query is made.
const BYTES: usize = 99_990;

/// One query, with what it is called in the figures.
pub struct Shape {
    /// What is nasty about it.
    pub name: &'static str,
    /// The text.
    pub query: String,
    /// What comes with it.
    pub variables: Value,
    /// Which of its operations is to be run.
    pub operation: Option<&'static str>,
}

/// All of them.
pub fn all() -> Vec<Shape> {
    [texts(), brackets(), values(), words(), names(), fragments(), meanings()]
        .into_iter()
        .flatten()
        .map(|(name, query)| Shape { name, query: padded(query), variables: json!({}), operation: None })
        .chain(variables())
        .collect()
}

type Named = (&'static str, String);

/// One after the other.
fn each(count: usize, of: impl Fn(usize) -> String) -> String {
    (0..count).map(of).collect()
}

/// As many of them as there is room for.
fn full(before: &str, unit: &str, after: &str) -> String {
    let room = BYTES - before.len() - after.len();
    format!("{before}{}{after}", unit.repeat(room / unit.len()))
}

/// What is shorter has a comment behind it, which has to be passed over.
fn padded(query: String) -> String {
    if query.len() + 2 > BYTES {
        return query;
    }
    let rest = BYTES - query.len() - 2;
    format!("{query} #{}", "x".repeat(rest))
}

/// Little to parse and much to read.
fn texts() -> Vec<Named> {
    let text = |unit: &str| full("{ document(slug: \"", unit, "\") { nothing } }");
    let block = |unit: &str| full("{ document(slug: \"\"\"", unit, "\"\"\") { nothing } }");
    let indents = each(440, |at| format!("\n{}x", " ".repeat(at)));
    vec![
        ("blanks", full("{", " ", "")),
        ("commas", full("{", ",", "")),
        ("marks of byte order", full("{", "\u{feff}", "")),
        ("comments", full("{", "#\n", "")),
        ("comments between words", full("{", "a#\r#\r#\r#\r#\r#\r#\r#\r#\r", "nothing }")),
        ("dots", full("", "...", "")),
        ("quotation marks", full("{ a(b: ", "\"", "")),
        ("a text", text("a")),
        ("a text of three-byte letters", text("\u{20ac}")),
        ("a text of escapes", text("\\n")),
        ("a text of Unicode escapes", text("\\u20ac")),
        ("a text without an end", full("{ a(b: \"", "\\u20ac", "")),
        ("a block text", block("a")),
        ("a block text of lines", block("\n")),
        ("a block text of indented lines", block("\n\t x")),
        (
            "a block text of growing indents",
            format!("{{ document(slug: \"\"\"{indents}\"\"\") {{ nothing }} }}"),
        ),
        ("a block text of escapes", block("\\\"\"\"")),
        (
            "many block texts",
            format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "\"\"\"\n x\"\"\" ".repeat(4_900)),
        ),
        ("many texts", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "\"\\u20ac\\u20ac\" ".repeat(4_900))),
        ("bad ids", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "\"document_zzzzzzz\" ".repeat(4_900))),
    ]
}

/// What opens and does not close, and what nests as deep as it may.
fn brackets() -> Vec<Named> {
    let opened = [
        ("open lists", "["),
        ("open objects", "{"),
        ("open arguments", "("),
        ("open fields", "{a"),
        ("open lists of arguments", "{a(b:["),
        ("open objects of arguments", "{a(b:{c:"),
        ("open inline fragments", "...{"),
        ("open directives", "@a("),
        ("open typed fragments", "{...on A"),
    ];
    let mut shapes: Vec<Named> =
        opened.into_iter().map(|(name, unit)| (name, full("{ a(b: ", unit, ""))).collect();
    let lists = format!("{}1{} ", "[".repeat(15), "]".repeat(15));
    let objects = format!("{}1{} ", "{a:".repeat(15), "}".repeat(15));
    let levels = |unit: &str| format!("{{ {}{}{} }}", unit.repeat(30), "a ".repeat(1_000), "}".repeat(30));
    let in_each_other =
        (0..30).fold("a ".repeat(60), |inner, _| format!("{} a {{ {inner} }}", "a ".repeat(60)));
    shapes.extend([
        ("lists in lists", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", lists.repeat(155))),
        ("objects in objects", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", objects.repeat(80))),
        ("fields in fields", format!("{{ {in_each_other} }}")),
        ("fields in inline fragments", levels("...{")),
        ("fields in typed fragments", levels("...on Query{")),
        (
            "lists of lists in types",
            format!(
                "query({}) {{ a }}",
                each(150, |at| format!("$v{at}: {}Int{} ", "[".repeat(14), "]".repeat(14)))
            ),
        ),
    ]);
    shapes
}

/// Arguments.
fn values() -> Vec<Named> {
    let input =
        |fields: &str| format!("mutation {{ submitComment(input: {{ {fields} }}) {{ errors {{ code }} }} }}");
    let same = each(1_200, |at| format!("{} ", at % 10));
    vec![
        ("a list of wrong values", format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "true ".repeat(4_900))),
        (
            "unknown arguments",
            format!("{{ documents({}) {{ totalCount }} }}", each(32, |at| format!("x{at}: [{same}] "))),
        ),
        ("unknown fields of an input", input(&each(1_600, |at| format!("x{at}: 1 ")))),
        ("a field of an input over and over", input(&"body: 1 ".repeat(1_600))),
        (
            "long numbers",
            format!(
                "{{ nodes(ids: [{}]) {{ nothing }} }}",
                format!("{}.{}e9 ", "9".repeat(90), "9".repeat(90)).repeat(500)
            ),
        ),
        (
            "numbers that nothing holds",
            format!("{{ nodes(ids: [{}]) {{ nothing }} }}", "9e999999 ".repeat(4_900)),
        ),
        (
            "values that are compared",
            format!(
                "{{ {} }}",
                format!("x: documents(first: [{}]) {{ totalCount }} ", "1 ".repeat(40)).repeat(95)
            ),
        ),
        (
            "directives",
            format!("{{ {} }}", format!("__typename {}", "@skip(if: false) ".repeat(9)).repeat(11)),
        ),
        (
            "unknown directives",
            format!(
                "{{ {} }}",
                format!("__typename @nothing({}) ", each(30, |at| format!("a{at}: 1 "))).repeat(50)
            ),
        ),
        ("too many directives", full("{ __typename ", "@skip(if: false) ", "}")),
    ]
}

/// Many words, up to what may be.
fn words() -> Vec<Named> {
    vec![
        ("too many words", full("{ ", "a ", "}")),
        ("words without an end", format!("{{ {}", "a ".repeat(4_990))),
        ("too many fields", format!("{{ {} }}", "a ".repeat(4_990))),
        ("aliases", full("{ ", "a:a ", "}")),
        (
            "aliases, all there may be",
            format!(
                "{{ documents {{ {} }} }}",
                each(5, |of| format!(
                    "a{of}: nodes {{ {} }} ",
                    each(49, |at| format!("a{at}: nothing{at} "))
                ))
            ),
        ),
        ("a field over and over", full("{ ", "documents{totalCount}", "}")),
        ("operations", full("", "query q { a } ", "")),
        ("operations, all there may be", each(20, |at| format!("query q{at} {{ {} }} ", "a ".repeat(95)))),
    ]
}

/// Names that are not there, which is said of each.
fn names() -> Vec<Named> {
    let long = |at: usize| format!("{at:_>90}");
    let wrong = |at: usize| format!("documentt{at} ");
    vec![
        ("long names", format!("{{ {} }}", each(990, |at| format!("n{} ", long(at))))),
        ("one long name", full("{ ", "n", "}")),
        ("unknown fields", format!("{{ {} }}", each(100, wrong))),
        (
            "unknown fields in many places",
            format!("{{ {} }}", each(19, |of| format!("a{of}: documents {{ {} }} ", each(98, wrong)))),
        ),
        ("unknown fragments", format!("{{ {} }}", each(1_900, |at| format!("...u{at} ")))),
        ("unknown types", format!("{{ {} }}", each(900, |at| format!("...on Documen{at}{{__typename}} ")))),
        (
            "unknown types of variables",
            format!("query({}) {{ __typename }}", each(1_200, |at| format!("$v{at}: Documen{at} "))),
        ),
    ]
}

/// Fragments: spread wherever they may be.
fn fragments() -> Vec<Named> {
    let doubling = |count: usize| {
        let each = each(count, |at| format!("fragment f{at} on Query {{ ...f{0} ...f{0} }} ", at + 1));
        format!("{{ ...f0 }} {each} fragment f{count} on Query {{ a }}")
    };
    let chain = each(98, |at| format!("fragment f{at} on Query {{ ...f{} {} }} ", at + 1, "a ".repeat(19)));
    let all_later = each(98, |at| {
        format!("fragment f{at} on Query {{ {} }} ", each(98 - at, |by| format!("...f{} ", at + by + 1)))
    });
    let wide = each(98, |at| format!("fragment f{at} on Query {{ ...w }} "));
    let circle = each(99, |at| format!("fragment f{at} on Query {{ a ...f{} }} ", (at + 1) % 99));
    vec![
        ("fragments that double, a few", doubling(24)),
        ("fragments that double, many", doubling(98)),
        ("a chain of fragments", format!("{{ ...f0 }} {chain} fragment f98 on Query {{ a }}")),
        ("a chain that nothing spreads", format!("{{ nothing }} {chain} fragment f98 on Query {{ a }}")),
        (
            "fragments that spread all later ones",
            format!("{{ ...f0 }} {all_later} fragment f98 on Query {{ a }}"),
        ),
        (
            "fragments that spread a large one",
            format!("{{ nothing }} {wide} fragment w on Query {{ {} }}", each(190, |at| format!("a{at} "))),
        ),
        ("a circle of fragments", format!("{{ ...f0 }} {circle}")),
        (
            "a large fragment over and over",
            format!(
                "{{ {} }} fragment w on Query {{ {} }}",
                "...w ".repeat(18),
                each(100, |at| format!("a{at} "))
            ),
        ),
        (
            "type conditions on everything",
            each(1, |_| {
                let types = [
                    "Document",
                    "Section",
                    "Comment",
                    "Submission",
                    "Contributor",
                    "Account",
                    "Appeal",
                    "Report",
                ];
                let inner = each(800, |at| format!("...on {}{{id}} ", types[at % types.len()]));
                format!("{{ documents {{ nodes {{ {inner} }} }} }}")
            }),
        ),
        ("type conditions in each other", {
            let inner = (0..50).fold("nothing".to_owned(), |inner, at| {
                format!("...on {}{{ id {inner} }}", if at % 2 == 0 { "Document" } else { "Node" })
            });
            format!("{{ node(id: \"x\") {{ {inner} }} }}")
        }),
    ]
}

/// What is well-formed and asks for too much.
fn meanings() -> Vec<Named> {
    let deep =
        (0..9).fold("id".to_owned(), |inner, _| format!("replies(first: 100) {{ nodes {{ {inner} }} }}"));
    let section = |of: &str| format!("section(documentSlug: \"a\", slug: \"a\") {{ {of} }} ");
    let dear = format!("comments(first: 100) {{ nodes {{ id {deep} }} }}");
    let kinds = (0..25).fold("name".to_owned(), |inner, _| format!("possibleTypes {{ {inner} }}"));
    let schema = (0..9).fold("name".to_owned(), |inner, _| format!("fields {{ type {{ {inner} }} }}"));
    vec![
        ("too dear", format!("{{ {} }}", section(&dear))),
        ("too dear, many times", format!("{{ {} }}", each(60, |at| format!("a{at}: {}", section(&dear))))),
        ("the schema's fields", format!("{{ __schema {{ types {{ {schema} }} }} }}")),
        ("the schema's kinds", format!("{{ __type(name: \"Node\") {{ {kinds} }} }}")),
    ]
}

/// Variables, in the query and beside it.
fn variables() -> Vec<Shape> {
    let defined = |count: usize| each(count, |at| format!("$v{at}:ID "));
    let used = |count: usize, of: usize| each(count, |at| format!("$v{} ", of - 1 - at % of));
    let nodes = |ids: &str| format!("nodes(ids: [{ids}]) {{ nothing }}");
    let few = "query($ids: [ID!]!) { nodes(ids: $ids) { nothing } }";
    let many: Map<_, _> = (0..50_000).map(|at| (format!("v{at}"), json!(at))).collect();
    let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let mut shared = format!("fragment f on Query {{ {} }} ", nodes(&used(1_000, 30)));
    for at in 0..20 {
        write!(shared, "query q{at}({}) {{ ...f }} ", defined(30)).expect("memory");
    }
    let defaults = each(140, |at| format!("$v{at}: [Int] = [{}] @a ", "1 ".repeat(20)));
    let of =
        |name, query: String, variables| Shape { name, query: padded(query), variables, operation: None };
    vec![
        of("variables that nothing uses", format!("query({}) {{ __typename }}", defined(1_230)), json!({})),
        of("variables with defaults", format!("query({defaults}) {{ __typename }}"), json!({})),
        of(
            "one variable over and over",
            format!("query({}) {{ __typename }}", "$v:ID ".repeat(1_230)),
            json!({}),
        ),
        of(
            "variables and their uses",
            format!("query({}) {{ {} }}", defined(600), nodes(&used(1_250, 600))),
            json!({}),
        ),
        of("undefined variables", format!("{{ {} }}", nodes(&used(2_400, 2_400))), json!({})),
        Shape { operation: Some("q0"), ..of("variables of many operations", shared, json!({})) },
        of("a long list beside the query", few.into(), json!({ "ids": vec![0; 450_000] })),
        of("many variables beside the query", few.into(), Value::Object(many)),
        of("deep lists beside the query", few.into(), json!({ "ids": deep })),
        of("a long text beside the query", few.into(), json!({ "ids": ["a".repeat(900_000)] })),
        of("long texts beside the query", few.into(), json!({ "ids": vec!["a".repeat(400); 1_990] })),
    ]
}
