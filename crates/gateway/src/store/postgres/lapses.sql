-- How many claims of the session have lapsed: of a check that has ended its gateway so often there is no other.
ALTER TABLE sessions ADD COLUMN lapses BIGINT NOT NULL DEFAULT 0 CHECK (lapses >= 0);
