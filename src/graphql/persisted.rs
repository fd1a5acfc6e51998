//! Documents that are asked for by name: those that clients leave here (automatic persisted queries), and those that were
//! given at the start and are then the only ones that run (trusted documents).
//!
//! What is remembered is text, and is admitted anew each time it is run. A text is kept under its own digest, which is
//! recomputed here: nobody can put a text in another's place.

mod manifest;
mod remembered;

use std::{collections::HashMap, path::Path, sync::Arc};

use async_graphql::Response;
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};

use self::remembered::Remembered;
use super::{
    Api,
    errors::{refusal, refusal_named},
};
use crate::{config::ConfigError, error::Error, seal};

/// How a request names its document.
#[derive(Default)]
pub struct Named<'a> {
    /// The text itself.
    pub query: Option<String>,
    /// The parameter `documentId`.
    pub document_id: Option<&'a str>,
    /// The parameter `extensions`.
    pub extensions: Option<&'a Map<String, Value>>,
}

/// The document of a request.
#[derive(Debug)]
pub struct Found {
    /// Its text.
    pub query: String,
    /// What to [`Documents::remember`] it by once it was admitted.
    pub keep_as: Option<Digest>,
}

/// A SHA-256 digest of a text.
pub type Digest = [u8; 32];

/// Why there is no document.
#[derive(Debug)]
pub enum Refusal {
    /// The request makes no sense.
    Request(Error),
    /// Nothing is known by this name; a client may send the text as well.
    NotFound,
    /// Nothing is remembered here.
    NotSupported,
}

impl Refusal {
    /// The answer, with the messages and codes that clients of the protocol act on.
    pub fn answer(self) -> Response {
        match self {
            Self::Request(error) => refusal(error),
            Self::NotFound => refusal_named("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
            Self::NotSupported => {
                refusal_named("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
            }
        }
    }
}

/// The documents that are known by a name. Cheap to clone.
#[derive(Clone)]
pub struct Documents(Arc<Kind>);

enum Kind {
    /// Whatever clients left, as much as there is room for.
    Any(Remembered),
    /// These alone, by every name they have.
    Trusted(HashMap<String, Arc<str>>),
}

impl Documents {
    /// Every document is run, and so many bytes of texts are remembered.
    pub fn any(bytes: usize) -> Self {
        Self(Arc::new(Kind::Any(Remembered::new(bytes))))
    }

    /// Only the documents of this file are run. Refuses a file with a document that the schema would refuse.
    pub async fn trusted(file: &Path, api: &Api) -> Result<Self, ConfigError> {
        let wrong =
            |what: String| ConfigError(format!("ANSWERABLE_TRUSTED_DOCUMENTS: {}: {what}", file.display()));
        let text = std::fs::read(file).map_err(|error| wrong(format!("it cannot be read: {error}.")))?;
        let listed = manifest::read(&text).map_err(wrong)?;
        let mut documents = HashMap::new();
        for (id, text) in listed {
            if let Some(fault) = api.fault_of(&text).await {
                return Err(wrong(format!("the document `{id}` would be refused: {fault}")));
            }
            let text: Arc<str> = text.into();
            // Clients that know no ids name a document by its digest.
            documents.insert(HEXLOWER.encode(&digest(&text)), text.clone());
            documents.insert(id, text);
        }
        Ok(Self(Arc::new(Kind::Trusted(documents))))
    }

    /// Whether only trusted documents are run.
    pub fn are_trusted(&self) -> bool {
        matches!(*self.0, Kind::Trusted(_))
    }

    /// The document that a request names.
    pub fn find(&self, named: Named<'_>) -> Result<Found, Refusal> {
        let hash = hash_of(named.extensions).map_err(Refusal::Request)?;
        if named.document_id.is_some() && (named.query.is_some() || hash.is_some()) {
            return Err(bad("Send either `query` or `documentId`, not both."));
        }
        if let (Some(query), Some(hash)) = (&named.query, &hash)
            && HEXLOWER.encode(&digest(query)) != *hash
        {
            return Err(bad("`sha256Hash` is not the SHA-256 digest of `query`."));
        }
        match &*self.0 {
            Kind::Trusted(documents) => {
                let Some(id) = named.document_id.map(str::to_owned).or(hash) else {
                    return Err(bad(
                        "Only the documents that this service was given are run. Name one with `documentId` or with the extension `persistedQuery`.",
                    ));
                };
                let known = documents.get(&id).or_else(|| documents.get(without_scheme(&id)));
                let query = known.ok_or_else(|| {
                    bad("This service was given no document of this name, and runs no other.")
                })?;
                Ok(Found { query: query.to_string(), keep_as: None })
            }
            Kind::Any(remembered) => {
                let Some(name) = hash.or_else(|| named.document_id.map(str::to_owned)) else {
                    let query = named.query.ok_or_else(|| bad("The parameter `query` is missing."))?;
                    return Ok(Found { query, keep_as: None });
                };
                if !remembered.has_room() {
                    return Err(Refusal::NotSupported);
                }
                let digest = parse_digest(without_scheme(&name)).ok_or(Refusal::NotFound)?;
                if let Some(query) = named.query {
                    return Ok(Found { query, keep_as: Some(digest) });
                }
                let query = remembered.get(&digest).ok_or(Refusal::NotFound)?;
                Ok(Found { query: query.to_string(), keep_as: None })
            }
        }
    }

    /// Remembers a document that was found to be good. Its digest was proved when it was found.
    pub fn remember(&self, digest: Digest, query: &str) {
        if let Kind::Any(remembered) = &*self.0 {
            remembered.put(digest, query);
        }
    }
}

/// The digest that the extension names, if it is there.
fn hash_of(extensions: Option<&Map<String, Value>>) -> crate::error::Result<Option<String>> {
    let Some(given) = extensions.and_then(|extensions| extensions.get("persistedQuery")) else {
        return Ok(None);
    };
    if given["version"] != 1 {
        return Err(Error::BadRequest("The extension `persistedQuery` must have `version` 1.".into()));
    }
    let hash = given["sha256Hash"].as_str().map(str::to_ascii_lowercase);
    match hash.filter(|hash| parse_digest(hash).is_some()) {
        Some(hash) => Ok(Some(hash)),
        None => Err(Error::BadRequest(
            "The extension `persistedQuery` must have `sha256Hash`, a SHA-256 digest in hexadecimal.".into(),
        )),
    }
}

/// An id without the name of what it was made by, as in `sha256:…`.
fn without_scheme(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, id)| id)
}

