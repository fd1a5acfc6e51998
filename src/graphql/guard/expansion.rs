//! How much a query comes to with its fragments put in wherever they are spread, and how deep. Each fragment is counted
//! once: two dozen that spread each other twice would otherwise be millions.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned,
    parser::types::{ExecutableDocument, FragmentDefinition, Selection, SelectionSet},
};

use super::refused;
use crate::{
    config::QueryLimits,
    error::{Error, Result},
};

/// How many times the fields of one query all fragments may come to together, each with what it spreads: some rules of the
/// language look at each of them so.
const FRAGMENTS_TO_FIELDS: usize = 10;

/// Refuses a document that comes to too many fields, or nests too deep.
pub(super) fn measure(document: &ExecutableDocument, limits: &QueryLimits) -> Result<()> {
    let mut known = Known { fragments: &document.fragments, sizes: HashMap::new(), limits };
    // All operations together: the library walks every one of them, whichever is to be run.
    let mut total = Size::default();
    for (_, definition) in document.operations.iter() {
        total.add(known.of(&definition.node.selection_set.node)?, 0);
        total.check(limits)?;
    }
    // Those that nothing spreads are walked as well.
    let mut together: usize = 0;
    for name in document.fragments.keys() {
        together = together.saturating_add(known.of_fragment(name)?.fields);
    }
    if together > limits.max_fields.saturating_mul(FRAGMENTS_TO_FIELDS) {
        return Err(too_much(limits));
    }
    Ok(())
}

/// What a selection comes to.
#[derive(Clone, Copy, Default)]
struct Size {
    fields: usize,
    depth: usize,
}

impl Size {
    fn add(&mut self, other: Self, deeper: usize) {
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth.saturating_add(deeper));
    }

    fn check(self, limits: &QueryLimits) -> Result<()> {
        if self.fields > limits.max_fields {
            return Err(too_much(limits));
        }
        if self.depth > limits.max_depth {
            return Err(refused(format!(
                "The query nests deeper than {} levels. Ask for fewer levels at a time.",
                limits.max_depth
            )));
        }
        Ok(())
    }
}

struct Known<'a> {
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// The size of each fragment that has been counted; `None` while it is being counted.
    sizes: HashMap<&'a str, Option<Size>>,
    limits: &'a QueryLimits,
}

impl<'a> Known<'a> {
    fn of(&mut self, set: &'a SelectionSet) -> Result<Size> {
        let mut total = Size::default();
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    total.add(Size { fields: 1, depth: 1 }, 0);
                    total.add(self.of(&field.node.selection_set.node)?, 1);
                }
                Selection::InlineFragment(inline) => {
                    // One for the fragment itself: those around nothing but each other are work as well.
                    total.add(Size { fields: 1, depth: 0 }, 0);
                    total.add(self.of(&inline.node.selection_set.node)?, 0);
                }
                Selection::FragmentSpread(spread) => {
                    total.add(self.of_fragment(&spread.node.fragment_name.node)?, 0);
                }
            }
            // Answered here already, so that no sum grows past what a number holds and no recursion past the limit.
            total.check(self.limits)?;
        }
        Ok(total)
    }

    fn of_fragment(&mut self, name: &Name) -> Result<Size> {
        let Some((name, fragment)) = self.fragments.get_key_value(name) else {
            // Validation says which fragment is not there.
            return Ok(Size { fields: 1, depth: 0 });
        };
        match self.sizes.get(name.as_str()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(Error::BadRequest(format!("The fragment `{name}` spreads itself.")));
            }
            None => {}
        }
        self.sizes.insert(name, None);
        let mut size = self.of(&fragment.node.selection_set.node)?;
        // One for the spread itself.
        size.fields = size.fields.saturating_add(1);
        self.sizes.insert(name, Some(size));
        Ok(size)
    }
}

fn too_much(limits: &QueryLimits) -> Error {
    refused(format!(
        "The query asks for more than {} fields, its fragments counted wherever they are spread. Ask for less at a time.",
        limits.max_fields
    ))
}
