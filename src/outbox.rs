//! The outbox: side effects that wait in a table, written by the transaction that causes them and carried out by a
//! worker afterwards, at least once.
//!
//! A [`Job`] carries ids only; what runs it loads everything anew and checks again. Which code runs which job is known
//! to the [`Registry`] that `app` fills.

mod queries;
mod registry;
mod wake;
mod worker;

use chrono::{DateTime, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

pub use queries::{DeadLetter, count_dead_letters, dead_letters, purge, release, requeue};
pub use registry::{Failure, Registry};
pub(crate) use wake::CHANNEL;
pub use wake::{Wake, announce};
pub use worker::{Settings, work};

use crate::{error::Result, ids::JobId, seal};

/// A side effect to be carried out: ids only, never a text or an address.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the job is called in the table; never changed while such jobs may wait somewhere.
    const KIND: &'static str;
    /// What is carried out first: 0 for what somebody waits for at a screen, 1 for everything else.
    const PRIORITY: i16 = 1;
}

/// Adds a job to the transaction on `conn`, to be carried out from `at` on.
pub async fn enqueue<J: Job>(conn: &mut AsyncPgConnection, at: DateTime<Utc>, job: &J) -> Result<JobId> {
    let id = JobId::new(at);
    queries::insert(conn, id, at, job).await?;
    Ok(id)
}

/// Adds the jobs that follow from another one, each for a subject of its own, in one transaction. Their ids are made from
/// both, so that a parent that is carried out twice makes its children once.
pub async fn enqueue_children<J: Job>(
    conn: &mut AsyncPgConnection,
    at: DateTime<Utc>,
    parent: JobId,
    children: Vec<(Uuid, J)>,
) -> Result<()> {
    conn.transaction(async |conn| {
        for (subject, job) in children {
            queries::insert(conn, child_id(parent, subject), at, &job).await?;
        }
        Ok(())
    })
    .await
}

/// A UUIDv8 (RFC 9562, section 5.8): the parent's time, then a digest of parent and subject.
fn child_id(parent: JobId, subject: Uuid) -> JobId {
    let digest = seal::digest(&[b"job", parent.0.as_bytes(), subject.as_bytes()]);
    let mut bytes = *parent.0.as_bytes();
    bytes[6..].copy_from_slice(&digest[..10]);
    JobId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parent_and_subject_make_the_same_child() {
        let parent = JobId::new(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(child_id(parent, one), child_id(parent, one));
        assert_ne!(child_id(parent, one), child_id(parent, two));
        assert_eq!(child_id(parent, one).0.get_version_num(), 8);
        assert_eq!(child_id(parent, one).0.as_bytes()[..6], parent.0.as_bytes()[..6]);
    }
}
