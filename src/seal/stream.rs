//! Sealing what is too long to be held in one piece: in chunks, each of which is authenticated together with its place, so that
//! none can be altered, left out, repeated or moved, and the end cannot be cut off. The construction is STREAM (Hoang,
//! Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015) over
//! AES-256-GCM. A key seals one stream and no other, which is what lets its nonces be counted.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use super::{SealError, random};

/// How many bytes one chunk says; the last may say fewer.
pub const CHUNK: usize = 64 * 1024;
/// How many bytes a chunk is longer for being sealed.
pub const TAG: usize = 16;

/// How many bytes so many are when they are sealed.
pub fn sealed_length(plain: u64) -> u64 {
    plain + plain.div_ceil(CHUNK as u64).max(1) * TAG as u64
}

/// A key for a stream that is yet to be sealed.
pub fn fresh_key() -> Result<[u8; 32], SealError> {
    random::<32>()
}

struct Chunks {
    key: LessSafeKey,
    stream: Uuid,
    counter: u32,
}

impl Chunks {
    fn new(key: &[u8], stream: Uuid) -> Result<Self, SealError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealError)?;
        Ok(Self { key: LessSafeKey::new(key), stream, counter: 0 })
    }

    /// The nonce of the next chunk: its number, and whether it is the last.
    fn nonce(&mut self, last: bool) -> Result<Nonce, SealError> {
        let mut bytes = [0; NONCE_LEN];
        bytes[NONCE_LEN - 5..NONCE_LEN - 1].copy_from_slice(&self.counter.to_be_bytes());
        bytes[NONCE_LEN - 1] = u8::from(last);
        self.counter = self.counter.checked_add(1).ok_or(SealError)?;
        Ok(Nonce::assume_unique_for_key(bytes))
    }
}

/// Seals a stream, piece by piece.
pub struct Sealer {
    chunks: Chunks,
    /// What has come and is not sealed yet: never more than a chunk.
    waiting: Vec<u8>,
}

impl Sealer {
    /// For the one stream that this key seals.
    pub fn new(key: &[u8], stream: Uuid) -> Result<Self, SealError> {
        Ok(Self { chunks: Chunks::new(key, stream)?, waiting: Vec::new() })
    }

    /// Takes the next piece; what can be sealed already is added to `out`.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        while !piece.is_empty() {
            // A full chunk waits for what comes after it: it may be the last.
            if self.waiting.len() == CHUNK {
                self.seal(false, out)?;
            }
            let (now, later) = piece.split_at(piece.len().min(CHUNK - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            piece = later;
        }
        Ok(())
    }

    /// Adds the end to `out`.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.seal(true, out)
    }

    fn seal(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), SealError> {
        let nonce = self.chunks.nonce(last)?;
        let aad = Aad::from(self.chunks.stream.as_bytes());
        let tag = self
            .chunks
            .key
            .seal_in_place_separate_tag(nonce, aad, &mut self.waiting)
            .map_err(|_| SealError)?;
        out.append(&mut self.waiting);
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }
}

/// Opens a stream, piece by piece. What it has given is genuine; that nothing is missing is known at its end alone.
pub struct Opener {
    chunks: Chunks,
    waiting: Vec<u8>,
}

impl Opener {
    /// For the stream that was sealed with this key.
    pub fn new(key: &[u8], stream: Uuid) -> Result<Self, SealError> {
        Ok(Self { chunks: Chunks::new(key, stream)?, waiting: Vec::new() })
    }

    /// Takes the next piece; what can be opened already is added to `out`.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<(), SealError> {
        while !piece.is_empty() {
            if self.waiting.len() == CHUNK + TAG {
                self.open(false, out)?;
            }
            let (now, later) = piece.split_at(piece.len().min(CHUNK + TAG - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            piece = later;
        }
        Ok(())
    }

    /// Adds the end to `out`; an error where the stream ends before its end.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.open(true, out)
    }

    fn open(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), SealError> {
        let nonce = self.chunks.nonce(last)?;
        let aad = Aad::from(self.chunks.stream.as_bytes());
        let plain = self.chunks.key.open_in_place(nonce, aad, &mut self.waiting).map_err(|_| SealError)?;
        out.extend_from_slice(plain);
        self.waiting.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 32] = [7; 32];
    const STREAM: Uuid = Uuid::from_u128(1);

    fn sealed(plain: &[u8], pieces: usize) -> Vec<u8> {
        let (mut sealer, mut out) = (Sealer::new(&KEY, STREAM).unwrap(), Vec::new());
        for piece in plain.chunks(pieces) {
            sealer.push(piece, &mut out).unwrap();
        }
        sealer.finish(&mut out).unwrap();
        out
    }

    fn opened(sealed: &[u8], pieces: usize, stream: Uuid) -> Result<Vec<u8>, SealError> {
        let (mut opener, mut out) = (Opener::new(&KEY, stream)?, Vec::new());
        for piece in sealed.chunks(pieces) {
            opener.push(piece, &mut out)?;
        }
        opener.finish(&mut out)?;
        Ok(out)
    }

    fn plain(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_was_sealed_is_opened_however_it_is_cut(
            length in prop_oneof![0..300usize, CHUNK - 2..CHUNK + 3, 2 * CHUNK - 2..2 * CHUNK + 3],
            into in 1..100_000usize, from in 1..100_000usize,
        ) {
            let (into, from) = (into.max(length / 50 + 1), from.max(length / 50 + 1));
            let text = plain(length);
            let sealed = sealed(&text, into);
            prop_assert_eq!(sealed.len() as u64, sealed_length(length as u64));
            prop_assert_eq!(opened(&sealed, from, STREAM).unwrap(), text);
        }
    }

    #[test]
    fn nothing_can_be_altered_left_out_moved_or_cut_off() {
        let whole = sealed(&plain(3 * CHUNK), 10_000);
        let chunk = CHUNK + TAG;
        assert_eq!(opened(&whole, 9_999, STREAM).unwrap(), plain(3 * CHUNK));
        assert!(opened(&whole, 9_999, Uuid::from_u128(2)).is_err(), "of another stream");
        for at in [0, chunk - 1, chunk, whole.len() - 1] {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            assert!(opened(&altered, 9_999, STREAM).is_err(), "altered at {at}");
        }
        for end in [0, 1, chunk, 2 * chunk, 2 * chunk + 5, whole.len() - 1] {
            assert!(opened(&whole[..end], 9_999, STREAM).is_err(), "cut off at {end}");
        }
        let without = [&whole[..chunk], &whole[2 * chunk..]].concat();
        assert!(opened(&without, 9_999, STREAM).is_err(), "one is left out");
        let moved = [&whole[chunk..2 * chunk], &whole[..chunk], &whole[2 * chunk..]].concat();
        assert!(opened(&moved, 9_999, STREAM).is_err(), "two are in each other's place");
        assert!(opened(&[&whole[..], b"x"].concat(), 9_999, STREAM).is_err(), "something was added");
    }

    #[test]
    fn nothing_of_it_can_be_read() {
        let text = b"I saw the chief engineer take the envelope.".repeat(3_000);
        let sealed = sealed(&text, 1_000);
        assert!(!sealed.windows(8).any(|window| window == b"engineer"));
    }
}
