//! Relay connections over keyset pages: the four arguments, opaque cursors, `totalCount` only when asked.

use async_graphql::{
    Context, ID, Object, OutputType,
    connection::{Connection, Edge},
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, de::DeserializeOwned};

use super::{batching::in_round, errors::Result, loaders};
use crate::{
    comments::queries::Shelf,
    db::paging::{DEFAULT_PAGE, MAX_PAGE, Page, Window},
    error::{self, Error},
    identity::Viewer,
    ids::DocumentId,
    moderation::{
        appeals,
        desk::{self, Wanted},
    },
    privacy::access,
};

/// The arguments that every connection takes.
pub(super) struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

impl PageArgs {
    /// The window they describe. `list` names the list and its order: a cursor of another list is refused.
    pub(super) fn window<K: DeserializeOwned>(self, list: &str) -> Result<Window<K>> {
        let read = |cursor: Option<String>, name| cursor.map(|text| decode(list, &text, name)).transpose();
        let (after, before) = (read(self.after, "after")?, read(self.before, "before")?);
        Ok(Window::new(self.first, after, self.last, before)?)
    }
}

fn encode<K: Serialize>(list: &str, key: &K) -> String {
    // A key is a number or an id, or a pair of them: it always has a JSON form.
    let key = serde_json::to_string(key).unwrap_or_default();
    BASE64URL_NOPAD.encode(format!("{list}:{key}").as_bytes())
}

fn decode<K: DeserializeOwned>(list: &str, cursor: &str, argument: &str) -> error::Result<K> {
    let refused = || {
        Error::BadRequest(format!(
            "`{argument}` is not a cursor of this list in this order. Use `cursor`, `startCursor` or `endCursor` as the list gave them."
        ))
    };
    if cursor.len() > 400 {
        return Err(refused());
    }
    let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| refused())?;
    let key = bytes.strip_prefix(list.as_bytes()).and_then(|rest| rest.strip_prefix(b":"));
    key.and_then(|key| serde_json::from_slice(key).ok()).ok_or_else(refused)
}

/// A connection of a page: `key` says where an item stands, `node` what it is in the API.
pub(super) fn connection<T, K, N>(
    list: &str,
    page: Page<T>,
    key: impl Fn(&T) -> K,
    mut node: impl FnMut(T) -> N,
    total: Total,
) -> Connection<String, N, TotalCount>
where
    K: Serialize,
    N: OutputType,
{
    let mut connection =
        Connection::with_additional_fields(page.has_previous, page.has_next, TotalCount(total));
    connection.edges = page
        .items
        .into_iter()
        .map(|item| {
            let cursor = encode(list, &key(&item));
            Edge::new(cursor, node(item))
        })
        .collect();
    connection
}

/// What is counted when somebody asks.
pub(super) enum Total {
    /// A list that is at hand whole.
    Known(usize),
    /// The documents the viewer may read.
    Documents,
    /// A list of comments.
    Comments(Shelf, uuid::Uuid),
    /// The viewer's queue.
    Queue(Wanted),
    /// The log of a document.
    Log(DocumentId),
    /// The reports on a comment.
    Reports(crate::ids::CommentId),
    /// The appeals that the viewer may decide on.
    Appeals(appeals::actions::Filter),
    /// The jobs that were given up on.
    DeadLetters,
    /// Records of reading.
    AccessRecords(access::Filter),
    /// The accounts, or those with a role.
    Accounts(Option<crate::identity::Role>),
}

/// What every connection has beside its page.
pub(super) struct TotalCount(Total);

#[Object]
impl TotalCount {
    /// How many items the whole list has. Counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        let viewer = ctx.data_unchecked::<Viewer>();
        let app = ctx.data_unchecked::<crate::context::Context>();
        match &self.0 {
            Total::Known(count) => Ok(i64::try_from(*count).unwrap_or(i64::MAX)),
            Total::Documents => {
                let (app, viewer) = (app.clone(), viewer.clone());
                let count = async move { crate::documents::actions::count(&app, &viewer).await };
                Ok(in_round(ctx, count).await?)
            }
            Total::Comments(shelf, owner) => {
                let key = loaders::ListLength { shelf: *shelf, owner: *owner };
                Ok(loaders::of(ctx).load_one(key).await?.unwrap_or(0))
            }
            Total::Log(document) => {
                Ok(loaders::of(ctx).load_one(loaders::LogLength(*document)).await?.unwrap_or(0))
            }
            Total::Reports(comment) => {
                Ok(loaders::of(ctx).load_one(loaders::ReportCount(*comment)).await?.unwrap_or(0))
            }
            Total::Appeals(filter) => {
                let (app, viewer, filter) = (app.clone(), viewer.clone(), *filter);
                let count = async move { appeals::actions::count(&app, &viewer, filter).await };
                Ok(in_round(ctx, count).await?)
            }
            Total::DeadLetters => {
                let app = app.clone();
                let count = async move { crate::outbox::count_dead_letters(&mut *app.db.get().await?).await };
                Ok(in_round(ctx, count).await?)
            }
            Total::AccessRecords(filter) => {
                let (app, viewer, filter) = (app.clone(), viewer.clone(), *filter);
                let count = async move { access::count(&app, &viewer, filter).await };
                Ok(in_round(ctx, count).await?)
            }
            Total::Accounts(role) => {
                let (app, viewer, role) = (app.clone(), viewer.clone(), *role);
                let count = async move { crate::identity::actions::count(&app, &viewer, role).await };
                Ok(in_round(ctx, count).await?)
            }
            Total::Queue(wanted) => {
                let (app, viewer, wanted) = (app.clone(), viewer.clone(), wanted.clone());
                let count = async move { desk::count(&app, &viewer, &wanted, access::record_found).await };
                Ok(in_round(ctx, count).await?)
            }
        }
    }
}

