use super::*;

/// What becomes of a whole file, which must be the same however it is cut.
fn checked(file: &[u8]) -> Result<Kind, Unwanted> {
    let (head, rest) = file.split_at(file.len().min(Kind::HEAD));
    let whole = Checker::begin(head).and_then(|mut checker| {
        checker.push(rest)?;
        checker.finish()
    });
    if let Ok(kind) = Kind::of(head) {
        for length in [1, 2, 3, 7, 64, 1000] {
            let mut checker = Checker::watching_for(kind);
            let cut = file.chunks(length).try_for_each(|piece| checker.push(piece));
            assert_eq!(cut.and_then(|()| checker.finish()), whole, "in pieces of {length}");
        }
    }
    whole
}

/// The same for a file that goes on behind its head.
fn checked_late(file: &[u8]) -> Result<Kind, Unwanted> {
    assert!(file.len() > Kind::HEAD);
    checked(file)
}

/// What an entry of an archive is, beside name and content.
#[derive(Clone, Copy, Default)]
struct Entry<'a> {
    name: &'a str,
    content: &'a [u8],
    flags: u16,
    /// Left out of the entry's own header, as those who write without looking back do.
    late_length: bool,
    only_listed: bool,
    only_local: bool,
}

fn entry<'a>(name: &'a str, content: &'a [u8]) -> Entry<'a> {
    Entry { name, content, ..Entry::default() }
}

/// An archive of these entries, stored as they are.
fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    let mut listed = 0_u16;
    for Entry { name, content, flags, late_length, only_listed, only_local } in entries {
        let at = u32::try_from(file.len()).unwrap();
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let flags = (flags | u16::from(*late_length) << 3).to_le_bytes();
        let lengths = if *late_length { [[0; 4], [0; 4]] } else { [length, length] }.concat();
        // Flags, method, time, date, checksum: nobody here recomputes it.
        let middle = [&flags[..], &[0; 10]].concat();
        if !only_listed {
            file.extend(
                [b"PK\x03\x04\x14\0", &middle[..], &lengths, &name_length, &[0, 0], name.as_bytes(), content]
                    .concat(),
            );
            if *late_length {
                file.extend([b"PK\x07\x08\0\0\0\0", &length[..], &length].concat());
            }
        }
        if !only_local {
            listed += 1;
            directory.extend(
                [b"PK\x01\x02\x14\0\x14\0", &middle[..], &length, &length, &name_length, &[0; 12]].concat(),
            );
            directory.extend([&at.to_le_bytes()[..], name.as_bytes()].concat());
        }
    }
    let (at, length) = (u32::try_from(file.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    let listed = listed.to_le_bytes();
    file.extend(directory);
    file.extend(
        [b"PK\x05\x06\0\0\0\0", &listed[..], &listed, &length.to_le_bytes(), &at.to_le_bytes(), &[0, 0]]
            .concat(),
    );
    file
}

const TYPES: Entry<'_> = Entry {
    name: "[Content_Types].xml",
    content: b"<Types/>",
    flags: 0,
    late_length: false,
    only_listed: false,
    only_local: false,
};

