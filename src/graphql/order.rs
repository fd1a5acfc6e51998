//! The order of an answer's fields. The library puts each down when it is known; the specification wants them as they were
//! asked for, and caches know an answer again only if the same is said in the same order.

use async_graphql::{
    Name, Request, Value,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use super::guard;

/// What a selection asks for: each name once, where it is first asked for, with what is asked for below it. Where fragments
/// on different types ask for the same names, the first of them decides for all.
#[derive(Default)]
pub(super) struct Order(IndexMap<Name, Order>);

impl Order {
    /// The order in which a request asks; none for one that cannot be read. As large as the request with its fragments put in,
    /// so only for one that the guard has admitted, or that is ours.
    pub(super) fn of(request: &mut Request) -> Self {
        let mut order = Self::default();
        let name = request.operation_name.clone();
        if let Ok(document) = request.parsed_query()
            && let Ok(operation) = guard::chosen(document, name.as_deref())
        {
            order.add(document, &operation.selection_set.node);
        }
        order
    }

    fn add(&mut self, document: &ExecutableDocument, set: &SelectionSet) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = field.node.response_key().node.clone();
                    self.0.entry(name).or_default().add(document, &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => self.add(document, &inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        self.add(document, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// Puts what was answered into this order.
    pub(super) fn arrange(&self, answer: &mut Value) {
        match answer {
            Value::List(items) => items.iter_mut().for_each(|item| self.arrange(item)),
            Value::Object(fields) => {
                let place = |name: &Name| self.0.get_index_of(name);
                if !fields.keys().map(place).is_sorted() {
                    fields.sort_by(|one, _, other, _| place(one).cmp(&place(other)));
                }
                for (name, value) in fields {
                    if let Some(below) = self.0.get(name) {
                        below.arrange(value);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_put_into_the_order_of_the_request() {
        let mut request = Request::new(
            "query A { a } query B { c ...F b: d { y x } __typename } fragment F on Query { a ... { e b: d { w } } }",
        )
        .operation_name("B");
        let mut answer = Value::from_json(serde_json::json!({
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
}
