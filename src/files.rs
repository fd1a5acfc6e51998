//! Files that people attach: what they may be, and what is made of them before they are kept. Knows nothing of
//! participation, of HTTP or of where files lie in the end.
//!
//! - [`kind`]: what a file is, told by what is in it and never by its name; and what it must not carry.
//! - [`image`]: a picture, made anew without what it tells of its maker.
//! - [`scanner`]: an outside virus scanner is asked.
//!
//! What is refused is an [`Unwanted`], whose text tells the person what to do about it.

pub mod image;
pub mod kind;
pub mod scanner;
mod unwanted;

pub use unwanted::Unwanted;
