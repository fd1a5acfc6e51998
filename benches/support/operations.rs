//! What is measured: four things that people do, as requests to the public schema and, for each, the one SQL statement
//! that no way of doing it can do without.

use answerable::ids::{DocumentId, SectionId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{dice::Dice, document::SLUG};

/// Something that people do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reading a section with its latest 20 conversations and the first 3 replies of each.
    Section,
    /// The same with the most discussed conversations, all of which have replies.
    Discussed,
    /// Reading the table of contents: 60 sections with the number of comments on each.
    Contents,
    /// Reading the first 20 of a moderator's queue and its length.
    Queue,
    /// Posting a comment on a section.
    Submit,
}

impl Operation {
    /// All of them; posting comes last, for it makes the queue longer.
    pub const ALL: [Self; 5] = [Self::Section, Self::Discussed, Self::Contents, Self::Queue, Self::Submit];

    /// What it is called in the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Section => "section page",
            Self::Discussed => "most discussed first",
            Self::Contents => "table of contents",
            Self::Submit => "posting a comment",
            Self::Queue => "moderation queue",
        }
    }

    /// Whether the moderator does it, and not just anybody.
    pub fn is_moderators(self) -> bool {
        self == Self::Queue
    }

    /// The query.
    pub fn query(self) -> &'static str {
        match self {
            Self::Section | Self::Discussed => SECTION,
            Self::Contents => CONTENTS,
            Self::Submit => SUBMIT,
            Self::Queue => QUEUE,
        }
    }

    /// The variables of one request: sections are taken at random.
    pub fn variables(self, on: &Subject, dice: &mut Dice) -> Value {
        match self {
            Self::Section | Self::Discussed => {
                let order = if self == Self::Section { "NEWEST" } else { "MOST_DISCUSSED" };
                json!({ "document": SLUG, "section": dice.pick(&on.sections).1, "order": order })
            }
            Self::Contents => json!({ "document": SLUG }),
            Self::Submit => json!({ "input": {
                "targetId": dice.pick(&on.sections).0.to_string(),
                "author": { "name": "A reader", "email": "reader@example.org" },
                "body": COMMENT,
            } }),
            Self::Queue => Value::Null,
        }
    }

    /// The statement beside it, once for each section where that makes a difference. Complete, without parameters, so
    /// that `pgbench` and `psql` take it as well.
    pub fn statements(self, on: &Subject) -> Vec<String> {
        let of_sections = |sql: &str| {
            let put_in =
                |(section, _): &(SectionId, String)| sql.replace("@section@", &section.0.to_string());
            on.sections.iter().map(put_in).collect::<Vec<String>>()
        };
        let document = on.document.0.to_string();
        match self {
            Self::Section => of_sections(LATEST),
            Self::Discussed => of_sections(MOST_DISCUSSED),
            Self::Contents => vec![SECTIONS.replace("@document@", &document)],
            Self::Submit => {
                let insert = INSERT
                    .replace("@document@", &document)
                    .replace("@contributor@", &on.contributor.to_string())
                    .replace("@body@", COMMENT);
                of_sections(&insert)
            }
            Self::Queue => vec![WAITING.replace("@document@", &document)],
        }
    }
}

/// What the operations are on.
#[derive(Clone)]
pub struct Subject {
    /// The document.
    pub document: DocumentId,
    /// Its sections and their names in addresses.
    pub sections: Vec<(SectionId, String)>,
    /// Somebody who has contributed to it.
    pub contributor: Uuid,
}

const SECTION: &str = "query SectionPage($document: String!, $section: String!, $order: CommentOrder!) {
  section(documentSlug: $document, slug: $section) {
    id number title readingTimeMinutes body { html } footnotes { label body { html } }
    previous { number title slug } next { number title slug }
    document { title phase commentCount }
    commentCount
    comments(order: $order, first: 20) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        id state createdAt author { displayName } body { html } replyCount
        replies(first: 3) { nodes { id state createdAt author { displayName } body { html } } }
      }
    }
  }
}";

const CONTENTS: &str = "query Contents($document: String!) {
  document(slug: $document) {
    title owner phase closesAt commentCount
    sections(first: 100) { nodes { slug number title depth commentCount } }
  }
}";

const SUBMIT: &str = "mutation SubmitComment($input: SubmitCommentInput!) {
  submitComment(input: $input) {
    comment { id state version }
    receipt { reference text url }
    errors { code message path }
  }
}";

const QUEUE: &str = "query Queue {
  moderationQueue(first: 20) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      __typename
      ... on Comment { id version state createdAt author { displayName } body { plain } section { number title } }
      ... on Submission { id version handling: state createdAt text: body { plain } }
    }
  }
}";

/// A comment of about the usual length.
const COMMENT: &str = "The ferry does not run when the river is high, and that is when the road is flooded as well. \
    On two mornings in every week of last winter I could not reach the surgery where I work. A bridge at the *old ford* \
    would have to be higher than the one on the plan: please show the water level of February beside it.";

const LATEST: &str =
    "SELECT p.id AS owner, c.* FROM unnest(ARRAY['@section@'::uuid]) AS p(id) CROSS JOIN LATERAL (
    SELECT r.* FROM comments r WHERE r.section_id = p.id AND r.parent_id IS NULL AND r.visible
    ORDER BY r.id DESC LIMIT 21) c";

const MOST_DISCUSSED: &str =
    "SELECT p.id AS owner, c.* FROM unnest(ARRAY['@section@'::uuid]) AS p(id) CROSS JOIN LATERAL (
    SELECT t.replies AS thread_replies, r.*
    FROM comment_threads t JOIN comments r ON r.id = t.root_id AND t.scope_id = p.id WHERE r.visible
    ORDER BY t.replies DESC, t.root_id DESC LIMIT 21) c";

const SECTIONS: &str = "SELECT s.id, s.slug, s.number, r.title, s.depth, c.published
    FROM sections s JOIN section_revisions r ON r.id = s.published_revision_id LEFT JOIN comment_counts c ON c.scope_id = s.id
    WHERE s.document_id = '@document@' AND s.retired_at IS NULL ORDER BY s.position";

/// With an id of the present moment, as the service makes it.
const INSERT: &str =
    "INSERT INTO comments (id, document_id, section_id, revision_id, root_id, depth, contributor_id,
        markdown, html, plain, state, created_at)
    SELECT m.id, '@document@', s.id, s.published_revision_id, m.id, 0, '@contributor@',
        '@body@', '<p>@body@</p>', '@body@', 'PENDING', now()
    FROM sections s, (SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid AS id FROM md5(random()::text) AS h) AS m
    WHERE s.id = '@section@'";

const WAITING: &str = "SELECT * FROM comments WHERE state IN ('PENDING', 'WITHHELD')
    AND intake = 'CONFIRMED' AND changes_requested_at IS NULL
    AND document_id = ANY(ARRAY['@document@'::uuid]) ORDER BY id LIMIT 21";
