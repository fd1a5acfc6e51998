//! The one row about this installation: the proof of its master key, and whether it was given the demonstration.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::{
    db::schema::installation,
    error::{Error, Result},
    ids,
    seal::{MasterKey, Masters, Place, Root},
    vault::key_check_place,
};

/// Where the sealed root secret lives.
const ROOT: Place = Place { column: "installation.root_sealed", row: Uuid::nil() };

/// Whether nothing has been kept in this database yet.
pub async fn is_new(conn: &mut AsyncPgConnection) -> Result<bool> {
    let rows: i64 = installation::table.count().get_result(conn).await?;
    Ok(rows == 0)
}

/// Proves that one of the master keys is the one in force, or begins the installation under the configured one, and gives
/// the root secret. Nothing where none of them is: a wrong key is told apart here, before anything could be sealed with it.
pub async fn prove(
    conn: &mut AsyncPgConnection,
    masters: &Masters,
    now: DateTime<Utc>,
) -> Result<Option<Root>> {
    let (proof, sealed) = sealed_by(&masters.configured, &Root::random().map_err(Error::internal)?)?;
    diesel::insert_into(installation::table)
        .values((
            installation::public_id.eq(ids::new(now)),
            installation::key_check.eq(proof),
            installation::root_sealed.eq(sealed),
            installation::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let (check, sealed): (Vec<u8>, Option<Vec<u8>>) =
        installation::table.select((installation::key_check, installation::root_sealed)).first(conn).await?;
    let Some((key, _)) = masters.open(key_check_place(), &check) else { return Ok(None) };
    if let Some(sealed) = sealed {
        let root = key.unwrap(ROOT, &sealed).map_err(Error::internal)?;
        return Ok(Some(Root::read(&root).map_err(Error::internal)?));
    }
    // Begun before roots were kept. Whoever does this at the same moment keeps the same.
    let root = key.first_root().clone();
    let (_, sealed) = sealed_by(key, &root)?;
    diesel::update(installation::table.filter(installation::root_sealed.is_null()))
        .set(installation::root_sealed.eq(sealed))
        .execute(conn)
        .await?;
    Ok(Some(root))
}

/// Locks the installation until the transaction ends, so that no key is made meanwhile, and says which of these master keys
/// is in force.
pub async fn lock_key<'a>(
    conn: &mut AsyncPgConnection,
    masters: &'a Masters,
) -> Result<Option<&'a MasterKey>> {
    let check: Vec<u8> = installation::table.for_update().select(installation::key_check).first(conn).await?;
    Ok(masters.open(key_check_place(), &check).map(|(key, _)| key))
}

/// Puts a master key in force: the proof and the root are sealed by it from now on.
pub async fn put_in_force(conn: &mut AsyncPgConnection, next: &MasterKey, root: &Root) -> Result<()> {
    let (proof, sealed) = sealed_by(next, root)?;
    diesel::update(installation::table)
        .set((installation::key_check.eq(proof), installation::root_sealed.eq(sealed)))
        .execute(conn)
        .await?;
    Ok(())
}

fn sealed_by(key: &MasterKey, root: &Root) -> Result<(Vec<u8>, Vec<u8>)> {
    let proof = key.wrap(key_check_place(), b"answerable").map_err(Error::internal)?;
    Ok((proof, key.wrap(ROOT, root.bytes()).map_err(Error::internal)?))
}

/// What this installation is called among others; nothing before its first start is over.
pub async fn public_id(conn: &mut AsyncPgConnection) -> Result<Option<Uuid>> {
    Ok(installation::table.select(installation::public_id).first(conn).await.optional()?)
}

/// Whether the demonstration was loaded to its end.
pub async fn has_demo(conn: &mut AsyncPgConnection) -> Result<bool> {
    let at: Option<DateTime<Utc>> =
        installation::table.select(installation::demo_loaded_at).first(conn).await?;
    Ok(at.is_some())
}

/// Remembers that the demonstration was loaded to its end.
pub async fn remember_demo(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> Result<()> {
    diesel::update(installation::table).set(installation::demo_loaded_at.eq(now)).execute(conn).await?;
    Ok(())
}