fn parse_digest(hash: &str) -> Option<Digest> {
    HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()
}

fn digest(text: &str) -> Digest {
    seal::sha256(text.as_bytes())
}

fn bad(what: &str) -> Refusal {
    Refusal::Request(Error::BadRequest(what.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hashed(hash: &str) -> Map<String, Value> {
        let given = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        given.as_object().unwrap().clone()
    }

    #[test]
    fn a_text_is_found_again_under_its_own_digest_alone() {
        let documents = Documents::any(10_000);
        let text = "{ __typename }";
        let extensions = hashed(&HEXLOWER.encode(&digest(text)));
        let by_hash = || Named { extensions: Some(&extensions), ..Named::default() };
        assert!(matches!(documents.find(by_hash()), Err(Refusal::NotFound)));
        let left = documents.find(Named { query: Some(text.into()), ..by_hash() }).unwrap();
        documents.remember(left.keep_as.unwrap(), &left.query);
        assert_eq!(documents.find(by_hash()).unwrap().query, text);
        let id = format!("sha256:{}", HEXLOWER.encode(&digest(text)));
        let by_id = Named { document_id: Some(&id), ..Named::default() };
        assert_eq!(documents.find(by_id).unwrap().query, text);
        let another = Named { query: Some("{ viewer { id } }".into()), ..by_hash() };
        assert!(matches!(documents.find(another), Err(Refusal::Request(_))));
        assert_eq!(documents.find(by_hash()).unwrap().query, text);
    }

    #[test]
    fn what_is_no_digest_is_refused() {
        let documents = Documents::any(10_000);
        for given in [
            json!(7),
            json!({}),
            json!({ "version": 2, "sha256Hash": "0".repeat(64) }),
            json!({ "version": 1, "sha256Hash": "0".repeat(63) }),
            json!({ "version": 1, "sha256Hash": 1 }),
        ] {
            let extensions = json!({ "persistedQuery": given }).as_object().unwrap().clone();
            let named = Named { extensions: Some(&extensions), ..Named::default() };
            assert!(matches!(documents.find(named), Err(Refusal::Request(_))), "{given}");
        }
        let both = Named { query: Some("{ a }".into()), document_id: Some("a"), extensions: None };
        assert!(matches!(documents.find(both), Err(Refusal::Request(_))));
        assert!(matches!(documents.find(Named::default()), Err(Refusal::Request(_))));
        let named = Named { document_id: Some("a"), ..Named::default() };
        assert!(matches!(Documents::any(0).find(named), Err(Refusal::NotSupported)));
    }
}
