//! What kind of file it is, told by what is in it and never by its name; and what it must not carry.
//!
//! [`Kind::of`] decides on the first bytes; a [`Checker`] decides on them and then sees every later piece go by, in
//! bounded memory. What is kept under a kind is given out under that kind's media type and extension alone, so that what
//! one program might take for something else is never called that here.
//!
//! Macros are known by the names that every office gives to their entries. What else is in a deflated entry, and what a
//! PDF may hold (scripts, forms, files), is not looked into: that is what the [scanner](super::scanner) is for.

mod office;
mod zip;

use infer::MatcherType;

use self::{office::Office, zip::Ends};
use super::Unwanted;

/// The kinds of files that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A PDF.
    Pdf,
    /// A picture as PNG.
    Png,
    /// A picture as JPEG.
    Jpeg,
    /// A picture as WebP.
    Webp,
    /// Plain text in UTF-8, such as a table as CSV.
    Text,
    /// An OpenDocument text.
    Odt,
    /// An OpenDocument spreadsheet.
    Ods,
    /// An Office Open XML text.
    Docx,
    /// An Office Open XML spreadsheet.
    Xlsx,
}

impl Kind {
    /// How many of the first bytes are needed to tell, unless the whole file has fewer. What comes before the first
    /// telling entry of an Office file, such as a small picture of it, is within this.
    pub const HEAD: usize = 64 * 1024;

    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Pdf,
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Text,
        Self::Odt,
        Self::Ods,
        Self::Docx,
        Self::Xlsx,
    ];

    /// What a file is that begins with these bytes: the first [`HEAD`](Self::HEAD) of it, or all there are.
    pub fn of(head: &[u8]) -> Result<Self, Unwanted> {
        match head {
            [] => Err(Unwanted::Empty),
            [b'%', b'P', b'D', b'F', b'-', ..] => Ok(Self::Pdf),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(Self::Webp),
            [b'P', b'K', 3, 4, ..] => office::kind(head),
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Err(Unwanted::OldOffice),
            _ => match Text::default().push(head) {
                Ok(()) => text(head),
                Err(_) => Err(other(head)),
            },
        }
    }

    /// Its media type, with the character set where it is text.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Text => "text/plain; charset=utf-8",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// What its name ends with, without the full stop.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Text => "txt",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
        }
    }

    /// Whether [`image::without_metadata`](super::image::without_metadata) makes it anew.
    pub fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Webp)
    }
}

/// What text is that begins so: plain, or a language of its own that programs would run or render.
fn text(head: &[u8]) -> Result<Kind, Unwanted> {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    let is_drawing =
        head.trim_ascii_start().get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"<svg"));
    match infer::get(head).map(|known| known.mime_type()) {
        Some("text/html" | "text/xml") => Err(Unwanted::WebPage),
        Some("text/x-shellscript") => Err(Unwanted::Program),
        Some("application/rtf" | "application/postscript") => Err(Unwanted::OtherDocument),
        _ if is_drawing => Err(Unwanted::WebPage),
        _ => Ok(Kind::Text),
    }
}

/// What to call a file that is not accepted.
fn other(head: &[u8]) -> Unwanted {
    if infer::archive::is_pdf(head) {
        // Readers of PDF search for its header; what stands before it is for somebody else.
        return Unwanted::TwoKinds;
    }
    match infer::get(head).map(|known| known.matcher_type()) {
        Some(MatcherType::Image) => Unwanted::OtherPicture,
        Some(MatcherType::Archive) => Unwanted::Archive,
        Some(MatcherType::Audio | MatcherType::Video) => Unwanted::Recording,
        Some(MatcherType::App) => Unwanted::Program,
        Some(MatcherType::Book | MatcherType::Doc) => Unwanted::OtherDocument,
        _ if is_near_text(head) => Unwanted::NotPlainText,
        _ => Unwanted::Other,
    }
}

/// Whether it may be text in another encoding: UTF-16 that says so, or nothing that no text has.
fn is_near_text(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || head.iter().all(|byte| *byte >= b' ' || byte.is_ascii_whitespace())
}

