-- Times are Unix milliseconds of the gateways' clocks, but for `seen`. What can be read here without the program's help is
-- for operators too.
CREATE SEQUENCE numbers;

CREATE TABLE sessions (
    key BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('crops', 'frames')),
    -- The model as it was asked for: by id, or by version and number of frames.
    asked_model TEXT,
    asked_version TEXT,
    asked_frames BIGINT,
    model TEXT NOT NULL,
    frames_required BIGINT NOT NULL,
    needs_fps BOOLEAN NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('media', 'live')),
    reference TEXT,
    expires_at BIGINT NOT NULL,
    run BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('open', 'verifying', 'decided', 'failed', 'expired')),
    -- When the stage's time ends (open: expires_at; verifying: the claim lapses), or since when it has ended.
    turns_at BIGINT NOT NULL,
    -- Of a claim: whether the check must not be made again; the gateway that has it; its number.
    paid BOOLEAN NOT NULL,
    node UUID,
    claims BIGINT NOT NULL CHECK (claims >= 0),
    -- The verdict with its notices, as JSON.
    reply TEXT CHECK ((reply IS NOT NULL) = (stage = 'decided')),
    failure TEXT CHECK ((failure IS NOT NULL) = (stage = 'failed')),
    -- How it is counted: 0 empty, 1 holding crops, 2 settled, 3 expired; its place in that class; its bytes.
    class SMALLINT NOT NULL CHECK (class BETWEEN 0 AND 3),
    number BIGINT NOT NULL DEFAULT nextval('numbers'),
    bytes BIGINT NOT NULL CHECK (bytes >= 0)
);
CREATE INDEX sessions_by_age ON sessions (class, number);
CREATE INDEX sessions_by_time ON sessions (class, turns_at);
CREATE INDEX sessions_by_node ON sessions (node) WHERE stage = 'verifying' AND NOT paid;

-- Gone with the verdict.
CREATE TABLE crops (
    session BIGINT NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    timestamp_ms DOUBLE PRECISION,
    -- A JSON array of texts.
    warnings TEXT NOT NULL,
    -- What it is known again by: see `prints`.
    print BYTEA CHECK (length(print) = 16),
    file BYTEA NOT NULL,
    PRIMARY KEY (session, place)
);
-- Pictures are compressed already; and what has been deleted is soon to be gone from the files too.
ALTER TABLE crops ALTER COLUMN file SET STORAGE EXTERNAL;
ALTER TABLE crops SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500,
    toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000
);

-- Gateways that are there, and when each was last heard of, by the database's own clock.
CREATE TABLE nodes (
    id UUID PRIMARY KEY,
    seen TIMESTAMPTZ NOT NULL
);

-- Sums over `sessions`, so that nothing needs to be counted for a limit: those of a class are the sums of its rows. Each
-- connection has rows of its own, or shares them with few, so that gateways do not wait for each other.
CREATE TABLE totals (
    class SMALLINT NOT NULL,
    slot SMALLINT NOT NULL,
    sessions BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (class, slot)
) WITH (fillfactor = 20);
INSERT INTO totals SELECT class, slot, 0, 0 FROM generate_series(0, 3) AS class, generate_series(0, 31) AS slot;

CREATE FUNCTION count_session() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own_slot CONSTANT SMALLINT := pg_backend_pid() % 32;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.class = NEW.class AND OLD.bytes = NEW.bytes THEN
        RETURN NULL;
    END IF;
    -- One transaction at a time counts in a slot: several rows are locked there, in any order.
    PERFORM pg_advisory_xact_lock(TG_RELID::INTEGER, own_slot);
    IF TG_OP <> 'INSERT' THEN
        UPDATE totals SET sessions = sessions - 1, bytes = bytes - OLD.bytes
        WHERE class = OLD.class AND slot = own_slot;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE totals SET sessions = sessions + 1, bytes = bytes + NEW.bytes
        WHERE class = NEW.class AND slot = own_slot;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_are_counted AFTER INSERT OR DELETE OR UPDATE OF class, bytes ON sessions
    FOR EACH ROW EXECUTE FUNCTION count_session();

CREATE TABLE api_keys (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- 16 hexadecimal digits, as in the key itself.
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL,
    -- With blanks between them; empty for all.
    scopes TEXT NOT NULL,
    -- SHA-256 over the id and the secret.
    hash BYTEA NOT NULL CHECK (length(hash) = 32),
    -- The same of the secret before, and until when that holds as well.
    replaced_hash BYTEA CHECK (length(replaced_hash) = 32),
    replaced_until BIGINT CHECK ((replaced_until IS NULL) = (replaced_hash IS NULL)),
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE TABLE tenants (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Checks that may still be paid for; NULL for any number.
    credits BIGINT,
    suspended BOOLEAN NOT NULL,
    -- Checks in a minute of all its keys together; NULL for any number.
    rate BIGINT CHECK (rate > 0),
    created_at BIGINT NOT NULL
);

-- Pictures of earlier checks, by the first half of the SHA-256 of their pixels, and the session that showed each first.
CREATE TABLE prints (
    print BYTEA PRIMARY KEY CHECK (length(print) = 16),
    session UUID NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX prints_by_time ON prints (at);
