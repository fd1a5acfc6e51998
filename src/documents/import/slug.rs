//! Names for addresses: readable, unique, and the same as long as the title is.

use std::collections::HashSet;

/// Longer ones are cut at a word.
const LONGEST: usize = 80;

/// Lower-case letters and digits with hyphens between words. Latin letters lose their accents; letters of other scripts
/// stay as they are, as browsers show them. Empty when there is neither letter nor digit.
pub(super) fn slugify(text: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            // An apostrophe is inside a word: "council's" is not two.
            // Combining marks follow a letter that was written in two parts.
            '\'' | '\u{2019}' | '\u{300}'..='\u{36f}' => {}
            c if c.is_alphanumeric() => {
                if gap && !slug.is_empty() {
                    slug.push('-');
                }
                gap = false;
                match base(c) {
                    Some(letters) => slug.push_str(letters),
                    None => slug.push(c),
                }
            }
            _ => gap = true,
        }
    }
    if slug.chars().count() > LONGEST {
        let end = slug.char_indices().nth(LONGEST).map_or(slug.len(), |(at, _)| at);
        let end = slug[..end].rfind('-').filter(|at| *at > 0).unwrap_or(end);
        slug.truncate(end);
    }
    slug
}

fn base(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'č' | 'ċ' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ķ' => "k",
        'ł' | 'ľ' | 'ļ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'þ' => "th",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ŵ' | 'ẁ' | 'ẃ' | 'ẅ' => "w",
        'ŷ' | 'ý' | 'ÿ' | 'ỳ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

/// Hands out each slug once.
#[derive(Default)]
pub(super) struct Slugs {
    taken: HashSet<String>,
}

impl Slugs {
    /// The title's slug; if it is taken, with the parent's before it; if that is taken too, with a number.
    pub(super) fn next(&mut self, wanted: &str, parent: Option<&str>) -> String {
        let wanted =
            Some(slugify(wanted)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "section".to_owned());
        let qualified = parent.map(|parent| format!("{parent}-{wanted}"));
        let numbered = (2..).map(|n| format!("{wanted}-{n}"));
        let slug = std::iter::once(wanted.clone())
            .chain(qualified)
            .chain(numbered)
            .find(|slug| !self.taken.contains(slug));
        let slug = slug.unwrap_or(wanted);
        self.taken.insert(slug.clone());
        slug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_readable() {
        assert_eq!(slugify("  The Council\u{2019}s plan: 2027\u{2013}2032! "), "the-councils-plan-2027-2032");
        assert_eq!(slugify("Gŵyl Ŷd, Straße, cafe\u{301}"), "gwyl-yd-strasse-cafe");
        assert_eq!(slugify("План города"), "план-города");
        assert_eq!(slugify("\u{2014}"), "");
        assert_eq!(slugify(&"word ".repeat(40)).len(), 79);
    }

    #[test]
    fn equal_titles_get_different_slugs() {
        let mut slugs = Slugs::default();
        let made: Vec<_> = [None, Some("walking"), Some("walking"), Some("cycling")]
            .map(|parent| slugs.next("Costs", parent))
            .into();
        assert_eq!(made, ["costs", "walking-costs", "costs-2", "cycling-costs"]);
        assert_eq!(slugs.next("\u{2014}", None), "section");
    }
}
