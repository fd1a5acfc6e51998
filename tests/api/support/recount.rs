//! What the counters must say, counted anew: each of these finds the rows where they say something else.

/// Published comments of sections and documents.
pub const COUNTS: &str = "FROM (
    SELECT scope, count(*) AS n FROM (
        SELECT section_id AS scope FROM comments WHERE state = 'PUBLISHED' AND section_id IS NOT NULL
        UNION ALL SELECT document_id FROM comments WHERE state = 'PUBLISHED') AS published GROUP BY scope) AS counted
    FULL JOIN comment_counts c ON c.scope_id = counted.scope WHERE coalesce(n, 0) <> coalesce(c.published, 0)";

/// Published replies of conversations.
pub const THREADS: &str = "FROM (
    SELECT root_id, count(*) AS n FROM comments WHERE state = 'PUBLISHED' AND parent_id IS NOT NULL GROUP BY root_id) AS counted
    FULL JOIN comment_threads t USING (root_id) WHERE coalesce(n, 0) <> coalesce(t.replies, 0)";