/// What a connection adds to a query's complexity: its items' cost, for a page of the size asked for.
pub(super) fn cost(first: Option<i32>, last: Option<i32>, child: usize) -> usize {
    let size = first.or(last).map_or(DEFAULT_PAGE, i64::from).clamp(1, MAX_PAGE);
    // Items of a page share their statements: what grows with each is the work of filling it in.
    1 + child * usize::try_from(size).unwrap_or(1)
}

/// A page of a list that is at hand whole, in rising order of its key.
pub(super) fn slice<T: Clone, K: Ord>(items: &[T], key: impl Fn(&T) -> K, window: &Window<K>) -> Page<T> {
    let start = window.after.as_ref().map_or(0, |after| items.partition_point(|item| key(item) <= *after));
    let end = window
        .before
        .as_ref()
        .map_or(items.len(), |before| items.partition_point(|item| key(item) < *before));
    let end = end.max(start);
    let limit = usize::try_from(window.limit).unwrap_or(0).min(end - start);
    let range = if window.from_end { end - limit..end } else { start..start + limit };
    Page {
        items: items[range.clone()].to_vec(),
        has_previous: range.start > 0,
        has_next: range.end < items.len(),
    }
}

/// The id of a type as the API shows it.
pub(super) fn id(id: impl std::fmt::Display) -> ID {
    ID(id.to_string())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use proptest::{collection::btree_set, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn any_cursor_is_read_or_refused(list in "[a-zA-Z:]{0,20}", other in "[a-zA-Z:]{0,20}", key in any::<(i32, String)>(), text in any::<String>()) {
            let cursor = encode(&list, &key);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')));
            let read = decode::<(i32, String)>(&list, &cursor, "after");
            prop_assert_eq!(read.ok(), (cursor.len() <= 400).then_some(key));
            if list != other {
                prop_assert!(decode::<(i32, String)>(&other, &cursor, "after").is_err());
            }
            if let Err(error) = decode::<i64>(&list, &text, "after") {
                prop_assert!(text.len() < 12 || !error.to_string().contains(&text), "what was given is not repeated");
            }
        }

        /// A page that is read and one that is cut from a list are what a plain walk over the list finds.
        #[test]
        fn pages_are_what_a_walk_finds(
            list in btree_set(0..40, 0..12), after in proptest::option::of(-1..41), before in proptest::option::of(-1..41), size in 0..15, from_end: bool,
        ) {
            let list: Vec<i32> = list.into_iter().collect();
            let window = if from_end { Window::new(None, after, Some(size), before) } else { Window::new(Some(size), after, None, before) };
            let window = window.unwrap();
            let fits = |x: &i32| after.is_none_or(|a| *x > a) && before.is_none_or(|b| *x < b);
            let mut wanted: Vec<i32> = list.iter().copied().filter(fits).collect();
            let size = usize::try_from(size).unwrap();
            if from_end {
                wanted.drain(..wanted.len().saturating_sub(size));
            } else {
                wanted.truncate(size);
            }
            let sides = |wanted: &[i32]| Some((list.first() != wanted.first(), list.last() != wanted.last())).filter(|_| !wanted.is_empty());
            let read = crate::db::paging::page(window.clone(), |item| *item, |span| {
                let within = |x: &i32| span.after.is_none_or(|a| *x > a) && span.before.is_none_or(|b| *x < b);
                let mut found: Vec<i32> = list.iter().copied().filter(within).collect();
                if span.reverse {
                    found.reverse();
                }
                found.truncate(usize::try_from(span.limit).unwrap());
                async move { Ok(found) }
            });
            for page in [read.now_or_never().unwrap().unwrap(), slice(&list, |item| *item, &window)] {
                prop_assert_eq!(&page.items, &wanted);
                if let Some(sides) = sides(&wanted) {
                    prop_assert_eq!((page.has_previous, page.has_next), sides);
                }
            }
        }
    }

    #[test]
    fn a_cursor_reads_back_in_its_own_list_only() {
        let cursor = encode("comments:NEWEST", &(3, "x"));
        let read: (i32, String) = decode("comments:NEWEST", &cursor, "after").unwrap();
        assert_eq!(read, (3, "x".into()));
        for (list, cursor) in
            [("comments:OLDEST", cursor.as_str()), ("comments:NEWEST", "!"), ("comments", &cursor)]
        {
            assert!(decode::<(i32, String)>(list, cursor, "after").is_err(), "{list} {cursor}");
        }
    }

    #[test]
    fn a_slice_says_truly_what_lies_on_either_side() {
        let items = [1, 2, 3, 4, 5];
        let of = |first, after, last, before| {
            let page = slice(&items, |item| *item, &Window::new(first, after, last, before).unwrap());
            (page.items, page.has_previous, page.has_next)
        };
        assert_eq!(of(Some(2), None, None, None), (vec![1, 2], false, true));
        assert_eq!(of(Some(2), Some(3), None, None), (vec![4, 5], true, false));
        assert_eq!(of(None, None, Some(2), Some(4)), (vec![2, 3], true, true));
        assert_eq!(of(Some(9), Some(9), None, Some(0)), (vec![], true, false));
        assert_eq!(of(Some(0), None, None, None), (vec![], false, true));
    }
}
