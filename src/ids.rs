//! Every id type of the house. In the database an id is a UUIDv7 made here; in the API it is a TypeID, such as
//! `comment_01h455vb4pex5vsknk084sn02q`, so that an id of the wrong type is told apart from one that is not there.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use chrono::{DateTime, Utc};
use type_safe_id::{StaticType, TypeSafeId};
use uuid::{NoContext, Timestamp, Uuid};

use crate::error::{Error, Result};

/// Counts the ids made in this process, from a random beginning.
static COUNTER: OnceLock<AtomicU64> = OnceLock::new();

/// A fresh UUIDv7 for the moment `at` (RFC 9562, 5.7): its millisecond, then 42 bits of a counter, then 32 at random. Ids
/// of one millisecond rise in the order they were made in this process, whatever other moments ids are made for meanwhile.
pub fn new(at: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
    let random =
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos())).as_u128();
    // 40 random bits at the most: there is room for a trillion more.
    let counter = COUNTER.get_or_init(|| AtomicU64::new(low_bits(random, 40)));
    let count = u128::from(counter.fetch_add(1, Ordering::Relaxed) & ((1 << 42) - 1));
    let head = random >> 76 << 76;
    Uuid::from_u128(
        head | (count >> 30) << 64 | 0b10 << 62 | (count & ((1 << 30) - 1)) << 32 | random & 0xffff_ffff,
    )
}

fn low_bits(of: u128, bits: u32) -> u64 {
    u64::try_from(of & ((1 << bits) - 1)).unwrap_or(0)
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
                // The library shortens what is too long for a prefix at a byte, and panics where that is within a character.
                if !text.is_ascii() {
                    return Err(not_an_id());
                }
                let id: TypeSafeId<type_safe_id::DynamicType> = text.parse().map_err(|_| not_an_id())?;
                match id.type_prefix() {
                    $($prefix => Ok(Self::$name($name(id.uuid()))),)*
                    _ => Err(not_an_id()),
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

/// What was given is not repeated: somebody may have put a secret into the wrong field.
fn not_an_id() -> Error {
    Error::BadRequest(
        "This is not an id of this service. An id looks like `comment_01h455vb4pex5vsknk084sn02q`.".into(),
    )
}

ids! {
    /// A person who signs in.
    AccountId = "account";
    /// A signed-in session.
    SessionId = "session";
    /// A token for a program.
    ApiTokenId = "apitoken";
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
    /// A file that belongs to a submission, or is to.
    AttachmentId = "attachment";
    /// The record of one decision.
    ModerationActionId = "action";
    /// A reader's complaint about a comment.
    ReportId = "report";
    /// A challenge to a decision.
    AppealId = "appeal";
    /// A rule that runs when a contribution arrives.
    RuleId = "rule";
    /// Contributions that say nearly the same.
    SimilarGroupId = "similar";
    /// A side effect waiting in the outbox.
    JobId = "job";
    /// What mail a moderator wants about one document or all.
    MailSubscriptionId = "mailing";
    /// That somebody has read something confidential.
    AccessRecordId = "access";
    /// A link in a mail by which a moderator decides.
    ActionLinkId = "link";
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing but an id is read as one, and what is read names the same thing when it is written again.
        #[test]
        fn every_id_reads_back(id in any::<u128>(), text in "\\PC*|[a-z]{0,12}_?[0-9a-zA-Z]{24,28}", at in any::<prop::sample::Index>()) {
            let id = SubmissionId(Uuid::from_u128(id));
            prop_assert_eq!(id.to_string().parse::<SubmissionId>().ok(), Some(id));
            prop_assert!(id.to_string().parse::<AccountId>().is_err());
            let mut shorter = id.to_string();
            shorter.remove(at.index(shorter.len()));
            prop_assert!(shorter.parse::<SubmissionId>().is_err(), "{}", shorter);
            if let Ok(id) = AnyId::parse(&text) {
                prop_assert_eq!(AnyId::parse(&id.to_string()).ok(), Some(id));
                prop_assert!(id.to_string().starts_with(id.prefix()));
            }
        }
    }

    #[test]
    fn a_long_text_in_any_script_is_no_id() {
        for shift in 0..4 {
            let text = format!("{}{}_01h455vb4pex5vsknk084sn02q", "a".repeat(shift), "𐵛".repeat(40));
            assert!(AnyId::parse(&text).is_err());
        }
    }

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
        let again = new(at - chrono::TimeDelta::days(1));
        assert!(earlier < again && again < later, "and those of one moment rise though others came between");
        assert_eq!((later.get_version_num(), later.get_variant()), (7, uuid::Variant::RFC4122));
        let millis = at.timestamp_millis();
        assert_eq!(later.as_u128() >> 80, u128::try_from(millis).unwrap());
    }
}
