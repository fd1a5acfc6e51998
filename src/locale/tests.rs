use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use chrono::Utc;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

use super::*;
use crate::phrase;

type Names = BTreeSet<String>;

fn variables(pattern: &Pattern<&str>, found: &mut Names) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            of_expression(expression, found);
        }
    }
}

fn of_expression(expression: &Expression<&str>, found: &mut Names) {
    let inline = match expression {
        Expression::Inline(inline) => inline,
        Expression::Select { selector, variants } => {
            for variant in variants {
                variables(&variant.value, found);
            }
            selector
        }
    };
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, found),
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
        other => panic!("texts refer to their arguments and to nothing else: {other:?}"),
    }
}

/// The messages of one language with their arguments.
fn messages(tag: &str) -> BTreeMap<String, Names> {
    let mut found = BTreeMap::new();
    for (_, text) in LOCALES.iter().filter(|(of, _)| *of == tag) {
        let resource = FluentResource::try_new((*text).to_owned())
            .unwrap_or_else(|(_, errors)| panic!("{tag}: {errors:?}"));
        for entry in resource.entries() {
            let message = match entry {
                Entry::Message(message) => message,
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => continue,
                other => panic!("{tag}: {other:?}"),
            };
            let mut names = Names::new();
            variables(message.value.as_ref().expect("a text"), &mut names);
            let before = found.insert(message.id.name.to_owned(), names);
            assert!(before.is_none(), "{tag}: {} is there twice", message.id.name);
        }
    }
    found
}

/// The parts of a macro call, from behind its parenthesis, parted by commas.
fn parts(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let mut parts = vec![String::new()];
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(c);
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// What the code asks for: the key, and the arguments it is given.
fn asked(folder: &Path, found: &mut Vec<(String, Names)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            asked(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            for (at, _) in code.match_indices(concat!("phrase", "!(")) {
                let call = parts(&code[at + 8..]);
                let key = call[1].trim_matches('"').to_owned();
                let names = call[2..].iter().map(|part| part.split('=').next().unwrap().trim().to_owned());
                found.push((key, names.collect()));
            }
        }
    }
}

#[test]
fn every_language_says_the_same() {
    let english = messages(FALLBACK);
    assert!(english.len() > 20 && tags().count() > 1);
    for tag in tags() {
        assert!(tag.parse::<LanguageIdentifier>().is_ok(), "{tag} is no language");
        let other = messages(tag);
        let keys = |of: &BTreeMap<String, Names>| of.keys().cloned().collect::<Names>();
        let missing: Vec<_> = keys(&english).difference(&keys(&other)).cloned().collect();
        let more: Vec<_> = keys(&other).difference(&keys(&english)).cloned().collect();
        assert!(missing.is_empty() && more.is_empty(), "{tag} lacks {missing:?}, and alone has {more:?}");
        for (key, names) in &english {
            assert_eq!(*names, other[key], "the arguments of {key} in {tag}");
        }
    }
}

#[test]
fn what_is_said_is_what_is_asked_for() {
    let english = messages(FALLBACK);
    let mut calls = Vec::new();
    asked(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut calls);
    for (key, names) in &calls {
        let known = english.get(key).unwrap_or_else(|| panic!("there is no text {key}"));
        assert_eq!(known, names, "the arguments of {key}");
    }
    let keys: Names = calls.into_iter().map(|(key, _)| key).collect();
    let unused: Vec<_> = english.keys().filter(|key| !keys.contains(*key)).collect();
    assert!(unused.is_empty(), "nobody asks for {unused:?}");
}

#[test]
fn a_reader_gets_the_nearest_language() {
    for (tag, expected) in [
        ("cy", "cy"),
        ("cy-GB", "cy"),
        ("CY", "cy"),
        ("en-GB", "en"),
        ("pt-BR", "en"),
        ("", "en"),
        ("c", "en"),
    ] {
        assert_eq!(words(tag).tag(), expected, "{tag}");
    }
}

#[test]
fn dates_are_written_in_the_language_with_their_zone() {
    let at = DateTime::<Utc>::from_timestamp(1_764_079_500, 0).unwrap();
    assert_eq!(words("en").moment(&at), "25 November 2025, 14:05 UTC");
    assert_eq!(words("cy").moment(&at), "25 Tachwedd 2025, 14:05 UTC");
    let there = at.with_timezone(&chrono::FixedOffset::east_opt(3_600).unwrap());
    assert_eq!(words("en").moment(&there), "25 November 2025, 15:05 +01:00");
    assert_eq!(words("cy").day(&at), "25 Tachwedd 2025");
}

#[test]
fn arguments_stay_as_they_are() {
    assert_eq!(phrase!(words("en"), "dear", name = "<b> { $x } \"A\""), "Dear <b> { $x } \"A\",");
}
