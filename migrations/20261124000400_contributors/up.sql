-- Who wrote a contribution. The address is sealed; the hash finds equal addresses within one document.
CREATE TABLE contributors (
    id           uuid        PRIMARY KEY,
    document_id  uuid        NOT NULL REFERENCES documents (id),
    display_name text        NOT NULL,
    email_sealed bytea,
    email_hash   bytea,
    language     text        NOT NULL DEFAULT 'en',
    erased_at    timestamptz,
    created_at   timestamptz NOT NULL
);
CREATE INDEX contributors_email ON contributors (document_id, email_hash);

-- What a contributor keeps. The secret link is derived from id and generation, so it is not stored.
CREATE TABLE receipts (
    id             uuid        PRIMARY KEY,
    reference      text        NOT NULL UNIQUE,
    contributor_id uuid        NOT NULL REFERENCES contributors (id),
    kind           text        NOT NULL CHECK (kind IN ('COMMENT', 'SUBMISSION')),
    subject_id     uuid        NOT NULL UNIQUE,
    generation     integer     NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL
);
