//! A text in its three forms.

use async_graphql::SimpleObject;

/// A text in three forms that say the same.
#[derive(SimpleObject, Clone)]
pub(super) struct Text {
    /// The source, in Markdown.
    pub markdown: String,
    /// HTML that is safe to show as it is.
    pub html: String,
    /// The words alone, without any markup.
    pub plain: String,
}
