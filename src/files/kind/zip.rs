//! The records of a ZIP archive as it goes by.
//!
//! An archive is read from its end, where a directory lists what is in it, or from its beginning, entry by entry; the two
//! may differ, and lengths may be missing until later. So nothing is followed here: wherever the four bytes stand that
//! such a record must begin with, it is read. No reader can find an entry that was not seen so. What is seen too much are
//! the records of archives that lie in the archive undeflated, which is welcome.

/// The longest piece that is looked through at once, which bounds what is held.
const PIECE: usize = 64 * 1024;
/// How many bytes of names there may be beyond what has come of the file. In an archive names lie beside each other, so that
/// all of them are shorter than it; this is for what looks like a record by chance.
const BY_CHANCE: u64 = 1024 * 1024;

/// A record that was seen.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(super) enum Record<'a> {
    /// An entry, by its own header or by its line in the directory.
    Entry {
        /// Its name as it stands: bytes in whatever encoding.
        name: &'a [u8],
        /// Whether it says to be encrypted, and is a sound header else: by chance these four bytes come anywhere.
        is_encrypted: bool,
    },
    /// The record that ends an archive, and where the file must end for it.
    End(u64),
    /// Names lie over one another as in no archive. Looking at each would take time without bound, so nothing more is
    /// looked at: whoever sees this must not take the file.
    Overlapping,
}

/// Looks through an archive that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What may be the beginning of a record: no more than a record with the longest of names, and one piece.
    held: Vec<u8>,
    /// How many bytes came before those.
    before: u64,
    /// How many bytes the names have that were seen.
    names: u64,
}

impl Records {
    /// Shows every record that this piece completes.
    pub(super) fn push(&mut self, piece: &[u8], mut show: impl FnMut(Record<'_>)) {
        for piece in piece.chunks(PIECE) {
            self.held.extend_from_slice(piece);
            let kept = self.look(false, &mut show);
            self.held.drain(..kept);
            self.before += kept as u64;
        }
    }

    /// How many bytes are looked through for good.
    pub(super) fn passed(&self) -> u64 {
        self.before
    }

    /// Shows the records that the file breaks off in, and says how long it was.
    pub(super) fn finish(mut self, mut show: impl FnMut(Record<'_>)) -> u64 {
        self.look(true, &mut show);
        self.before + self.held.len() as u64
    }

    /// Shows the records in what is held; returns from where on they are to be looked at again when there is more.
    fn look(&mut self, is_last: bool, show: &mut impl FnMut(Record<'_>)) -> usize {
        let Self { held, before, names } = self;
        let mut at = 0;
        while let Some(step) = held[at..].iter().position(|byte| *byte == b'P') {
            at += step;
            let here = *before + at as u64;
            if *names > here + BY_CHANCE {
                show(Record::Overlapping);
                return held.len();
            }
            match record(&held[at..], here, is_last) {
                Seen::Nothing => {}
                Seen::Record(record) => {
                    if let Record::Entry { name, .. } = &record {
                        *names += name.len() as u64;
                    }
                    show(record);
                }
                Seen::Part if is_last => {}
                Seen::Part => return at,
            }
            at += 1;
        }
        held.len()
    }
}

enum Seen<'a> {
    Nothing,
    /// More is needed to say.
    Part,
    Record(Record<'a>),
}

/// Reads the record that these bytes begin with; `at` is where in the file they are.
fn record(bytes: &[u8], at: u64, is_last: bool) -> Seen<'_> {
    // Where its parts are: how long it is before the name, and the places of the name's length and of the flags.
    let (fixed, length, flags) = match bytes {
        [b'P', b'K', 3, 4, ..] => (30, 26, 6),
        [b'P', b'K', 1, 2, ..] => (46, 28, 8),
        [b'P', b'K', 5, 6, ..] => (22, 20, 0),
        [b'P'] | [b'P', b'K'] | [b'P', b'K', 1 | 3 | 5] => return Seen::Part,
        _ => return Seen::Nothing,
    };
    let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    if bytes.len() < fixed {
        return Seen::Part;
    }
    let end = fixed + usize::from(number(length));
    if flags == 0 {
        return Seen::Record(Record::End(at + end as u64));
    }
    if bytes.len() < end && !is_last {
        return Seen::Part;
    }
    let name = &bytes[fixed..end.min(bytes.len())];
    // The lowest flag says encrypted; stored, deflated and AES are what an encrypted entry can be.
    let is_sound = matches!(number(flags + 2), 0 | 8 | 99) && !name.is_empty() && name.is_ascii();
    Seen::Record(Record::Entry { name, is_encrypted: number(flags) & 1 == 1 && is_sound })
}

/// Where files would have to end for the archives that seem to end in them.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<u64>);

impl Places {
    /// More than there can be within the longest comment of an archive: up to here nothing has to be forgotten.
    const MANY: usize = 32 * 1024;

    pub(super) fn note(&mut self, end: u64) {
        self.0.push(end);
    }

    /// Forgets those that are passed; now and then, because it may be asked for after every byte.
    pub(super) fn pass(&mut self, passed: u64) {
        if self.0.len() > Self::MANY {
            self.0.retain(|end| *end >= passed);
        }
    }

    pub(super) fn has(&self, length: u64) -> bool {
        self.0.contains(&length)
    }
}

/// Whether a file that comes in pieces ends as an archive does.
#[derive(Debug, Default)]
pub(super) struct Ends {
    records: Records,
    found: Found,
}

#[derive(Debug, Default)]
struct Found {
    ends: Places,
    overlapping: bool,
}

impl Found {
    fn note(&mut self, record: &Record<'_>) {
        match record {
            Record::Entry { .. } => {}
            Record::End(end) => self.ends.note(*end),
            Record::Overlapping => self.overlapping = true,
        }
    }
}

impl Ends {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let Self { records, found } = self;
        records.push(piece, |record| found.note(&record));
        found.ends.pass(records.passed());
    }

    /// Whether it does, or is such that nobody can say.
    pub(super) fn ends_as_archive(self) -> bool {
        let Self { records, mut found } = self;
        let length = records.finish(|record| found.note(&record));
        found.overlapping || found.ends.has(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_of_a_file_is_bounded() {
        let mut ends = Ends::default();
        // Everywhere a header with the longest of names, and everywhere an end far away.
        let piece = b"PK\x01\x02\xff\xffPK\x05\x06\xff\xff".repeat(100_000);
        for piece in [&piece[..], &piece[1..], &vec![0; 100_000]] {
            ends.push(piece);
            assert!(ends.records.held.len() <= 46 + usize::from(u16::MAX) + PIECE);
            assert!(ends.found.ends.0.len() <= 100_000, "{}", ends.found.ends.0.len());
        }
        assert!(ends.ends_as_archive(), "names lie over one another");
    }
}
