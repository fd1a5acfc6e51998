//! Cutting passages out of a comment. Pure: text in, text out.

use crate::error::{Error, Result, UserErrorCode};

/// What stands in the place of a passage, in any language. Escaped, so that no bracket after it makes it a link.
const MARK: &str = r"\[…\]";
/// How many passages one decision can cut.
const MAX_CUTS: usize = 50;

/// The source without the given passages, each marked where it stood. A passage is cut wherever it stands. Refused where
/// there is none, or one that is not in the text.
pub fn cut(source: &str, passages: &[String]) -> Result<String> {
    let refuse = |code, message: String| Err(Error::refused(code, message, &["cuts"]));
    if passages.is_empty() {
        return refuse(
            UserErrorCode::Blank,
            "Say in `cuts` which passages are to go, word for word as in the source.".into(),
        );
    }
    if passages.len() > MAX_CUTS {
        return refuse(UserErrorCode::TooLong, format!("One decision can cut {MAX_CUTS} passages."));
    }
    let mut ranges = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        let passage = passage.replace("\r\n", "\n");
        let before = ranges.len();
        if !passage.trim().is_empty() {
            ranges.extend(source.match_indices(&passage).map(|(start, found)| start..start + found.len()));
        }
        if ranges.len() == before {
            return refuse(
                UserErrorCode::InvalidText,
                format!("Passage {} does not stand in the text. Copy it from `original.markdown`.", at + 1),
            );
        }
    }
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out = String::with_capacity(source.len());
    let mut kept_from = 0;
    let mut ranges = ranges.into_iter().peekable();
    while let Some(range) = ranges.next() {
        let mut end = range.end;
        // Those that touch or overlap are one cut.
        while let Some(next) = ranges.next_if(|next| next.start <= end) {
            end = end.max(next.end);
        }
        out.push_str(&source[kept_from..range.start]);
        out.push_str(MARK);
        kept_from = end;
    }
    out.push_str(&source[kept_from..]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::markup;

    fn after(source: &str, passages: &[&str]) -> Option<String> {
        cut(source, &passages.iter().map(ToString::to_string).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn what_is_cut_is_gone_everywhere_and_marked() {
        assert_eq!(
            after("My neighbour Xy, yes Xy, did it.", &["Xy"]).unwrap(),
            r"My neighbour \[…\], yes \[…\], did it."
        );
        assert_eq!(after("abcdef", &["bcd", "cde"]).unwrap(), r"a\[…\]f", "overlapping passages are one cut");
        assert_eq!(after("aaaa", &["aa"]).unwrap(), r"\[…\]");
        assert_eq!(after("one two", &["three"]), None);
        assert_eq!(after("one two", &[" "]), None);
        assert_eq!(after("one two", &[]), None);
    }

    proptest! {
        /// What was to go is gone, what stays is what there was in its order, and there is a mark wherever something went.
        #[test]
        fn what_is_cut_is_gone_whatever_it_is(source in "[ab é\\n🌊]{0,30}", places in vec((any::<prop::sample::Index>(), 0..6_usize), 1..5)) {
            let chars: Vec<char> = source.chars().collect();
            let passages: Vec<String> = places
                .iter()
                .map(|(at, length)| {
                    let at = at.index(chars.len() + 1);
                    chars[at..(at + length).min(chars.len())].iter().collect()
                })
                .collect();
            let Ok(left) = cut(&source, &passages) else {
                prop_assert!(passages.iter().any(|passage| passage.trim().is_empty()));
                return Ok(());
            };
            for passage in &passages {
                prop_assert!(!left.contains(passage.as_str()), "{:?} stands in {:?}", passage, left);
            }
            let mut rest = source.as_str();
            for (at, piece) in left.split(MARK).enumerate() {
                let found = rest.find(piece);
                prop_assert!(found.is_some_and(|found| at > 0 || found == 0), "{:?} of {:?}", left, source);
                rest = &rest[found.unwrap_or(0) + piece.len()..];
            }
        }
    }

    #[test]
    fn a_mark_is_no_markup() {
        let shown = markup::comment_markup(&after("x(https://a.example)", &["x"]).unwrap());
        assert!(shown.plain.starts_with("[…](https"), "{}", shown.plain);
        assert!(!shown.html.contains(">[…]</a>"), "{}", shown.html);
    }
}
