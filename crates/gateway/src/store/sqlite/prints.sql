-- What a crop is known again by: see `prints`.
ALTER TABLE crops ADD COLUMN print BLOB CHECK (length(print) = 16);

-- Pictures of earlier checks, by the first half of the SHA-256 of their pixels, and the session that showed each first.
CREATE TABLE prints (
    print BLOB NOT NULL PRIMARY KEY CHECK (length(print) = 16),
    session BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX prints_by_time ON prints (at);
