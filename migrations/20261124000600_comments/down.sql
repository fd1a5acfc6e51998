DROP TABLE comment_threads;
DROP TABLE comment_counts;
DROP TABLE comments;
