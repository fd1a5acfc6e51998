//! Plain words for what the API spells in capitals, and the small text helpers that templates call.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};

/// A moment as people read it, with its zone: `5 March 2026, 09:07 UTC`.
#[must_use]
pub fn time(at: &DateTime<Utc>) -> String {
    at.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// The same moment for the `datetime` attribute: RFC 3339, whole seconds, `Z`.
#[must_use]
pub fn machine_time(at: &DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// `300 bytes`, `12 KiB`, `3.4 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        0..KIB => count(&bytes, "byte", "bytes"),
        KIB..1_048_576 => format!("{} KiB", bytes.div_ceil(KIB)),
        _ => {
            let tenths = (bytes * 10).div_ceil(KIB * KIB);
            format!("{}.{} MiB", tenths / 10, tenths % 10)
        }
    }
}

/// `1 comment`, `1,204 comments`.
#[must_use]
pub fn count(number: &u64, one: &str, many: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {}", if *number == 1 { one } else { many })
}

/// A document's phase as a word or two; an unknown one is shown as it is spelt, in small letters.
#[must_use]
pub fn phase(name: &str) -> String {
    match name {
        "SCHEDULED" => "opens later",
        "OPEN" => "open",
        "CLOSED" => "closed",
        "ANALYSING" => "being analysed",
        "RESPONDED" => "answered",
        other => return other.replace('_', " ").to_lowercase(),
    }
    .to_owned()
}

/// What state a contribution is in: in a few words, and what that means for the person who wrote it.
///
/// `name` is a moderation state, a handling state, or the intake state when that is not CONFIRMED; an unknown one is
/// shown as it is spelt, in small letters.
#[must_use]
pub fn state(name: &str) -> (String, &'static str) {
    let (short, long) = match name {
        "UNCONFIRMED" => (
            "Waiting for you",
            "We sent a link to your address. Open it to confirm; until then this does not count.",
        ),
        "EXPIRED" => ("Not confirmed in time", "The link we sent was not opened, so this was not counted."),
        "PENDING" => (
            "Waiting for a moderator",
            "A moderator reads it first. If it is published, everybody can read it.",
        ),
        "WITHHELD" => {
            ("Held for a closer look", "A rule held it back for a moderator. Nobody has decided yet.")
        }
        "PUBLISHED" => ("Published", "Everybody who reads the document can read it."),
        "REJECTED" => ("Not published", "A moderator decided against publishing it. You are told why."),
        "HIDDEN" => ("Hidden", "It was public and no longer is. The reason stays in its place."),
        "RECEIVED" => {
            ("Received", "It is held safely. Only you and the moderators of this document can read it.")
        }
        "ACKNOWLEDGED" => ("Acknowledged", "A person has seen that it is here."),
        "UNDER_REVIEW" => ("Being read", "It is being read and weighed."),
        "CONSIDERED" => ("Considered", "It has been read and weighed."),
        "SET_ASIDE" => ("Set aside", "It was read and not taken further. You are told why."),
        "WITHDRAWN" => ("Withdrawn", "You took it back. Nobody acts on it any more."),
        "ERASED" => ("Erased", "Its text is gone for good. Only the record that there was one remains."),
        other => return (other.replace('_', " ").to_lowercase(), ""),
    };
    (short.to_owned(), long)
}

/// What a decision against a contribution did, as a sentence; an unknown one is shown as it is spelt, in small letters.
#[must_use]
pub fn decision(name: &str) -> String {
    match name {
        "REJECT" => "It was not published.",
        "HIDE" => "It was public, and is not shown any more.",
        "REDACT" => "Passages were cut from what everybody reads.",
        "SET_ASIDE" => "It was set aside.",
        "WITHHOLD" => "It is held back until a moderator has looked.",
        other => return other.replace('_', " ").to_lowercase(),
    }
    .to_owned()
}

/// How far an appeal has come, as a sentence; an unknown state is shown as it is spelt, in small letters.
#[must_use]
pub fn appeal(name: &str) -> String {
    match name {
        "LODGED" => "It waits for a moderator.",
        "UNDER_REVIEW" => "A moderator is looking at it.",
        "UPHELD" => "You were right: the decision was taken back.",
        "PARTLY_UPHELD" => "You were right in part.",
        "DISMISSED" => "The decision stands.",
        "WITHDRAWN" => "You took it back.",
        other => return other.replace('_', " ").to_lowercase(),
    }
    .to_owned()
}

