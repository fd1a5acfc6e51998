//! A paper, and what people write about it.

use serde_json::{Value, json};

use crate::actor::Actor;

/// A small document that takes contributions.
pub const PAPER: &str = "---
title: A Paper
summary: Something to try things on.
slug: paper
language: en
owner: A Town
phase: open
---

# 1. The first part

A paragraph.

# 2. The second part

Another one.
";

const COMMENT: &str = "mutation($input: SubmitCommentInput!) {
  submitComment(input: $input) { comment { id } receipt { token } errors { message } }
}";

const SUBMISSION: &str = "mutation($input: MakeSubmissionInput!) {
  makeSubmission(input: $input) { submission { id } receipt { token } errors { message } }
}";

/// Something that somebody sends, under an idempotency key, until it is acknowledged.
#[derive(Clone)]
pub struct Contribution {
    pub body: String,
    key: String,
    private: bool,
    email: String,
}

/// What the sender was told.
#[derive(Clone)]
pub struct Acknowledged {
    pub id: String,
    pub token: String,
    pub body: String,
}

impl Contribution {
    pub fn new(key: String, private: bool) -> Self {
        let email = "reader@example.org".into();
        Self { body: format!("What is to be said under {key}."), key, private, email }
    }

    /// The same, sent by whoever has this address.
    pub fn from(self, email: String) -> Self {
        Self { email, ..self }
    }

    /// The GraphQL request, about the document of this id.
    pub fn request(&self, document: &str) -> Value {
        let target = if self.private { "documentId" } else { "targetId" };
        json!({ "query": if self.private { SUBMISSION } else { COMMENT }, "variables": { "input": {
            target: document,
            "author": { "name": "A reader", "email": self.email },
            "body": self.body,
            "idempotencyKey": self.key,
        } } })
    }

    /// Reads the answer, which must acknowledge it.
    pub fn acknowledged(&self, answer: &Value) -> Acknowledged {
        let (payload, item) =
            if self.private { ("makeSubmission", "submission") } else { ("submitComment", "comment") };
        let payload = &answer["data"][payload];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned();
        Acknowledged {
            id: text(&payload[item]["id"]),
            token: text(&payload["receipt"]["token"]),
            body: self.body.clone(),
        }
    }

    /// Sends it; nothing comes of it when the service goes away meanwhile.
    pub async fn send(&self, to: &Actor, document: &str) -> Option<Acknowledged> {
        let sent = to.post("/graphql").json(&self.request(document)).send().await.ok()?;
        let answer = sent.json().await.ok()?;
        Some(self.acknowledged(&answer))
    }
}

impl Acknowledged {
    /// Opens the receipt, which must show what was sent.
    pub async fn is_held(&self, by: &Actor) {
        let query =
            "query($token: String!) { receipt(token: $token) { text comment { id } submission { id } } }";
        let receipt = by.data(query, json!({ "token": self.token })).await["receipt"].take();
        assert_eq!(receipt["text"], self.body.as_str());
        let ids = [&receipt["comment"]["id"], &receipt["submission"]["id"]];
        assert!(ids.contains(&&json!(self.id)), "{receipt:#}");
    }
}

/// The id of the paper.
pub async fn paper(reader: &Actor) -> String {
    let data = reader.data("{ document(slug: \"paper\") { id } }", json!({})).await;
    data["document"]["id"].as_str().unwrap_or_else(|| panic!("{data:#}")).to_owned()
}
