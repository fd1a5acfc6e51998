//! What is counted as it is written, whatever it comes to: fragments, operations, aliases and directives.

use async_graphql::{
    Positioned,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

use super::refused;
use crate::{config::QueryLimits, error::Result};

/// How many arguments a directive may be given.
const MAX_ARGUMENTS: usize = 8;

/// Refuses a document that has too many of something.
pub(super) fn count(document: &ExecutableDocument, limits: &QueryLimits) -> Result<()> {
    at_most(limits.max_fragments, document.fragments.len(), "fragments")?;
    at_most(limits.max_operations, document.operations.iter().count(), "operations")?;
    let mut counted = Counted { limits, aliases: 0, directives: 0 };
    for fragment in document.fragments.values() {
        counted.directives(&fragment.node.directives)?;
        counted.selections(&fragment.node.selection_set.node)?;
    }
    for (_, operation) in document.operations.iter() {
        counted.directives(&operation.node.directives)?;
        for variable in &operation.node.variable_definitions {
            counted.directives(&variable.node.directives)?;
        }
        counted.selections(&operation.node.selection_set.node)?;
    }
    Ok(())
}

fn at_most(most: usize, given: usize, what: &str) -> Result<()> {
    if given <= most {
        return Ok(());
    }
    Err(refused(format!("The query has more than {most} {what}. Ask for less at a time.")))
}

struct Counted<'a> {
    limits: &'a QueryLimits,
    aliases: usize,
    directives: usize,
}

impl Counted<'_> {
    /// Recursive, and never deeper than the parser that made the selections.
    fn selections(&mut self, set: &SelectionSet) -> Result<()> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    at_most(self.limits.max_aliases, self.aliases, "aliases")?;
                    self.selections(&field.node.selection_set.node)?;
                }
                Selection::InlineFragment(inline) => self.selections(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn directives(&mut self, given: &[Positioned<Directive>]) -> Result<()> {
        self.directives += given.len();
        at_most(self.limits.max_directives, self.directives, "directives")?;
        for directive in given {
            at_most(MAX_ARGUMENTS, directive.node.arguments.len(), "arguments on one directive")?;
        }
        Ok(())
    }
}
