//! Variables: how many values they hold, and how deep; and JSON before it is read, because what it becomes takes many times
//! its bytes and the time they took to send.

use async_graphql::{Value, Variables};

use super::{refused, tokens::too_deep};
use crate::{
    config::QueryLimits,
    error::{Error, Result},
};

/// How many values a request may hold beside its variables.
const SPARE: usize = 1_000;

/// Refuses JSON that holds more values than any request may. Each but the first of a list or object comes after a comma, and
/// each list or object begins with a bracket; those in texts are none.
pub fn look_over(json: &[u8], limits: &QueryLimits) -> Result<()> {
    let mut left = limits.max_values.saturating_add(SPARE);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b',' | b'[' | b'{' if !in_text => left = left.checked_sub(1).ok_or_else(|| too_many(limits))?,
            _ => {}
        }
    }
    Ok(())
}

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
    *left = left.checked_sub(1).ok_or_else(|| too_many(limits))?;
    if matches!(value, Value::List(_) | Value::Object(_)) && depth == limits.max_value_depth {
        return Err(too_deep(limits));
    }
    match value {
        Value::List(items) => items.iter().try_for_each(|item| spend(item, depth + 1, left, limits)),
        Value::Object(fields) => fields.values().try_for_each(|item| spend(item, depth + 1, left, limits)),
        _ => Ok(()),
    }
}

fn too_many(limits: &QueryLimits) -> Error {
    refused(format!(
        "The variables hold more than {} values together. Send less at a time.",
        limits.max_values
    ))
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
    fn json_is_counted_before_it_is_read() {
        let limits = QueryLimits { max_values: 10, ..QueryLimits::default() };
        let of = |json: &str| look_over(json.as_bytes(), &limits);
        let list = |length: usize| format!("{{\"variables\":{{\"a\":[{}1]}}}}", "1,".repeat(length));
        assert!(of(&list(SPARE)).is_ok() && of(&list(SPARE + 10)).is_err());
        assert!(of(&"[".repeat(SPARE + 11)).is_err() && of(&"{\"a\":".repeat(SPARE + 11)).is_err());
        let text = format!("{{\"query\":\"{}\\\",[\",\"a\":1}}", "{,[".repeat(SPARE));
        assert!(of(&text).is_ok(), "those in texts are none");
        assert!(of(&format!("{text}{}", ",".repeat(SPARE + 11))).is_err(), "and those after them are");
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
