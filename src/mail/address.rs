//! An e-mail address, parsed once where it enters.

use std::fmt;

use email_address::Options;

/// The longest address a mail server has to take (RFC 5321, 4.5.3.1.3, less the angle brackets), in octets.
const MAX_LENGTH: usize = 254;

/// An address that mail can be sent to over the public Internet, in ASCII: a domain in another script is kept in its
/// `xn--` form. It never shows itself in Debug output.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

/// Why a text is no address this service sends mail to. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// Nothing, or nothing but spaces.
    #[error("Enter an e-mail address.")]
    Blank,
    /// More than 254 octets.
    #[error("This e-mail address is too long: an address has at most 254 characters.")]
    TooLong,
    /// Letters other than ASCII before the `@`: few mail servers take them (RFC 6531), so mail would be lost later.
    #[error(
        "This e-mail address has letters before the @ that most mail servers do not take. Enter another one."
    )]
    NotAscii,
    /// Not of the form `name@example.org`.
    #[error("This is not an e-mail address that mail can be sent to. It should look like name@example.org.")]
    Malformed,
}

impl EmailAddress {
    /// Reads an address, without the spaces around it. Refused beside what RFC 5322 refuses: quoted local parts,
    /// because they are used for mischief more than for mail; domains without a dot; and numeric addresses for
    /// domains, because both name a machine of this network rather than somebody's mailbox.
    ///
    /// # Errors
    /// What is wrong with the text, in words for whoever typed it.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidAddress::Blank);
        }
        // Before anything is worked out for a text of any length; a domain only grows on its way to ASCII.
        if text.len() > MAX_LENGTH {
            return Err(InvalidAddress::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidAddress::Malformed)?;
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) || local.starts_with('"') {
            return Err(InvalidAddress::Malformed);
        }
        if !local.is_ascii() {
            return Err(InvalidAddress::NotAscii);
        }
        let domain = ascii_domain(domain)?;
        let address = format!("{local}@{domain}");
        if address.len() > MAX_LENGTH {
            return Err(InvalidAddress::TooLong);
        }
        let strict =
            Options::default().with_minimum_sub_domains(2).without_domain_literal().without_display_text();
        email_address::EmailAddress::parse_with_options(&address, strict)
            .map_err(|_| InvalidAddress::Malformed)?;
        Ok(Self(address))
    }

    /// The address, for an envelope, a header or a seal; not for a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the `@`, in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The form under which the address is looked up: all of it in lower case. RFC 5321 lets a server tell `Ana@` from
    /// `ana@`, but next to none does, whereas people (and their telephones) write both. Mail still goes to the address
    /// as it was written.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The mailbox that mail to this address reaches with most who run mail: `ana+plan@`, `a.na@` and `ana@` are one. To count
    /// by alone: elsewhere they may be different people's.
    #[must_use]
    pub fn mailbox(&self) -> String {
        let local = self.local_part();
        let plain = local.split_once('+').map_or(local, |(before, _)| before).replace('.', "");
        format!("{plain}@{}", self.domain()).to_ascii_lowercase()
    }
}

fn ascii_domain(domain: &str) -> Result<String, InvalidAddress> {
    let ascii = if domain.is_ascii() {
        domain.to_owned()
    } else {
        idna::domain_to_ascii_strict(domain).map_err(|_| InvalidAddress::Malformed)?
    };
    let top = ascii.rsplit('.').next().unwrap_or_default();
    let named = top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit());
    let hyphened = ascii.split('.').any(|label| label.starts_with('-') || label.ends_with('-'));
    let plain = ascii.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if named && plain && !hyphened { Ok(ascii) } else { Err(InvalidAddress::Malformed) }
}

impl std::str::FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        Self::parse(text)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is taken for an address can stand in an envelope, and is one address, in one line, whoever reads it.
        #[test]
        fn an_address_is_one_whoever_reads_it(text in "[a-zA-Z0-9.+'@ \\x00\\x07\\r\\n<>\",;:\\[\\]\\\\()-]{0,30}@[a-zé0-9.\\[\\]_-]{0,20}\\.[a-z0-9é]{0,4}|\\PC*") {
            if let Ok(address) = EmailAddress::parse(&text) {
                prop_assert!(address.as_str().is_ascii() && address.as_str().len() <= MAX_LENGTH);
                prop_assert!(!address.as_str().contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;:\"()[]\\".contains(c)), "{}", address.as_str());
                prop_assert_eq!(address.as_str().matches('@').count(), 1);
                prop_assert_eq!(EmailAddress::parse(address.as_str()).ok(), Some(address.clone()));
                prop_assert_eq!(EmailAddress::parse(&address.normalised()).map(|same| same.normalised()).ok(), Some(address.normalised()));
                let envelope = crate::mail::message::envelope_address(&address);
                prop_assert_eq!(envelope.ok().map(|envelope| envelope.to_string()), Some(address.as_str().to_owned()));
            } else {
                prop_assert!(EmailAddress::parse(&text).is_err_and(|error| text.len() < 8 || !error.to_string().contains(&text)));
            }
        }
    }

    #[test]
    fn an_address_is_trimmed_and_kept_as_written() {
        let address = EmailAddress::parse("  Ana.O'Neil+plan@Example.ORG\n").unwrap();
        assert_eq!(address.as_str(), "Ana.O'Neil+plan@Example.ORG");
        assert_eq!(address.normalised(), "ana.o'neil+plan@example.org");
        assert_eq!((address.local_part(), address.domain()), ("Ana.O'Neil+plan", "Example.ORG"));
        assert_eq!(address.mailbox(), "anao'neil@example.org");
        assert!(!format!("{address:?}").contains("Ana"));
    }

    #[test]
    fn a_domain_of_another_script_becomes_ascii() {
        let address = EmailAddress::parse("info@Bücher.example").unwrap();
        assert_eq!(address.as_str(), "info@xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        use InvalidAddress::{Blank, Malformed, NotAscii, TooLong};
        let long = format!("{}@{}.example", "a".repeat(60), "b.".repeat(100));
        for (text, why) in [
            ("", Blank),
            (" \t", Blank),
            (long.as_str(), TooLong),
            ("jürgen@example.org", NotAscii),
            ("ana", Malformed),
            ("ana@", Malformed),
            ("@example.org", Malformed),
            ("ana@localhost", Malformed),
            ("ana@example.org.", Malformed),
            ("ana@.example.org", Malformed),
            ("ana@-example.org", Malformed),
            ("ana@127.0.0.1", Malformed),
            ("ana@[127.0.0.1]", Malformed),
            ("ana b@example.org", Malformed),
            ("\"ana b\"@example.org", Malformed),
            ("Ana <ana@example.org>", Malformed),
            ("ana@example.org\r\nBcc: eve@example.org", Malformed),
            ("ana@example.org,eve@example.org", Malformed),
            ("ana\0@example.org", Malformed),
            ("ana..b@example.org", Malformed),
            ("ana@exam_ple.org", Malformed),
            ("ana@example.org>", Malformed),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(why), "{text:?}");
        }
    }
}
