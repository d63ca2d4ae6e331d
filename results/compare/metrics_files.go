package compare

import "bench/stats"

// fileMetrics are who read and wrote which lines. What shells read and write is
// known from simple commands alone.
var fileMetrics = []Metric{
	{
		Name: "reread.share", Label: "read again by main", Group: GroupFiles, Unit: Percent,
		Better: Lower, Kind: LowerBound, For: fusions,
		Formula: "ranges of files that main reads a line of after the sidekick that has read them " +
			"ended / ranges that sidekicks read",
		Source: "tool_calls.touched", Per: "ranges",
		Of: func(c *Column) Value { return overN(c.Reread.Again, c.Reread.Ranges) },
	},
	{
		Name: "reread.bytes", Label: "bytes read again", Group: GroupFiles, Unit: Bytes, Better: Lower,
		Kind: LowerBound, For: fusions, Extra: true,
		Formula: "Σ bytes shown to main of lines that a sidekick has read before",
		Source:  "tool_calls.touched",
		Of:      func(c *Column) Value { return number(stats.Number(c.Reread.Bytes)) },
	},
	{
		Name: "reread.cost_usd", Label: "cost of reading again", Group: GroupFiles, Unit: Dollars,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true,
		Formula: "these bytes / 4 at p_in of main's next call, and at p_cached of each later one",
		Source:  "tool_calls.touched, llm_calls, prices",
		Of:      func(c *Column) Value { return c.ifPriced(c.Reread.Cost) },
	},
	{
		Name: "edits.authoring", Label: "edits by main, its own", Group: GroupFiles, Unit: Count,
		Kind: Estimate, Extra: true,
		Formula: "edits by main less corrective ones", Source: "tool_calls.touched",
		Of: func(c *Column) Value { return count(c.Edits.Authoring) },
	},
	{
		Name: "edits.corrective", Label: "edits by main, corrective", Group: GroupFiles, Unit: Count,
		Better: Lower, Kind: Estimate, For: fusions,
		Formula: "edits by main of lines that a sidekick wrote last, in its patch or in place; lines " +
			"are not followed when others move them",
		Source: "tool_calls.touched, delegations.patch", Per: "edits by main",
		Of: func(c *Column) Value {
			return count(c.Edits.Corrective).per(c.Edits.Authoring + c.Edits.Corrective)
		},
	},
	{
		Name: "edits.lead_never", Label: "trials main never edits", Group: GroupFiles, Unit: Percent,
		Kind: UpperBound, Formula: "trials without an edit by main that is known / trials",
		Source: "tool_calls.touched", Per: "ended trials on which agents worked",
		Of: func(c *Column) Value { return overN(c.Edits.Never, c.Edits.Worked) },
	},
}
