//! What people type, parsed once at the edge: single lines, longer texts, addresses. Each function returns the text in
//! the form it is kept, or adds what has to be put right to the list of problems.

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    error::{UserError, UserErrorCode},
    mail::{EmailAddress, InvalidAddress},
};

/// How many characters a name may have.
pub const MAX_NAME: usize = 100;
/// How many characters a comment may have.
pub const MAX_COMMENT: usize = 10_000;
/// How many characters a submission may have.
pub const MAX_SUBMISSION: usize = 50_000;
/// How many characters a statement of reasons may have.
pub const MAX_STATEMENT: usize = 4_000;

/// A single line: white space folded, no control or invisible formatting characters, 1 to `max` characters as people
/// count them.
pub fn line(problems: &mut Vec<UserError>, given: &str, max: usize, path: &[&str]) -> String {
    let text = given.split_whitespace().collect::<Vec<_>>().join(" ");
    check(problems, &text, max, path);
    text
}

/// A longer text: line ends made uniform, white space at both ends removed, 1 to `max` characters.
pub fn body(problems: &mut Vec<UserError>, given: &str, max: usize, path: &[&str]) -> String {
    let text = given.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned();
    check(problems, &text, max, path);
    text
}

/// An address that mail can be sent to.
pub fn email(problems: &mut Vec<UserError>, given: &str, path: &[&str]) -> Option<EmailAddress> {
    EmailAddress::parse(given)
        .map_err(|error| {
            let code = match error {
                InvalidAddress::Blank => UserErrorCode::Blank,
                _ => UserErrorCode::InvalidEmail,
            };
            problems.push(UserError::new(code, error.to_string(), path));
        })
        .ok()
}

/// Refuses a text that shows nothing: markup alone, or entities that stand for what must not be typed.
pub fn shows(problems: &mut Vec<UserError>, plain: &str, path: &[&str]) {
    check(problems, plain, usize::MAX, path);
}

fn check(problems: &mut Vec<UserError>, text: &str, max: usize, path: &[&str]) {
    let seen = text.chars().any(|c| !c.is_whitespace() && !is_invisible(c));
    if !seen {
        problems.push(UserError::new(UserErrorCode::Blank, "This must not be empty.", path));
    } else if text.len() > max && text.graphemes(true).count() > max || text.len() > most_bytes(max) {
        let message =
            format!("This has more than the {max} characters there is room for. Please shorten it.");
        problems.push(UserError::new(UserErrorCode::TooLong, message, path));
    } else if text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || is_reordering(c)) {
        problems.push(UserError::new(
            UserErrorCode::InvalidText,
            "This holds invisible control characters. Please remove them; typing the text anew often helps.",
            path,
        ));
    }
}

/// How many bytes a text of so many characters may have. A character of the scripts of the world has up to a dozen; one with
/// marks piled on it has no end, and would make a short text a large one.
fn most_bytes(max: usize) -> usize {
    max.saturating_mul(16).max(64)
}

/// Characters with no width of their own, with which a text can look empty.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180E}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{E0000}'..='\u{E0FFF}')
        || c.is_control()
}

/// Overrides of the reading direction (Unicode TR 36): with them a text shows as something else than it is.
fn is_reordering(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(given: &str, max: usize) -> Option<UserErrorCode> {
        let mut problems = Vec::new();
        body(&mut problems, given, max, &["body"]);
        problems.first().map(|problem| problem.code)
    }

    #[test]
    fn texts_are_measured_as_people_count() {
        assert_eq!(problem("abc", 3), None);
        assert_eq!(problem("abcd", 3), Some(UserErrorCode::TooLong));
        // A family of four is one character to a reader, and seven to a program.
        assert_eq!(problem("👨‍👩‍👧‍👦", 1), None);
        let endless = format!("a{}", "\u{0301}".repeat(100_000));
        assert_eq!(problem(&endless, 10), Some(UserErrorCode::TooLong));
        let piled = format!("a{}", "\u{0301}".repeat(9)).repeat(100);
        assert_eq!(problem(&piled, 100), Some(UserErrorCode::TooLong));
        assert_eq!(problem(&"👨‍👩‍👧‍👦".repeat(60), 100), None);
    }

    #[test]
    fn what_only_looks_like_a_text_is_refused() {
        for empty in ["", "  \n ", "\u{200B}\u{FEFF}", "\u{3164}"] {
            assert_eq!(problem(empty, 10), Some(UserErrorCode::Blank), "{empty:?}");
        }
        assert_eq!(problem("a\0b", 10), Some(UserErrorCode::InvalidText));
        assert_eq!(problem("a\u{202E}b", 10), Some(UserErrorCode::InvalidText));
        assert_eq!(problem("a\r\nb\tc", 10), None);
    }

    #[test]
    fn a_line_is_one_line() {
        let mut problems = Vec::new();
        assert_eq!(line(&mut problems, "  Mair \r\n  Rees ", 100, &["name"]), "Mair Rees");
        assert!(problems.is_empty());
        assert!(email(&mut problems, "nobody", &["email"]).is_none());
        assert_eq!(problems[0].code, UserErrorCode::InvalidEmail);
    }
}
