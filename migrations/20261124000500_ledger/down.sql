DROP TABLE moderation_actions;
DROP FUNCTION moderation_actions_are_kept();
