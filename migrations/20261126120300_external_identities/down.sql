DELETE FROM role_grants WHERE by_provider;
ALTER TABLE role_grants DROP COLUMN by_provider;
-- Whoever has no address cannot be an account of the version before; what they did keeps its record without a name.
UPDATE accounts SET email_sealed = '', disabled_at = COALESCE(disabled_at, created_at) WHERE email_sealed IS NULL;
UPDATE accounts SET email_hash = decode(replace(id::text, '-', ''), 'hex') WHERE email_hash IS NULL;
ALTER TABLE accounts ALTER COLUMN email_hash SET NOT NULL;
ALTER TABLE accounts ALTER COLUMN email_sealed SET NOT NULL;
DROP TABLE external_identities;
