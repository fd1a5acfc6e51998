//! The schema as it says of itself that it is.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Actor;

const WHOLE: &str = "{ __schema { types { name kind
  inputFields { name type { ...T } }
  fields { name args { name defaultValue type { ...T } } type { ...T } } } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What fields need that cannot be asked for without.
const ARGUMENTS: [(&str, &str); 1] = [("Document.section", "(slug: \"what-we-know\")")];

pub struct Schema(BTreeMap<String, Value>);

/// The name of a type under all its lists and exclamation marks.
fn named(ty: &Value) -> String {
    match ty["name"].as_str() {
        Some(name) => name.to_owned(),
        None => named(&ty["ofType"]),
    }
}

impl Schema {
    pub async fn read(from: &Actor) -> Self {
        let whole = from.data(WHOLE, json!({})).await;
        let types = whole["__schema"]["types"].as_array().unwrap().iter();
        Self(types.map(|ty| (ty["name"].as_str().unwrap().to_owned(), ty.clone())).collect())
    }

    fn of_kind(&self, kind: &str) -> Vec<String> {
        let of = self.0.iter().filter(|(name, ty)| ty["kind"] == kind && !name.starts_with("__"));
        of.map(|(name, _)| name.clone()).collect()
    }

    /// The object types.
    pub fn objects(&self) -> Vec<String> {
        self.of_kind("OBJECT")
    }

    /// The fields of a type, each with the arguments and the selection it needs.
    pub fn fields(&self, ty: &str) -> Vec<(String, String)> {
        let fields = self.0[ty]["fields"].as_array().unwrap().iter();
        fields
            .map(|field| {
                let name = field["name"].as_str().unwrap();
                let known =
                    ARGUMENTS.iter().find(|(of, _)| *of == format!("{ty}.{name}")).map(|(_, given)| *given);
                let args = field["args"].as_array().unwrap().iter();
                let needed = args
                    .filter(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null())
                    .count();
                let is_top = ["Query", "Mutation"].contains(&ty);
                assert!(needed == 0 || known.is_some() || is_top, "{ty}.{name} needs arguments: say which");
                let kind = &self.0[&named(&field["type"])]["kind"];
                let is_leaf = kind == "SCALAR" || kind == "ENUM";
                let selection = if is_leaf { "" } else { " { __typename }" };
                (name.to_owned(), format!("{}{selection}", known.unwrap_or_default()))
            })
            .collect()
    }

    /// Every place of the schema that takes an id: `Input.field`, or `Query.field.argument`.
    pub fn places_of_ids(&self) -> Vec<String> {
        let mut places = Vec::new();
        for ty in self.of_kind("INPUT_OBJECT") {
            let fields = self.0[&ty]["inputFields"].as_array().unwrap().iter();
            let ids = fields.filter(|field| named(&field["type"]) == "ID");
            places.extend(ids.map(|field| format!("{ty}.{}", field["name"].as_str().unwrap())));
        }
        for ty in self.objects() {
            for field in self.0[&ty]["fields"].as_array().unwrap() {
                let ids = field["args"].as_array().unwrap().iter().filter(|arg| named(&arg["type"]) == "ID");
                let of = |arg: &Value| {
                    format!("{ty}.{}.{}", field["name"].as_str().unwrap(), arg["name"].as_str().unwrap())
                };
                places.extend(ids.map(of));
            }
        }
        places
    }

    /// Where this value of a type, such as `AddNoteInput!`, holds ids: the place in the schema and the path in the value.
    pub fn ids_within(&self, ty: &str, value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        let ty = ty.trim_matches(['[', ']', '!']);
        let Some(fields) = self.0.get(ty).and_then(|ty| ty["inputFields"].as_array()) else { return };
        for field in fields {
            let name = field["name"].as_str().unwrap();
            let (of, path) = (named(&field["type"]), format!("{path}/{name}"));
            match &value[name] {
                Value::Null => {}
                Value::Array(items) => {
                    for (at, item) in items.iter().enumerate() {
                        if of == "ID" {
                            found.push((format!("{ty}.{name}"), format!("{path}/{at}")));
                        }
                        self.ids_within(&of, item, &format!("{path}/{at}"), found);
                    }
                }
                Value::String(_) if of == "ID" => found.push((format!("{ty}.{name}"), path)),
                inner => self.ids_within(&of, inner, &path, found),
            }
        }
    }
}
