//! Variables: how many values they hold, and how deep.

use async_graphql::{Value, Variables};

use super::{refused, tokens::too_deep};
use crate::{config::QueryLimits, error::Result};

/// Refuses variables that hold too much.
pub(super) fn weigh(variables: &Variables, limits: &QueryLimits) -> Result<()> {
    let mut left = limits.max_values;
    for value in variables.values() {
        spend(value, 0, &mut left, limits)?;
    }
    Ok(())
}

/// Takes a value and what is in it off what is left. It goes no deeper than the limit, however deep the value.
fn spend(value: &Value, depth: usize, left: &mut usize, limits: &QueryLimits) -> Result<()> {
    *left = left.checked_sub(1).ok_or_else(|| {
        refused(format!(
            "The variables hold more than {} values together. Send less at a time.",
            limits.max_values
        ))
    })?;
    if matches!(value, Value::List(_) | Value::Object(_)) && depth == limits.max_value_depth {
        return Err(too_deep(limits));
    }
    match value {
        Value::List(items) => items.iter().try_for_each(|item| spend(item, depth + 1, left, limits)),
        Value::Object(fields) => fields.values().try_for_each(|item| spend(item, depth + 1, left, limits)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn of(variables: Json) -> Result<()> {
        let limits = QueryLimits { max_value_depth: 3, max_values: 10, ..QueryLimits::default() };
        weigh(&Variables::from_json(variables), &limits)
    }

    #[test]
    fn variables_are_counted_with_all_that_is_in_them() {
        assert!(of(json!({ "a": [[["x"]]], "b": { "c": { "d": 1 } } })).is_ok());
        assert!(of(json!({ "a": [[[[]]]] })).unwrap_err().to_string().contains("3 deep"));
        assert!(of(json!({ "a": { "b": { "c": { "d": {} } } } })).is_err());
        assert!(of(json!({ "a": [1, 2, 3, 4, 5, 6, 7, 8, 9] })).is_ok());
        let many = of(json!({ "a": [1, 2, 3, 4, 5, 6, 7, 8, 9], "b": 1 }));
        assert!(many.unwrap_err().to_string().contains("10 values"));
    }
}
