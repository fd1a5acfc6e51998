-- What is put to the public.
CREATE TABLE documents (
    id         uuid        PRIMARY KEY,
    slug       text        NOT NULL UNIQUE,
    title      text        NOT NULL,
    summary    text        NOT NULL DEFAULT '',
    language   text        NOT NULL DEFAULT 'en',
    owner      text        NOT NULL DEFAULT '',
    phase      text        NOT NULL CHECK (phase IN ('DRAFT', 'SCHEDULED', 'OPEN', 'CLOSED', 'ANALYSING', 'RESPONDED', 'ARCHIVED')),
    opens_at   timestamptz,
    closes_at  timestamptz,
    moderation text        NOT NULL CHECK (moderation IN ('PRE', 'POST')),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at)
);
CREATE INDEX documents_phase ON documents (phase, id);

-- A part of a document. `position` is the reading order; a retired section is one that a later import no longer has.
CREATE TABLE sections (
    id                    uuid        PRIMARY KEY,
    document_id           uuid        NOT NULL REFERENCES documents (id),
    parent_id             uuid        REFERENCES sections (id),
    position              integer     NOT NULL,
    depth                 integer     NOT NULL,
    slug                  text        NOT NULL,
    number                text,
    published_revision_id uuid,
    retired_at            timestamptz,
    created_at            timestamptz NOT NULL,
    UNIQUE (document_id, slug)
);
CREATE INDEX sections_order ON sections (document_id, position) WHERE retired_at IS NULL;

-- One immutable version of a section's text.
CREATE TABLE section_revisions (
    id           uuid        PRIMARY KEY,
    section_id   uuid        NOT NULL REFERENCES sections (id),
    ordinal      integer     NOT NULL,
    title        text        NOT NULL,
    markdown     text        NOT NULL,
    html         text        NOT NULL,
    plain        text        NOT NULL,
    blocks       jsonb       NOT NULL,
    footnotes    jsonb       NOT NULL,
    word_count   integer     NOT NULL,
    content_hash bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    UNIQUE (section_id, ordinal)
);
ALTER TABLE sections ADD CONSTRAINT sections_published_revision
    FOREIGN KEY (published_revision_id) REFERENCES section_revisions (id);
