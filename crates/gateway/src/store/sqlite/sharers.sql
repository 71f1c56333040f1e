-- Who has a share of the places and bytes with this session: 'key:' and the tenant whose key has opened it, or 'client:' and a
-- keyed hash of the address without one; NULL where addresses do not tell clients apart.
ALTER TABLE sessions ADD COLUMN sharer TEXT;
CREATE INDEX sessions_by_sharer ON sessions (sharer) WHERE class = 1;
