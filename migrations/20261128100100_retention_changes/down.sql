ALTER TABLE documents
    DROP COLUMN retention_changed_at,
    DROP COLUMN retention_changed_by,
    DROP COLUMN retention_days_before,
    DROP COLUMN reachable_until;
