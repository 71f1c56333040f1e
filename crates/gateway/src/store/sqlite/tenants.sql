CREATE TABLE tenants (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Checks that may still be paid for; NULL for any number.
    credits INTEGER,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    -- Checks in a minute of all its keys together; NULL for any number.
    rate INTEGER CHECK (rate > 0),
    created_at INTEGER NOT NULL
) STRICT;
