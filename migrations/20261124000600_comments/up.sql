-- A public remark on a document or a section, or a reply to another.
CREATE TABLE comments (
    id             uuid        PRIMARY KEY,
    document_id    uuid        NOT NULL REFERENCES documents (id),
    section_id     uuid        REFERENCES sections (id),
    revision_id    uuid        REFERENCES section_revisions (id),
    parent_id      uuid        REFERENCES comments (id),
    root_id        uuid        NOT NULL REFERENCES comments (id),
    depth          integer     NOT NULL,
    contributor_id uuid        NOT NULL REFERENCES contributors (id),
    markdown       text        NOT NULL,
    html           text        NOT NULL,
    plain          text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('PENDING', 'WITHHELD', 'PUBLISHED', 'REJECTED', 'HIDDEN', 'WITHDRAWN', 'ERASED')),
    reason         text,
    statement      text,
    version        integer     NOT NULL DEFAULT 1,
    published_at   timestamptz,
    reviewed_at    timestamptz,
    created_at     timestamptz NOT NULL,
    -- What a reader may see at all: what is public, and the tombstone of what once was.
    visible        boolean     NOT NULL GENERATED ALWAYS AS
        (published_at IS NOT NULL AND state IN ('PUBLISHED', 'HIDDEN', 'WITHDRAWN', 'ERASED')) STORED
);
CREATE INDEX comments_of_section ON comments (section_id, id) WHERE visible AND parent_id IS NULL;
CREATE INDEX comments_of_document ON comments (document_id, id) WHERE visible AND parent_id IS NULL AND section_id IS NULL;
CREATE INDEX comments_replies ON comments (parent_id, id) WHERE visible;
-- The id comes first, for the queue is read in its order: else the planner takes the primary key and passes by all that was
-- decided on long ago.
CREATE INDEX comments_waiting ON comments (id, document_id) WHERE state IN ('PENDING', 'WITHHELD');
CREATE INDEX comments_contributor ON comments (contributor_id);

-- How many published comments a section or document has: changed on publication only.
CREATE TABLE comment_counts (
    scope_id  uuid    PRIMARY KEY,
    published integer NOT NULL DEFAULT 0
);

-- How discussed each visible thread is: for the order by discussion.
CREATE TABLE comment_threads (
    root_id  uuid    PRIMARY KEY REFERENCES comments (id),
    scope_id uuid    NOT NULL,
    replies  integer NOT NULL DEFAULT 0
);
CREATE INDEX comment_threads_order ON comment_threads (scope_id, replies, root_id);
