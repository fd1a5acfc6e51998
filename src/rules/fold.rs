//! Folding a text to the words that are left when case, accents, punctuation and layout are taken away.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// The words of a text, folded.
pub fn words(given: &str) -> Vec<String> {
    let mut plain = String::with_capacity(given.len());
    for c in given.chars() {
        if c.is_control() {
            plain.push(' ');
        } else if !text::is_invisible(c) {
            // Whoever hides a word by an invisible character within it does not get away with that.
            fold(c, &mut plain);
        }
    }
    plain.unicode_words().map(ToOwned::to_owned).collect()
}

/// The same words with one space around each, for finding phrases.
pub fn spaced(given: &str) -> String {
    let mut out = " ".to_owned();
    for word in words(given) {
        out.push_str(&word);
        out.push(' ');
    }
    out
}

fn fold(c: char, out: &mut String) {
    for part in std::iter::once(c).nfkd().filter(|part| !is_combining_mark(*part)) {
        for lower in part.to_lowercase().filter(|lower| !is_combining_mark(*lower)) {
            match lower {
                // Letters that Unicode does not take apart.
                'ß' => out.push_str("ss"),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                'ø' => out.push('o'),
                'đ' | 'ð' => out.push('d'),
                'ł' => out.push('l'),
                'ı' => out.push('i'),
                'ς' => out.push('σ'),
                '\u{2019}' => out.push('\''),
                other => out.push(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_change_the_words_is_taken_away() {
        assert_eq!(
            words("  ÉCOLE,\n«garçon»!  STRASSE Straße Ｗｉｄｅ").join(" "),
            "ecole garcon strasse strasse wide"
        );
        assert_eq!(words("vi\u{AD}a\u{200B}gra Œuvre Ærø Łódź"), ["viagra", "oeuvre", "aero", "lodz"]);
        assert_eq!(words("don\u{2019}t"), words("DON'T"));
        assert!(words(" …!? ").is_empty());
    }

    #[test]
    fn phrases_are_whole_words() {
        let text = spaced("The Class-room is full.");
        assert!(text.contains(&spaced("class ROOM")));
        assert!(!text.contains(&spaced("ass")));
    }
}
