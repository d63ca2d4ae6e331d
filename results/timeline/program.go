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

// enclosing reports whether a tool call is the run of a whole program whose model calls
// were seen. Then these, and the tool calls between them, say what it did when, and its
// run does not.
func enclosing(run results.ToolCall, calls []results.Call) bool {
	return run.Name == "command" && run.BatchID == "" &&
		slices.ContainsFunc(calls, func(c results.Call) bool {
			return !c.Start.IsZero() && !c.Start.Before(run.Start)
		})
}

// pieces are the tool calls of the trial without the run of a program that encloses
// others.
func (t *Trial) pieces() []results.ToolCall {
	return slices.DeleteFunc(slices.Clone(t.Tools), func(c results.ToolCall) bool {
		return enclosing(c, t.Calls)
	})
}