fn docx(more: &[Entry<'_>]) -> Vec<u8> {
    archive(
        &[&[TYPES, entry("_rels/.rels", b""), entry("word/document.xml", b"<w:document/>")], more].concat(),
    )
}

fn xlsx(more: &[Entry<'_>]) -> Vec<u8> {
    archive(&[&[entry("xl/workbook.xml", b"<workbook/>"), TYPES], more].concat())
}

fn opendocument(subtype: &str, more: &[Entry<'_>]) -> Vec<u8> {
    let media_type = format!("application/vnd.oasis.opendocument.{subtype}");
    let manifest = entry("META-INF/manifest.xml", b"<manifest/>");
    archive(
        &[&[entry("mimetype", media_type.as_bytes()), entry("content.xml", b"<x/>")], more, &[manifest]]
            .concat(),
    )
}

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n";

#[test]
fn what_is_accepted_is_known_by_its_content() {
    assert_eq!(checked(PDF), Ok(Kind::Pdf));
    assert_eq!(checked(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Ok(Kind::Png));
    assert_eq!(checked(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), Ok(Kind::Jpeg));
    assert_eq!(checked(b"RIFF\x1a\0\0\0WEBPVP8L"), Ok(Kind::Webp));
    assert_eq!(checked("No cars at half past eight, said Siân.\r\n\tThank you.".as_bytes()), Ok(Kind::Text));
    assert_eq!(checked("\u{feff}street;cars\nHill Street;412\n".as_bytes()), Ok(Kind::Text));
    assert_eq!(checked(&docx(&[])), Ok(Kind::Docx));
    assert_eq!(checked(&xlsx(&[])), Ok(Kind::Xlsx));
    assert_eq!(checked(&opendocument("text", &[])), Ok(Kind::Odt));
    assert_eq!(checked(&opendocument("spreadsheet", &[])), Ok(Kind::Ods));
    for kind in Kind::ALL {
        assert!(kind.media_type().contains('/') && !kind.extension().contains('.'));
        assert_eq!(kind.is_image(), kind.media_type().starts_with("image/"));
    }
}

#[test]
fn what_is_refused_says_what_to_do() {
    let refused: [(&[u8], Unwanted); 24] = [
        (b"", Unwanted::Empty),
        (b"GIF89a\x01\0\x01\0\0\0\0", Unwanted::OtherPicture),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Unwanted::OtherPicture),
        (b"II*\0\x08\0\0\0\x0b\0\0\x01\x04\0", Unwanted::OtherPicture),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", Unwanted::Archive),
        (b"Rar!\x1a\x07\x01\0", Unwanted::Archive),
        (b"7z\xbc\xaf\x27\x1c\0\x04", Unwanted::Archive),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", Unwanted::OldOffice),
        (b"{\\rtf1\\ansi Hello}", Unwanted::OtherDocument),
        (b"%!PS-Adobe-3.0\n", Unwanted::OtherDocument),
        (b" \n<!DOCTYPE html><p>Hello", Unwanted::WebPage),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", Unwanted::WebPage),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", Unwanted::WebPage),
        (b"#!/bin/sh\necho\n", Unwanted::Program),
        (b"MZ\x90\0\x03\0\0\0", Unwanted::Program),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Unwanted::Program),
        (b"ID3\x03\0\0\0\0\0\0", Unwanted::Recording),
        (b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", Unwanted::Recording),
        (b"\xff\xfeH\0e\0", Unwanted::NotPlainText),
        (b"Gr\xfc\xdfe aus Wien", Unwanted::NotPlainText),
        (b"a\0b", Unwanted::Other),
        (b"ring the bell \x07", Unwanted::Other),
        (b"\x01\x02\x03\x04", Unwanted::Other),
        (b"\0junk before\n%PDF-1.7\n%%EOF", Unwanted::TwoKinds),
    ];
    for (file, why) in refused {
        assert_eq!(checked(file), Err(why), "{:?}", String::from_utf8_lossy(file));
        assert!(why.to_string().ends_with('.'), "{why}");
    }
    assert_eq!(checked(&archive(&[entry("holiday.jpg", b"\xff\xd8\xff")])), Err(Unwanted::Archive));
    assert_eq!(checked(&archive(&[TYPES, entry("ppt/presentation.xml", b"")])), Err(Unwanted::OtherDocument));
    assert_eq!(checked(&opendocument("presentation", &[])), Err(Unwanted::OtherDocument));
    // A template is opened otherwise than what was made of it.
    assert_eq!(checked(&opendocument("text-template", &[])), Err(Unwanted::OtherDocument));
}

#[test]
fn a_character_may_be_split_and_must_be_whole() {
    let mut long = "é€𝄞 and so on\n".repeat(8000).into_bytes();
    assert_eq!(checked_late(&long), Ok(Kind::Text));
    // The last line goes on with half a character.
    long.extend("𝄞".bytes().take(3));
    assert_eq!(checked_late(&long), Err(Unwanted::NotPlainText));
}

#[test]
fn text_that_turns_out_not_to_be_some_is_refused() {
    for bad in [&b"\xff"[..], b"\0", b"\x1b[2J", b"\x7f", "\u{85}".as_bytes()] {
        let long = [b"a line of text\n".repeat(8000), bad.to_vec(), b" goes on".to_vec()].concat();
        assert_eq!(checked_late(&long), Err(Unwanted::NotPlainText), "{bad:?}");
    }
}

#[test]
fn macros_are_found_wherever_they_are() {
    for name in [
        "word/vbaProject.bin",
        "WORD\\VBAPROJECT.BIN",
        "word/vbaData.xml",
        "xl/macrosheets/sheet1.xml",
        "word/embeddings/Budget.xlsm",
        "Basic/Standard/Module1.xml",
        "Object 1/Basic/script-lc.xml",
        "Scripts/python/hello.py",
    ] {
        let macros = entry(name, b"Attribute VB_Name");
        assert_eq!(checked(&docx(&[macros])), Err(Unwanted::Macros), "{name}");
        assert_eq!(checked(&xlsx(&[macros])), Err(Unwanted::Macros), "{name}");
        assert_eq!(checked(&opendocument("text", &[macros])), Err(Unwanted::Macros), "{name}");
        // The directory and the entries may differ: some read the one, some the other.
        let only_listed = Entry { only_listed: true, ..macros };
        assert_eq!(checked(&docx(&[only_listed])), Err(Unwanted::Macros), "{name}");
        let only_local = Entry { only_local: true, ..macros };
        assert_eq!(checked(&docx(&[only_local])), Err(Unwanted::Macros), "{name}");
    }
    // Far behind the head, after what cannot be told the length of.
    let picture = vec![b'P'; Kind::HEAD + 5000];
    let late = Entry { late_length: true, ..entry("word/media/image1.png", &picture) };
    assert_eq!(checked_late(&docx(&[late, entry("word/vbaProject.bin", b"")])), Err(Unwanted::Macros));
    assert_eq!(checked_late(&docx(&[late])), Ok(Kind::Docx));
    // A document in the document, as it is.
    let inner = xlsx(&[entry("xl/vbaProject.bin", b"")]);
    assert_eq!(checked(&docx(&[entry("word/embeddings/Sheet1.xlsx", &inner)])), Err(Unwanted::Macros));
}

#[test]
fn words_that_only_look_like_macros_are_no_fault() {
    let text = b"See vbaProject.bin, Basic/ and Scripts/ for PK\x03 and PK\x01. PK";
    assert_eq!(checked(&docx(&[entry("word/comments.xml", text)])), Ok(Kind::Docx));
    assert_eq!(checked(&opendocument("text", &[entry("Pictures/basic.png", text)])), Ok(Kind::Odt));
    // By chance a header begins in a picture, encrypted, with a name that goes far beyond the end.
    let chance = [&b"\x80PK\x03\x04"[..], &[0xff; 40], b"and so on"].concat();
    assert_eq!(checked(&docx(&[entry("word/media/image1.jpeg", &chance)])), Ok(Kind::Docx));
}

#[test]
fn what_needs_a_password_is_refused() {
    let locked = Entry { flags: 1, ..entry("word/document.xml", b"\x01\x02") };
    assert_eq!(checked(&docx(&[locked])), Err(Unwanted::Password));
    assert_eq!(checked(&opendocument("text", &[entry("encrypted-package", b"")])), Err(Unwanted::Password));
}

#[test]
fn an_office_file_is_whole_and_ends_where_it_ends() {
    let whole = docx(&[]);
    for length in [whole.len() - 1, whole.len() - 22, 60, 30] {
        let cut = checked(&whole[..length]);
        assert!(
            matches!(cut, Err(Unwanted::Damaged | Unwanted::OtherDocument | Unwanted::Archive)),
            "{length}: {cut:?}"
        );
    }
    assert_eq!(checked(&[&whole[..], b"more"].concat()), Err(Unwanted::Damaged));
    assert_eq!(checked(&archive(&[entry("word/document.xml", b"")])), Err(Unwanted::Damaged));
    // With a remark at its end, as an archive may have.
    let mut remarked = whole.clone();
    let length = remarked.len();
    remarked[length - 2..].copy_from_slice(&6_u16.to_le_bytes());
    remarked.extend(b"remark");
    assert_eq!(checked(&remarked), Ok(Kind::Docx));
}

#[test]
fn a_pdf_is_whole_and_nothing_else() {
    assert_eq!(checked(&PDF[..PDF.len() - 6]), Err(Unwanted::Damaged));
    let long = [PDF, &b"% remark\n".repeat(8000), PDF].concat();
    assert_eq!(checked_late(&long), Ok(Kind::Pdf));
    assert_eq!(checked_late(&[PDF, &b" ".repeat(70_000)].concat()), Err(Unwanted::Damaged));
    // An archive behind it, with its end mark in the archive's remark.
    let mut both = [PDF, &archive(&[entry("Applet.class", b"\xca\xfe\xba\xbe")])].concat();
    assert_eq!(checked(&both), Err(Unwanted::TwoKinds));
    let length = both.len();
    both[length - 2..].copy_from_slice(&u16::try_from(PDF.len()).unwrap().to_le_bytes());
    both.extend(PDF);
    assert_eq!(checked(&both), Err(Unwanted::TwoKinds));
    // One that is attached within it is no fault.
    let within = [PDF, &archive(&[entry("table.csv", b"1;2")]), PDF].concat();
    assert_eq!(checked(&within), Ok(Kind::Pdf));
}

#[test]
fn names_that_lie_over_one_another_are_not_all_looked_at() {
    // Every thirty bytes a header whose name has 65,535: looked at one by one they would be two thousand times the file.
    let mut header = [0; 30];
    header[..4].copy_from_slice(b"PK\x03\x04");
    header[26..28].copy_from_slice(&[0xff, 0xff]);
    let dense = header.repeat(4_000);
    assert_eq!(checked_late(&docx(&[entry("word/media/a.bin", &dense)])), Err(Unwanted::Damaged));
    assert_eq!(checked_late(&[PDF, &dense, PDF].concat()), Err(Unwanted::TwoKinds));
    // In an archive within it they lie beside one another, however many there are.
    let names: Vec<String> = (0..300).map(|at| format!("{at}/{}", "long/".repeat(1_000))).collect();
    let within = archive(&names.iter().map(|name| entry(name, b"")).collect::<Vec<_>>());
    assert_eq!(checked_late(&docx(&[entry("word/media/a.bin", &within)])), Ok(Kind::Docx));
}
