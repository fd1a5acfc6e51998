-- Comments as they come to a document that is much discussed, over 90 days: 70 in 100 published, 2 waiting, the rest
-- rejected or hidden; 40 in 100 are replies, up to three deep. Everything that the service would have written with them
-- is there too. It runs in one session, without the checks of foreign keys, which all of this keeps.
--
-- @comments@, @document@, @moderator@ and @now@ are put in before.

SET session_replication_role = replica;
SELECT setseed(0.25);

-- An id as the service makes it: the time, then bits that nobody can guess.
CREATE FUNCTION pg_temp.id_at(at timestamptz, n bigint, what text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid
    FROM md5(n || what) AS h
$$;

CREATE TEMP TABLE thrown AS
SELECT n, '@now@'::timestamptz - interval '90 days' * (1 - (n - 1)::float8 / @comments@) AS at,
       random() AS waits, random() AS fate, random() AS deep, random() AS lively, random() AS near, random() AS place
FROM generate_series(1, @comments@::bigint) AS n;

-- What waits is among the latest tenth. Sections that come first are discussed most.
CREATE TEMP TABLE plan AS
SELECT n, at, lively, near,
       pg_temp.id_at(at, n, 'comment') AS id,
       pg_temp.id_at(at, n, 'contributor') AS contributor,
       CASE WHEN n > @comments@ * 0.9 AND waits < 0.2 THEN 'PENDING'
            WHEN fate < 0.714 THEN 'PUBLISHED'
            WHEN fate < 0.774 THEN 'HIDDEN'
            ELSE 'REJECTED' END AS state,
       CASE WHEN deep < 0.60 THEN 0 WHEN deep < 0.84 THEN 1 WHEN deep < 0.95 THEN 2 ELSE 3 END AS depth,
       CASE WHEN place < 0.98 THEN floor((place / 0.98) ^ 2 * (SELECT count(*) FROM sections))::integer END AS place,
       NULL::uuid AS section_id, NULL::uuid AS revision_id, NULL::uuid AS parent_id, NULL::uuid AS root_id
FROM thrown ORDER BY n;
CREATE UNIQUE INDEX ON plan (n);
UPDATE plan SET section_id = s.id, revision_id = s.published_revision_id
FROM (SELECT *, row_number() OVER (ORDER BY position) - 1 AS place FROM sections) s WHERE s.place = plan.place;
UPDATE plan SET root_id = id WHERE depth = 0;

-- A reply answers one of the published comments a level above that came shortly before. A quarter of those that begin
-- a conversation draw all the replies.
CREATE PROCEDURE pg_temp.reply(wanted integer) LANGUAGE plpgsql AS $$
BEGIN
    DROP TABLE IF EXISTS above;
    CREATE TEMP TABLE above AS
    SELECT row_number() OVER (ORDER BY n) AS k, n, id, root_id, section_id, revision_id FROM plan
    WHERE depth = wanted - 1 AND state = 'PUBLISHED' AND (wanted > 1 OR lively < 0.25);
    CREATE UNIQUE INDEX ON above (n);
    CREATE UNIQUE INDEX ON above (k);
    ANALYZE above;
    UPDATE plan SET parent_id = a.id, root_id = a.root_id, section_id = a.section_id, revision_id = a.revision_id
    FROM (SELECT n, before - floor(near ^ 2 * least(before, 2000))::bigint AS k FROM
             (SELECT n, near, (SELECT k FROM above WHERE above.n < p.n ORDER BY above.n DESC LIMIT 1) AS before
              FROM plan p WHERE depth = wanted) q) r
    JOIN above a ON a.k = r.k WHERE plan.n = r.n;
    -- The first few have nobody to answer.
    UPDATE plan SET depth = 0, root_id = id WHERE depth = wanted AND parent_id IS NULL;
END
$$;
CALL pg_temp.reply(1);
CALL pg_temp.reply(2);
CALL pg_temp.reply(3);
DROP TABLE thrown, above;
CREATE TEMP TABLE addresses (n bigint PRIMARY KEY, sealed bytea NOT NULL, hash bytea NOT NULL);
ANALYZE plan;
