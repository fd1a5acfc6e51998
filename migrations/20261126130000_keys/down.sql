-- Names that were sealed are lost with their column, and links that people hold stop working, unless the root is the one that
-- the first master key gave.
DELETE FROM jobs WHERE kind IN ('contributors.seal_names', 'rekey.reseal');
DROP TABLE reseals;
ALTER TABLE rule_findings DROP COLUMN found_key;
ALTER TABLE signing_keys DROP COLUMN private_key;
ALTER TABLE rules DROP COLUMN secret_key;
ALTER TABLE appeals DROP COLUMN text_key;
ALTER TABLE reports DROP COLUMN explanation_key, DROP COLUMN contact_key;
ALTER TABLE submission_texts DROP COLUMN body_key;
ALTER TABLE submissions DROP COLUMN body_key;
ALTER TABLE contributors DROP COLUMN email_key, DROP COLUMN name_key, DROP COLUMN name_sealed;
ALTER TABLE accounts DROP COLUMN email_key;
DROP INDEX data_keys_scope;
CREATE UNIQUE INDEX data_keys_scope ON data_keys (class, document_id) NULLS NOT DISTINCT;
ALTER TABLE data_keys DROP COLUMN retired_at;
ALTER TABLE installation DROP COLUMN root_sealed;
