//! A picture, made anew: decoded to its pixels, turned as it was meant to be seen, and encoded again.
//!
//! So nothing survives that is not a pixel: where and when it was taken, with which camera, whose name it bears, its small
//! picture from before it was cropped, comments, profiles, and what stands behind its end. Colours are taken as sRGB: what
//! a profile of a wider space said of them is lost with it.
//!
//! All of this is work for the processor: call it where blocking is allowed, a few at a time.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageResult,
    codecs::{
        jpeg::{JpegDecoder, JpegEncoder},
        png::{CompressionType, FilterType, PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
};

use super::{Unwanted, kind::Kind};

/// How good a JPEG is that is made here, of 100.
const QUALITY: u8 = 90;
/// How many bytes a PNG's rows, and profiles and texts that nobody will see, may take when they are unpacked.
const MAX_PNG_CHUNK: u64 = 16 * 1024 * 1024;

/// What is taken on for one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many pixels it may have.
    pub pixels: u64,
    /// How many pixels it may have on a side.
    pub side: u32,
    /// How many bytes its pixels may take when decoded. While it is turned or encoded there may be as much again, and a
    /// progressive JPEG takes up to twice as much more while it is decoded.
    pub memory: u64,
    /// How many bytes it may have when it is made anew: one that was packed better before grows.
    pub bytes: usize,
}

impl Default for Limits {
    /// 50 megapixels and 16,383 on a side, which is beyond what phones take and tables are scanned with; 256 MiB when
    /// decoded; 64 MiB when made anew.
    fn default() -> Self {
        Self { pixels: 50_000_000, side: 16_383, memory: 256 * 1024 * 1024, bytes: 64 * 1024 * 1024 }
    }
}

/// A picture that was made anew.
#[cfg_attr(test, derive(Debug))]
pub struct Picture {
    /// What it is now, which may be another kind than before: see [`without_metadata`].
    pub kind: Kind,
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its width in pixels, as it is seen.
    pub width: u32,
    /// Its height in pixels, as it is seen.
    pub height: u32,
}

/// Makes a picture of this kind anew.
///
/// JPEG stays JPEG, and PNG stays PNG with the depth it has. A WebP becomes a JPEG where it was lossy, as photographs are,
/// and else, or where parts of it are transparent, a PNG: all that could be written here as WebP is lossless and packed less
/// well than a PNG, let alone a photograph.
///
/// Animations are refused rather than cut to their first picture, which may not be what the sender meant to show.
///
/// Errors: [`Unwanted::TooManyPixels`] and [`Unwanted::TooMuchWork`] beyond the limits, which is known before memory
/// is taken; [`Unwanted::Moving`]; [`Unwanted::Damaged`] where it cannot be decoded; [`Unwanted::Other`] for what is
/// no picture.
pub fn without_metadata(kind: Kind, bytes: &[u8], limits: &Limits) -> Result<Picture, Unwanted> {
    let source = Cursor::new(bytes);
    let (image, kind) = match kind {
        Kind::Jpeg => {
            if !comes_to_its_end(bytes) {
                return Err(Unwanted::Damaged);
            }
            (decoded(JpegDecoder::new(source).map_err(|error| damaged(&error))?, limits)?, Kind::Jpeg)
        }
        Kind::Png => {
            let decoder =
                PngDecoder::with_limits(source, at_most(MAX_PNG_CHUNK)).map_err(|error| damaged(&error))?;
            if decoder.is_apng().map_err(|error| damaged(&error))? {
                return Err(Unwanted::Moving);
            }
            (decoded(decoder, limits)?, Kind::Png)
        }
        Kind::Webp => {
            let decoder = WebPDecoder::new(source).map_err(|error| damaged(&error))?;
            if decoder.has_animation() {
                return Err(Unwanted::Moving);
            }
            let image = decoded(decoder, limits)?;
            let kind = if is_lossy(bytes) && !image.color().has_alpha() { Kind::Jpeg } else { Kind::Png };
            (image, kind)
        }
        _ => return Err(Unwanted::Other),
    };
    let bytes = encoded(&image, kind).map_err(|error| damaged(&error))?;
    if bytes.len() > limits.bytes {
        return Err(Unwanted::TooMuchWork);
    }
    Ok(Picture { kind, bytes, width: image.width(), height: image.height() })
}

/// Whether a JPEG has its end mark (ITU-T T.81, B.1.1), found from marker to marker: previews have their own, and what phones
/// put behind it has anything. One that was cut off is decoded with grey for what is missing, which its sender would not see.
fn comes_to_its_end(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        at += match rest {
            [0xff, 0xd9, ..] => return true,
            // Padding; an escaped byte of the picture, its beginning, and a restart, none of which has a length.
            [0xff, 0xff, ..] => 1,
            [0xff, 0x00 | 0x01 | 0xd0..=0xd8, ..] => 2,
            [0xff, _, high, low, ..] => 2 + usize::from(u16::from_be_bytes([*high, *low])),
            [] | [0xff, ..] => return false,
            // The picture itself, in which a marker stands by itself.
            [..] => rest.iter().position(|byte| *byte == 0xff).unwrap_or(rest.len()),
        };
    }
    false
}

/// The pixels as they are meant to be seen, if they are within the limits.
fn decoded(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<DynamicImage, Unwanted> {
    let (width, height) = decoder.dimensions();
    if width.max(height) > limits.side || u64::from(width) * u64::from(height) > limits.pixels {
        return Err(Unwanted::TooManyPixels {
            width,
            height,
            megapixels: limits.pixels / 1_000_000,
            side: limits.side,
        });
    }
    if decoder.total_bytes() > limits.memory {
        return Err(Unwanted::TooMuchWork);
    }
    decoder.set_limits(at_most(limits.memory)).map_err(|error| damaged(&error))?;
    let orientation = decoder.orientation().map_err(|error| damaged(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn at_most(bytes: u64) -> image::Limits {
    let mut most = image::Limits::no_limits();
    most.max_alloc = Some(bytes);
    most
}

fn encoded(image: &DynamicImage, kind: Kind) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    match kind {
        Kind::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?,
        _ => image.write_with_encoder(PngEncoder::new_with_quality(
            &mut bytes,
            CompressionType::Default,
            FilterType::Adaptive,
        ))?,
    }
    Ok(bytes)
}

/// Whether a WebP holds a chunk of the lossy kind.
fn is_lossy(webp: &[u8]) -> bool {
    let mut rest = webp.get(12..).unwrap_or_default();
    while let [a, b, c, d, l0, l1, l2, l3, after @ ..] = rest {
        if [*a, *b, *c, *d] == *b"VP8 " {
            return true;
        }
        let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]);
        // Chunks begin at even places.
        let next = usize::try_from(length).unwrap_or(usize::MAX).saturating_add(length as usize & 1);
        rest = after.get(next..).unwrap_or_default();
    }
    false
}

fn damaged(error: &ImageError) -> Unwanted {
    match error {
        ImageError::Limits(_) => Unwanted::TooMuchWork,
        _ => Unwanted::Damaged,
    }
}

#[cfg(test)]
mod tests;
