//! "Did you mean": what the schema has that is spelt nearly as the query has it. The library would look for each unknown
//! name while it validates; a query of nothing but unknown names made that dear. Here it is done for the errors that are
//! shown.

use super::contract;

/// How many names are suggested.
const MAX_NAMES: usize = 3;

/// What to add to a message of the library's that names something unknown.
pub(super) fn of(message: &str) -> Option<String> {
    let mut quoted = message.split('"').skip(1).step_by(2);
    let (unknown, known): (_, Vec<&String>) = if message.starts_with("Unknown field ") {
        let (field, of) = (quoted.next()?, quoted.next()?);
        (field, contract::fields(of)?.keys().collect())
    } else if message.starts_with("Unknown argument ") {
        let (argument, field, of) = (quoted.next()?, quoted.next()?, quoted.next()?);
        (argument, contract::field(of, field)?.arguments.iter().collect())
    } else {
        return None;
    };
    let mut near: Vec<(usize, &String)> = known
        .into_iter()
        .map(|name| (distance(&unknown.to_ascii_lowercase(), &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= (name.len().max(unknown.len()) + 1) / 3)
        .collect();
    near.sort();
    let near: Vec<String> = near.iter().take(MAX_NAMES).map(|(_, name)| format!("\"{name}\"")).collect();
    (!near.is_empty()).then(|| format!(" Did you mean {}?", near.join(" or ")))
}

/// How many letters have to be put in, taken out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.bytes().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, counterpart) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(letter != counterpart);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelt_nearly_so_is_suggested() {
        let of_field = of("Unknown field \"titel\" on type \"Document\".").unwrap();
        assert_eq!(of_field, " Did you mean \"title\"?");
        let of_argument = of("Unknown argument \"frist\" on field \"documents\" of type \"Query\".").unwrap();
        assert!(of_argument.contains("\"first\""), "{of_argument}");
        assert_eq!(of("Unknown field \"zzzzzzzz\" on type \"Document\"."), None);
        assert_eq!(of("Unknown field \"a\" on type \"Nothing\"."), None);
        assert_eq!(of("Something else \"titel\""), None);
    }

    #[test]
    fn a_distance_is_the_least_number_of_changes() {
        for (one, other, apart) in
            [("", "", 0), ("a", "", 1), ("titel", "title", 2), ("kitten", "sitting", 3), ("abc", "abc", 0)]
        {
            assert_eq!((distance(one, other), distance(other, one)), (apart, apart), "{one} {other}");
        }
    }
}
