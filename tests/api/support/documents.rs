//! Documents to try things on.

use answerable::{
    documents::{self, actions::import},
    ids::DocumentId,
};

use super::TestService;

/// A small document with the usual parts, open for contributions.
pub const BRIDGES: &str = "---
title: Bridges for Everyone
summary: Which footbridges to build first.
slug: bridges
language: en
owner: Harbour Town Council
phase: open
---

# 1. Why bridges

A town on a river is two towns.[^1] This paper asks which crossings to build first.

> A crossing that is not safe at night is half a crossing.

[^1]: Counted at low water.

## 1.1 What we know

| Crossing | People a day |
|----------|--------------|
| Ferry    | 400          |
| Old ford | 30           |

## 1.2 What we do not know

- Who does not cross today
- Why not

# 2. What we propose

Build the north bridge first.

# 3. What it costs

Less than the ferry.
";

impl TestService {
    /// Imports a document from Markdown, as the command line does.
    pub async fn import(&self, markdown: &str) -> DocumentId {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("document.md");
        std::fs::write(&path, markdown).unwrap();
        let parsed = documents::import::read(&path).unwrap();
        import(&self.ctx, &parsed).await.unwrap().document
    }

    /// Gives a document a moderation rule of this number, to be cited.
    pub async fn rule(&self, document: DocumentId, number: i32) {
        let row = format!(
            "INSERT INTO moderation_rules (document_id, number, title, markdown, html, plain) VALUES ('{}', {number}, 'R', 'R', '<p>R</p>', 'R')",
            document.0
        );
        super::postgres::order(&self.database_url, &row).await;
    }

    /// The document about bridges, pre-moderated.
    pub async fn bridges(&self) -> DocumentId {
        self.import(BRIDGES).await
    }

    /// The document about bridges, post-moderated.
    pub async fn bridges_after(&self) -> DocumentId {
        self.import(&BRIDGES.replace("phase: open", "phase: open\nmoderation: post")).await
    }
}
