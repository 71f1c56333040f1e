-- Which engine the tenant's checks are given to; NULL for that of the model, or the gateway's.
ALTER TABLE tenants ADD COLUMN mode TEXT CHECK (mode IN ('upstream', 'local', 'local-first'));
