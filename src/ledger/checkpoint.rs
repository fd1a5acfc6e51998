//! Checkpoints: how every chain ends at a moment, signed with the installation's key, to be kept where whoever could
//! rewrite the database does not reach. A checkpoint is a JWS in its compact form (RFC 7515) with Ed25519 (RFC 8037).

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64, HEXLOWER};
use diesel_async::AsyncPgConnection;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::queries::stored;
use crate::{
    context::Context,
    error::{Error, Result},
    ids::DocumentId,
    installation, seal,
};

/// What tells a checkpoint from everything else that the same key signs.
const TYPE: &str = "answerable-checkpoint+jwt";
/// How far clocks may be apart.
const LEEWAY: TimeDelta = TimeDelta::minutes(2);
/// What the DER form of an Ed25519 public key begins with (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// How every chain ended at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Which installation.
    pub installation: Uuid,
    /// When, by the clock of the installation.
    pub made_at: DateTime<Utc>,
    /// The last record of each document that has any.
    pub heads: Vec<Head>,
}

/// The last record of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The document, as the API names it.
    #[serde(with = "typed")]
    pub document: DocumentId,
    /// Its name in addresses.
    pub slug: String,
    /// The record's number: how many there are.
    pub seq: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

mod typed {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    use crate::ids::DocumentId;

    pub(super) fn serialize<S: Serializer>(id: &DocumentId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DocumentId, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The public half of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Vec<u8>);

impl PublicKey {
    /// From its 32 bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// Reads the form that [`PublicKey::to_pem`] writes, and `openssl pkey -pubout`.
    pub fn from_pem(text: &str) -> Result<Self> {
        let body: String = text.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64.decode(body.as_bytes()).ok();
        der.and_then(|der| Some(Self(der.strip_prefix(&SPKI)?.to_vec()))).filter(|key| key.0.len() == 32).ok_or_else(
            || Error::BadRequest("This is not the public half of an Ed25519 key in PEM. `answerable checkpoint --public-key-output FILE` writes it.".into()),
        )
    }

    /// The key in PEM, to be handed to those who are to check what was signed.
    pub fn to_pem(&self) -> String {
        let der = [&SPKI[..], &self.0].concat();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&der))
    }

    /// What the key is called in what it signed.
    pub fn id(&self) -> String {
        seal::key_id(&self.0)
    }
}

/// Signs how every chain ends now.
pub async fn make(ctx: &Context) -> Result<(Checkpoint, String)> {
    let mut conn = ctx.db.get().await?;
    let installation = of_installation(&mut conn).await?;
    // One statement, one moment.
    let heads = stored::heads(&mut conn).await?;
    let head = |(document, slug, seq, hash): (_, _, _, Vec<u8>)| Head {
        document,
        slug,
        seq,
        hash: HEXLOWER.encode(&hash),
    };
    let checkpoint =
        Checkpoint { installation, made_at: ctx.clock.now(), heads: heads.into_iter().map(head).collect() };
    let header = Header {
        kid: Some(seal::key_id(&ctx.loaded_keys.signing_public)),
        typ: Some(TYPE.into()),
        ..Header::new(Algorithm::EdDSA)
    };
    let key = EncodingKey::from_ed_der(&ctx.loaded_keys.signing_pkcs8);
    let signed = jsonwebtoken::encode(&header, &checkpoint, &key).map_err(Error::internal)?;
    Ok((checkpoint, signed))
}

/// Which installation this database is of.
pub async fn of_installation(conn: &mut AsyncPgConnection) -> Result<Uuid> {
    let id = installation::public_id(conn).await?;
    id.ok_or_else(|| Error::BadRequest("Nothing has been kept in this database yet.".into()))
}

/// Reads a checkpoint of this installation; `BadRequest`, with the reason, for one that is not to be trusted: signed
/// with another key, altered, of another installation, or of a time that is still to come.
pub fn read(text: &str, key: &PublicKey, installation: Uuid, now: DateTime<Utc>) -> Result<Checkpoint> {
    let refuse = |text: String| Error::BadRequest(text);
    let text = text.trim();
    let header = jsonwebtoken::decode_header(text)
        .ok()
        .filter(|header| header.typ.as_deref() == Some(TYPE))
        .ok_or_else(|| refuse("This is no checkpoint. `answerable checkpoint` makes one.".into()))?;
    if header.kid.as_ref() != Some(&key.id()) {
        return Err(refuse(format!(
            "The checkpoint was signed with another key: with {}, and not with {}. Give the public half of that key as --public-key, if you trust it.",
            header.kid.unwrap_or_else(|| "one that it does not name".into()).escape_debug(),
            key.id()
        )));
    }
    let mut validation = Validation::new(Algorithm::EdDSA);
    // It has no end, and is for everybody. The library would ask the system for the time; ours is compared below.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let read = jsonwebtoken::decode::<Checkpoint>(text, &DecodingKey::from_ed_der(&key.0), &validation);
    let checkpoint = read
        .map_err(|_| refuse("The signature of the checkpoint is not good: it was altered.".into()))?
        .claims;
    if checkpoint.installation != installation {
        return Err(refuse(format!(
            "The checkpoint is of another installation: of {}, and this is {installation}.",
            checkpoint.installation
        )));
    }
    if checkpoint.made_at > now + LEEWAY {
        return Err(refuse(format!(
            "The checkpoint says that it was made at {}, which is still to come. Is the clock of this machine right?",
            checkpoint.made_at.format("%Y-%m-%d %H:%M UTC")
        )));
    }
    Ok(checkpoint)
}
