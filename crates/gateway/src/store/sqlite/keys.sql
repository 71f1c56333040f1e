ALTER TABLE sessions ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default';

CREATE TABLE api_keys (
    number INTEGER PRIMARY KEY,
    -- 16 hexadecimal digits, as in the key itself.
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- With blanks between them; empty for all.
    scopes TEXT NOT NULL,
    -- SHA-256 over the id and the secret.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- The same of the secret before, and until when that holds as well.
    replaced_hash BLOB CHECK (length(replaced_hash) = 32),
    replaced_until INTEGER CHECK ((replaced_until IS NULL) = (replaced_hash IS NULL)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;
