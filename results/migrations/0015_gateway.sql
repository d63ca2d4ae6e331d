-- Delegations of programs behind the gateway: whether they escalated shows in no call.

DROP VIEW v_escalations;
CREATE VIEW v_escalations AS
SELECT * FROM v_delegations WHERE escalation NOT IN ('none', 'unknown');
