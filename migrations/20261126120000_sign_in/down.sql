ALTER TABLE sessions DROP COLUMN device, DROP COLUMN retried_at;
DROP INDEX sign_in_links_end;
DROP INDEX sign_in_links_email;
ALTER TABLE sign_in_links DROP CONSTRAINT sign_in_links_for_somebody;
DELETE FROM sign_in_links WHERE account_id IS NULL;
ALTER TABLE sign_in_links DROP COLUMN email_hash, DROP COLUMN secret_hash;
ALTER TABLE sign_in_links ALTER COLUMN account_id SET NOT NULL;
