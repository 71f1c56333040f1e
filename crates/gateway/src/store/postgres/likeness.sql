-- How many prints there are, as a class of its own, so that they need not be counted for their limit. A transaction counts in
-- one row, once for each statement.
LOCK TABLE prints IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO totals SELECT 4, slot, 0, 0 FROM generate_series(0, 31) AS slot;
UPDATE totals SET sessions = (SELECT count(*) FROM prints) WHERE class = 4 AND slot = 0;
CREATE FUNCTION count_prints() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE totals SET sessions = sessions
        + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END * (SELECT count(*) FROM changed)
    WHERE class = 4 AND slot = pg_backend_pid() % 32;
    RETURN NULL;
END
$$;
CREATE TRIGGER prints_that_come AFTER INSERT ON prints REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_prints();
CREATE TRIGGER prints_that_go AFTER DELETE ON prints REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_prints();

-- Last, since nobody else gets at a crop from here on.
-- What a crop is known again by after it was changed a little: up to four prints, one after the other.
ALTER TABLE crops ADD COLUMN near BYTEA NOT NULL DEFAULT '';
