//! The public log of a document in the API: what was decided, when, by which role and on which ground, and nothing that
//! could name somebody.

use std::ops::Range;

use async_graphql::{Context, Object, connection::Connection};
use data_encoding::HEXLOWER;

use super::{
    comments::Comment,
    errors::Result,
    loaders::{self, LogLength},
    paging::{PageArgs, Total, TotalCount, connection},
    time::DateTime,
};
use crate::{
    db::paging::{Page, Window},
    ids::DocumentId,
    ledger::{
        ActorKind, Decision, Reason, SubjectKind,
        queries::{LogEntry, Stretch},
    },
};

/// One record of the log.
pub(super) struct ModerationLogEntry(LogEntry);

impl ModerationLogEntry {
    /// The record, where it is about something that was decided. What moderators write down for each other is no decision:
    /// it stands in the log with its number and hashes, because without them the next record would seem to follow nothing;
    /// when and on what somebody wrote a note is nobody else's business.
    fn decided(&self) -> Option<&LogEntry> {
        (self.0.action != Decision::Note).then_some(&self.0)
    }
}

/// One record of what was decided about a contribution to the document, as everybody may read it: without the person who decided, the person concerned, and the words that were exchanged. Of an internal note only its place is shown.
#[Object]
impl ModerationLogEntry {
    /// Its place in the document's log, from 1 and without gaps.
    async fn seq(&self) -> i64 {
        self.0.seq
    }

    /// What was decided.
    async fn decision(&self) -> Decision {
        self.0.action
    }

    /// What kind of contribution it was about; nothing for a note.
    async fn subject_kind(&self) -> Option<SubjectKind> {
        self.decided().map(|entry| entry.subject_kind)
    }

    /// The comment it was about, where everybody sees it, itself or as a tombstone.
    async fn comment(&self, ctx: &Context<'_>) -> Result<Option<Comment>> {
        let Some(comment) = self.decided().and_then(LogEntry::comment) else { return Ok(None) };
        let found = loaders::of(ctx).load_one(comment).await?;
        Ok(found.filter(|row| row.visible).and_then(|row| Comment::seen(ctx, row)))
    }

    /// The state before; nothing for a note.
    async fn from_state(&self) -> Option<&str> {
        self.decided().map(|entry| entry.from_state.as_str())
    }

    /// The state after; nothing for a note.
    async fn to_state(&self) -> Option<&str> {
        self.decided().map(|entry| entry.to_state.as_str())
    }

    /// As what the one who decided did so; nothing for a note.
    async fn actor_kind(&self) -> Option<ActorKind> {
        self.decided().map(|entry| entry.actor_kind)
    }

    /// On which ground.
    async fn reason(&self) -> Option<Reason> {
        self.decided()?.reason
    }

    /// The rule of the document that was cited, by its number.
    async fn rule_cited(&self) -> Option<i32> {
        self.decided()?.rule_cited
    }

    /// Whether a rule found it first; nothing for a note.
    async fn detected(&self) -> Option<bool> {
        self.decided().map(|entry| entry.detected)
    }

    /// When it was decided; nothing for a note.
    async fn created_at(&self) -> Option<DateTime> {
        self.decided().map(|entry| entry.created_at.into())
    }

    /// The hash of this record in hexadecimal. It covers the hash of the one before, so that nothing can be changed or taken out without all that follows showing it.
    async fn hash(&self) -> String {
        HEXLOWER.encode(&self.0.hash)
    }

    /// The hash of the record before.
    async fn previous_hash(&self) -> String {
        HEXLOWER.encode(&self.0.previous_hash)
    }
}

/// A page of a document's log, the latest first.
pub(super) async fn log_of(
    ctx: &Context<'_>,
    document: DocumentId,
    args: PageArgs,
) -> Result<Connection<String, ModerationLogEntry, TotalCount>> {
    let window = args.window::<i64>("moderationLog")?;
    let length = loaders::of(ctx).load_one(LogLength(document)).await?.unwrap_or(0);
    let places = places(length, &window);
    let items = if places.is_empty() {
        Vec::new()
    } else {
        // The first place is that of the latest record, whose number is the log's length.
        let stretch = Stretch { document, low: length - places.end + 1, high: length - places.start };
        loaders::of(ctx).load_one(stretch).await?.unwrap_or_default()
    };
    let page = Page { items, has_previous: places.start > 0, has_next: places.end < length };
    Ok(connection("moderationLog", page, |entry| entry.seq, ModerationLogEntry, Total::Log(document)))
}

/// Which places of the list a window shows. Numbers have no gaps: where a page lies follows from the length.
fn places(length: i64, window: &Window<i64>) -> Range<i64> {
    let place = |seq: i64| length.saturating_sub(seq);
    let start = window.after.map_or(0, |after| place(after).saturating_add(1).clamp(0, length));
    let end = window.before.map_or(length, |before| place(before).clamp(0, length)).max(start);
    let limit = window.limit.min(end - start);
    if window.from_end { end - limit..end } else { start..start + limit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::paging::slice;

    #[test]
    fn a_page_is_the_one_of_the_whole_list() {
        for length in 0..5 {
            let list: Vec<i64> = (1..=length).rev().collect();
            let cursors = || std::iter::once(None).chain((-1..7).map(Some));
            for (after, before) in cursors().flat_map(|after| cursors().map(move |before| (after, before))) {
                for (limit, from_end) in (0..4).flat_map(|limit| [(limit, false), (limit, true)]) {
                    let window = Window { after, before, limit, from_end };
                    let page = slice(&list, |seq| -seq, &window.clone().map(|seq: i64| -seq));
                    let places = places(length, &window);
                    let items: Vec<i64> = places.clone().map(|place| length - place).collect();
                    assert_eq!(items, page.items, "{length} {window:?}");
                    let sides = (places.start > 0, places.end < length);
                    assert_eq!(sides, (page.has_previous, page.has_next), "{length} {window:?}");
                }
            }
        }
        let far = Window { after: Some(i64::MIN), before: Some(i64::MAX), limit: 20, from_end: false };
        assert!(places(3, &far).is_empty());
    }
}
