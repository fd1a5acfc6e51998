//! Text made fit for a header or a body, so that nothing anybody wrote can become structure.

/// One line: whatever could end the line, hide text or turn its direction becomes a space, and runs of space become
/// one.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control() || turns_or_hides(c)) {
        if !word.is_empty() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// One line of what a person wrote, for a subject or a name, of no more than `max` characters.
pub(super) fn line(text: &str, max: usize) -> String {
    // Plain text that looks like an encoded word would be decoded on arrival into whatever it hides.
    let out = fold(text).replace("=?", "= ?");
    if out.chars().count() <= max {
        return out;
    }
    let mut cut: String = out.chars().take(max.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// Text for a body: line breaks and tabs stay, other control characters go.
pub(super) fn body(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The Unicode marks that set the direction of what follows, end lines, or have no width.
fn turns_or_hides(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200B}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_becomes_one_line_and_stays_it(text in any::<String>(), lines in "(=[?]|[\\r\\n\\t\\x00\\x07\\x1b =?]|\u{2028}|\u{202e}|\u{200b}|\\PC){0,30}", max in 1..40_usize) {
            for text in [text, lines] {
                let made = line(&text, max);
                prop_assert!(made.chars().count() <= max);
                prop_assert!(!made.contains("=?") && !made.contains(|c: char| c.is_control() || turns_or_hides(c)), "{:?}", made);
                prop_assert_eq!(line(&made, max), made);
                prop_assert!(!body(&text).contains(|c: char| c.is_control() && !"\n\t".contains(c)));
            }
        }
    }

    #[test]
    fn a_header_is_one_line() {
        assert_eq!(
            line(" New\r\nBcc: eve@example.org\0\u{2028}x\u{202E}y ", 99),
            "New Bcc: eve@example.org x y"
        );
        assert_eq!(line("=?utf-8?q?a=0D=0A?=", 99), "= ?utf-8?q?a=0D=0A?=");
        assert_eq!(line("ääää bbbb", 6), "ääää…");
        assert_eq!(line("ääää", 4), "ääää");
    }

    #[test]
    fn a_body_keeps_its_lines() {
        assert_eq!(body("a\r\n\tb\0\u{7f}c\u{85}"), "a\n\tbc");
    }
}
