//! Keyset paging: pages of a list that is ordered by a key, from either end, with true answers to "is there more?".

use crate::error::{Error, Result};

/// How many items a page has when nobody says.
pub const DEFAULT_PAGE: i64 = 20;
/// How many items a page has at the most.
pub const MAX_PAGE: i64 = 100;

/// Which page is asked for, as the four arguments of a connection say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window<K> {
    /// Only what comes after this key.
    pub after: Option<K>,
    /// Only what comes before this key.
    pub before: Option<K>,
    /// How many, 0 to [`MAX_PAGE`].
    pub limit: i64,
    /// Take them from the end of the range, as `last` asks for.
    pub from_end: bool,
}

impl<K> Window<K> {
    /// Reads the arguments; sizes over [`MAX_PAGE`] are brought down to it. `BadRequest` for a negative size, or for
    /// `first` and `last` at once.
    pub fn new(first: Option<i32>, after: Option<K>, last: Option<i32>, before: Option<K>) -> Result<Self> {
        let size = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(Error::BadRequest("Give `first` or `last`, not both.".into()));
            }
            (Some(n), None) | (None, Some(n)) if n < 0 => {
                return Err(Error::BadRequest("`first` and `last` must not be negative.".into()));
            }
            (Some(n), None) | (None, Some(n)) => i64::from(n),
            (None, None) => DEFAULT_PAGE,
        };
        Ok(Self { after, before, limit: size.min(MAX_PAGE), from_end: last.is_some() })
    }

    /// The same window with its keys in another form.
    pub fn map<L>(self, f: impl Fn(K) -> L) -> Window<L> {
        Window {
            after: self.after.map(&f),
            before: self.before.map(&f),
            limit: self.limit,
            from_end: self.from_end,
        }
    }
}

/// One stretch of the list to be read: strictly between two keys, from its start or (then in reverse) from its end.
#[derive(Clone, Debug)]
pub struct Span<K> {
    /// Strictly after this key.
    pub after: Option<K>,
    /// Strictly before this key.
    pub before: Option<K>,
    /// Read from the end, last item first.
    pub reverse: bool,
    /// How many to read.
    pub limit: i64,
}

/// A page of items in the list's order.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether the list has items before the first of these.
    pub has_previous: bool,
    /// Whether the list has items after the last of these.
    pub has_next: bool,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { items: Vec::new(), has_previous: false, has_next: false }
    }
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// Reads a page: one statement, and one more only where a cursor was given, to answer truly what lies behind it.
pub async fn page<K: Clone, T, F, Fut>(
    window: Window<K>,
    key: impl Fn(&T) -> K,
    mut fetch: F,
) -> Result<Page<T>>
where
    F: FnMut(Span<K>) -> Fut,
    Fut: Future<Output = Result<Vec<T>>>,
{
    let Window { after, before, limit, from_end } = window;
    let mut items =
        fetch(Span { after: after.clone(), before: before.clone(), reverse: from_end, limit: limit + 1 })
            .await?;
    let more = i64::try_from(items.len()).is_ok_and(|count| count > limit);
    items.truncate(usize::try_from(limit).unwrap_or(0));
    if from_end {
        items.reverse();
    }
    // On the side that was read from, the far end is known by the one item too many; the near end lies at a cursor
    // if one was given, and at the end of the list if not.
    let (mut has_previous, mut has_next) = if from_end { (more, false) } else { (false, more) };
    if !from_end && after.is_some() {
        let span = Span { after: None, before: items.first().map(&key), reverse: true, limit: 1 };
        has_previous = !fetch(span).await?.is_empty();
    }
    if from_end && before.is_some() {
        let span = Span { after: items.last().map(&key), before: None, reverse: false, limit: 1 };
        has_next = !fetch(span).await?.is_empty();
    }
    if !from_end && before.is_some() && !more {
        let span = Span {
            after: items.last().map(&key).or_else(|| after.clone()),
            before: None,
            reverse: false,
            limit: 1,
        };
        has_next = !fetch(span).await?.is_empty();
    }
    if from_end && after.is_some() && !more {
        let span = Span {
            after: None,
            before: items.first().map(&key).or_else(|| before.clone()),
            reverse: true,
            limit: 1,
        };
        has_previous = !fetch(span).await?.is_empty();
    }
    Ok(Page { items, has_previous, has_next })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(list: &[i32], window: Window<i32>) -> (Vec<i32>, bool, bool) {
        let page = page(
            window,
            |item| *item,
            |span| {
                let mut found: Vec<i32> = list
                    .iter()
                    .copied()
                    .filter(|x| span.after.is_none_or(|a| *x > a) && span.before.is_none_or(|b| *x < b))
                    .collect();
                if span.reverse {
                    found.reverse();
                }
                found.truncate(usize::try_from(span.limit).unwrap());
                async move { Ok(found) }
            },
        )
        .await
        .unwrap();
        (page.items, page.has_previous, page.has_next)
    }

    #[tokio::test]
    async fn pages_say_truly_what_lies_on_either_side() {
        let list = [1, 2, 3, 4, 5];
        let w = |first, after, last, before| Window::new(first, after, last, before).unwrap();
        assert_eq!(of(&list, w(Some(2), None, None, None)).await, (vec![1, 2], false, true));
        assert_eq!(of(&list, w(Some(2), Some(2), None, None)).await, (vec![3, 4], true, true));
        assert_eq!(of(&list, w(Some(2), Some(3), None, None)).await, (vec![4, 5], true, false));
        assert_eq!(of(&list, w(None, None, Some(2), None)).await, (vec![4, 5], true, false));
        assert_eq!(of(&list, w(None, None, Some(2), Some(3))).await, (vec![1, 2], false, true));
        assert_eq!(of(&list, w(Some(5), Some(1), None, Some(4))).await, (vec![2, 3], true, true));
        assert_eq!(of(&list, w(None, Some(1), Some(5), Some(4))).await, (vec![2, 3], true, true));
        assert_eq!(of(&list, w(Some(0), None, None, None)).await, (vec![], false, true));
        assert_eq!(of(&list, w(Some(3), Some(5), None, None)).await, (vec![], true, false));
        assert_eq!(of(&[], w(Some(3), None, None, None)).await, (vec![], false, false));
        assert!(Window::<i32>::new(Some(-1), None, None, None).is_err());
        assert!(Window::<i32>::new(Some(1), None, Some(1), None).is_err());
        assert_eq!(Window::<i32>::new(Some(5000), None, None, None).unwrap().limit, MAX_PAGE);
    }
}
