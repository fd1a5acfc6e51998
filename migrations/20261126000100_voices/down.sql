ALTER TABLE contributors DROP COLUMN replies_refused;
ALTER TABLE reports DROP COLUMN counts_as;
