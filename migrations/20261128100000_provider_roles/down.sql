ALTER TABLE role_grants DROP COLUMN held_until;
