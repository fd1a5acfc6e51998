-- As whom a report counts where enough of them withhold a comment: the account, else the place it came from, as a keyed
-- hash that is made anew for each comment and, for a place, each day. Reports from before count as whoever they name.
ALTER TABLE reports ADD COLUMN counts_as bytea;
UPDATE reports SET counts_as = reporter_hash;
ALTER TABLE reports ALTER COLUMN counts_as SET NOT NULL;

-- Whether somebody has said that they do not want mail about replies: to what they write later about the same document, too.
ALTER TABLE contributors ADD COLUMN replies_refused boolean NOT NULL DEFAULT false;
