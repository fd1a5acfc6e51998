//! What is refused before the schema looks at it. The library checks depth and complexity after it has walked a query
//! with its fragments expanded, each spread anew: two dozen fragments that spread each other twice keep it busy for
//! minutes. Here a query is refused for a small part of what it would cost: first by its text, then, parsed, by what is
//! written in it, by what it comes to, and by what is repeated. Each step makes sure that the next one is cheap.
//!
//! Everything that is refused is a `BadRequest` that says what is too much.

mod expansion;
mod shape;
mod tokens;
mod values;
mod words;

#[cfg(test)]
mod tests;

pub use self::values::look_over;

use async_graphql::{
    Request,
    parser::{
        self, parse_query,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};

use crate::{
    config::QueryLimits,
    error::{Error, Result},
};

/// How many mutations one request may hold: each is a write of its own, with mail to follow.
const MAX_MUTATIONS: usize = 5;

/// The fields at the top of a query whose answer is the same for everybody who has not signed in, as long as nothing
/// changes. What is reached by a secret, such as a receipt's token, is not among them.
const SAME_FOR_ALL: [&str; 8] =
    ["__schema", "__type", "__typename", "document", "documents", "node", "nodes", "section"];

/// A request that may be run.
pub struct Admitted {
    /// The request, parsed.
    pub request: Request,
    /// What its operation does.
    pub operation: OperationType,
    /// Whether everybody who has not signed in gets the same answer.
    pub same_for_all: bool,
}

/// Parses a request and weighs it. `BadRequest` for what cannot be parsed or is too much.
pub fn admit(mut request: Request, limits: &QueryLimits) -> Result<Admitted> {
    let plain = tokens::look_through(&request.query, limits)?;
    values::weigh(&request.variables, limits)?;
    let document = parse_query(plain).map_err(|error| unreadable(&error))?;
    words::count(&document, limits)?;
    expansion::measure(&document, limits)?;
    shape::inspect(&document, limits)?;
    let definition = chosen(&document, request.operation_name.as_deref())?;
    let operation = definition.ty;
    let top = shape::fields_of(&document, &definition.selection_set.node);
    if operation == OperationType::Mutation && top.len() > MAX_MUTATIONS {
        return Err(refused(format!("A request may hold {MAX_MUTATIONS} mutations. Send the others apart.")));
    }
    // A form's token says when it was asked for: one that somebody else has had already is of no use.
    let same_for_all = operation == OperationType::Query
        && !request.query.contains("formToken")
        && top.iter().all(|field| SAME_FOR_ALL.contains(&field.name.node.as_str()));
    request.set_parsed_query(document);
    Ok(Admitted { request, operation, same_for_all })
}

/// How many changes a mutation that was admitted asks for.
pub(super) fn changes(request: &mut Request) -> usize {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return 1 };
    let chosen = chosen(document, name.as_deref());
    chosen.map_or(1, |definition| shape::fields_of(document, &definition.selection_set.node).len())
}

/// The operation that is to be run.
pub(super) fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            return Err(refused(
                "The query has more than one operation: say with `operationName` which to run.",
            ));
        }
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
    };
    let operation = operation.ok_or_else(|| refused("`operationName` names no operation of this query."))?;
    Ok(&operation.node)
}

/// Where a query cannot be read, and what was expected there. The parser's own message repeats the whole line, which may
/// be the whole query.
fn unreadable(error: &parser::Error) -> Error {
    match error {
        parser::Error::Syntax { message, start, .. } => {
            let expected = message.lines().next_back().unwrap_or_default().trim_start_matches([' ', '=']);
            refused(format!(
                "The query cannot be read at line {}, column {}: {expected}.",
                start.line, start.column
            ))
        }
        other => refused(format!("The query cannot be read: {other}")),
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::BadRequest(why.into())
}
