//! What is refused before the schema looks at it. The library checks depth and complexity after it has walked a query
//! with its fragments expanded, each spread anew: two dozen fragments that spread each other twice keep it busy for
//! minutes. Here the same expansion is only counted, each fragment once.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Request,
    parser::{
        parse_query,
        types::{
            DocumentOperations, ExecutableDocument, FragmentDefinition, OperationType, Selection,
            SelectionSet,
        },
    },
};

use crate::error::{Error, Result};

/// How many selections a query may have with its fragments expanded.
const MAX_SELECTIONS: usize = 5_000;
/// How many fragments a request may define.
const MAX_FRAGMENTS: usize = 200;
/// How many mutations one request may hold: each is a write of its own, with mail to follow.
const MAX_MUTATIONS: usize = 5;
/// How many bytes a query may have.
const MAX_BYTES: usize = 100_000;

/// A request that may be run.
pub struct Admitted {
    /// The request, parsed.
    pub request: Request,
    /// What its operation does.
    pub operation: OperationType,
}

/// Parses a request and counts what it would expand to. `BadRequest` for what cannot be parsed or is too much.
pub fn admit(mut request: Request) -> Result<Admitted> {
    if request.query.len() > MAX_BYTES {
        return Err(Error::BadRequest(format!(
            "The query is longer than the {MAX_BYTES} bytes it may have."
        )));
    }
    let document = parse_query(&request.query)
        .map_err(|error| Error::BadRequest(format!("The query cannot be read: {error}")))?;
    let operation = chosen(&document, request.operation_name.as_deref())?;
    if document.fragments.len() > MAX_FRAGMENTS {
        return Err(Error::BadRequest(format!("The query defines more than {MAX_FRAGMENTS} fragments.")));
    }
    let mut count = Count { fragments: &document.fragments, known: HashMap::new() };
    if operation == OperationType::Mutation && mutations(&document) > MAX_MUTATIONS {
        return Err(Error::BadRequest(format!(
            "A request may hold {MAX_MUTATIONS} mutations. Send the others apart."
        )));
    }
    // All operations together: the library walks every one of them, whichever is to be run.
    let mut total: usize = 0;
    for (_, definition) in document.operations.iter() {
        total = total.saturating_add(count.of(&definition.node.selection_set.node)?);
        if total > MAX_SELECTIONS {
            return Err(too_much());
        }
    }
    // Those that nothing spreads are walked as well.
    for name in document.fragments.keys() {
        count.of_fragment(name)?;
    }
    request.set_parsed_query(document);
    Ok(Admitted { request, operation })
}

/// The most fields that a mutation has at its top; a fragment spread there counts as too many, since nobody needs one.
fn mutations(document: &ExecutableDocument) -> usize {
    let of = |set: &SelectionSet| {
        let each = set.items.iter().map(|selection| match selection.node {
            Selection::Field(_) => 1,
            Selection::InlineFragment(_) | Selection::FragmentSpread(_) => MAX_MUTATIONS + 1,
        });
        each.sum()
    };
    document
        .operations
        .iter()
        .map(|(_, definition)| of(&definition.node.selection_set.node))
        .max()
        .unwrap_or(0)
}

/// The type of the operation that is to be run.
fn chosen(document: &ExecutableDocument, name: Option<&str>) -> Result<OperationType> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            return Err(Error::BadRequest(
                "The query has more than one operation: say with `operationName` which to run.".into(),
            ));
        }
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
    };
    let operation = operation
        .ok_or_else(|| Error::BadRequest("`operationName` names no operation of this query.".into()))?;
    Ok(operation.node.ty)
}

struct Count<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The size of each fragment that has been counted; `None` while it is being counted.
    known: HashMap<&'a str, Option<usize>>,
}

