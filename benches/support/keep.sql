-- Puts what `fill.sql` has planned into the tables, in the order in which it came.

INSERT INTO contributors (id, document_id, display_name, email_sealed, email_hash, created_at)
SELECT contributor, '@document@', 'Reader ' || n, sealed, hash, at FROM plan JOIN addresses USING (n) ORDER BY n;

CREATE TEMP TABLE sentences AS
SELECT row_number() OVER () - 1 AS at, sentence FROM unnest(ARRAY[
    'I cross the river there every day with a pushchair, and I wait for the ferry twice as long as I sail.',
    'Please say what happens in winter.',
    'My mother no longer goes to the market, because the way round takes her an hour.',
    'The table leaves out those who come from the villages by bus.',
    'I would rather have one good bridge than three that close at night.',
    'Who pays for the lights?',
    'We asked for this in 2019 and were told that it would be looked into.',
    'The northern site floods, as anybody who lives on Quay Street can tell you, and it did so again in March.',
    'I agree with the first proposal and would like it to be built before the others.',
    'Cyclists and people on foot need separate ways; on the old bridge they do not have them and it goes wrong daily.',
    'There is no step-free way from the station.',
    'Could the consultation be sent to every household on the east bank?',
    'The school has four hundred children who live on the other side.',
    'It is not clear to me how the figure in the second paragraph was arrived at.',
    'Thank you for writing this so that it can be understood.',
    'The span that opens is needed perhaps ten times a year.',
    'Our association would take part in the upkeep of the paths and has said so in writing.',
    'Nothing is said about noise during the building works, which will take two summers at the least.'
]) AS sentence;

INSERT INTO comments (id, document_id, section_id, revision_id, parent_id, root_id, depth, contributor_id, markdown, html,
    plain, state, reason, statement, version, published_at, reviewed_at, created_at)
SELECT id, '@document@', section_id, revision_id, parent_id, root_id, depth, contributor, body, '<p>' || body || E'</p>\n',
       body, state,
       CASE WHEN state IN ('REJECTED', 'HIDDEN') THEN 'OFF_TOPIC' END,
       CASE WHEN state IN ('REJECTED', 'HIDDEN') THEN 'It is about a matter that this paper does not deal with.' END,
       CASE state WHEN 'PENDING' THEN 1 WHEN 'HIDDEN' THEN 3 ELSE 2 END,
       CASE WHEN state IN ('PUBLISHED', 'HIDDEN') THEN least(at + interval '3 hours', '@now@') END,
       CASE WHEN state <> 'PENDING' THEN least(at + interval '3 hours', '@now@') END, at
FROM plan CROSS JOIN LATERAL (
    SELECT string_agg(sentence, ' ' ORDER BY s) AS body
    FROM generate_series(1, 1 + (hashint8extended(n, 0) & 1023) % 8) AS s
    JOIN sentences ON sentences.at = (hashint8extended(n, s) & 1023) % 18) AS written
ORDER BY n;

INSERT INTO receipts (id, reference, contributor_id, kind, subject_id, created_at)
SELECT pg_temp.id_at(at, n, 'receipt'), substr(r, 1, 5) || '-' || substr(r, 6), contributor, 'COMMENT', id, at
FROM plan CROSS JOIN LATERAL (SELECT upper(lpad(to_hex(n * 2654435761 % 1099511627776), 10, '0')) AS r) AS made
ORDER BY n;

-- The log, chained as the service chains it.
CREATE TEMP TABLE decisions AS
SELECT row_number() OVER (ORDER BY n, version) AS seq, pg_temp.id_at(at, n, step) AS id, subject, step, before, after,
       CASE WHEN step <> 'APPROVE' THEN reason END AS reason, CASE WHEN step <> 'APPROVE' THEN statement END AS statement,
       version, at, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS salt
FROM (SELECT n, c.id AS subject, reason, statement, least(at + interval '3 hours', '@now@') AS at, steps.*
      FROM plan JOIN comments c USING (id) JOIN (VALUES
          ('PUBLISHED', 'APPROVE', 'PENDING', 'PUBLISHED', 2), ('REJECTED', 'REJECT', 'PENDING', 'REJECTED', 2),
          ('HIDDEN', 'APPROVE', 'PENDING', 'PUBLISHED', 2), ('HIDDEN', 'HIDE', 'PUBLISHED', 'HIDDEN', 3)
      ) AS steps (of_state, step, before, after, version) ON steps.of_state = c.state) AS taken;

DO $$
DECLARE
    d        record;
    previous bytea := ''::bytea;
    linked   bytea := ledger_digest('answerable/genesis/1', uuid_send('@document@'));
    promised bytea;
BEGIN
    FOR d IN SELECT * FROM decisions ORDER BY seq LOOP
        promised := ledger_digest('answerable/details/1', d.salt, uuid_send('@moderator@'),
            convert_to(coalesce(d.statement, ''), 'UTF8'), '');
        previous := linked;
        linked := ledger_digest(previous, int8send(d.seq), ledger_digest('answerable/action/1', uuid_send(d.id),
            uuid_send('@document@'), 'COMMENT', uuid_send(d.subject), 'MODERATOR', convert_to(d.step, 'UTF8'),
            convert_to(d.before, 'UTF8'), convert_to(d.after, 'UTF8'), convert_to(coalesce(d.reason, ''), 'UTF8'), '', '\x00',
            '', int4send(d.version), int8send((extract(epoch FROM d.at) * 1000000)::bigint), promised));
        INSERT INTO moderation_actions (id, document_id, subject_kind, subject_id, actor_kind, action, from_state, to_state,
            reason, subject_version, created_at, seq, commitment, previous_hash, hash)
        VALUES (d.id, '@document@', 'COMMENT', d.subject, 'MODERATOR', d.step, d.before, d.after, d.reason, d.version, d.at,
            d.seq, promised, previous, linked);
        INSERT INTO moderation_action_details (action_id, salt, actor_id, statement)
        VALUES (d.id, d.salt, '@moderator@', d.statement);
    END LOOP;
    INSERT INTO ledger_heads (document_id, seq, previous_hash, hash)
    SELECT '@document@', count(*), previous, linked FROM decisions;
END
$$;

INSERT INTO comment_counts (scope_id, published)
SELECT section_id, count(*) FROM comments WHERE state = 'PUBLISHED' AND section_id IS NOT NULL GROUP BY section_id
UNION ALL SELECT '@document@', count(*) FROM comments WHERE state = 'PUBLISHED';

INSERT INTO comment_threads (root_id, scope_id, replies)
SELECT c.id, coalesce(c.section_id, c.document_id), coalesce(r.replies, 0)
FROM comments c LEFT JOIN (
    SELECT root_id, count(*) AS replies FROM comments WHERE parent_id IS NOT NULL AND state = 'PUBLISHED' GROUP BY root_id
) AS r ON r.root_id = c.id
WHERE c.parent_id IS NULL AND c.published_at IS NOT NULL;
