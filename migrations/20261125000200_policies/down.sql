DROP INDEX submissions_waiting;
CREATE INDEX submissions_waiting ON submissions (id, document_id) WHERE state = 'RECEIVED';
ALTER TABLE submissions DROP COLUMN intake, DROP COLUMN amended_at;

DROP INDEX comments_of_section, comments_of_document, comments_replies, comments_waiting, comments_unreviewed, comments_reported;
ALTER TABLE comments
    DROP COLUMN visible,
    DROP COLUMN intake,
    DROP COLUMN redacted_markdown,
    DROP COLUMN redacted_html,
    DROP COLUMN redacted_plain,
    DROP COLUMN changes_requested_at,
    DROP COLUMN amended_at,
    DROP COLUMN open_reports;
ALTER TABLE comments ADD COLUMN visible boolean NOT NULL GENERATED ALWAYS AS
    (published_at IS NOT NULL AND state IN ('PUBLISHED', 'HIDDEN', 'WITHDRAWN', 'ERASED')) STORED;
CREATE INDEX comments_of_section ON comments (section_id, id) WHERE visible AND parent_id IS NULL;
CREATE INDEX comments_of_document ON comments (document_id, id) WHERE visible AND parent_id IS NULL AND section_id IS NULL;
CREATE INDEX comments_replies ON comments (parent_id, id) WHERE visible;
CREATE INDEX comments_waiting ON comments (id, document_id) WHERE state IN ('PENDING', 'WITHHELD');

ALTER TABLE documents
    DROP COLUMN target_hours,
    DROP COLUMN appeal_days,
    DROP COLUMN report_threshold,
    DROP COLUMN confirm_addresses;
