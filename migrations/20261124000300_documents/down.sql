ALTER TABLE sections DROP CONSTRAINT sections_published_revision;
DROP TABLE section_revisions;
DROP TABLE sections;
DROP TABLE documents;
