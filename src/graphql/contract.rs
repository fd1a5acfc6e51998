//! The schema as its text tells it, for what has to know more of it than the library shows.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::OnceLock,
};

use async_graphql::parser::{
    parse_schema,
    types::{Type, TypeKind, TypeSystemDefinition},
};

/// A field of an object or interface.
pub(super) struct Field {
    /// What it gives.
    pub ty: Type,
    /// What it takes.
    pub arguments: BTreeSet<String>,
}

/// The fields of a type, if it is one that has fields.
pub(super) fn fields(of: &str) -> Option<&'static BTreeMap<String, Field>> {
    types().get(of)
}

/// One field of a type.
pub(super) fn field(of: &str, name: &str) -> Option<&'static Field> {
    fields(of)?.get(name)
}

/// Read once, when it is first asked for.
fn types() -> &'static HashMap<String, BTreeMap<String, Field>> {
    static TYPES: OnceLock<HashMap<String, BTreeMap<String, Field>>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let mut types = HashMap::new();
        // The library reads what it writes.
        let Ok(schema) = parse_schema(super::sdl()) else { return types };
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let of = fields.into_iter().map(|field| {
                let field = field.node;
                let arguments = field.arguments.iter().map(|it| it.node.name.node.to_string()).collect();
                (field.name.node.to_string(), Field { ty: field.ty.node, arguments })
            });
            types.insert(definition.node.name.node.to_string(), of.collect());
        }
        types
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_with_its_type_and_arguments() {
        let nodes = field("Query", "nodes").unwrap();
        assert_eq!((nodes.ty.to_string().as_str(), nodes.arguments.len()), ("[Node]!", 1));
        assert!(field("Node", "id").is_some() && field("Query", "nothing").is_none());
        assert!(fields("ID").is_none());
    }
}
