//! Why a file is not taken.

/// Why a file is not taken. Each variant stands for one thing that its sender can do about it, and its text says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwanted {
    /// There is nothing in it.
    #[error("The file is empty. See whether it was saved, and choose it again.")]
    Empty,
    /// It is a picture of another kind, such as HEIC, GIF or TIFF.
    #[error("Pictures of this kind are not accepted. Save it as JPEG or PNG, and send that.")]
    OtherPicture,
    /// It is an archive.
    #[error("Archives are not accepted. Unpack it, and send the files that matter one by one.")]
    Archive,
    /// It is an OLE compound file: Office before 2007, or Office under a password.
    #[error(
        "This is an Office file in an old format, or one with a password. Save it without a password as .docx, .xlsx, .odt or .ods, or as PDF, and send that."
    )]
    OldOffice,
    /// It is a document of another kind: a presentation, a template, a book, rich text.
    #[error("Documents of this kind are not accepted. Save it as PDF, and send that.")]
    OtherDocument,
    /// It is HTML, SVG or another XML.
    #[error("Web pages, drawings as SVG and other XML are not accepted. Print it as PDF, and send that.")]
    WebPage,
    /// It is a recording.
    #[error("Sound and video are not accepted. Write down what matters in it.")]
    Recording,
    /// It is a program or a script.
    #[error("Programs and scripts are not accepted.")]
    Program,
    /// Nobody knows what it is.
    #[error(
        "Files of this kind are not accepted. Send a PDF, a document or spreadsheet as .docx, .xlsx, .odt or .ods, a picture as JPEG, PNG or WebP, or plain text."
    )]
    Other,
    /// It is near to text, and is not UTF-8 or holds control characters.
    #[error(
        "The text is not plain text in UTF-8. Choose UTF-8 when you save it (a spreadsheet calls it “CSV UTF-8”), and send that."
    )]
    NotPlainText,
    /// A document with macros in it, or with a document in it that has some.
    #[error(
        "The document holds macros, which are small programs. Save it without them as .docx, .xlsx, .odt or .ods, or as PDF, and send that."
    )]
    Macros,
    /// A document that needs a password.
    #[error("The document needs a password. Save it without one, and send that.")]
    Password,
    /// It is one kind of file to one program and another to the next.
    #[error("The file is of two kinds at once. Open it, save it anew, and send what you saved.")]
    TwoKinds,
    /// It does not hold together as what it says it is.
    #[error(
        "The file is damaged, or a part of it is missing. Open it to see whether it is whole, save it anew, and send what you saved."
    )]
    Damaged,
    /// A picture with more pixels than are taken on.
    #[error(
        "The picture has {width} × {height} pixels. Up to {megapixels} million are accepted, and up to {side} on a side. Make it smaller, and send that."
    )]
    TooManyPixels {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// How many millions of pixels it may have.
        megapixels: u64,
        /// How many pixels it may have on a side.
        side: u32,
    },
    /// A picture that takes more memory or work to open than is given to one.
    #[error(
        "Opening the picture takes too much memory or time. Make it smaller or save it as JPEG, and send that."
    )]
    TooMuchWork,
    /// An animation.
    #[error("Moving pictures are not accepted. Save what matters of it as JPEG or PNG, and send that.")]
    Moving,
}
