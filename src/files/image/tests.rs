use image::{ExtendedColorType, GenericImageView, ImageEncoder, Rgba, RgbaImage, codecs::webp::WebPEncoder};

use super::*;

/// What must not be found in a picture that was made anew.
const SECRET: &[u8] = b"Jane Doe 51.5007,-0.1246";

/// A picture with the upper left quarter red and the rest blue.
fn quarters(width: u32, height: u32, alpha: u8) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        if x < width / 2 && y < height / 2 { Rgba([220, 30, 30, 255]) } else { Rgba([30, 30, 220, alpha]) }
    })
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let image = DynamicImage::from(quarters(width, height, 255)).into_rgb8();
    encoded(&image.into(), Kind::Jpeg).unwrap()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&quarters(width, height, 255).into(), Kind::Png).unwrap()
}

/// Lossless, with a part that lets through.
fn webp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::from(quarters(width, height, 128));
    image.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)).unwrap();
    bytes
}

/// Exif that says how the picture is turned, and more.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    // Two entries: the orientation, and who made it.
    tiff.extend(b"\0\x02\x01\x12\0\x03\0\0\0\x01\0");
    tiff.extend([orientation, 0, 0]);
    tiff.extend(b"\x01\x3b\0\x02");
    tiff.extend(u32::try_from(SECRET.len()).unwrap().to_be_bytes());
    tiff.extend(b"\0\0\0\x26\0\0\0\0");
    tiff.extend(SECRET);
    tiff
}

fn jpeg_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

fn jpeg_with_everything(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let plain = jpeg(width, height);
    let segments = [
        jpeg_segment(0xe1, &[b"Exif\0\0", &exif(orientation)[..], SECRET, &jpeg(16, 16)].concat()),
        jpeg_segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET].concat()),
        jpeg_segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", SECRET].concat()),
        jpeg_segment(0xed, &[b"Photoshop 3.0\08BIM\x04\x04", SECRET].concat()),
        jpeg_segment(0xfe, SECRET),
    ]
    .concat();
    [&plain[..2], &segments, &plain[2..], SECRET].concat()
}

fn png_chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let named = [name, content].concat();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// The checksum of a chunk, as PNG defines it.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

/// Puts chunks behind the header of a PNG.
fn png_with(plain: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    const HEADER: usize = 8 + 25;
    [&plain[..HEADER], &chunks.concat(), &plain[HEADER..]].concat()
}

fn webp_chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [name, &length, content, &vec![0; content.len() % 2]].concat()
}

fn webp_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let content = [&b"WEBP"[..], &chunks.concat()].concat();
    webp_chunk(b"RIFF", &content)
}

fn without(kind: Kind, bytes: &[u8]) -> Picture {
    let picture = without_metadata(kind, bytes, &Limits::default()).unwrap();
    assert_eq!(Kind::of(&picture.bytes), Ok(picture.kind));
    assert!(!holds(&picture.bytes, SECRET), "{kind:?}");
    for mark in [&b"Exif"[..], b"eXIf", b"EXIF", b"http://ns.adobe.com", b"ICC", b"Photoshop"] {
        assert!(!holds(&picture.bytes, mark), "{kind:?} has {}", String::from_utf8_lossy(mark));
    }
    picture
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|at| at == part)
}

/// Which corner is red: left or right, top or bottom.
fn red_corner(picture: &Picture) -> (bool, bool) {
    let image = image::load_from_memory(&picture.bytes).unwrap();
    assert_eq!(image.dimensions(), (picture.width, picture.height));
    let (right, bottom) = (picture.width - 3, picture.height - 3);
    let corners = [(2, 2), (right, 2), (2, bottom), (right, bottom)];
    let red: Vec<_> = corners.into_iter().filter(|(x, y)| image.get_pixel(*x, *y)[0] > 150).collect();
    assert_eq!(red.len(), 1, "one corner is red");
    (red[0].0 == 2, red[0].1 == 2)
}

#[test]
fn nothing_of_a_photograph_survives_but_the_picture() {
    let with = jpeg_with_everything(64, 40, 1);
    assert!(holds(&with, SECRET));
    let picture = without(Kind::Jpeg, &with);
    assert_eq!((picture.kind, picture.width, picture.height), (Kind::Jpeg, 64, 40));
    assert_eq!(red_corner(&picture), (true, true));
}

#[test]
fn a_photograph_is_turned_as_it_was_meant_to_be_seen() {
    let turned = [
        (1, (64, 40), (true, true)),
        (2, (64, 40), (false, true)),
        (3, (64, 40), (false, false)),
        (4, (64, 40), (true, false)),
        (5, (40, 64), (true, true)),
        (6, (40, 64), (false, true)),
        (7, (40, 64), (false, false)),
        (8, (40, 64), (true, false)),
    ];
    for (orientation, size, corner) in turned {
        let picture = without(Kind::Jpeg, &jpeg_with_everything(64, 40, orientation));
        assert_eq!((picture.width, picture.height), size, "orientation {orientation}");
        assert_eq!(red_corner(&picture), corner, "orientation {orientation}");
    }
}

