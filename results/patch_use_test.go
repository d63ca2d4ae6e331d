package results

import (
	"testing"
	"time"

	"bench"
)

// diff is a patch of one file with a hunk of these lines.
func diff(file string, lines ...string) string {
	text := "diff --git a/" + file + " b/" + file + "\n--- a/" + file + "\n+++ b/" + file + "\n"
	hunk, old, now := "", 0, 0
	for _, l := range lines {
		hunk += l + "\n"
		if l[0] != '+' {
			old++
		}
		if l[0] != '-' {
			now++
		}
	}
	return text + "@@ -1," + string(rune('0'+old)) + " +1," + string(rune('0'+now)) + " @@\n" + hunk
}

func TestKept(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, patch, answer string
		lines, found        int
		use                 PatchUse
	}{
		{"as it was", diff("a", "-x", "+1", "+2"), diff("a", "-x", "+1", "+2", "+more"), 2, 2, PatchApplied},
		{"elsewhere in the file", diff("a", "+1", "+2"), diff("a", "+2", " c", "+1"), 2, 2, PatchApplied},
		{"one line", diff("a", "+1", "+2"), diff("a", "+1", "+two"), 2, 1, PatchChanged},
		{"each line once", diff("a", "+}", "+}", "+}"), diff("a", "+}"), 3, 1, PatchChanged},
		{"another file", diff("a", "+1"), diff("b", "+1"), 1, 0, PatchDropped},
		{"nothing handed in", diff("a", "+1"), "", 1, 0, PatchDropped},
		{"blank lines are none", diff("a", "+", "+  ", "+1"), diff("a", "+1"), 1, 1, PatchApplied},
		{"only blank lines", diff("a", "+"), diff("a", "+"), 0, 0, ""},
		{"a deletion", diff("a", "-x", "-y"), diff("a", "-x"), 2, 1, PatchChanged},
		// Main had written x itself, so that the answer does not remove it.
		{"on top of main's", diff("a", "-x", "+1"), diff("a", "+1"), 1, 1, PatchApplied},
		{"an empty file", "diff --git a/e b/e\nnew file mode 100644\n", "diff --git a/e b/e\nnew file mode 100644\n",
			1, 1, PatchApplied},
	} {
		lines, found := kept(linesOfPatch(test.patch), linesOfPatch(test.answer))
		if use := useOf(lines, found); lines != test.lines || found != test.found || use != test.use {
			t.Errorf("%s: got %d of %d, %q, want %d of %d, %q", test.name, found, lines, use, test.found, test.lines, test.use)
		}
	}
}

// What became of patches stands in the database as soon as the answer does, also in
// that of a trial that was resumed.
func TestPatchUseIsStored(t *testing.T) {
	t.Parallel()
	for _, readOnly := range []bool{false, true} {
		s := open(t)
		c := bench.Configuration{Name: "f", Kind: bench.KindFusion, Sidekick: &bench.Sidekick{
			Workspace: bench.WorkspaceSnapshot, ReadOnly: readOnly,
		}}
		key := bench.TrialKey{Configuration: "f", InstanceID: "i", Attempt: 1}
		add := func(agent string, p bench.Payload, bodies ...bench.Body) {
			t.Helper()
			e := bench.Event{RunID: "r", Time: time.UnixMilli(1e12), Agent: agent, Payload: p, Bodies: bodies}
			if _, header := p.(bench.RunStarted); !header {
				e.Trial = key
			}
			if _, err := s.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		add("", bench.RunStarted{Configurations: []bench.Configuration{c}, Tasks: []bench.TaskRef{{InstanceID: "i"}},
			Trials: []bench.TrialKey{key}})
		add("main", bench.AgentStarted{Role: bench.RoleMain})
		for id, patch := range map[string]string{"t1": diff("a", "+1", "+2"), "t2": diff("b", "+1"), "t3": ""} {
			b := bench.Body(patch)
			add("main", bench.DelegationSpawned{DelegationID: id, Activation: 1})
			add("main", bench.DelegationEnded{DelegationID: id, Activation: 1, State: bench.AgentFinished, Patch: b.Hash()}, b)
		}
		check := func(want map[string]Delegation) {
			t.Helper()
			d, err := s.Detail(t.Context(), "r", key)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range d.Delegations {
				w := want[got.ID]
				if readOnly && got.PatchUse != "" {
					w.PatchUse = PatchDiscarded
				}
				if got.PatchUse != w.PatchUse || got.PatchLines != w.PatchLines || got.PatchLinesKept != w.PatchLinesKept {
					t.Errorf("%s: %q, %d of %d", got.ID, got.PatchUse, got.PatchLinesKept, got.PatchLines)
				}
			}
		}
		check(map[string]Delegation{}) // nothing is handed in yet
		answer := bench.Body(diff("a", "+1", "+3"))
		add("", bench.Patch{Diff: answer.Hash()}, answer)
		check(map[string]Delegation{
			"t1": {PatchUse: PatchChanged, PatchLines: 2, PatchLinesKept: 1}, "t2": {PatchUse: PatchDropped, PatchLines: 1},
		})
		add("", bench.Patch{})
		check(map[string]Delegation{
			"t1": {PatchUse: PatchDropped, PatchLines: 2}, "t2": {PatchUse: PatchDropped, PatchLines: 1},
		})
	}
}
