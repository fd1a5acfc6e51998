-- Who changed last for how long contributors can be reached, when, and how long it was before; and until when they can be
-- reached whatever it is now, so that a mistake can be put right.
ALTER TABLE documents
    ADD COLUMN retention_changed_at timestamptz,
    ADD COLUMN retention_changed_by uuid REFERENCES accounts (id),
    ADD COLUMN retention_days_before integer,
    ADD COLUMN reachable_until timestamptz;
