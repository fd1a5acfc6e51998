//! A look at a query's text before it is parsed, in one pass and without recursion. The parser follows brackets by
//! calling itself, so how deep they nest has to be known first; and what has too many words is not parsed at all.

use super::refused;
use crate::{
    config::QueryLimits,
    error::{Error, Result},
};

/// How deep brackets of all kinds may nest together, whatever is set.
const MAX_NESTING: usize = 64;
/// How long a name may be. The longest of the schema is far shorter.
const MAX_NAME: usize = 100;

/// The mark of byte order, which counts as blank wherever it stands.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Refuses a text that has too many words, nests too deep, or has a string without an end: where a string ends and where
/// brackets begin must be beyond doubt. Gives the text for the parser, with everything that is blank as spaces and ends of
/// lines, in the same places: comments and the rarer blanks cost it many times as much.
pub(super) fn look_through(query: &str, limits: &QueryLimits) -> Result<String> {
    if query.len() > limits.max_query_bytes {
        return Err(refused(format!(
            "The query is longer than the {} bytes it may have.",
            limits.max_query_bytes
        )));
    }
    let bytes = query.as_bytes();
    let mut plain = bytes.to_vec();
    let mut open: Vec<u8> = Vec::new();
    let (mut at, mut tokens) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if let Some(length) = blank(rest) {
            if *byte != b'\n' {
                plain[at..at + length].fill(b' ');
            }
            at += length;
            continue;
        }
        let length = match byte {
            b'"' => string(rest)?,
            b'(' | b'[' | b'{' => {
                open.push(*byte);
                if open.len() > MAX_NESTING {
                    return Err(refused(format!("The query nests deeper than {MAX_NESTING} brackets.")));
                }
                // Inside parentheses stand values, with lists and objects as deep as they have brackets.
                let values = open.iter().rev().take_while(|byte| **byte != b'(').count();
                if open.contains(&b'(') && values > limits.max_value_depth {
                    return Err(too_deep(limits));
                }
                1
            }
            b')' | b']' | b'}' => {
                open.pop();
                1
            }
            byte if is_name(*byte) => {
                let length = rest.iter().take_while(|byte| is_name(**byte)).count();
                if length > MAX_NAME {
                    return Err(refused(format!("The query has a name of more than {MAX_NAME} letters.")));
                }
                length
            }
            b'.' if rest.starts_with(b"...") => 3,
            _ => 1,
        };
        at += length;
        tokens += 1;
        if tokens > limits.max_tokens {
            return Err(refused(format!(
                "The query has more than {} words and signs. Ask for less at a time.",
                limits.max_tokens
            )));
        }
    }
    // Whole characters were replaced, so it is text still.
    String::from_utf8(plain).map_err(Error::internal)
}

/// How long the blank is that these bytes begin with, if they do.
fn blank(rest: &[u8]) -> Option<usize> {
    match rest.first()? {
        b' ' | b'\t' | b'\r' | b'\n' | b',' => Some(1),
        b'#' => Some(rest.iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count()),
        _ => rest.starts_with(BOM).then_some(BOM.len()),
    }
}

/// What is said of lists and objects in each other, in a query as in variables.
pub(super) fn too_deep(limits: &QueryLimits) -> Error {
    refused(format!(
        "A value holds lists and objects more than {} deep in each other.",
        limits.max_value_depth
    ))
}

/// Letters, and digits as well: a number is as good a word.
fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How long the string is that these bytes begin with.
fn string(rest: &[u8]) -> Result<usize> {
    let endless = || refused("The query cannot be read: it has a text without an end.");
    if rest.starts_with(b"\"\"\"") {
        let mut at = 3;
        while at < rest.len() {
            if rest[at..].starts_with(b"\\\"\"\"") {
                at += 4;
            } else if rest[at..].starts_with(b"\"\"\"") {
                return Ok(at + 3);
            } else {
                at += 1;
            }
        }
        return Err(endless());
    }
    let mut at = 1;
    loop {
        match rest.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += 2,
            None | Some(b'\r' | b'\n') => return Err(endless()),
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(query: &str) -> Option<String> {
        match look_through(query, &QueryLimits { max_value_depth: 4, ..QueryLimits::default() }) {
            Ok(_) => None,
            Err(Error::BadRequest(text)) => Some(text),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn brackets_count_wherever_they_nest_and_nowhere_else() {
        assert_eq!(said("{ a(x: [[[[1]]]]) { b(y: {c: {d: [[2]]}}) } }"), None);
        assert!(said("{ a(x: [[[[[1]]]]]) }").unwrap().contains("4 deep"));
        assert!(said("{ a(x: {b: {b: {b: {b: {b: 1}}}}}) }").unwrap().contains("4 deep"));
        assert!(said("query($a: [[[[[Int]]]]]) { a }").unwrap().contains("4 deep"));
        assert!(said(&"{a".repeat(65)).unwrap().contains("64 brackets"));
        assert!(said(&"(".repeat(65)).unwrap().contains("64 brackets"));
        // Those in strings and comments are none.
        assert_eq!(
            said(&format!("{{ a(x: \"{0}\", y: \"\"\"{0}\\\"\"\"{0}\"\"\") }} # {0}", "[{(".repeat(99))),
            None
        );
        assert_eq!(said("{ a(x: \"\\\"[[[[[[[[\") }"), None);
    }

    #[test]
    fn a_string_without_an_end_hides_nothing() {
        for query in
            ["{ a(x: \"\"\"[[[ \" [[[[[[", "{ a(x: \"", "{ a(x: \"\\", "{ a(x: \"b\n\") }", "\"\"\"\\\"\"\""]
        {
            assert!(said(query).unwrap().contains("without an end"), "{query}");
        }
        assert_eq!(said("{ a(x: \"\", y: \"\"\"\"\"\") }"), None);
    }

    #[test]
    fn what_is_blank_is_plain_and_in_its_place() {
        let query = "\u{feff}{ a,\tb\r\n#é \" [\r  c(x: \"#,\t\u{feff}\", y: \"\"\",\r\n#\"\"\") }";
        let plain = look_through(query, &QueryLimits::default()).unwrap();
        assert_eq!(plain, "   { a  b \n          c(x: \"#,\t\u{feff}\"  y: \"\"\",\r\n#\"\"\") }");
        assert_eq!(plain.len(), query.len());
    }

    #[test]
    fn words_and_their_letters_are_counted() {
        assert_eq!(said(&"a ".repeat(5_000)), None);
        assert!(said(&"a ".repeat(5_001)).unwrap().contains("5000 words"));
        assert!(said(&"@".repeat(5_001)).unwrap().contains("5000 words"));
        assert!(said(&"a".repeat(101)).unwrap().contains("100 letters"));
        assert!(said(&" ".repeat(100_001)).unwrap().contains("100000 bytes"));
    }
}
