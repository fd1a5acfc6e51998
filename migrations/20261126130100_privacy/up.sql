-- What becomes of personal data: how long it is kept, and who has read what was sealed.

-- For how many days after its closing whoever contributed to a document can be reached; then contact details are erased.
ALTER TABLE documents
    ADD COLUMN retention_days integer NOT NULL DEFAULT 365 CHECK (retention_days BETWEEN 1 AND 3650),
    -- When it was first found closed, where no date closes it.
    ADD COLUMN closed_at timestamptz;
-- By which retention finds whom it still has to reach; contributors are found by the index on their addresses.
CREATE INDEX reports_document ON reports (document_id, id);

-- By which contributions are found by their contributor.
CREATE INDEX receipts_contributor ON receipts (contributor_id);

-- Who has read a submission or how somebody can be reached: one row for each account, item and stretch of ten minutes.
CREATE TABLE access_records (
    id           uuid        PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES accounts (id),
    document_id  uuid        NOT NULL REFERENCES documents (id),
    kind         text        NOT NULL CHECK (kind IN ('SUBMISSION', 'CONTACT')),
    subject_kind text        NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    subject_id   uuid        NOT NULL,
    -- The beginning of the ten minutes.
    stretch      timestamptz NOT NULL,
    read_at      timestamptz NOT NULL
);
CREATE UNIQUE INDEX access_records_once ON access_records (subject_id, account_id, kind, stretch);
CREATE INDEX access_records_document ON access_records (document_id, id);
CREATE INDEX access_records_account ON access_records (account_id, id);
