//! The form of an answer: its fields in the order they were asked for, and `null` where one has failed. The library puts each
//! down when it is known and leaves those out that fail; the specification wants all of them, caches know an answer again only
//! if the same is said in the same order, and clients that keep objects take one without a field for one to be fetched again.

use async_graphql::{
    Name, PathSegment, Request, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, ExecutableDocument, OperationType, Selection, SelectionSet, Type},
};

use super::{contract, guard};

/// What a selection asks for: each name once, where it is first asked for, with what is asked for below it. Where fragments
/// on different types ask for the same names, the first of them decides for all.
#[derive(Default)]
pub(super) struct Order {
    /// What stands here; nothing is known of what the language itself brings.
    ty: Option<&'static Type>,
    below: IndexMap<Name, Order>,
}

impl Order {
    /// The order in which a request asks; none for one that cannot be read. As large as the request with its fragments put in,
    /// so only for one that the guard has admitted, or that is ours.
    pub(super) fn of(request: &mut Request) -> Self {
        let mut order = Self::default();
        let name = request.operation_name.clone();
        if let Ok(document) = request.parsed_query()
            && let Ok(operation) = guard::chosen(document, name.as_deref())
        {
            let root = match operation.ty {
                OperationType::Query => "Query",
                OperationType::Mutation => "Mutation",
                OperationType::Subscription => "Subscription",
            };
            order.add(document, &operation.selection_set.node, root);
        }
        order
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet, on: &str) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.response_key().node.clone();
                    let ty = contract::field(on, field.node.name.node.as_str()).map(|field| &field.ty);
                    let below = self.below.entry(name).or_default();
                    below.ty = below.ty.or(ty);
                    below.add(document, &field.node.selection_set.node, ty.map_or("", |ty| named(&ty.base)));
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map_or(on, |it| it.node.on.node.as_str());
                    self.add(document, &inline.node.selection_set.node, on);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.add(document, &fragment.node.selection_set.node, on);
                    }
                }
            }
        }
    }

    /// Puts `null` where a field has failed, or where the nearest one around it stands that may be `null`.
    pub(super) fn complete(&self, answer: &mut Value, errors: &[ServerError]) {
        let failed = errors.iter().map(|error| error.path.as_slice()).filter(|path| !path.is_empty());
        let (optional, required): (Vec<_>, Vec<_>) = failed.partition(|path| self.may_be_null(path));
        for path in optional {
            place(answer, path, true);
        }
        // After the others, which would make anew what these take away.
        for path in required {
            let around = (0..path.len()).rev().map(|length| &path[..length]);
            let nearest = around.into_iter().find(|path| self.may_be_null(path)).unwrap_or_default();
            if let Some(value) = place(answer, nearest, false) {
                *value = Value::Null;
            }
        }
    }

    fn may_be_null(&self, path: &[PathSegment]) -> bool {
        let (mut order, mut ty) = (self, None);
        for segment in path {
            (order, ty) = match segment {
                PathSegment::Field(name) => match order.below.get(name.as_str()) {
                    Some(below) => (below, below.ty),
                    None => return true,
                },
                PathSegment::Index(_) => match ty.map(|ty: &Type| &ty.base) {
                    Some(BaseType::List(item)) => (order, Some(item.as_ref())),
                    _ => return true,
                },
            };
        }
        ty.is_none_or(|ty| ty.nullable)
    }

    /// Puts what was answered into this order.
    pub(super) fn arrange(&self, answer: &mut Value) {
        match answer {
            Value::List(items) => items.iter_mut().for_each(|item| self.arrange(item)),
            Value::Object(fields) => {
                let place = |name: &Name| self.below.get_index_of(name);
                if !fields.keys().map(place).is_sorted() {
                    fields.sort_by(|one, _, other, _| place(one).cmp(&place(other)));
                }
                for (name, value) in fields {
                    if let Some(below) = self.below.get(name) {
                        below.arrange(value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Where a path leads. With `make` what is missing on the way to it is put there: the library leaves an object out of which
/// every field has failed.
fn place<'a>(answer: &'a mut Value, path: &[PathSegment], make: bool) -> Option<&'a mut Value> {
    path.iter().try_fold(answer, |value, segment| {
        if make && *value == Value::Null && matches!(segment, PathSegment::Field(_)) {
            *value = Value::Object(IndexMap::new());
        }
        match (value, segment) {
            (Value::Object(fields), PathSegment::Field(name)) => {
                if make {
                    fields.entry(Name::new(name)).or_default();
                }
                fields.get_mut(name.as_str())
            }
            (Value::List(items), PathSegment::Index(index)) => items.get_mut(*index),
            _ => None,
        }
    })
}

fn named(ty: &BaseType) -> &str {
    match ty {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => named(&item.base),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_put_into_the_order_of_the_request() {
        let mut request = Request::new(
            "query A { a } query B { c ...F b: d { y x } __typename } fragment F on Query { a ... { e b: d { w } } }",
        )
        .operation_name("B");
        let mut answer = Value::from_json(json!({
            "__typename": 1, "a": 2, "b": [{ "w": 3, "x": 4, "y": 5 }, null, { "y": 6, "x": 7 }], "c": null, "e": 8,
        }))
        .unwrap();
        Order::of(&mut request).arrange(&mut answer);
        let written = serde_json::to_string(&answer).unwrap();
        assert_eq!(
            written,
            r#"{"c":null,"a":2,"e":8,"b":[{"w":3,"y":5,"x":4},null,{"y":6,"x":7}],"__typename":1}"#
        );
    }

    #[test]
    fn what_has_failed_is_null_or_makes_what_is_around_it_null() {
        let query =
            "{ viewer { id email } document(slug: \"a\") { slug rules { id } } documents { nodes { ...F } } }
            fragment F on Document { slug rules { id } }";
        let field = |name: &str| PathSegment::Field(name.into());
        let listed =
            |name: &str| vec![field("documents"), field("nodes"), PathSegment::Index(1), field(name)];
        let completed = |answer, failed: Vec<Vec<PathSegment>>| {
            let mut answer = Value::from_json(answer).unwrap();
            let error = |path| ServerError { path, ..ServerError::new("", None) };
            let errors: Vec<ServerError> = failed.into_iter().map(error).collect();
            Order::of(&mut Request::new(query)).complete(&mut answer, &errors);
            answer.into_json().unwrap()
        };
        let left = json!({ "viewer": { "id": 1 }, "documents": { "nodes": [{ "slug": 2 }, { "slug": 3 }] } });
        assert_eq!(
            completed(
                left.clone(),
                vec![vec![field("viewer"), field("email")], vec![field("document")], listed("rules")],
            ),
            json!({
                "viewer": { "id": 1, "email": null },
                "documents": { "nodes": [{ "slug": 2 }, { "slug": 3, "rules": null }] },
                "document": null,
            })
        );
        // Nothing that is in the list may be null, nor the list, nor what holds it.
        assert_eq!(completed(left.clone(), vec![listed("rules"), listed("slug")]), json!(null));
        let failed = vec![vec![field("document"), field("slug")], vec![field("document"), field("rules")]];
        assert_eq!(
            completed(json!({ "viewer": null, "document": null }), failed),
            json!({ "viewer": null, "document": null })
        );
        // The library leaves nothing of an object out of which everything has failed.
        let failed = vec![vec![field("document"), field("rules")]];
        assert_eq!(completed(json!(null), failed), json!({ "document": { "rules": null } }));
    }
}
