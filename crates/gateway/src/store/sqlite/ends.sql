-- The ends of checks, which the operator's page lists, among whatever else is in the log.
CREATE INDEX audit_ends ON audit (number) WHERE action IN ('verdict.decided', 'check.failed');
