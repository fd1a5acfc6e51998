//! The queries that the explorer has ready.

use serde_json::{Value, json};

use super::{pages::Example, site::ExampleSection};

/// What a moderator sees of one item that waits.
pub(super) const DESK_ITEM: &str = r"# Sign in first: open “Signed in: no” below. Then run this.
query DeskItem($id: ID!) {
  node(id: $id) {
    id
    ... on Comment {
      state
      version
      createdAt
      author { displayName contact { email } }
      document { title }
      section { number title }
      body { plain }
      actions { nodes { decision actor { displayName } reason createdAt } }
    }
    ... on Submission {
      handling: state
      version
      createdAt
      sender: author { displayName contact { email } }
      document { title }
      text: body { plain }
      actions { nodes { decision actor { displayName } reason createdAt } }
    }
    ... on Appeal {
      appeal: state
      version
      lodgedAt
      words: text
      action { decision reason statement actor { displayName } createdAt }
      comment { id state version body { plain } }
      submission { id handling: state version text: body { plain } }
    }
  }
}
";

const DOCUMENTS: &str = "query Documents {
  documents {
    totalCount
    nodes {
      id
      slug
      title
      phase
      closesAt
      commentCount
    }
  }
}
";

const SECTION: &str = "query SectionPage($document: String!, $section: String!) {
  section(documentSlug: $document, slug: $section) {
    id
    number
    title
    readingTimeMinutes
    body { markdown }
    footnotes { label body { plain } }
    commentCount
    comments(order: OLDEST, first: 5) {
      totalCount
      nodes {
        id
        state
        createdAt
        author { displayName }
        body { plain }
        replies(first: 3) {
          nodes { author { displayName } body { plain } }
        }
      }
    }
    previous { number title }
    next { number title }
  }
}
";

const CONTENTS: &str = "query Contents($document: String!) {
  document(slug: $document) {
    title
    owner
    policies { moderation }
    sections(first: 100) {
      nodes { slug number title depth commentCount }
    }
  }
}
";

const SUBMIT: &str = "mutation SubmitComment($input: SubmitCommentInput!) {
  submitComment(input: $input) {
    comment { id state }
    receipt { reference text url }
    errors { code message path }
  }
}
";

const QUEUE: &str = "query Desk {
  moderationCounts { waiting unreviewed reported overdue mine }
  moderationQueue(queue: WAITING, order: OLDEST, first: 20) {
    totalCount
    nodes {
      __typename
      ... on Comment { id version state createdAt body { plain } section { title } claim { by { displayName } until } }
      ... on Submission { id version handling: state createdAt text: body { plain } claim { by { displayName } until } }
    }
  }
}
";

const LISTEN: &str =
    "# Run it, then publish a comment: approve one, or send one where comments are shown at once.
subscription Listen($documentId: ID!) {
  commentPublished(documentId: $documentId) {
    id
    publishedAt
    author { displayName }
    section { number title }
    body { plain }
  }
}
";

const DESK_LIVE: &str = "subscription DeskLive($documentId: ID!) {
  moderationCountsChanged(documentId: $documentId) { waiting unreviewed reported overdue mine }
}
";

/// The examples, the first of which is run when the explorer opens: on the given document and section where there are
/// some.
pub(super) fn ready(on: Option<&ExampleSection>) -> Vec<Example> {
    let example = |title: &str, query: &str, variables: Value| Example {
        title: title.into(),
        query: query.into(),
        variables,
    };
    let mut examples = Vec::new();
    if let Some(ExampleSection { document, section, .. }) = on {
        examples.extend([
            example(
                "A section, its notes and its conversation",
                SECTION,
                json!({ "document": document, "section": section }),
            ),
            example("The table of contents", CONTENTS, json!({ "document": document })),
        ]);
    }
    let document_id = on.map_or("the id of a document", |on| on.document_id.as_str());
    let listened_to = json!({ "documentId": document_id });
    examples.extend([
        example("The documents", DOCUMENTS, Value::Null),
        example(
            "Send a comment",
            SUBMIT,
            json!({ "input": {
                "targetId": on.map_or("the id of a document, a section or a comment", |on| on.id.as_str()),
                "author": { "name": "Your name", "email": "you@example.org" },
                "body": "What I want to say.",
            } }),
        ),
        example("Hear of comments as they are published", LISTEN, listened_to.clone()),
        example("What waits for a moderator (sign in first)", QUEUE, Value::Null),
        example("Watch the desk (sign in first)", DESK_LIVE, listened_to),
    ]);
    examples
}
