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

    #[test]
    fn a_mark_is_no_markup() {
        let shown = markup::comment_markup(&after("x(https://a.example)", &["x"]).unwrap());
        assert!(shown.plain.starts_with("[…](https"), "{}", shown.plain);
        assert!(!shown.html.contains(">[…]</a>"), "{}", shown.html);
    }
}
