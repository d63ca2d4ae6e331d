package compare

import (
	"strings"
	"testing"

	"bench"
	"bench/results"
)

func join(names []string) string { return strings.Join(names, " ") }

func tool(agent string, from, to float64, touched ...bench.Touch) results.ToolCall {
	return results.ToolCall{Agent: agent, Name: "file_editor", Start: at(from), End: at(to), Touched: touched}
}

func read(path string, from, to int, bytes int64) bench.Touch {
	return bench.Touch{Path: path, From: from, To: to, Bytes: bytes}
}

func write(path string, from, to int) bench.Touch {
	return bench.Touch{Path: path, Write: true, From: from, To: to}
}

// A and B end at 50 and 60. They read five ranges: a 1–100 (twice), a 201–300,
// b as a whole, c 1–10, d 5–5. Main reads
//
//	at 20  a 1–50      while they work: no reading again
//	at 55  a 51–150    400 bytes, half of which A had read
//	at 55  d 5–9       B has not ended yet
//	at 70  b 1–10      100 bytes, all of them
//	at 80  c as a whole: a line of it again, but who knows how much of the 999 bytes
//	at 80  e           nobody has read it
//
// That is a 1–100, b and c of five, and 200 + 100 bytes.
func TestReread(t *testing.T) {
	t.Parallel()
	x := team()
	x.Delegations = []results.Delegation{spawned("t1", "A", "b", 2, 10, 50), spawned("t2", "B", "b", 2, 10, 60)}
	x.Tools = []results.ToolCall{
		tool("A", 11, 12, read("a", 1, 100, 9), read("a", 201, 300, 9)),
		tool("B", 11, 12, read("a", 1, 100, 9), read("b", 0, 0, 9)),
		tool("A", 13, 14, read("c", 1, 10, 9), write("e", 1, 2)),
		tool("B", 13, 14, read("d", 5, 5, 9)),
		tool("main", 20, 21, read("a", 1, 50, 999)),
		tool("main", 55, 56, read("a", 51, 150, 400), read("d", 5, 9, 999)),
		tool("main", 70, 71, read("b", 1, 10, 100)),
		tool("main", 80, 81, read("c", 0, 0, 999), read("e", 0, 0, 999), write("a", 1, 9)),
	}
	for _, start := range []float64{0, 60, 90, 100} {
		x.Calls = append(x.Calls, priced("main", dear, start, start+5, bench.Usage{Input: 1000}))
	}
	out := fusionColumn(x)
	near(t, "share", of(out, "reread.share"), 3.0/5)
	near(t, "bytes", of(out, "reread.bytes"), 300)
	// 200 bytes are 50 tokens: 10 µ$ each at 60, 1 µ$ at 90 and at 100. 100 bytes
	// are 25: 10 µ$ each at 90, 1 µ$ at 100.
	near(t, "cost", of(out, "reread.cost_usd"), 50*12e-6+25*11e-6)
	if n := taken(out, "reread.share"); n != 5 {
		t.Errorf("n = %d", n)
	}
	empty := team() // a file without lines
	empty.Delegations = x.Delegations[:1]
	empty.Tools = []results.ToolCall{tool("main", 20, 21, bench.Touch{Path: "a", From: 1, To: 0}),
		tool("A", 11, 12, read("a", 1, 100, 9))}
	near(t, "bytes of an empty file", of(fusionColumn(empty), "reread.bytes"), 0)
	none := fusionColumn(team())
	absent(t, none, "reread.share")
	near(t, "bytes of nothing", of(none, "reread.bytes"), 0)
}

// Main edits a, then a sidekick does, in main's files. Main's next edit beside
// its lines is its own, one of its lines is corrective, and then these are
// main's. B has written b in a copy: its patch counts when B ends, what it wrote
// there does not.
func TestEdits(t *testing.T) {
	t.Parallel()
	x := team()
	a, b := spawned("t1", "A", "b", 2, 10, 50), spawned("t2", "B", "b", 2, 10, 60)
	b.Patch, b.Edited = "hash", []bench.Touch{write("b", 10, 20), write("img", 0, 0)}
	x.Delegations = []results.Delegation{a, b}
	x.Tools = []results.ToolCall{
		tool("main", 0, 1, write("a", 1, 10)),                               // authoring
		tool("A", 11, 12, write("a", 5, 6)),                                 // in place
		tool("B", 13, 14, write("copy", 1, 99)),                             // in the copy
		tool("main", 20, 21, write("b", 12, 12)),                            // authoring: before the patch
		tool("main", 70, 71, write("a", 7, 9)),                              // authoring: beside
		tool("main", 72, 73, write("a", 6, 6)),                              // corrective
		tool("main", 74, 75, write("a", 6, 6)),                              // authoring: main's by now
		tool("main", 76, 77, write("copy", 1, 1)),                           // authoring
		tool("main", 78, 79, write("b", 20, 30)),                            // corrective
		tool("main", 80, 81, write("img", 0, 0)),                            // corrective
		tool("main", 82, 83, write("/tmp/notes", 0, 0), read("a", 0, 0, 0)), // no edit of the answer
	}
	only := team() // sidekicks edit, main never does
	only.Delegations = []results.Delegation{spawned("t1", "A", "b", 1, 10, 50)}
	only.Tools = []results.ToolCall{tool("A", 11, 12, write("a", 1, 1))}
	out := fusionColumn(x, only)
	near(t, "authoring", of(out, "edits.authoring"), 5)
	near(t, "corrective", of(out, "edits.corrective"), 3)
	near(t, "never", of(out, "edits.lead_never"), 0.5)
	if a, b := taken(out, "edits.corrective"), taken(out, "edits.lead_never"); a != 8 || b != 2 {
		t.Errorf("n = %d, %d", a, b)
	}
}

