-- What programs tell of themselves: why their turn stopped, and of their tool calls.

ALTER TABLE agents ADD COLUMN stop_reason TEXT;
ALTER TABLE tool_calls ADD COLUMN title TEXT;
ALTER TABLE tool_calls ADD COLUMN permission TEXT;