/// Looks at a file as it comes, from its first byte to its last.
#[derive(Debug)]
pub struct Checker {
    kind: Kind,
    watch: Watch,
}

#[derive(Debug)]
enum Watch {
    /// Pictures are made anew, which nothing survives that is not a part of the picture.
    Nothing,
    Text(Text),
    Pdf(Pdf),
    Office(Office),
}

impl Checker {
    /// Begins with the first [`Kind::HEAD`] bytes, or with all there are, which tell what it is and are looked through as
    /// well: the next [`push`](Self::push) takes what follows them.
    pub fn begin(head: &[u8]) -> Result<Self, Unwanted> {
        let mut checker = Self::watching_for(Kind::of(head)?);
        checker.push(head)?;
        Ok(checker)
    }

    fn watching_for(kind: Kind) -> Self {
        let watch = match kind {
            Kind::Png | Kind::Jpeg | Kind::Webp => Watch::Nothing,
            Kind::Text => Watch::Text(Text::default()),
            Kind::Pdf => Watch::Pdf(Pdf::default()),
            Kind::Odt | Kind::Ods | Kind::Docx | Kind::Xlsx => Watch::Office(Office::default()),
        };
        Self { kind, watch }
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Looks at the next piece, of any length.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Unwanted> {
        match &mut self.watch {
            Watch::Nothing => Ok(()),
            Watch::Text(text) => text.push(piece),
            Watch::Pdf(pdf) => {
                pdf.push(piece);
                Ok(())
            }
            Watch::Office(office) => office.push(piece),
        }
    }

    /// That was all. Without this nothing is decided: some of what is unwanted shows only at the end.
    pub fn finish(self) -> Result<Kind, Unwanted> {
        match self.watch {
            Watch::Nothing => {}
            Watch::Text(text) => text.finish()?,
            Watch::Pdf(pdf) => pdf.finish()?,
            Watch::Office(office) => office.finish(self.kind)?,
        }
        Ok(self.kind)
    }
}

/// Plain text: UTF-8, and of the control characters tab and line ends alone.
#[derive(Debug, Default)]
struct Text {
    /// The begun character that the next piece goes on with: three bytes at most.
    begun: Vec<u8>,
}

impl Text {
    fn push(&mut self, piece: &[u8]) -> Result<(), Unwanted> {
        let joined = [&std::mem::take(&mut self.begun), piece].concat();
        let valid = match std::str::from_utf8(&joined) {
            Ok(valid) => valid,
            Err(error) if error.error_len().is_none() => {
                let (valid, begun) = joined.split_at(error.valid_up_to());
                self.begun = begun.to_vec();
                std::str::from_utf8(valid).map_err(|_| Unwanted::NotPlainText)?
            }
            Err(_) => return Err(Unwanted::NotPlainText),
        };
        let is_plain = |c: char| !c.is_control() || matches!(c, '\t' | '\r' | '\n');
        if valid.chars().all(is_plain) { Ok(()) } else { Err(Unwanted::NotPlainText) }
    }

    fn finish(self) -> Result<(), Unwanted> {
        if self.begun.is_empty() { Ok(()) } else { Err(Unwanted::NotPlainText) }
    }
}

/// A PDF, whose header is the first thing in it: it has an end, and is not an archive as well.
#[derive(Debug, Default)]
struct Pdf {
    archives: Ends,
    /// Its last bytes so far.
    tail: Vec<u8>,
}

impl Pdf {
    /// Within how many of the last bytes readers look for the end mark.
    const TAIL: usize = 1024;
    const END: &[u8] = b"%%EOF";

    fn push(&mut self, piece: &[u8]) {
        self.archives.push(piece);
        self.tail.extend_from_slice(&piece[piece.len().saturating_sub(Self::TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(Self::TAIL));
    }

    fn finish(self) -> Result<(), Unwanted> {
        if self.archives.ends_as_archive() {
            // Readers of archives begin at the end, those of PDF at the beginning.
            Err(Unwanted::TwoKinds)
        } else if self.tail.windows(Self::END.len()).any(|at| at == Self::END) {
            Ok(())
        } else {
            Err(Unwanted::Damaged)
        }
    }
}

#[cfg(test)]
mod tests;
