package timeline

import (
	"slices"

	"bench"
	"bench/results"
)

// handing are the tools by which a program hands work to others, as its gateway knows.
func handing(c bench.Configuration) []string {
	if c.Command == nil || c.Command.Gateway == nil {
		return nil
	}
	return c.Command.Gateway.Delegating
}

// whole reports whether a tool call is the run of a whole program.
func whole(c results.ToolCall) bool {
	return bench.ToolCall{Name: c.Name, BatchID: c.BatchID}.Whole()
}

// enclosing reports whether a tool call is the run of a whole program of which model calls
// were seen, or tool calls are known. Then these say what it did when, and its run does not.
func enclosing(run results.ToolCall, calls []results.Call, tools []results.ToolCall) bool {
	return whole(run) && (slices.ContainsFunc(calls, func(c results.Call) bool {
		return !c.Start.IsZero() && !c.Start.Before(run.Start)
	}) || slices.ContainsFunc(tools, func(c results.ToolCall) bool {
		return !whole(c) && !c.Start.Before(run.Start)
	}))
}

// pieces are the tool calls of the trial without the run of a program that encloses
// others.
func (t *Trial) pieces() []results.ToolCall {
	return slices.DeleteFunc(slices.Clone(t.Tools), func(c results.ToolCall) bool {
		return enclosing(c, t.Calls, t.Tools)
	})
}

// Cost is what a part of the trial cost, for people: nobody knows it of a program that
// reported no usage.
func (t Timeline) Cost(cost, unreported bench.USD) string {
	if t.NoUsage {
		return "–"
	}
	return bench.Spending(cost, unreported)
}
