DROP TABLE submission_texts;
DROP TABLE comment_texts;
DROP TABLE similar_members;
DROP TABLE similar_bands;
DROP TABLE similar_groups;
DROP TABLE rule_findings;
DROP TABLE moderation_rules;
DROP TABLE rules;
-- All that these keys sealed is gone with the tables.
DELETE FROM data_keys WHERE class = 'RULE';
ALTER TABLE data_keys DROP CONSTRAINT data_keys_class_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_class_check CHECK (class IN ('ACCOUNT', 'CONTACT', 'SUBMISSION'));