#[test]
fn nothing_of_a_png_survives_but_the_picture() {
    let with = png_with(
        &png(64, 40),
        &[
            png_chunk(b"eXIf", &exif(6)),
            png_chunk(b"tEXt", &[b"Author\0", SECRET].concat()),
            png_chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", SECRET].concat()),
            png_chunk(b"tIME", &[7, 0xea, 1, 1, 1, 1, 1]),
            png_chunk(b"prVt", SECRET),
        ],
    );
    let picture = without(Kind::Png, &[&with[..], SECRET].concat());
    assert_eq!((picture.kind, picture.width, picture.height), (Kind::Png, 40, 64));
    assert_eq!(red_corner(&picture), (false, true));
    assert!(!holds(&picture.bytes, b"tIME"));
}

#[test]
fn nothing_of_a_webp_survives_but_the_picture() {
    let plain = webp(64, 40);
    let with = webp_of(&[
        // Alpha, Exif and XMP are there; 64 by 40.
        webp_chunk(b"VP8X", &[0b1_1100, 0, 0, 0, 63, 0, 0, 39, 0, 0]),
        plain[12..].to_vec(),
        webp_chunk(b"EXIF", &exif(6)),
        webp_chunk(b"XMP ", SECRET),
    ]);
    let picture = without(Kind::Webp, &[&with[..], SECRET].concat());
    assert_eq!((picture.kind, picture.width, picture.height), (Kind::Png, 40, 64));
    assert_eq!(red_corner(&picture), (false, true));
    let alpha = image::load_from_memory(&picture.bytes).unwrap().get_pixel(2, 60)[3];
    assert_eq!(alpha, 128);
}

#[test]
fn a_webp_becomes_a_jpeg_or_where_it_lets_through_a_png() {
    // Both are 16 by 16 pixels of a grey, written by libwebp.
    let opaque = "UklGRiwAAABXRUJQVlA4ICAAAABwAQCdASoQABAAAsBMJZQCdAAAAADsj8KxQMjGlYAAAA==";
    let lets_through = "UklGRlAAAABXRUJQVlA4WAoAAAAQAAAADwAADwAAQUxQSAoAAAABB9CxiAhERP8DVlA4ICAAAABwAQCdASoQABAAAsBMJZQC\
                        dAAAAADsj8KxQMjGlYAAAA==";
    for (file, kind) in [(opaque, Kind::Jpeg), (lets_through, Kind::Png)] {
        let file = data_encoding::BASE64.decode(file.as_bytes()).unwrap();
        let picture = without(Kind::Webp, &file);
        assert_eq!((picture.kind, picture.width, picture.height), (kind, 16, 16));
        let [red, green, blue, _] = image::load_from_memory(&picture.bytes).unwrap().get_pixel(8, 8).0;
        assert!(green > red && red > blue, "{red} {green} {blue}");
    }
}

#[test]
fn sixteen_bits_and_grey_are_kept() {
    let deep = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(8, 8, |x, _| {
        image::Luma([u16::try_from(x).unwrap() * 1000 + 1])
    });
    let bytes = encoded(&deep.into(), Kind::Png).unwrap();
    let image = image::load_from_memory(&without(Kind::Png, &bytes).bytes).unwrap();
    assert_eq!(image.as_luma16().unwrap().get_pixel(3, 0).0, [3001]);
}

#[test]
fn moving_pictures_are_refused() {
    let moving = png_with(&png(8, 8), &[png_chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0])]);
    assert_eq!(refused(Kind::Png, &moving), Unwanted::Moving);
    let frame = webp(8, 8)[12..].to_vec();
    let moving = webp_of(&[
        webp_chunk(b"VP8X", &[0b1_0010, 0, 0, 0, 7, 0, 0, 7, 0, 0]),
        webp_chunk(b"ANIM", &[0; 6]),
        webp_chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 7, 0, 0, 7, 0, 0, 10, 0, 0, 0][..], &frame].concat()),
    ]);
    assert_eq!(refused(Kind::Webp, &moving), Unwanted::Moving);
}

fn refused(kind: Kind, bytes: &[u8]) -> Unwanted {
    without_metadata(kind, bytes, &Limits::default()).unwrap_err()
}

#[test]
fn what_is_broken_is_refused() {
    for (kind, whole) in [(Kind::Jpeg, jpeg(64, 64)), (Kind::Png, png(64, 64)), (Kind::Webp, webp(64, 64))] {
        assert_eq!(refused(kind, &whole[..30]), Unwanted::Damaged);
        assert_eq!(refused(kind, b""), Unwanted::Damaged);
        for other in [Kind::Jpeg, Kind::Png, Kind::Webp] {
            assert_eq!(other == kind, without_metadata(other, &whole, &Limits::default()).is_ok());
        }
    }
    assert_eq!(refused(Kind::Pdf, b"%PDF-1.7"), Unwanted::Other);
}

