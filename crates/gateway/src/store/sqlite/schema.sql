-- Times are Unix milliseconds. What can be read here without the program's help is for operators too.
CREATE TABLE sessions (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('crops', 'frames')),
    -- The model as it was asked for: by id, or by version and number of frames.
    asked_model TEXT,
    asked_version TEXT,
    asked_frames INTEGER,
    model TEXT NOT NULL,
    frames_required INTEGER NOT NULL,
    needs_fps INTEGER NOT NULL CHECK (needs_fps IN (0, 1)),
    source TEXT NOT NULL CHECK (source IN ('media', 'live')),
    reference TEXT,
    expires_at INTEGER NOT NULL,
    run INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('open', 'verifying', 'decided', 'failed', 'expired')),
    -- When the stage's time ends (open: expires_at; verifying: the claim lapses), or since when it has ended.
    turns_at INTEGER NOT NULL,
    -- Of a claim: whether the check must not be made again.
    paid INTEGER NOT NULL CHECK (paid IN (0, 1)),
    -- The verdict with its notices, as JSON.
    reply TEXT CHECK ((reply IS NOT NULL) = (stage = 'decided')),
    failure TEXT CHECK ((failure IS NOT NULL) = (stage = 'failed')),
    -- How it is counted: 0 empty, 1 holding crops, 2 settled, 3 expired; its place in that class; its bytes.
    class INTEGER NOT NULL CHECK (class BETWEEN 0 AND 3),
    number INTEGER NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;
CREATE UNIQUE INDEX sessions_by_age ON sessions (class, number);
CREATE INDEX sessions_by_time ON sessions (class, turns_at);

-- Gone with the verdict.
CREATE TABLE crops (
    session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    timestamp_ms REAL,
    -- A JSON array of texts.
    warnings TEXT NOT NULL,
    -- Of a file that is encrypted: its nonce.
    nonce BLOB,
    file BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX crops_by_place ON crops (session, place);

-- Sums over `sessions`, so that nothing needs to be counted for a limit.
CREATE TABLE totals (
    class INTEGER PRIMARY KEY,
    sessions INTEGER NOT NULL CHECK (sessions >= 0),
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
) STRICT;
INSERT INTO totals VALUES (0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0);
CREATE TRIGGER session_comes AFTER INSERT ON sessions BEGIN
    UPDATE totals SET sessions = sessions + 1, bytes = bytes + NEW.bytes WHERE class = NEW.class;
END;
CREATE TRIGGER session_goes AFTER DELETE ON sessions BEGIN
    UPDATE totals SET sessions = sessions - 1, bytes = bytes - OLD.bytes WHERE class = OLD.class;
END;
CREATE TRIGGER session_changes AFTER UPDATE OF class, bytes ON sessions BEGIN
    UPDATE totals SET sessions = sessions - 1, bytes = bytes - OLD.bytes WHERE class = OLD.class;
    UPDATE totals SET sessions = sessions + 1, bytes = bytes + NEW.bytes WHERE class = NEW.class;
END;
