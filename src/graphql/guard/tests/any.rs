//! Texts of any kind, and queries put together at random whose size is known.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// What a selection is made of.
#[derive(Clone, Debug)]
enum Part {
    Field(Vec<Part>),
    Inline(Vec<Part>),
    /// A fragment after the one that this stands in.
    Spread(usize),
}

/// How many fragments there are.
const FRAGMENTS: usize = 3;

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaf = prop_oneof![Just(Part::Field(Vec::new())), (0..FRAGMENTS).prop_map(Part::Spread)];
    let part = leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![vec(inner.clone(), 0..3).prop_map(Part::Field), vec(inner, 1..3).prop_map(Part::Inline),]
    });
    vec(part, 1..4)
}

/// Writes a selection; `next` is the first fragment that it may spread.
fn written(parts: &[Part], next: usize, names: &mut usize) -> String {
    let mut text = "{ ".to_owned();
    for part in parts {
        match part {
            Part::Field(inner) => {
                *names += 1;
                write!(text, "a{names} ").unwrap();
                if !inner.is_empty() {
                    text += &written(inner, next, names);
                }
            }
            Part::Inline(inner) => write!(text, "... {}", written(inner, next, names)).unwrap(),
            Part::Spread(which) if next + which < FRAGMENTS => write!(text, "...f{} ", next + which).unwrap(),
            Part::Spread(_) => text += "b ",
        }
    }
    text + "} "
}

/// Fields and depth of a selection with everything put in where it is spread; what holds others together is one as well.
fn size(parts: &[Part], next: usize, fragments: &[Vec<Part>]) -> (usize, usize) {
    parts.iter().fold((0, 0), |(fields, depth), part| {
        let (more, below) = match part {
            Part::Field(inner) => {
                let (fields, depth) = size(inner, next, fragments);
                (fields + 1, depth + 1)
            }
            Part::Inline(inner) => {
                let (fields, depth) = size(inner, next, fragments);
                (fields + 1, depth)
            }
            Part::Spread(which) if next + which < FRAGMENTS => {
                let (fields, depth) = size(&fragments[next + which], next + which + 1, fragments);
                (fields + 1, depth)
            }
            Part::Spread(_) => (1, 1),
        };
        (fields + more, depth.max(below))
    })
}

/// The same without lines and columns: a mark of byte order is one column, and three blanks in its place are three.
fn without_places(document: &str) -> String {
    document.split("Pos(").map(|part| part.split_once(')').map_or(part, |(_, rest)| rest)).collect()
}

proptest! {
    /// What is counted is what there is: a limit of just that much lets a query through, and one less does not.
    #[test]
    fn a_query_is_as_large_and_as_deep_as_it_is(top in parts(), fragments in vec(parts(), FRAGMENTS)) {
        let mut names = 0;
        let mut query = written(&top, 0, &mut names);
        let (mut fields, mut depth) = size(&top, 0, &fragments);
        for (at, fragment) in fragments.iter().enumerate() {
            write!(query, "fragment f{at} on Query {}", written(fragment, at + 1, &mut names)).unwrap();
            // Those that nothing spreads count for themselves.
            let (own, below) = size(fragment, at + 1, &fragments);
            (fields, depth) = (fields.max(own), depth.max(below));
        }
        let limits = QueryLimits { max_fields: fields, max_depth: depth, max_repeats: 9_999, max_root_fields: 9_999, ..QueryLimits::default() };
if let Err(error) = try_with(&query, &limits) {
            return Err(TestCaseError::fail(format!("{fields} fields, {depth} deep, {error}: {query}")));
        }
        prop_assert!(try_with(&query, &QueryLimits { max_fields: fields - 1, ..limits.clone() }).is_err(), "{} fields: {}", fields, query);
        prop_assert!(try_with(&query, &QueryLimits { max_depth: depth - 1, ..limits }).is_err(), "{} deep: {}", depth, query);
    }

    /// Whatever comes is refused or can be read, and reads as the parser reads the text as it came.
    #[test]
    fn any_text_is_refused_or_read(text in any::<String>(), damage in vec((any::<prop::sample::Index>(), 0..3, select(&[
        "{", "}", "(", ")", "[", "]", "...", "\"", "\"\"\"", "\\", "#", "@", "$", ":", "!", ",", "\n", "\r", "\u{feff}", "\u{0}", "é", "0x", "1e", "-", "&", "|",
        "query", "fragment", "on", "null", "\\u{1F600}", "\\uD83D",
    ][..])), 0..6)) {
        let valid = "query Q($id: ID! = \"é # \\\" {\" , $n: [Int!]) @a(b: {c: [1.5e3, -2, $n]}) { x: node(id: $id) { ... on Comment { body } ...F } } # {\nfragment F on Node { id, \u{feff} t(s: \"\"\"block \\\"\"\" \n }\"\"\") }";
        let mut damaged = valid.to_owned();
        for (at, kind, piece) in damage {
            let places: Vec<_> = damaged.char_indices().map(|(at, _)| at).collect();
            let Some(at) = places.get(at.index(places.len().max(1))) else { break };
            match kind {
                0 => damaged.insert_str(*at, piece),
                1 => drop(damaged.remove(*at)),
                _ => damaged.truncate(*at),
            }
        }
        for text in [&text, &damaged] {
            match try_with(text, &QueryLimits::default()) {
                Ok(admitted) => {
                    let plain = parse_query(text);
                    prop_assert!(plain.is_ok(), "{:?} is let through and cannot be read", text);
                    let mut request = admitted.request;
                    let read = format!("{:?}", request.parsed_query().unwrap());
                    prop_assert_eq!(without_places(&read), without_places(&format!("{:?}", plain.unwrap())));
                }
                Err(Error::BadRequest(_)) => {}
                Err(other) => return Err(TestCaseError::fail(format!("{text:?}: {other:?}"))),
            }
        }
    }
}
