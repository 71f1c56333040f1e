-- What a crop is known again by after it was changed a little: up to four prints, one after the other.
ALTER TABLE crops ADD COLUMN near BLOB NOT NULL DEFAULT x'';

-- How many prints there are, as a class of its own, so that they need not be counted for their limit.
INSERT INTO totals SELECT 4, count(*), 0 FROM prints;
CREATE TRIGGER print_comes AFTER INSERT ON prints BEGIN
    UPDATE totals SET sessions = sessions + 1 WHERE class = 4;
END;
CREATE TRIGGER print_goes AFTER DELETE ON prints BEGIN
    UPDATE totals SET sessions = sessions - 1 WHERE class = 4;
END;
