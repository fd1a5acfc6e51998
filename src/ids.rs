//! Every id type of the house. In the database an id is a UUIDv7 made here; in the API it is a TypeID, such as
//! `comment_01h455vb4pex5vsknk084sn02q`, so that an id of the wrong type is told apart from one that is not there.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use type_safe_id::{StaticType, TypeSafeId};
use uuid::{ContextV7, NoContext, Timestamp, Uuid};

use crate::error::{Error, Result};

/// Shared, so that ids of one millisecond are made in rising order within a process; with the latest moment an id was
/// made for.
static CONTEXT: Mutex<Option<(ContextV7, DateTime<Utc>)>> = Mutex::new(None);

/// A fresh UUIDv7 for the moment `at`.
pub fn new(at: DateTime<Utc>) -> Uuid {
    let mut context = CONTEXT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (seconds, nanos) = (u64::try_from(at.timestamp()).unwrap_or(0), at.timestamp_subsec_nanos());
    let (context, latest) = context.get_or_insert_with(|| (ContextV7::new(), at));
    if at < *latest {
        // The context never goes back: with it, what is dated back would bear a later moment.
        return Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos));
    }
    *latest = at;
    Uuid::new_v7(Timestamp::from_unix(&*context, seconds, nanos))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
                     serde::Serialize, serde::Deserialize)]
            #[diesel(sql_type = diesel::sql_types::Uuid)]
            #[serde(transparent)]
            pub struct $name(pub Uuid);

            impl $name {
                /// What its TypeID begins with.
                pub const PREFIX: &'static str = $prefix;

                /// A fresh id for the moment `at`.
                pub fn new(at: DateTime<Utc>) -> Self {
                    Self(new(at))
                }
            }

            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    #[derive(Default)]
                    struct Prefix;
                    impl StaticType for Prefix {
                        const TYPE: &'static str = $prefix;
                    }
                    TypeSafeId::<Prefix>::from_uuid(self.0).fmt(f)
                }
            }

            impl std::str::FromStr for $name {
                type Err = Error;

                /// `BadRequest` for what is no id, or one of another type.
                fn from_str(text: &str) -> Result<Self> {
                    match AnyId::parse(text)? {
                        AnyId::$name(id) => Ok(id),
                        other => Err(Error::BadRequest(format!(
                            "This needs an id of type `{}`, which begins with `{}_`; the one given is of type `{}`.",
                            $prefix, $prefix, other.prefix(),
                        ))),
                    }
                }
            }

            impl diesel::serialize::ToSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                    diesel::serialize::ToSql::<diesel::sql_types::Uuid, diesel::pg::Pg>::to_sql(&self.0, out)
                }
            }

            impl diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg> for $name {
                fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                    <Uuid as diesel::deserialize::FromSql<diesel::sql_types::Uuid, diesel::pg::Pg>>::from_sql(value).map(Self)
                }
            }
        )*

        /// An id of any type, as `node(id:)` takes it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum AnyId {
            $($(#[$doc])* $name($name),)*
        }

        impl AnyId {
            /// Reads a TypeID of whatever type it says it is; `BadRequest` for what is none of ours.
            pub fn parse(text: &str) -> Result<Self> {
                let id: TypeSafeId<type_safe_id::DynamicType> = text.parse().map_err(|_| not_an_id(text))?;
                match id.type_prefix() {
                    $($prefix => Ok(Self::$name($name(id.uuid()))),)*
                    _ => Err(not_an_id(text)),
                }
            }

            /// What the id's type is called.
            pub fn prefix(&self) -> &'static str {
                match self { $(Self::$name(_) => $prefix,)* }
            }
        }

        impl std::fmt::Display for AnyId {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self { $(Self::$name(id) => id.fmt(f),)* }
            }
        }
    };
}

fn not_an_id(text: &str) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::BadRequest(format!(
        "`{}` is not an id of this service. An id looks like `comment_01h455vb4pex5vsknk084sn02q`.",
        shown.escape_debug()
    ))
}

ids! {
    /// A person who signs in.
    AccountId = "account";
    /// A signed-in session.
    SessionId = "session";
    /// A mailed link to sign in with.
    SignInLinkId = "signin";
    /// What is put to the public.
    DocumentId = "document";
    /// A part of a document.
    SectionId = "section";
    /// One version of a section's text.
    SectionRevisionId = "revision";
    /// Who wrote a contribution.
    ContributorId = "contributor";
    /// What a contributor keeps.
    ReceiptId = "receipt";
    /// A public remark.
    CommentId = "comment";
    /// A private contribution.
    SubmissionId = "submission";
    /// The record of one decision.
    ModerationActionId = "action";
    /// A side effect waiting in the outbox.
    JobId = "job";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_its_type_is_held() {
        let id = CommentId::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        assert!(id.to_string().starts_with("comment_"));
        assert_eq!(id.to_string().parse::<CommentId>().unwrap(), id);
        let wrong = id.to_string().parse::<SubmissionId>().unwrap_err();
        assert!(
            matches!(&wrong, Error::BadRequest(text) if text.contains("submission_") && text.contains("of type `comment`"))
        );
        for bad in ["", "comment", "comment_", "comment_zzz", "other_01h455vb4pex5vsknk084sn02q", "\u{0}\n"] {
            assert!(matches!(AnyId::parse(bad), Err(Error::BadRequest(_))), "{bad:?}");
        }
    }

    #[test]
    fn ids_of_one_moment_rise() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let made: Vec<_> = (0..1000).map(|_| new(at)).collect();
        assert!(made.is_sorted());
    }

    #[test]
    fn an_id_that_is_dated_back_is_sorted_back() {
        let at = DateTime::from_timestamp(4_000_000_000, 0).unwrap();
        let (later, earlier) = (new(at), new(at - chrono::TimeDelta::days(1)));
        assert!(earlier < later && new(at) > later);
    }
}
