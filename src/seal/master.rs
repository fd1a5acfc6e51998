//! Master keys, which are given from outside, and the root secret, which they keep sealed.

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use data_encoding::HEXLOWER;
use uuid::Uuid;

use super::{DataKey, MASTER_KEY_BYTES, Place, SealError, random};

/// How many bytes each half of the root has.
const HALF: usize = 32;

/// What links and lookup hashes are made with. It stays the same when the master key changes: links that people hold go on
/// working, and the same address goes on having the same hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Root([u8; 2 * HALF]);

impl Root {
    /// A fresh one.
    pub fn random() -> Result<Self, SealError> {
        Ok(Self(random()?))
    }

    /// Reads what [`Root::bytes`] gave.
    pub fn read(bytes: &[u8]) -> Result<Self, SealError> {
        bytes.try_into().map(Self).map_err(|_| SealError)
    }

    /// The whole of it, to be sealed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn lookup(&self) -> &[u8] {
        &self.0[..HALF]
    }

    pub(super) fn tokens(&self) -> &[u8] {
        &self.0[HALF..]
    }
}

/// A master key: it wraps data keys and the root, and nothing else.
pub struct MasterKey {
    wrapping: DataKey,
    first_root: Root,
}

impl MasterKey {
    /// Derives what it is used for, by HKDF-SHA-256 (RFC 5869) with the purpose as info.
    pub fn new(master: &[u8; MASTER_KEY_BYTES]) -> Result<Self, SealError> {
        let derived = Salt::new(HKDF_SHA256, b"answerable").extract(master);
        let id = Uuid::from_slice(&derive(&derived, b"fingerprint")?[..16]).map_err(|_| SealError)?;
        let mut root = [0; 2 * HALF];
        root[..HALF].copy_from_slice(&derive(&derived, b"lookup")?);
        root[HALF..].copy_from_slice(&derive(&derived, b"tokens")?);
        Ok(Self { wrapping: DataKey::new(id, &derive(&derived, b"wrapping")?)?, first_root: Root(root) })
    }

    /// Tells it from others and gives nothing of it away.
    pub fn id(&self) -> Uuid {
        self.wrapping.id()
    }

    /// The beginning of its id, for people.
    pub fn name(&self) -> String {
        HEXLOWER.encode(&self.id().as_bytes()[..4])
    }

    /// The root of installations that were begun before roots were kept: what was derived from the master key then.
    pub fn first_root(&self) -> &Root {
        &self.first_root
    }

    /// Wraps a key for its place.
    pub fn wrap(&self, place: Place, key: &[u8]) -> Result<Vec<u8>, SealError> {
        self.wrapping.seal(place, key)
    }

    /// Opens what [`MasterKey::wrap`] made for the same place.
    pub fn unwrap(&self, place: Place, wrapped: &[u8]) -> Result<Vec<u8>, SealError> {
        self.wrapping.open(place, wrapped)
    }
}

fn derive(from: &Prk, purpose: &[u8]) -> Result<[u8; 32], SealError> {
    let mut key = [0; 32];
    from.expand(&[purpose], HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).map_err(|_| SealError)?;
    Ok(key)
}

/// The master keys that a process was given. Which of them is in force the database says.
pub struct Masters {
    /// The one that is configured, which the next rotation puts in force.
    pub configured: MasterKey,
    /// Others that may be in force still, or by now.
    pub others: Vec<MasterKey>,
}

impl Masters {
    /// All of them, the configured one first.
    pub fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.configured).chain(&self.others)
    }

    /// The one that wrapped this for its place, and what it wrapped; nothing where none of them did.
    pub fn open(&self, place: Place, wrapped: &[u8]) -> Option<(&MasterKey, Vec<u8>)> {
        self.all().find_map(|key| Some((key, key.unwrap(place, wrapped).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::Keys;

    #[test]
    fn what_was_wrapped_is_opened_by_its_key_among_others() {
        let place = Place { column: "data_keys.wrapped", row: Uuid::from_u128(1) };
        let masters = |a: u8, b: u8| Masters {
            configured: MasterKey::new(&[a; 32]).unwrap(),
            others: vec![MasterKey::new(&[b; 32]).unwrap()],
        };
        let wrapped = MasterKey::new(&[1; 32]).unwrap().wrap(place, b"a key").unwrap();
        let both = masters(2, 1);
        let (by, key) = both.open(place, &wrapped).unwrap();
        assert_eq!((by.id(), key.as_slice()), (both.others[0].id(), b"a key".as_slice()));
        assert!(masters(2, 3).open(place, &wrapped).is_none());
    }

    #[test]
    fn a_kept_root_makes_the_links_of_the_key_it_came_from() {
        let root = MasterKey::new(&[1; 32]).unwrap().first_root().clone();
        let kept = Root::read(root.bytes()).unwrap();
        let hash = |keys: &Keys| keys.lookup_hash(b"s", "v");
        assert_eq!(hash(&Keys::of(&kept)), hash(&Keys::new(&[1; 32]).unwrap()));
        assert!(Root::read(&[0; 63]).is_err());
        assert!(Root::random().unwrap() != Root::random().unwrap());
    }
}