// Briefs of 40 and 80 bytes are 10 and 20 tokens. A was shown 900 of 1000 bytes
// and reported 90; B has no report, C was shown nothing.
func TestReports(t *testing.T) {
	t.Parallel()
	x := team()
	a, b, c := spawned("t1", "A", "b", 3, 0, 5), spawned("t2", "B", "b", 3, 0, 5), spawned("t3", "C", "b", 3, 0, 5)
	a.PromptBytes, a.Report, a.ReportBytes = 40, "h", 90
	b.PromptBytes = 80
	c.Report, c.ReportBytes = "h", 50
	x.Delegations = []results.Delegation{a, b, c}
	x.Tools = []results.ToolCall{
		{Agent: "A", Start: at(1), Bytes: 1000, Clipped: 100}, {Agent: "B", Start: at(1), Bytes: 500},
	}
	out := fusionColumn(x)
	near(t, "brief", of(out, "reports.brief_tokens"), (10.0+20+0)/3)
	near(t, "compression", of(out, "reports.compression"), 0.1)
	if n := taken(out, "reports.compression"); n != 1 {
		t.Errorf("n = %d", n)
	}
}

// Of A, B and C, A read {x, y}, B {y, z} and C nothing: 1/3 for A and B, 0 for
// the pairs with C. A and B gave one command in common, A another one twice.
// The batch of one counts for nothing.
func TestDuplication(t *testing.T) {
	t.Parallel()
	x := team()
	x.Delegations = []results.Delegation{
		spawned("t1", "A", "b", 3, 0, 50), spawned("t2", "B", "b", 3, 0, 50), spawned("t3", "C", "b", 3, 0, 50),
		spawned("t4", "D", "c", 1, 60, 70),
	}
	sh := func(agent, command string, touched ...bench.Touch) results.ToolCall {
		c := tool(agent, 10, 11, touched...)
		c.Name, c.Arguments = "terminal", bench.Body(command).Hash()
		return c
	}
	x.Tools = []results.ToolCall{
		sh("A", "cat x y", read("x", 0, 0, 1), read("y", 1, 5, 1)), sh("A", "ls"), sh("A", "make"), sh("A", "make"),
		sh("B", "cat y z", read("y", 9, 9, 1), read("z", 0, 0, 1), write("x", 1, 1)), sh("B", "ls"),
		sh("D", "ls", read("x", 0, 0, 1)),
	}
	out := fusionColumn(x)
	near(t, "paths", of(out, "duplication.paths"), (1.0/3+0+0)/3)
	near(t, "commands", of(out, "duplication.commands"), 2.0/6)
	if a, b := taken(out, "duplication.paths"), taken(out, "duplication.commands"); a != 3 || b != 6 {
		t.Errorf("n = %d, %d", a, b)
	}
}

// What was escalated is delegated again if half of its files are gone through
// once more, later.
func TestRedelegation(t *testing.T) {
	t.Parallel()
	x := team()
	gone := spawned("t1", "A", "b", 2, 0, 50)
	gone.Escalation = bench.EscalatedVoluntary
	sibling := spawned("t2", "B", "b", 2, 0, 60) // the same files, at the same time
	half, less := spawned("t3", "C", "c", 2, 70, 80), spawned("t4", "D", "c", 2, 70, 80)
	x.Delegations = []results.Delegation{gone, sibling, half, less}
	x.Tools = []results.ToolCall{
		tool("A", 1, 2, read("a", 0, 0, 1), read("b", 0, 0, 1), read("c", 0, 0, 1), write("d", 1, 1)),
		tool("B", 1, 2, read("a", 0, 0, 1), read("b", 0, 0, 1), read("c", 0, 0, 1)),
		tool("C", 71, 72, read("a", 5, 6, 1), write("d", 1, 1)), tool("D", 71, 72, read("c", 0, 0, 1), read("e", 0, 0, 1)),
	}
	out := fusionColumn(x)
	near(t, "redelegated", of(out, "escalation.redelegated"), 1)
	if n := taken(out, "escalation.redelegated"); n != 1 {
		t.Errorf("n = %d", n)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	x := team()
	for _, kind := range []bench.FaultKind{bench.FaultConflict, bench.FaultConflict, bench.FaultReadOnly} {
		x.faults = append(x.faults, results.WorkspaceFault{WorkspaceFault: bench.WorkspaceFault{Kind: kind}})
	}
	out := fusionColumn(x)
	near(t, "conflicts", of(out, "workspace_faults.conflict"), 2)
	near(t, "read-only", of(out, "workspace_faults.read_only"), 1)
}

// The share of tool calls counts main's, the task calls included.
func TestToolShare(t *testing.T) {
	t.Parallel()
	x := team()
	x.Tools = []results.ToolCall{tool("main", 0, 1), tool("main", 1, 2), tool("A", 1, 2), tool("A", 2, 3), tool("B", 2, 2)}
	out := fusionColumn(x)
	near(t, "share", of(out, "sidekick_share.tool_calls"), 3.0/5)
	if n := taken(out, "sidekick_share.tool_calls"); n != 5 {
		t.Errorf("n = %d", n)
	}
}