/// The ground of a decision as a few words; an unknown one is shown as it is spelt, in small letters.
pub fn reason(name: &str) -> String {
    match name {
        "HATE_SPEECH" => "hate speech".to_owned(),
        "PERSONAL_DATA" => "private matters of somebody who can be recognised".to_owned(),
        "ADVERTISING" => "advertising".to_owned(),
        "OFF_TOPIC" => "not about this document".to_owned(),
        "DUPLICATE" => "said before by the same person".to_owned(),
        "OTHER" => "another ground, which is explained".to_owned(),
        other => other.replace('_', " ").to_lowercase(),
    }
}

/// Percent-encodes everything but unreserved characters, for one component of an address.
#[must_use]
pub fn component(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// A stretch of plain text, or a web address found in it.
#[derive(PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub struct Stretch<'a> {
    /// The text as it stands.
    pub text: &'a str,
    /// Whether it is an `http` or `https` address.
    pub link: bool,
}

/// Splits plain text at its web addresses, losing nothing. A full stop or bracket after an address is not part of it.
#[must_use]
pub fn stretches(text: &str) -> Vec<Stretch<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(start) = next_address(rest, from) {
        let length = rest[start..].find(|c: char| c.is_whitespace() || "<>\"".contains(c));
        let end = length.map_or(rest.len(), |length| start + length);
        let address = rest[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
        if address.ends_with('/') && address.len() <= "https://".len() {
            from = end;
            continue;
        }
        if start > 0 {
            found.push(Stretch { text: &rest[..start], link: false });
        }
        found.push(Stretch { text: address, link: true });
        rest = &rest[start + address.len()..];
        from = 0;
    }
    if !rest.is_empty() {
        found.push(Stretch { text: rest, link: false });
    }
    found
}

fn next_address(text: &str, from: usize) -> Option<usize> {
    let tail = &text[from..];
    let found = [tail.find("https://"), tail.find("http://")].into_iter().flatten().min()?;
    Some(from + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_show_their_zone() {
        let at = "2026-03-05T09:07:59.5Z".parse().unwrap();
        assert_eq!(time(&at), "5 March 2026, 09:07 UTC");
        assert_eq!(machine_time(&at), "2026-03-05T09:07:59Z");
    }

    #[test]
    fn sizes_are_rounded_up_to_what_people_read() {
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(1023), "1,023 bytes");
        assert_eq!(size(1025), "2 KiB");
        assert_eq!(size(1_048_576), "1.0 MiB");
        assert_eq!(size(10 * 1_048_576 - 1), "10.0 MiB");
    }

    #[test]
    fn numbers_are_grouped_and_agree_with_their_noun() {
        let of = |number| count(&number, "comment", "comments");
        assert_eq!(of(0), "0 comments");
        assert_eq!(of(1), "1 comment");
        assert_eq!(of(999), "999 comments");
        assert_eq!(of(1_204), "1,204 comments");
        assert_eq!(of(1_000_000), "1,000,000 comments");
    }

    #[test]
    fn an_unknown_state_is_still_readable() {
        assert_eq!(state("PENDING").0, "Waiting for a moderator");
        assert_eq!(state("SENT_ELSEWHERE"), ("sent elsewhere".to_owned(), ""));
        assert_eq!(phase("ARCHIVED"), "archived");
    }

    #[test]
    fn a_component_cannot_break_out_of_its_address() {
        assert_eq!(component("aZ0-._~"), "aZ0-._~");
        assert_eq!(component("a b&c=#\"é/"), "a%20b%26c%3D%23%22%C3%A9%2F");
    }

    #[test]
    fn addresses_are_found_and_nothing_is_lost() {
        let text = "Read (https://a.example/x?y=1). Or http://b.example, not https:// alone or http://";
        let found = stretches(text);
        assert_eq!(found.iter().map(|s| s.text).collect::<String>(), text);
        let links: Vec<_> = found.iter().filter(|s| s.link).map(|s| s.text).collect();
        assert_eq!(links, ["https://a.example/x?y=1", "http://b.example"]);
        assert!(stretches("").is_empty());
        assert_eq!(stretches("javascript:alert(1)").len(), 1);
    }
}
