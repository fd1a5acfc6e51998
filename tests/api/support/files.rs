//! Files, sent as people send them.

use answerable::ids::DocumentId;
use serde_json::{Value, json};

use super::{
    Actor,
    contributions::{SUBMISSION, submission, text},
};

pub const ANNOUNCE: &str = "mutation($input: CreateUploadInput!) {
  createUpload(input: $input) { upload { id token url expiresAt } errors { code message path } }
}";

/// The input of an announcement.
pub fn announcement(document: DocumentId, name: &str, bytes: usize) -> Value {
    json!({ "input": { "documentId": document.to_string(), "name": name, "bytes": bytes } })
}

/// What a file is sent with.
pub struct Upload {
    pub id: String,
    pub token: String,
    pub url: String,
}

impl Actor {
    /// Announces a file.
    pub async fn announces(&self, document: DocumentId, name: &str, bytes: usize) -> Upload {
        let data = self.data(ANNOUNCE, announcement(document, name, bytes)).await;
        assert_eq!(data["createUpload"]["errors"], json!([]), "{data:#}");
        let upload = &data["createUpload"]["upload"];
        Upload { id: text(&upload["id"]), token: text(&upload["token"]), url: text(&upload["url"]) }
    }

    /// Sends what was announced, and returns status and answer.
    pub async fn sends(&self, upload: &Upload, content: impl Into<reqwest::Body>) -> (u16, Value) {
        let answer = self.put(&upload.url, &upload.token).body(content).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Announces a file and sends it.
    pub async fn sends_file(&self, document: DocumentId, name: &str, content: &[u8]) -> Upload {
        let upload = self.announces(document, name, content.len()).await;
        let (status, answer) = self.sends(&upload, content.to_vec()).await;
        assert_eq!(status, 200, "{answer:#}");
        upload
    }

    /// Makes a submission with these files, and returns the payload.
    pub async fn submits_with(&self, document: DocumentId, body: &str, files: &[&Upload]) -> Value {
        let mut input = submission(document, body);
        input["input"]["attachments"] = files.iter().map(|file| json!(file.token)).collect();
        let data = self.data(SUBMISSION, input).await;
        assert_eq!(data["makeSubmission"]["errors"], json!([]), "{data:#}");
        data["makeSubmission"].clone()
    }
}
