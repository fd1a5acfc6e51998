//! Cryptography of the house, with no storage in it: master keys, the root secret, sealing, lookup hashes and the tokens
//! of secret links. What is kept in the database is in `vault`.
//!
//! - Sealing is AES-256-GCM under a data key; associated data binds table, column and row, so that a value moved to
//!   another row does not open.
//! - A lookup hash is HMAC-SHA-256 under a key of its own: equality can be looked up, nothing can be read.
//! - A token is HMAC(key, kind, id, generation) beside the id: a job carries the id only, and what is sent twice
//!   carries the same link. Raising the generation revokes it.

mod master;
pub mod stream;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    constant_time, digest, hmac, rand,
};
use chrono::{Datelike, NaiveDate};
use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

pub use master::{MasterKey, Masters, Root};

/// How many bytes the master key has.
pub const MASTER_KEY_BYTES: usize = 32;
/// How many bytes of a token's MAC are kept: 160 bits.
const TOKEN_MAC_BYTES: usize = 20;

/// Sealing or opening failed: a wrong key, or a value that was altered or moved.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a sealed value could not be opened or made")]
pub struct SealError;

/// Random bytes from the system.
pub fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| SealError)?;
    Ok(bytes)
}

/// SHA-256 of the parts, each preceded by its length so that no two lists of parts run together.
pub fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// SHA-256 of these bytes alone, as others compute it too.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut whole = [0; 32];
    whole.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    whole
}

/// Names a signing key: the beginning of a digest of its public half.
pub fn key_id(public: &[u8]) -> String {
    BASE64URL_NOPAD.encode(&digest(&[public])[..12])
}

/// HMAC-SHA-256 of a message under a secret that somebody else has as well.
pub fn sign(secret: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message).as_ref().to_vec()
}

/// Where a sealed value lives; it opens nowhere else.
#[derive(Clone, Copy)]
pub struct Place {
    /// Table and column, such as `accounts.email`.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
}

impl Place {
    fn bytes(self) -> Vec<u8> {
        [self.column.as_bytes(), b"|", self.row.as_bytes()].concat()
    }
}

/// A key that seals the values of one class and document.
pub struct DataKey {
    id: Uuid,
    key: LessSafeKey,
}

impl DataKey {
    /// A key from its 32 bytes.
    pub fn new(id: Uuid, bytes: &[u8]) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| SealError)?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }

    /// Seals `plain` for its place: key id, nonce, ciphertext and tag, in this order.
    pub fn seal(&self, place: Place, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = random::<NONCE_LEN>()?;
        let mut text = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.bytes()),
                &mut text,
            )
            .map_err(|_| SealError)?;
        Ok([self.id.as_bytes().as_slice(), &nonce, &text].concat())
    }

    /// Opens what [`DataKey::seal`] made for the same place.
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, text) =
            sealed.get(16..).and_then(|rest| rest.split_at_checked(NONCE_LEN)).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut text = text.to_vec();
        let plain =
            self.key.open_in_place(nonce, Aad::from(place.bytes()), &mut text).map_err(|_| SealError)?;
        Ok(plain.to_vec())
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The id of the key that sealed this value.
    pub fn id_of(sealed: &[u8]) -> Option<Uuid> {
        sealed.get(..16).and_then(|id| Uuid::from_slice(id).ok())
    }
}

/// What a token is for; one made for one kind is never good for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A contributor's secret link.
    Receipt,
    /// A mailed link to sign in with.
    SignIn,
    /// What renews a session.
    Refresh,
    /// A mailed link that confirms an address.
    Confirmation,
    /// What ends a subscription to mail, without signing in. The id says which.
    Unsubscribe,
    /// A link in a mail by which a moderator decides on one item.
    Action,
    /// What a file is sent with, and attached to a submission by.
    Attachment,
}

impl TokenKind {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Receipt => b"receipt",
            Self::SignIn => b"sign-in",
            Self::Refresh => b"refresh",
            Self::Confirmation => b"confirmation",
            Self::Unsubscribe => b"unsubscribe",
            Self::Action => b"action",
            Self::Attachment => b"attachment",
        }
    }
}

/// A token taken apart but not yet believed: look its generation up, then ask [`Keys::is_genuine`].
pub struct PresentedToken {
    /// The id of what it opens.
    pub id: Uuid,
    mac: Vec<u8>,
}

impl PresentedToken {
    /// Takes a token apart; `None` for what was never one.
    pub fn parse(text: &str) -> Option<Self> {
        // Bounded before decoding: a token has exactly one length.
        if text.len() != BASE64URL_NOPAD.encode_len(16 + TOKEN_MAC_BYTES) {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (id, mac) = bytes.split_at_checked(16)?;
        Some(Self { id: Uuid::from_slice(id).ok()?, mac: mac.to_vec() })
    }
}

/// Everything derived from the root secret: what makes links and finds equal values. It outlives the master key, which
/// only keeps it sealed; see [`Root`].
pub struct Keys {
    lookup: hmac::Key,
    tokens: hmac::Key,
}

impl Keys {
    /// The keys of an installation whose root was derived from this master key.
    pub fn new(master: &[u8; MASTER_KEY_BYTES]) -> Result<Self, SealError> {
        Ok(Self::of(MasterKey::new(master)?.first_root()))
    }

    /// The keys of this root.
    pub fn of(root: &Root) -> Self {
        Self {
            lookup: hmac::Key::new(hmac::HMAC_SHA256, root.lookup()),
            tokens: hmac::Key::new(hmac::HMAC_SHA256, root.tokens()),
        }
    }

