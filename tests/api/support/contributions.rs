//! Contributions, made as people make them.

use answerable::ids::DocumentId;
use serde_json::{Value, json};

use super::{Actor, TestService};

pub const SUBMIT: &str = "mutation($input: SubmitCommentInput!) {
  submitComment(input: $input) {
    comment { id state version }
    receipt { reference token url text receivedAt kind }
    errors { code message path }
  }
}";

pub const SUBMISSION: &str = "mutation($input: MakeSubmissionInput!) {
  makeSubmission(input: $input) {
    submission { id state version }
    receipt { reference token url text kind }
    errors { code message path }
  }
}";

pub const MODERATE: &str = "mutation($input: ModerateCommentInput!) {
  moderateComment(input: $input) {
    comment { id state version }
    action { decision fromState toState reason statement actor { displayName } }
    errors { code message path }
  }
}";

pub const HANDLE: &str = "mutation($input: HandleSubmissionInput!) {
  handleSubmission(input: $input) {
    submission { id state version }
    action { decision fromState toState }
    errors { code message path }
  }
}";

/// The input of a comment on `target`.
pub fn comment(target: &str, body: &str) -> Value {
    json!({ "input": { "targetId": target, "author": { "name": "A reader", "email": "reader@example.org" }, "body": body } })
}

/// The input of a submission.
pub fn submission(document: DocumentId, body: &str) -> Value {
    json!({ "input": {
        "documentId": document.to_string(),
        "author": { "name": "A neighbour", "email": "neighbour@example.org" },
        "body": body,
    } })
}

impl Actor {
    /// Sends a comment and returns the payload.
    pub async fn comments(&self, target: &str, body: &str) -> Value {
        let data = self.data(SUBMIT, comment(target, body)).await;
        assert_eq!(data["submitComment"]["errors"], json!([]));
        data["submitComment"].clone()
    }

    /// Sends a comment and returns its id.
    pub async fn comment_id(&self, target: &str, body: &str) -> String {
        text(&self.comments(target, body).await["comment"]["id"])
    }

    /// Makes a submission and returns the payload.
    pub async fn submits(&self, document: DocumentId, body: &str) -> Value {
        let data = self.data(SUBMISSION, submission(document, body)).await;
        assert_eq!(data["makeSubmission"]["errors"], json!([]));
        data["makeSubmission"].clone()
    }

    /// Decides on a comment as it is at this version, and returns the payload.
    pub async fn decides(&self, comment: &str, version: i64, decision: &str) -> Value {
        let data = self.data(MODERATE, ruling(comment, version, decision)).await;
        assert_eq!(data["moderateComment"]["errors"], json!([]), "{data:#}");
        data["moderateComment"].clone()
    }
}

/// The input of a decision, with grounds where it needs them.
pub fn ruling(id: &str, version: i64, decision: &str) -> Value {
    let mut input = json!({ "id": id, "expectedVersion": version, "decision": decision });
    if ["REJECT", "HIDE", "SET_ASIDE"].contains(&decision) {
        input["reason"] = json!("OFF_TOPIC");
        input["statement"] = json!("It is about another bridge.");
    }
    json!({ "input": input })
}

impl TestService {
    /// The global id of a section of the document about bridges.
    pub async fn section(&self, slug: &str) -> String {
        let query = "query($slug: String!) { section(documentSlug: \"bridges\", slug: $slug) { id } }";
        text(&self.anybody().data(query, json!({ "slug": slug })).await["section"]["id"])
    }
}

/// A text in JSON.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:#}")).to_owned()
}
