//! The door: what a request asks for at its top is held against the tables before any of it is run. An API token calls
//! what its scopes allow and nothing else, and no mutation that needs somebody signed in begins for anybody.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use async_graphql::{
    Request, Response,
    parser::types::{DocumentOperations, ExecutableDocument, OperationType, Selection, SelectionSet},
};

use super::{SCOPES, TABLE, Who};
use crate::{
    error::{Error, Result},
    graphql::errors::refusal_of,
    identity::{Scope, Viewer},
};

/// What the tables say about a query or mutation.
#[derive(Clone, Copy)]
struct Rule {
    who: Who,
    scope: Option<Scope>,
}

static RULES: LazyLock<HashMap<(&str, &str), Rule>> = LazyLock::new(|| {
    let mut rules = HashMap::new();
    for (of, who, fields) in
        TABLE.iter().filter(|(of, ..)| ["Query", "Mutation", "Subscription"].contains(of))
    {
        for field in fields.split_whitespace() {
            rules.insert((*of, field), Rule { who: *who, scope: None });
        }
    }
    for (of, scope, fields) in SCOPES {
        for field in fields.split_whitespace() {
            if let Some(rule) = rules.get_mut(&(*of, field)) {
                rule.scope = Some(*scope);
            }
        }
    }
    rules
});

/// Lets a request through, or says of which of its fields it was refused.
pub(in crate::graphql) fn check(
    viewer: &Viewer,
    request: &mut Request,
) -> std::result::Result<(), Box<Response>> {
    let name = request.operation_name.clone();
    // What cannot be parsed is refused when it is run, with the reason.
    let Ok(document) = request.parsed_query() else { return Ok(()) };
    for (kind, set) in chosen(document, name.as_deref()) {
        let of = match kind {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        let mut top = Top { document, seen: HashSet::new(), fields: Vec::new() };
        top.collect(set);
        for (field, shown_as) in top.fields {
            // `__typename` and the schema itself are for everybody.
            if !field.starts_with("__") {
                let allowed = allowed(viewer, of, field);
                allowed.map_err(|error| Box::new(refusal_of(shown_as, error)))?;
            }
        }
    }
    Ok(())
}

/// The operation that is to be run; all of them where none is named, since then there is one.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Vec<(OperationType, &'a SelectionSet)> {
    let part = |definition: &'a async_graphql::Positioned<
        async_graphql::parser::types::OperationDefinition,
    >| { (definition.node.ty, &definition.node.selection_set.node) };
    match &document.operations {
        DocumentOperations::Single(only) => vec![part(only)],
        DocumentOperations::Multiple(all) => all
            .iter()
            .filter(|(known, _)| name.is_none_or(|name| known.as_str() == name))
            .map(|(_, definition)| part(definition))
            .collect(),
    }
}

/// Refuses what the tables do not allow this viewer. What they do not know is no field of the schema: it is refused when
/// the request is validated, but for a program it is refused here.
fn allowed(viewer: &Viewer, of: &str, field: &str) -> Result<()> {
    let rule = RULES.get(&(of, field)).copied();
    if viewer.is_program() {
        return match rule.and_then(|rule| rule.scope) {
            Some(scope) if viewer.has_scope(scope) => Ok(()),
            Some(scope) => Err(Error::Forbidden(format!(
                "This API token lacks the scope {}, which `{field}` needs. Make a token that has it.",
                scope.as_str()
            ))),
            None => Err(Error::Forbidden(format!(
                "`{field}` cannot be called with an API token. Sign in, and send the access token instead."
            ))),
        };
    }
    match rule.map(|rule| rule.who) {
        Some(who) if of == "Mutation" => signed_in_as(viewer, who),
        _ => Ok(()),
    }
}

