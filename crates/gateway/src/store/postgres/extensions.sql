-- How late `expires_at` may come to be when a check has to be asked for again: the session's token holds as long. 0 of sessions
-- that a gateway of an earlier version has opened, or still opens beside this one: see `extendable_to` in stored.rs.
ALTER TABLE sessions ADD COLUMN extendable_to BIGINT NOT NULL DEFAULT 0;
