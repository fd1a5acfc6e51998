DROP TABLE access_records;
DROP INDEX receipts_contributor;
DROP INDEX reports_document;
ALTER TABLE documents DROP COLUMN retention_days, DROP COLUMN closed_at;
