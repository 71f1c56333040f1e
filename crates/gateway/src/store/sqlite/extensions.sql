-- How late `expires_at` may come to be when a check has to be asked for again: the session's token holds as long. Of sessions that
-- an earlier version has opened, by its default.
ALTER TABLE sessions ADD COLUMN extendable_to INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET extendable_to = expires_at + 145000 WHERE stage IN ('open', 'verifying');
