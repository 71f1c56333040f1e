-- What whoever opened the session attached to it: a JSON object.
ALTER TABLE sessions ADD COLUMN metadata TEXT;
-- What the metadata of a tenant's checks has to be like: a JSON schema.
ALTER TABLE tenants ADD COLUMN metadata_schema TEXT;
