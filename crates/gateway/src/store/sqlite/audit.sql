-- What was done, by whom, in a chain: `domain/audit.rs` says what is hashed. Entries are added, and the oldest forgotten.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    -- A JSON object.
    details TEXT NOT NULL,
    previous BLOB NOT NULL CHECK (length(previous) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are not changed');
END;

-- How many checks ended how, by hour since 1970 and tenant.
CREATE TABLE outcomes (
    hour INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    outcome TEXT NOT NULL,
    checks INTEGER NOT NULL,
    PRIMARY KEY (hour, tenant, outcome)
) STRICT, WITHOUT ROWID;