    /// What stands for the network that a request came from, on this day (UTC). It is another one the next day, so that
    /// nobody can be followed by it from day to day.
    pub fn origin_hash(&self, day: NaiveDate, network: &str) -> Vec<u8> {
        let scope = [b"origin".as_slice(), &day.num_days_from_ce().to_be_bytes()].concat();
        self.lookup_hash(&scope, network)
    }

    /// A keyed hash by which equal values are found without being readable; `scope` keeps purposes and documents apart.
    pub fn lookup_hash(&self, scope: &[u8], value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.lookup);
        context.update(&(scope.len() as u64).to_be_bytes());
        context.update(scope);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }

    /// The token that opens `id` in this generation; the same each time it is asked for.
    pub fn token(&self, kind: TokenKind, id: Uuid, generation: i32) -> String {
        let mac = self.mac(kind, id, generation);
        BASE64URL_NOPAD.encode(&[id.as_bytes().as_slice(), &mac].concat())
    }

    /// Whether a presented token is the one of this kind and generation, compared in constant time.
    pub fn is_genuine(&self, kind: TokenKind, token: &PresentedToken, generation: i32) -> bool {
        constant_time::verify_slices_are_equal(&token.mac, &self.mac(kind, token.id, generation)).is_ok()
    }

    fn mac(&self, kind: TokenKind, id: Uuid, generation: i32) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.tokens);
        context.update(kind.label());
        context.update(id.as_bytes());
        context.update(&generation.to_be_bytes());
        context.sign().as_ref()[..TOKEN_MAC_BYTES].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// No text but the token itself opens anything.
        #[test]
        fn nothing_near_a_token_is_one(id in any::<u128>(), generation in any::<i32>(), text in any::<String>(), at in 0..48_usize, other in "[0-9A-Za-z_-]") {
            let keys = Keys::new(&[1; 32]).unwrap();
            let token = keys.token(TokenKind::Receipt, Uuid::from_u128(id), generation);
            let opens = |text: &str| PresentedToken::parse(text).is_some_and(|presented| keys.is_genuine(TokenKind::Receipt, &presented, generation));
            prop_assert!(opens(&token) && token.len() == 48);
            prop_assert!(!opens(&text));
            let mut altered = token.clone();
            altered.replace_range(at..=at, &other);
            prop_assert_eq!(opens(&altered), altered == token);
            for near in [&token[..at], &format!("{token}{other}"), &format!("{token}=")] {
                prop_assert!(!opens(near));
            }
        }

        /// A sealed value opens as what it was, and any other bit of it not at all.
        #[test]
        fn what_is_sealed_opens_whole(plain in any::<Vec<u8>>(), row in any::<u128>(), bit in any::<prop::sample::Index>()) {
            let key = DataKey::new(Uuid::from_u128(7), &[3; 32]).unwrap();
            let place = Place { column: "contributors.email", row: Uuid::from_u128(row) };
            let mut sealed = key.seal(place, &plain).unwrap();
            prop_assert_eq!(key.open(place, &sealed).ok(), Some(plain));
            // What stands before the nonce names the key, and is not looked at here.
            let bit = 16 * 8 + bit.index((sealed.len() - 16) * 8);
            sealed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(key.open(place, &sealed).is_err());
            prop_assert!(key.open(place, &sealed[..bit / 8]).is_err());
        }
    }

    #[test]
    fn a_sealed_value_opens_in_its_place_only() {
        let key = DataKey::new(Uuid::from_u128(7), &[3; 32]).unwrap();
        let here = Place { column: "contributors.email", row: Uuid::from_u128(1) };
        let sealed = key.seal(here, b"mair@example.org").unwrap();
        assert_eq!(DataKey::id_of(&sealed), Some(Uuid::from_u128(7)));
        assert_eq!(key.open(here, &sealed).unwrap(), b"mair@example.org");
        assert!(!sealed.windows(4).any(|w| w == b"mair"));
        assert!(key.open(Place { row: Uuid::from_u128(2), ..here }, &sealed).is_err());
        assert!(key.open(Place { column: "accounts.email", ..here }, &sealed).is_err());
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(key.open(here, &altered).is_err());
        assert!(key.open(here, &sealed[..20]).is_err());
    }

    #[test]
    fn an_origin_is_another_one_every_day() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let day = NaiveDate::from_ymd_opt(2027, 3, 1).unwrap();
        let of = |day, network| keys.origin_hash(day, network);
        assert_eq!(of(day, "192.0.2.1"), of(day, "192.0.2.1"));
        assert_ne!(of(day, "192.0.2.1"), of(day, "192.0.2.2"));
        assert_ne!(of(day, "192.0.2.1"), of(day.succ_opt().unwrap(), "192.0.2.1"));
    }

    #[test]
    fn a_token_is_good_for_its_kind_and_generation_only() {
        let keys = Keys::new(&[1; 32]).unwrap();
        let other = Keys::new(&[2; 32]).unwrap();
        let id = Uuid::from_u128(42);
        let token = keys.token(TokenKind::Receipt, id, 0);
        assert_eq!(token, keys.token(TokenKind::Receipt, id, 0));
        let presented = PresentedToken::parse(&token).unwrap();
        assert_eq!(presented.id, id);
        assert!(keys.is_genuine(TokenKind::Receipt, &presented, 0));
        assert!(!keys.is_genuine(TokenKind::Receipt, &presented, 1));
        assert!(!keys.is_genuine(TokenKind::SignIn, &presented, 0));
        assert!(!other.is_genuine(TokenKind::Receipt, &presented, 0));
        assert!(PresentedToken::parse("").is_none());
        assert!(PresentedToken::parse(&token[1..]).is_none());
        assert!(PresentedToken::parse(&"é".repeat(24)).is_none());
    }
}