/// Refuses whom the table excludes whatever a mutation is about; what depends on the document is decided where that is
/// known.
fn signed_in_as(viewer: &Viewer, who: Who) -> Result<()> {
    match who {
        Who::Everybody | Who::HolderAndModerators | Who::HolderOfLink => Ok(()),
        Who::Administrators => viewer.require_administrator().map(|_| ()),
        Who::Moderators
        | Who::SignedIn
        | Who::Oneself
        | Who::SelfAndAdministrators
        | Who::Editors
        | Who::ModeratorsAndEditors
        | Who::ModeratorsAndAdministrators => viewer.require().map(|_| ()),
    }
}

struct Top<'a> {
    document: &'a ExecutableDocument,
    seen: HashSet<&'a str>,
    /// Each field, and what the answer calls it.
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> Top<'a> {
    fn collect(&mut self, set: &'a SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.fields
                        .push((field.node.name.node.as_str(), field.node.response_key().node.as_str()));
                }
                Selection::InlineFragment(inline) => self.collect(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    // Each once: one that spreads itself is refused elsewhere, and must not keep us here.
                    if self.seen.insert(name)
                        && let Some(fragment) = self.document.fragments.get(name)
                    {
                        self.collect(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::{
        identity::{api_tokens::Scoped, viewer::SignedIn},
        ids::{AccountId, ApiTokenId, SessionId},
    };

    fn program(scopes: &[Scope]) -> Viewer {
        let at = DateTime::UNIX_EPOCH;
        let signed_in =
            SignedIn { account: AccountId::new(at), session: SessionId::new(at), grants: Vec::new() };
        let scoped = Scoped { token: ApiTokenId::new(at), scopes: scopes.to_vec(), document: None };
        Viewer::program(signed_in, scoped)
    }

    fn refused(viewer: &Viewer, query: &str, operation: Option<&str>) -> Option<String> {
        let mut request = Request::new(query);
        request.operation_name = operation.map(str::to_owned);
        let response = check(viewer, &mut request).err()?;
        Some(format!("{:?} {}", response.errors[0].path, response.errors[0].message))
    }

    #[test]
    fn a_program_calls_what_its_scopes_allow_however_it_is_asked_for() {
        let reader = program(&[Scope::Read]);
        for allowed in [
            "{ documents { totalCount } __typename __schema { types { name } } }",
            "query A { ...f } fragment f on Query { viewer { id } }",
        ] {
            assert_eq!(refused(&reader, allowed, None), None, "{allowed}");
        }
        for beyond in [
            "mutation { submitComment(input: {}) { errors { code } } }",
            "{ x: moderationQueue { totalCount } }",
            "{ ...f } fragment f on Query { ... { ...g } } fragment g on Query { deadLetters { totalCount } }",
            "{ ... on Query { documents { totalCount } accounts { totalCount } } }",
            "mutation { signOut { signedOut } }",
            "{ nothingOfTheKind }",
            "subscription { anything }",
        ] {
            assert!(refused(&reader, beyond, None).is_some(), "{beyond}");
        }
        let shown = refused(&reader, "{ x: moderationQueue { totalCount } }", None).unwrap();
        assert!(shown.contains("\"x\"") && shown.contains("MODERATE"), "{shown}");
    }

    #[test]
    fn the_operation_that_is_run_is_the_one_that_is_looked_at() {
        let both = "query A { viewer { id } } mutation B { signOut { signedOut } }";
        let reader = program(&[Scope::Read]);
        assert_eq!(refused(&reader, both, Some("A")), None);
        assert!(refused(&reader, both, Some("B")).is_some());
        assert!(refused(&reader, both, None).is_some());
    }

    #[test]
    fn a_mutation_that_needs_somebody_begins_for_nobody() {
        let nobody = Viewer::anonymous();
        assert!(refused(&nobody, "mutation { moderateComment { errors { code } } }", None).is_some());
        assert!(refused(&nobody, "mutation { grantRole { errors { code } } }", None).is_some());
        assert_eq!(refused(&nobody, "mutation { submitComment { errors { code } } }", None), None);
        assert_eq!(
            refused(&nobody, "{ moderationQueue { totalCount } }", None),
            None,
            "its own resolver refuses"
        );
    }
}
