mod any;

use std::fmt::Write;

use super::*;

fn try_with(query: &str, limits: &QueryLimits) -> Result<Admitted> {
    admit(Request::new(query), limits)
}

fn refusal_with(query: &str, limits: &QueryLimits) -> String {
    match try_with(query, limits) {
        Err(Error::BadRequest(text)) => text,
        other => panic!("{} was not refused: {}", &query[..query.len().min(200)], other.is_ok()),
    }
}

fn refusal(query: &str) -> String {
    refusal_with(query, &QueryLimits::default())
}

fn admitted(query: &str) -> Admitted {
    try_with(query, &QueryLimits::default()).unwrap_or_else(|error| panic!("{query}: {error}"))
}

#[test]
fn fragments_that_spread_each_other_twice_are_refused() {
    let mut bomb = "{ ...f0 }".to_owned();
    for i in 0..40 {
        write!(bomb, " fragment f{i} on Query {{ ...f{0} ...f{0} }}", i + 1).unwrap();
    }
    bomb += " fragment f40 on Query { __typename }";
    assert!(refusal(&bomb).contains("2000 fields"));
    // The same, reached by nothing.
    assert!(refusal(&bomb.replacen("{ ...f0 }", "{ __typename }", 1)).contains("2000 fields"));
    // Many that are each small enough, and large together.
    let mut many = "{ __typename }".to_owned();
    for i in 0..50 {
        write!(many, " fragment g{i} on Query {{ ...f ...f ...f }}").unwrap();
    }
    write!(many, " fragment f on Query {{ {} }}", "a ".repeat(500)).unwrap();
    assert!(refusal(&many).contains("2000 fields"));
}

#[test]
fn circles_and_floods_are_refused() {
    assert!(
        refusal("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")
            .contains("spreads itself")
    );
    assert!(refusal(&format!("{{ {} }}", "a ".repeat(2_100))).contains("2000 fields"));
    assert!(refusal(&format!("{{ {} }}", "...{a} ".repeat(1_001))).contains("2000 fields"));
    assert!(refusal(&format!("{{ a {} }}", " ".repeat(100_000))).contains("bytes"));
    let mut many = format!("fragment f on Query {{ {} }}", "a ".repeat(400));
    for i in 0..10 {
        write!(many, " query q{i} {{ ...f }}").unwrap();
    }
    let chosen = admit(Request::new(many).operation_name("q0"), &QueryLimits::default());
    assert!(matches!(chosen, Err(Error::BadRequest(text)) if text.contains("2000 fields")));
    assert!(refusal("query A { a } query B { b }").contains("operationName"));
    assert!(admit(Request::new("{ a }").operation_name("A"), &QueryLimits::default()).is_err());
}

#[test]
fn what_cannot_be_read_is_said_without_repeating_it() {
    let text = refusal("{\n  a(");
    assert!(text.starts_with("The query cannot be read at line 2, column 5: expected "), "{text}");
    let long = refusal(&format!("{{ {} (", "abcdefghi ".repeat(400)));
    assert!(long.len() < 200, "{long}");
    assert!(refusal("fragment f on Query { a }").contains("cannot be read"));
}

#[test]
fn each_limit_holds_by_itself() {
    let usual = QueryLimits::default;
    let refuses = |limits: QueryLimits, query: &str, why: &str| {
        let text = refusal_with(query, &limits);
        assert!(text.contains(why), "{text}");
    };
    refuses(QueryLimits { max_query_bytes: 4, ..usual() }, "{ a }", "4 bytes");
    refuses(QueryLimits { max_tokens: 3, ..usual() }, "{ a b }", "3 words");
    refuses(QueryLimits { max_depth: 2, ..usual() }, "{ a { b { c } } }", "2 levels");
    refuses(
        QueryLimits { max_depth: 3, ..usual() },
        "{ a { ...f } } fragment f on A { ... { b { c { d } } } }",
        "3 levels",
    );
    refuses(QueryLimits { max_fields: 2, ..usual() }, "{ a b c }", "2 fields");
    refuses(
        QueryLimits { max_root_fields: 2, ..usual() },
        "{ a ...f } fragment f on Query { b c }",
        "2 fields at its top",
    );
    refuses(
        QueryLimits { max_aliases: 1, ..usual() },
        "{ x: a ...f } fragment f on Query { y: b }",
        "1 aliases",
    );
    refuses(
        QueryLimits { max_repeats: 2, ..usual() },
        "{ a { x: b ...f } } fragment f on A { y: b b }",
        "`b` more than 2 times",
    );
    refuses(QueryLimits { max_repeats: 2, ..usual() }, "{ x: a x: b x: c }", "`x` more than 2 times");
    refuses(QueryLimits { max_directives: 2, ..usual() }, "query @x { a @y ... @z { b } }", "2 directives");
    refuses(
        QueryLimits { max_fragments: 1, ..usual() },
        "{ ...a } fragment a on Q { b } fragment b on Q { c }",
        "1 fragments",
    );
    refuses(QueryLimits { max_operations: 1, ..usual() }, "query A { a } query B { b }", "1 operations");
    refuses(QueryLimits { max_value_depth: 1, ..usual() }, "{ a(b: [[1]]) }", "1 deep");
    let arguments: String = (0..33).map(|at| format!("x{at}: 1 ")).collect();
    refuses(usual(), &format!("{{ a({arguments}) }}"), "32 arguments");
    refuses(usual(), &format!("{{ a @skip({arguments}) }}"), "8 arguments");
}

