-- Origins whose pages may use the tenant's sessions, with blanks between them.
ALTER TABLE tenants ADD COLUMN origins TEXT NOT NULL DEFAULT '';
