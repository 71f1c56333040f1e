-- How many claims of the session have been granted: the last one alone can decide.
ALTER TABLE sessions ADD COLUMN claims INTEGER NOT NULL DEFAULT 0 CHECK (claims >= 0);