#[test]
fn nothing_of_a_hundred_kilobytes_overflows_the_stack() {
    for unit in
        ["[", "{", "(", "{a", "{a(", "{a(b:[", "{a(b:{", "...{", "\"\"\"", "a(b:", "@a(", "{a@a(b:[{c:"]
    {
        let flood = unit.repeat(100_000 / unit.len());
        for query in [
            flood.clone(),
            format!("{{ a(b: {flood}"),
            format!("query(${flood}"),
            format!("query($a: {flood}"),
        ] {
            assert!(
                admit(Request::new(&query[..query.len().min(100_000)]), &QueryLimits::default()).is_err()
            );
            assert!(admit(Request::new(query), &QueryLimits::default()).is_err());
        }
    }
    // As deep as brackets are let nest.
    let deep = format!("{{ a{} }}", "{a".repeat(60));
    assert!(refusal(&format!("{deep}{}", "}".repeat(60))).contains("levels"));
}

#[test]
fn a_flood_of_writes_is_refused() {
    let many: String = (0..6).map(|at| format!("a{at}: signOut {{ signedOut }} ")).collect();
    assert!(refusal(&format!("mutation {{ {many} }}")).contains("5 mutations"));
    assert!(
        refusal(&format!("mutation {{ ...f }} fragment f on Mutation {{ {many} }}")).contains("5 mutations")
    );
    assert_eq!(
        admitted("mutation { a: signOut { signedOut } b: signOut { signedOut } }").operation,
        OperationType::Mutation
    );
}

#[test]
fn the_schema_can_be_asked_about_and_not_over_and_over() {
    let chain = (0..9).fold("name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let value = format!("name description type {{ {chain} }} defaultValue isDeprecated deprecationReason");
    let whole = format!(
        "{{ __schema {{ queryType {{ name kind }} mutationType {{ name }} subscriptionType {{ name }} types {{ kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) {{ name description args(includeDeprecated: true) {{ {value} }} type {{ {chain} }} isDeprecated deprecationReason }}
            inputFields(includeDeprecated: true) {{ {value} }} interfaces {{ {chain} }} enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
            possibleTypes {{ {chain} }} }} directives {{ name description isRepeatable locations args {{ {value} }} }} }} }}"
    );
    assert!(admitted(&whole).same_for_all);
    let again = (0..4).fold("name".to_owned(), |inner, _| format!("fields {{ type {{ {inner} }} }}"));
    assert!(refusal(&format!("{{ __schema {{ types {{ {again} }} }} }}")).contains("of the schema"));
    assert!(
        refusal(&format!("{{ __type(name: \"Query\") {{ {} }} }}", again.replace("name", &again)))
            .contains("of the schema")
    );
    let often: String = (0..90)
        .map(|at| {
            format!(
                "t{at}: types {{ fields {{ name type {{ name kind }} args {{ name type {{ name }} }} }} }} "
            )
        })
        .collect();
    assert!(refusal(&format!("{{ __schema {{ {often} }} }}")).contains("of the schema"));
}

#[test]
fn an_ordinary_query_passes_and_says_what_it_does() {
    let of = |query: &str| admitted(query).operation;
    assert_eq!(of("{ a { ...f ...f } } fragment f on A { b }"), OperationType::Query);
    assert_eq!(of("mutation M { a }"), OperationType::Mutation);
    let both = Request::new("query A { a } mutation B { b }").operation_name("B");
    assert_eq!(admit(both, &QueryLimits::default()).unwrap().operation, OperationType::Mutation);
}

#[test]
fn what_is_reached_by_a_secret_is_not_the_same_for_all() {
    assert!(
        admitted("{ documents { nodes { title } } s: section(slug: \"a\") { title } __typename }")
            .same_for_all
    );
    assert!(admitted("{ ...f } fragment f on Query { node(id: \"a\") { id } }").same_for_all);
    assert!(!admitted("{ documents { nodes { title } } receipt(token: \"a\") { reference } }").same_for_all);
    assert!(
        !admitted("{ ...f } fragment f on Query { ... { document: receipt(token: \"a\") { reference } } }")
            .same_for_all
    );
    assert!(!admitted("{ viewer { id } }").same_for_all);
    assert!(!admitted("mutation { document { id } }").same_for_all);
}
