//! How long somebody had a form before they sent it: people read and type, robots do not. A token says when the form was
//! asked for; it needs no script, no cookie, nobody outside, and nothing is stored.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;

use crate::{ids::DocumentId, seal::Keys};

/// For how long a token can be sent: a form that was left open over night still works.
const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// How many bytes of the keyed hash a token has: 96 bits, for something that is good for a day.
const HASH_BYTES: usize = 12;

/// What is known of how a contribution was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Not in a form: it is amended, or only looked at beforehand.
    Apart,
    /// With no token, or none that is good any more.
    Unknown,
    /// So long after the form was asked for.
    After(TimeDelta),
}

/// The token for a form about a document that is asked for now.
pub fn token(keys: &Keys, document: DocumentId, now: DateTime<Utc>) -> String {
    let asked = now.timestamp();
    format!("{asked:x}-{}", hash(keys, document, asked))
}

/// What a token that comes back says.
pub fn filled(keys: &Keys, document: DocumentId, token: Option<&str>, now: DateTime<Utc>) -> Filled {
    let read = || {
        let (asked, given) = token?.trim().split_once('-')?;
        let asked = i64::from_str_radix(asked, 16).ok()?;
        // Whoever guesses gains a few seconds: no need to compare in constant time.
        (given == hash(keys, document, asked)).then_some(asked)
    };
    let Some(asked) = read().and_then(|asked| DateTime::from_timestamp(asked, 0)) else {
        return Filled::Unknown;
    };
    let since = now - asked;
    if since > LIFETIME { Filled::Unknown } else { Filled::After(since) }
}

fn hash(keys: &Keys, document: DocumentId, asked: i64) -> String {
    let hash = keys.lookup_hash(b"rules.form", &format!("{document} {asked}"));
    BASE64URL_NOPAD.encode(&hash[..HASH_BYTES])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_token_says_when_its_form_was_asked_for_and_cannot_be_made() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let (document, other) = (DocumentId(Uuid::from_u128(1)), DocumentId(Uuid::from_u128(2)));
        let now = DateTime::from_timestamp(1_800_000_000, 500_000_000).unwrap();
        let made = token(&keys, document, now);
        let later = now + TimeDelta::seconds(7);
        let of = |document, token: &str, at| filled(&keys, document, Some(token), at);
        assert_eq!(of(document, &made, later), Filled::After(TimeDelta::milliseconds(7_500)));
        assert_eq!(of(other, &made, later), Filled::Unknown);
        assert_eq!(of(document, &made, now + TimeDelta::hours(25)), Filled::Unknown);
        let dated_back = made.replacen("6b", "6a", 1);
        assert_ne!(dated_back, made);
        for bad in [dated_back.as_str(), "", "-", "x-y", "6b49d200", "\u{e9}-\u{e9}"] {
            assert_eq!(of(document, bad, later), Filled::Unknown, "{bad}");
        }
        assert_eq!(filled(&keys, document, None, later), Filled::Unknown);
        assert_eq!(filled(&Keys::new(&[2; 32]).unwrap(), document, Some(&made), later), Filled::Unknown);
    }
}
