//! Where a document stands between draft and archive, and when its comments become public.

crate::text_enum! {
    /// Where a document stands. It can be read from SCHEDULED on and takes contributions only while OPEN.
    pub enum Phase {
        /// Being written; only its editors and moderators see it.
        Draft = "DRAFT",
        /// Announced, and readable; opens at its opening time.
        Scheduled = "SCHEDULED",
        /// Takes contributions until its closing time has passed.
        Open = "OPEN",
        /// Takes no more contributions.
        Closed = "CLOSED",
        /// Officials work through what came in.
        Analysing = "ANALYSING",
        /// Every contribution is answered.
        Responded = "RESPONDED",
        /// Kept for the record.
        Archived = "ARCHIVED",
    }
}

crate::text_enum! {
    /// When a comment can be seen by everybody.
    pub enum ModerationMode {
        /// After a moderator has seen it.
        Pre = "PRE",
        /// At once; a moderator sees it afterwards.
        Post = "POST",
    }
}
