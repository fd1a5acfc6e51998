//! The service's own words in the reader's language, and dates and times as that language writes them. The texts are
//! Fluent files, `locales/<tag>.ftl`, carried in the binary: another language is one file beside the others.
//!
//! A text is asked for with [`phrase!`](crate::phrase) and a literal key, so that a test can tell which texts are asked for,
//! with which arguments. What comes out is plain text: whoever puts it into HTML escapes it there, arguments included.

use std::{fmt::Display, sync::LazyLock};

use chrono::{DateTime, Datelike, TimeZone};
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// What a text is given: a `&str`, a `String` or a number.
pub use fluent_bundle::FluentValue as Value;

#[cfg(test)]
mod tests;

// `LOCALES`: tag and content of each, found by build.rs.
include!(concat!(env!("OUT_DIR"), "/locales.rs"));

/// The language of whoever has none that we write.
const FALLBACK: &str = "en";

/// A text by its key, with its arguments by name: `phrase!(words, "dear", name = account.display_name.as_str())`.
#[macro_export]
macro_rules! phrase {
    ($words:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $words.phrase($key, &$crate::locale::args([$((stringify!($name), $crate::locale::Value::from($value))),*]))
    };
}

/// The texts of one language.
pub struct Words {
    tag: &'static str,
    bundle: FluentBundle<FluentResource>,
}

static LANGUAGES: LazyLock<Vec<Words>> = LazyLock::new(load);

fn load() -> Vec<Words> {
    let read = |(tag, text): &(&'static str, &'static str)| {
        let mut bundle =
            FluentBundle::new_concurrent(vec![tag.parse::<LanguageIdentifier>().unwrap_or_default()]);
        // The marks around arguments would reach subjects and be taken for text.
        bundle.set_use_isolating(false);
        // A test holds that every file can be read whole.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(readable, _)| readable);
        bundle.add_resource_overriding(resource);
        Words { tag, bundle }
    };
    LOCALES.iter().map(read).collect()
}

/// The texts for a reader of this language, as a BCP 47 tag: those of the tag itself, or with its last parts left out
/// (RFC 4647, 3.4), or English.
///
/// # Panics
/// Never: English is built in.
pub fn words(tag: &str) -> &'static Words {
    let mut range = tag;
    loop {
        if let Some(found) = LANGUAGES.iter().find(|known| known.tag.eq_ignore_ascii_case(range)) {
            return found;
        }
        match range.rsplit_once('-') {
            Some((shorter, _)) => range = shorter,
            None => break,
        }
    }
    LANGUAGES.iter().find(|known| known.tag == FALLBACK).expect("English is built in")
}

/// The languages there are, as BCP 47 tags.
pub fn tags() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|words| words.tag)
}

/// Arguments for [`Words::phrase`].
pub fn args<'a, const N: usize>(named: [(&'static str, Value<'a>); N]) -> FluentArgs<'a> {
    named.into_iter().collect()
}

impl Words {
    /// The language, as a BCP 47 tag.
    pub fn tag(&self) -> &'static str {
        self.tag
    }

    /// The text of this key; called by [`phrase!`](crate::phrase). One that this language lacks is English.
    pub fn phrase(&self, key: &str, args: &FluentArgs<'_>) -> String {
        let english = || words(FALLBACK).find(key, args);
        self.find(key, args).or_else(english).unwrap_or_else(|| key.to_owned())
    }

    fn find(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut problems = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut problems).into_owned();
        debug_assert!(problems.is_empty(), "{key} in {}: {problems:?}", self.tag);
        Some(text)
    }

    /// A day, such as `25 November 2026`.
    pub fn day<Z: TimeZone>(&self, at: &DateTime<Z>) -> String {
        phrase!(self, "day", day = at.day(), month = self.month(at.month()), year = at.year().to_string())
    }

    /// A day and the time with its zone, such as `25 November 2026, 14:05 UTC`.
    pub fn moment<Z: TimeZone>(&self, at: &DateTime<Z>) -> String
    where
        Z::Offset: Display,
    {
        phrase!(
            self,
            "moment",
            day = at.day(),
            month = self.month(at.month()),
            year = at.year().to_string(),
            time = at.format("%H:%M").to_string(),
            zone = at.format("%Z").to_string()
        )
    }

    fn month(&self, month: u32) -> String {
        phrase!(self, "month", month = month)
    }
}
