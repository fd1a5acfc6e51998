-- A private contribution: its text is sealed, and nothing here ever becomes public.
CREATE TABLE submissions (
    id             uuid        PRIMARY KEY,
    document_id    uuid        NOT NULL REFERENCES documents (id),
    contributor_id uuid        NOT NULL REFERENCES contributors (id),
    body_sealed    bytea,
    state          text        NOT NULL CHECK (state IN ('RECEIVED', 'ACKNOWLEDGED', 'UNDER_REVIEW', 'CONSIDERED', 'SET_ASIDE', 'WITHDRAWN', 'ERASED')),
    reason         text,
    statement      text,
    version        integer     NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL
);
-- In the order of the queue, as `comments_waiting`.
CREATE INDEX submissions_waiting ON submissions (id, document_id) WHERE state = 'RECEIVED';
CREATE INDEX submissions_of_document ON submissions (document_id, id);
CREATE INDEX submissions_contributor ON submissions (contributor_id);
