-- What was done, by whom, in a chain: `domain/audit.rs` says what is hashed. Entries are added, and the oldest forgotten.
CREATE TABLE audit (
    number BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    -- A JSON object.
    details TEXT NOT NULL,
    previous BYTEA NOT NULL CHECK (length(previous) = 32),
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'entries of the audit log are not changed';
END
$$;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION keep_audit();

-- Entries that have no place in the chain yet. They are written together with what they are about; to give each its place
-- there as well, every verdict would have to wait for the one before it to be on the disk.
CREATE TABLE audit_waiting (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    details TEXT NOT NULL
);

-- How many checks ended how, by hour since 1970 and tenant.
CREATE TABLE outcomes (
    hour BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    outcome TEXT NOT NULL,
    checks BIGINT NOT NULL,
    PRIMARY KEY (hour, tenant, outcome)
);
