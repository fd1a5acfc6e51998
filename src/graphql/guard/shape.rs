//! What is looked at one field after the other, once it is known that there are not too many: fields asked for again and
//! again, what stands at the top, and questions about the schema that answer themselves over and over.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use super::refused;
use crate::{config::QueryLimits, error::Result};

/// How many arguments a field or a directive may be given. None of the schema takes half as many.
const MAX_ARGUMENTS: usize = 32;
/// How much questions about the schema may come to, counted as the schema is built. What tools ask comes to less
/// than half of it.
const MAX_INTROSPECTION: usize = 500_000;

/// Refuses what repeats itself too often in any operation of a document that came to few enough fields.
pub(super) fn inspect(document: &ExecutableDocument, limits: &QueryLimits) -> Result<()> {
    let walk = Walk { document, limits };
    for (_, definition) in document.operations.iter() {
        let weight = walk.weigh(&definition.node.selection_set.node, Place::Top)?;
        if weight > MAX_INTROSPECTION {
            return Err(refused(
                "The query asks for too much of the schema at once. Ask for fewer levels, or for one type with `__type`.",
            ));
        }
    }
    Ok(())
}

/// The fields at the top of a selection, those of its fragments among them.
pub(super) fn fields_of<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet) -> Vec<&'a Field> {
    let mut fields = Vec::new();
    collect(document, set, &mut fields);
    fields
}

fn collect<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, into: &mut Vec<&'a Field>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => into.push(&field.node),
            Selection::InlineFragment(inline) => {
                collect(document, &inline.node.selection_set.node, into);
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, into);
                }
            }
        }
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    limits: &'a QueryLimits,
}

/// Where a selection stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Below,
    /// In the schema's description of itself.
    OfSchema,
}

impl<'a> Walk<'a> {
    /// What a selection comes to as questions about the schema. Refuses what is repeated in one place.
    fn weigh(&self, set: &'a SelectionSet, place: Place) -> Result<usize> {
        let fields = fields_of(self.document, set);
        if place == Place::Top && fields.len() > self.limits.max_root_fields {
            return Err(refused(format!(
                "The query has more than {} fields at its top. Send some of them apart.",
                self.limits.max_root_fields
            )));
        }
        let mut asked: HashMap<&str, usize> = HashMap::new();
        let mut weight: usize = 0;
        for field in fields {
            self.take(field, &mut asked)?;
            let name = field.name.node.as_str();
            let of_schema = place == Place::OfSchema || matches!(name, "__schema" | "__type");
            if of_schema && self.limits.no_introspection {
                return Err(refused("This service answers no questions about its schema."));
            }
            let below = if of_schema { Place::OfSchema } else { Place::Below };
            let inside = self.weigh(&field.selection_set.node, below)?;
            let own =
                if of_schema { inside.saturating_add(1).saturating_mul(usual_length(name)) } else { inside };
            weight = weight.saturating_add(own);
        }
        Ok(weight)
    }

    /// Counts one more of a field in its place.
    fn take(&self, field: &'a Field, asked: &mut HashMap<&'a str, usize>) -> Result<()> {
        if field.arguments.len() > MAX_ARGUMENTS {
            return Err(refused(format!(
                "The field `{}` is given more than {MAX_ARGUMENTS} arguments.",
                field.name.node
            )));
        }
        let name = field.name.node.as_str();
        // Under one name for different fields is an error of its own, which costs as much to find.
        let shown = field.alias.as_ref().map_or(name, |alias| alias.node.as_str());
        for name in [Some(name), Some(shown).filter(|shown| *shown != name)].into_iter().flatten() {
            let times = asked.entry(name).or_default();
            *times += 1;
            if *times > self.limits.max_repeats {
                return Err(refused(format!(
                    "The query asks for `{name}` more than {} times in one place. Send some of them apart.",
                    self.limits.max_repeats
                )));
            }
        }
        Ok(())
    }
}

/// How long the lists of the schema's description are, about.
fn usual_length(field: &str) -> usize {
    match field {
        "types" => 160,
        "fields" | "enumValues" | "possibleTypes" => 8,
        "inputFields" | "directives" => 6,
        "args" => 2,
        _ => 1,
    }
}
