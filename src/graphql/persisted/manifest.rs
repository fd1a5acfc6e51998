//! The files that tools write of an application's documents.

use serde::Deserialize;
use serde_json::Value;

/// A persisted query manifest, as client tools of several makers write it.
#[derive(Deserialize)]
struct Manifest {
    format: String,
    version: u32,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

/// The documents of a file with their ids; or what is wrong with it.
pub(super) fn read(file: &[u8]) -> Result<Vec<(String, String)>, String> {
    let json: Value = serde_json::from_slice(file).map_err(|error| format!("it is not JSON: {error}."))?;
    let listed: Vec<(String, String)> = if json.get("operations").is_some_and(Value::is_array) {
        let manifest: Manifest =
            serde_json::from_value(json).map_err(|error| format!("it is not a manifest: {error}."))?;
        if manifest.format != "apollo-persisted-query-manifest" || manifest.version != 1 {
            return Err(
                "it is a manifest of another format than `apollo-persisted-query-manifest`, version 1."
                    .into(),
            );
        }
        manifest.operations.into_iter().map(|operation| (operation.id, operation.body)).collect()
    } else {
        let map = json.as_object().ok_or("it is neither a manifest nor an object of ids and texts.")?;
        let text = |(id, text): (&String, &Value)| match text {
            Value::String(text) => Ok((id.clone(), text.clone())),
            _ => Err(format!("the document `{id}` is not a text.")),
        };
        map.iter().map(text).collect::<Result<_, _>>()?
    };
    if listed.is_empty() {
        return Err("it has no documents.".into());
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_forms_are_read() {
        let plain = json!({ "a1": "{ a }", "b2": "{ b }" }).to_string();
        let manifest = json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            { "id": "a1", "name": "A", "type": "query", "body": "{ a }" },
            { "id": "b2", "name": "B", "type": "query", "body": "{ b }" },
        ] });
        let wanted = [("a1".to_owned(), "{ a }".to_owned()), ("b2".to_owned(), "{ b }".to_owned())];
        assert_eq!(read(plain.as_bytes()).unwrap(), wanted);
        assert_eq!(read(manifest.to_string().as_bytes()).unwrap(), wanted);
    }

    #[test]
    fn what_is_neither_says_so() {
        for (file, why) in [
            ("[", "not JSON"),
            ("[]", "neither"),
            ("{}", "no documents"),
            ("{\"a\": 1}", "`a` is not a text"),
            ("{\"format\": \"other\", \"version\": 1, \"operations\": []}", "another format"),
            ("{\"operations\": []}", "not a manifest"),
        ] {
            assert!(read(file.as_bytes()).unwrap_err().contains(why), "{file}");
        }
    }
}
