//! Office files: ZIP archives with an agreed content.

use super::{
    Kind,
    zip::{Places, Record, Records},
};
use crate::files::Unwanted;

/// What an archive is that begins so: OpenDocument says it in its first entry, Office Open XML by the folder of its parts.
pub(super) fn kind(head: &[u8]) -> Result<Kind, Unwanted> {
    if let Some(media_type) = first_says(head) {
        return match media_type {
            b"application/vnd.oasis.opendocument.text" => Ok(Kind::Odt),
            b"application/vnd.oasis.opendocument.spreadsheet" => Ok(Kind::Ods),
            _ => Err(Unwanted::OtherDocument),
        };
    }
    let mut found = None;
    let mut is_package = false;
    let mut note = |record: Record<'_>| {
        if let Record::Entry { name, .. } = record {
            let name = plain(name);
            is_package |= name == CONTENT_TYPES;
            // The first that tells: a document may hold others.
            found = found.or(match name.split('/').next() {
                Some("word") => Some(Ok(Kind::Docx)),
                Some("xl") => Some(Ok(Kind::Xlsx)),
                Some("ppt" | "visio") => Some(Err(Unwanted::OtherDocument)),
                _ => None,
            });
        }
    };
    let mut records = Records::default();
    records.push(head, &mut note);
    records.finish(&mut note);
    found.unwrap_or(Err(if is_package { Unwanted::OtherDocument } else { Unwanted::Archive }))
}

const CONTENT_TYPES: &str = "[content_types].xml";
const MANIFEST: &str = "meta-inf/manifest.xml";

/// The content of the entry `mimetype`, where it comes first and is stored as it is.
fn first_says(head: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| Some(usize::from(u16::from_le_bytes([*head.get(at)?, *head.get(at + 1)?])));
    let is_stored = number(8)? == 0 && number(26)? == 8;
    let content = head.get(38 + number(28)?..)?;
    if !is_stored || head.get(30..38)? != b"mimetype" {
        return None;
    }
    // Up to the next record: some leave the length out.
    let end = content.windows(2).position(|next| next == b"PK").unwrap_or(content.len());
    Some(&content[..end])
}

/// A name as readers compare it: without case, and whichever way its slashes lean.
fn plain(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase().replace('\\', "/")
}

/// Looks through an Office file.
#[derive(Debug, Default)]
pub(super) struct Office {
    records: Records,
    seen: Seen,
}

#[derive(Debug, Default)]
struct Seen {
    unwanted: Option<Unwanted>,
    has_content_types: bool,
    has_manifest: bool,
    /// Where the file must end to be whole, by each record that ends an archive.
    ends: Places,
}

impl Seen {
    fn note(&mut self, record: &Record<'_>) {
        match *record {
            Record::Entry { name, is_encrypted } => {
                let name = plain(name);
                self.has_content_types |= name == CONTENT_TYPES;
                self.has_manifest |= name == MANIFEST;
                let unwanted = if has_macros(&name) {
                    Some(Unwanted::Macros)
                } else if is_encrypted || name == "encrypted-package" {
                    Some(Unwanted::Password)
                } else {
                    None
                };
                self.unwanted = self.unwanted.or(unwanted);
            }
            Record::End(end) => self.ends.note(end),
            Record::Overlapping => self.unwanted = self.unwanted.or(Some(Unwanted::Damaged)),
        }
    }
}

impl Office {
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), Unwanted> {
        let Self { records, seen } = self;
        records.push(piece, |record| seen.note(&record));
        seen.ends.pass(records.passed());
        seen.unwanted.map_or(Ok(()), Err)
    }

    /// An Office file lists its parts, and ends where its archive does.
    pub(super) fn finish(self, kind: Kind) -> Result<(), Unwanted> {
        let Self { records, mut seen } = self;
        let length = records.finish(|record| seen.note(&record));
        if let Some(unwanted) = seen.unwanted {
            return Err(unwanted);
        }
        let has_list = match kind {
            Kind::Odt | Kind::Ods => seen.has_manifest,
            _ => seen.has_content_types,
        };
        if has_list && seen.ends.has(length) { Ok(()) } else { Err(Unwanted::Damaged) }
    }
}

/// Whether an entry of this name is a macro or a document of a kind that is there to hold some.
fn has_macros(name: &str) -> bool {
    // Sheets of Excel 4.0 macros, and what OpenDocument keeps Basic and other scripts in.
    const FOLDERS: [&str; 4] = ["macrosheets", "intlmacrosheets", "basic", "scripts"];
    const DOCUMENTS: [&str; 11] =
        ["docm", "dotm", "xlsm", "xltm", "xlam", "xla", "pptm", "potm", "ppsm", "ppam", "sldm"];
    let (folders, file) = name.rsplit_once('/').unwrap_or(("", name));
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    file.contains("vbaproject")
        || file == "vbadata.xml"
        || folders.split('/').any(|folder| FOLDERS.contains(&folder))
        || DOCUMENTS.contains(&extension)
}