impl<'a> Count<'a> {
    fn of(&mut self, set: &'a SelectionSet) -> Result<usize> {
        let mut total: usize = 0;
        for selection in &set.items {
            let size = match &selection.node {
                Selection::Field(field) => 1 + self.of(&field.node.selection_set.node)?,
                Selection::InlineFragment(inline) => self.of(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.of_fragment(&spread.node.fragment_name.node)?,
            };
            total = total.saturating_add(size);
        }
        // Answered here already, so that no sum grows past what a number holds.
        if total > MAX_SELECTIONS { Err(too_much()) } else { Ok(total) }
    }

    fn of_fragment(&mut self, name: &Name) -> Result<usize> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            // Validation says which fragment is not there.
            return Ok(1);
        };
        match self.known.get(name.as_str()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(Error::BadRequest(format!("The fragment `{name}` spreads itself.")));
            }
            None => {}
        }
        self.known.insert(name, None);
        // One for the spread itself: fragments that only spread each other are work as well.
        let size = 1 + self.of(&fragment.node.selection_set.node)?;
        self.known.insert(name, Some(size));
        Ok(size)
    }
}

fn too_much() -> Error {
    Error::BadRequest(format!(
        "The query asks for more than {MAX_SELECTIONS} fields, its fragments counted wherever they are spread. Ask for less at a time."
    ))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn refusal(query: &str) -> String {
        match admit(Request::new(query)) {
            Err(Error::BadRequest(text)) => text,
            other => panic!("{query} was not refused: {}", other.is_ok()),
        }
    }

    #[test]
    fn fragments_that_spread_each_other_twice_are_refused() {
        let mut bomb = "{ ...f0 }".to_owned();
        for i in 0..40 {
            write!(bomb, " fragment f{i} on Query {{ ...f{0} ...f{0} }}", i + 1).unwrap();
        }
        bomb += " fragment f40 on Query { __typename }";
        assert!(refusal(&bomb).contains("5000 fields"));
        // The same, reached by nothing.
        assert!(refusal(&bomb.replacen("{ ...f0 }", "{ __typename }", 1)).contains("5000 fields"));
    }

    #[test]
    fn circles_and_floods_are_refused() {
        assert!(
            refusal("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")
                .contains("spreads itself")
        );
        assert!(refusal(&format!("{{ {} }}", "a ".repeat(6_000))).contains("5000 fields"));
        assert!(refusal(&format!("{{ a {} }}", " ".repeat(MAX_BYTES))).contains("bytes"));
        let mut many = format!("fragment f on Query {{ {} }}", "a ".repeat(4_000));
        for i in 0..100 {
            write!(many, " query q{i} {{ ...f }}").unwrap();
        }
        let chosen = admit(Request::new(many).operation_name("q0"));
        assert!(matches!(chosen, Err(Error::BadRequest(text)) if text.contains("5000 fields")));
        assert!(refusal("{ a").contains("cannot be read"));
        assert!(refusal("query A { a } query B { b }").contains("operationName"));
        assert!(admit(Request::new("{ a }").operation_name("A")).is_err());
    }

    #[test]
    fn a_flood_of_writes_is_refused() {
        let many: String = (0..6).map(|at| format!("a{at}: signOut {{ signedOut }} ")).collect();
        assert!(refusal(&format!("mutation {{ {many} }}")).contains("5 mutations"));
        assert!(
            refusal("mutation { ...f } fragment f on Mutation { signOut { signedOut } }")
                .contains("5 mutations")
        );
        assert!(
            admit(Request::new("mutation { a: signOut { signedOut } b: signOut { signedOut } }")).is_ok()
        );
    }

    #[test]
    fn an_ordinary_query_passes_and_says_what_it_does() {
        let of = |query: &str| admit(Request::new(query)).unwrap().operation;
        assert_eq!(of("{ a { ...f ...f } } fragment f on A { b }"), OperationType::Query);
        assert_eq!(of("mutation M { a }"), OperationType::Mutation);
        let chosen = admit(Request::new("query A { a } mutation B { b }").operation_name("B")).unwrap();
        assert_eq!(chosen.operation, OperationType::Mutation);
    }
}
