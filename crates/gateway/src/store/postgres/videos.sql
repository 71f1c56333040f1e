-- Of a session whose crops are the parts of a video: which kind of file it is.
ALTER TABLE sessions ADD COLUMN video TEXT CHECK (video IN ('mov', 'matroska', 'avi'));
ALTER TABLE sessions ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sessions_videos ON sessions (key) WHERE video IS NOT NULL AND stage IN ('open', 'verifying');