#[test]
fn a_photograph_that_was_cut_off_is_refused() {
    let whole = jpeg(640, 400);
    for at in [whole.len() - 1, whole.len() - 2, whole.len() / 2] {
        assert_eq!(refused(Kind::Jpeg, &whole[..at]), Unwanted::Damaged, "{at}");
    }
    // Its preview has an end; and behind its own there may be a film.
    let preview = [&b"Exif\0\0"[..], &jpeg(8, 8)].concat();
    let length = u16::try_from(preview.len() + 2).unwrap().to_be_bytes();
    let with = [&whole[..2], &[0xff, 0xe1], &length, &preview, &whole[2..]].concat();
    assert!(without_metadata(Kind::Jpeg, &with, &Limits::default()).is_ok());
    assert_eq!(refused(Kind::Jpeg, &with[..with.len() - 100]), Unwanted::Damaged);
    let film = [&with[..], &[0xff, 0xda, 0, 0xff, 0xe0]].concat();
    assert!(without_metadata(Kind::Jpeg, &film, &Limits::default()).is_ok());
}

/// A PNG that says to be this large, and begins with rows and rows of black that are next to nothing when packed.
fn bomb(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let black = DynamicImage::new_rgb8(50_000, 64);
    let mut real = Vec::new();
    PngEncoder::new_with_quality(&mut real, CompressionType::Best, FilterType::NoFilter)
        .write_image(black.as_bytes(), black.width(), black.height(), ExtendedColorType::Rgb8)
        .unwrap();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat();
    [&real[..8], &png_chunk(b"IHDR", &header), &real[8 + 25..]].concat()
}

#[test]
fn a_picture_that_swells_is_refused_before_it_does() {
    if !alone("a_picture_that_swells_is_refused_before_it_does") {
        return;
    }
    // 7.5 gigabytes.
    let file = bomb(50_000, 50_000, 8, 2);
    assert!(file.len() < 100_000, "{}", file.len());
    let before = most_memory();
    let swollen = Unwanted::TooManyPixels { width: 50_000, height: 50_000, megapixels: 50, side: 16_383 };
    assert_eq!(refused(Kind::Png, &file), swollen);
    assert!(swollen.to_string().contains("50000 × 50000 pixels"));
    // As wide as can be said; and with few enough pixels, of eight bytes each.
    let widest = refused(Kind::Png, &bomb(i32::MAX as u32, 1, 16, 6));
    assert!(matches!(widest, Unwanted::TooManyPixels { .. } | Unwanted::TooMuchWork), "{widest}");
    assert_eq!(refused(Kind::Png, &bomb(8000, 6000, 16, 6)), Unwanted::TooMuchWork);
    // What a JPEG and a WebP say of their size.
    let mut tall = jpeg(64, 64);
    let frame = tall.windows(2).position(|at| at == [0xff, 0xc0]).unwrap();
    tall[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(refused(Kind::Jpeg, &tall), Unwanted::TooManyPixels { width: 65_535, .. }));
    let mut wide = webp(64, 64);
    wide[21..25].copy_from_slice(&[0xfe, 0xff, 0xff, 0x17]);
    assert!(matches!(
        refused(Kind::Webp, &wide),
        Unwanted::TooManyPixels { width: 16_383, height: 8192, .. }
    ));
    let taken = most_memory() - before;
    assert!(taken < 100 << 20, "{taken} bytes were taken");
}

#[test]
fn a_profile_that_swells_is_left_alone() {
    let mut zeroes = Vec::new();
    PngEncoder::new_with_quality(&mut zeroes, CompressionType::Best, FilterType::NoFilter)
        .write_image(&vec![0; 8000 * 8000], 8000, 8000, ExtendedColorType::L8)
        .unwrap();
    let stream = zeroes.windows(4).position(|at| at == b"IDAT").unwrap() + 4;
    let profile = png_chunk(b"iCCP", &[b"a\0\0", &zeroes[stream..zeroes.len() - 16]].concat());
    assert!(profile.len() < 1 << 20, "{}", profile.len());
    without(Kind::Png, &png_with(&png(8, 8), &[profile]));
}

/// Whether a test has this process for itself. If not, it is run in one of its own, and fails with it: what a process takes says
/// nothing of one test where others run beside it.
fn alone(test: &str) -> bool {
    const ALONE: &str = "ANSWERABLE_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let module = module_path!().split_once("::").unwrap().1;
    let mut process = std::process::Command::new(std::env::current_exe().unwrap());
    let run = process
        .args(["--exact", "--nocapture", &format!("{module}::{test}")])
        .env(ALONE, "")
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    false
}

/// The most memory that this process has had so far, in bytes, where the system tells.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0_u64) << 10
}

#[test]
fn the_limits_hold() {
    let small = Limits { pixels: 64 * 40, side: 64, memory: 64 * 40 * 4, bytes: 100_000 };
    assert!(without_metadata(Kind::Png, &png(64, 40), &small).is_ok());
    let over = Unwanted::TooManyPixels { width: 64, height: 41, megapixels: 0, side: 64 };
    assert_eq!(without_metadata(Kind::Png, &png(64, 41), &small).unwrap_err(), over);
    for limits in [Limits { memory: 64 * 40 * 4 - 1, ..small }, Limits { bytes: 60, ..small }] {
        assert_eq!(without_metadata(Kind::Png, &png(64, 40), &limits).unwrap_err(), Unwanted::TooMuchWork);
    }
}
