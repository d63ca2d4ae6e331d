package compare

// patchMetrics are what became of sidekicks' patches. A line is in an answer if one
// with the same text is added to the same file, whoever wrote it.
var patchMetrics = []Metric{
	{
		Name: "patches.applied", Label: "patches applied", Group: GroupFiles, Unit: Count,
		Kind: Estimate, For: fusions,
		Formula: "patches of sidekicks of which all lines are in the answer",
		Source:  "delegations.patch_use", Per: "patches that main could apply",
		Of: func(c *Column) Value { return count(c.Patches.Applied).per(c.Patches.all()) },
	},
	{
		Name: "patches.changed", Label: "patches changed", Group: GroupFiles, Unit: Count,
		Kind: Estimate, For: fusions,
		Formula: "patches of which some lines are in the answer", Source: "delegations.patch_use",
		Per: "patches that main could apply",
		Of:  func(c *Column) Value { return count(c.Patches.Changed).per(c.Patches.all()) },
	},
	{
		Name: "patches.dropped", Label: "patches dropped", Group: GroupFiles, Unit: Count,
		Better: Lower, Kind: Estimate, For: fusions,
		Formula: "patches of which no line is in the answer", Source: "delegations.patch_use",
		Per: "patches that main could apply",
		Of:  func(c *Column) Value { return count(c.Patches.Dropped).per(c.Patches.all()) },
	},
	{
		Name: "patches.applied_share", Label: "patches applied, share", Group: GroupFiles, Unit: Percent,
		Kind: Estimate, For: fusions, Extra: true, Formula: "applied / patches",
		Source: "delegations.patch_use", Per: "patches that main could apply",
		Of: func(c *Column) Value { return overN(c.Patches.Applied, c.Patches.all()) },
	},
	{
		Name: "patches.changed_share", Label: "patches changed, share", Group: GroupFiles, Unit: Percent,
		Kind: Estimate, For: fusions, Extra: true, Formula: "changed / patches",
		Source: "delegations.patch_use", Per: "patches that main could apply",
		Of: func(c *Column) Value { return overN(c.Patches.Changed, c.Patches.all()) },
	},
	{
		Name: "patches.dropped_share", Label: "patches dropped, share", Group: GroupFiles, Unit: Percent,
		Better: Lower, Kind: Estimate, For: fusions, Extra: true, Formula: "dropped / patches",
		Source: "delegations.patch_use", Per: "patches that main could apply",
		Of: func(c *Column) Value { return overN(c.Patches.Dropped, c.Patches.all()) },
	},
	{
		Name: "patches.lines_kept", Label: "patch lines in answers", Group: GroupFiles, Unit: Count,
		Kind: Estimate, For: fusions, Extra: true,
		Formula: "lines that patches add, or, of one that adds none, remove, and the answer as well; " +
			"no blank ones",
		Source: "delegations.patch_lines_kept", Per: "lines of patches",
		Of: func(c *Column) Value { return count(c.Patches.Kept).per(c.Patches.Lines) },
	},
	{
		Name: "patches.lines_kept_share", Label: "patch lines in answers, share", Group: GroupFiles,
		Unit: Percent, Better: Higher, Kind: Estimate, For: fusions, Extra: true,
		Formula: "patch lines in answers / lines of patches",
		Source:  "delegations.patch_lines_kept, delegations.patch_lines", Per: "lines of patches",
		Of: func(c *Column) Value { return overN(c.Patches.Kept, c.Patches.Lines) },
	},
}
