package compare

import (
	"slices"
	"testing"

	"bench"
	"bench/results"
	"bench/results/verdict"
)

// TestUnequalMachines: pairs count whose agents or tests were on machines that are not the
// same; what is not known, and what another run calls the same machine, counts for nothing.
func TestUnequalMachines(t *testing.T) {
	t.Parallel()
	host := func(id, engine, name string, cpus int) results.Host {
		return results.Host{ID: id, Engine: engine,
			Host: bench.Host{Name: name, OS: "linux", Arch: "amd64", CPUs: cpus}}
	}
	hosts := map[string]results.Host{
		"a": host("a", "a", "rack-1", 4), "b": host("b", "b", "rack-2", 8),
		"a2": host("a2", "other", "rack-1", 4), // the machine of a
	}
	for _, test := range []struct {
		name        string
		base, other []string // hosts of the trials, of their tests after a slash
		otherRun    bool
		want        *verdict.UnequalMachines
	}{
		{name: "the same", base: []string{"a", "b", "a"}, other: []string{"a", "b", "a"}},
		{name: "not known", base: []string{"", "a", ""}, other: []string{"a", "", ""}},
		{name: "other machines", base: []string{"a", "a", "b"}, other: []string{"b", "b", "b"},
			want: &verdict.UnequalMachines{Pairs: 3, Unequal: 2, Most: 2,
				Baseline:  "engine a (rack-1: 4 CPUs, linux/amd64)",
				Candidate: "engine b (rack-2: 8 CPUs, linux/amd64)"}},
		{name: "tests elsewhere", base: []string{"a/b"}, other: []string{"a"},
			want: &verdict.UnequalMachines{Pairs: 1, Unequal: 1, Most: 1,
				Baseline:  "engine b (rack-2: 8 CPUs, linux/amd64)",
				Candidate: "engine a (rack-1: 4 CPUs, linux/amd64)"}},
		{name: "other engine of the same machine", base: []string{"a"}, other: []string{"a2"},
			want: &verdict.UnequalMachines{Pairs: 1, Unequal: 1, Most: 1,
				Baseline:  "engine a (rack-1: 4 CPUs, linux/amd64)",
				Candidate: "engine other (rack-1: 4 CPUs, linux/amd64)"}},
		{name: "called otherwise in another run", base: []string{"a"}, other: []string{"a2"},
			otherRun: true},
	} {
		place := func(c *Column, of []string) {
			c.hosts = hosts
			for i, t := range c.trials {
				t.Host = of[i]
				if at := slices.Index([]byte(of[i]), '/'); at >= 0 {
					t.Host, t.GradingHost = of[i][:at], of[i][at+1:]
				}
			}
		}
		verdicts := slices.Repeat([]string{"y"}, len(test.base))
		base, other := judged("solo", 1, verdicts...), judged("fusion", 1, verdicts...)
		place(base, test.base)
		place(other, test.other)
		if test.otherRun {
			other.run.ID = "s"
		}
		got := unequalMachines(base, other)
		switch {
		case test.want == nil && len(got) > 0, test.want != nil && !slices.Equal(got, []verdict.Warning{*test.want}):
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestWithoutHosts: how many pairs stays, on which machines goes; and the comparison it is
// made of stays as it is.
func TestWithoutHosts(t *testing.T) {
	t.Parallel()
	told := verdict.UnequalMachines{Pairs: 3, Unequal: 2, Most: 2, Baseline: "a", Candidate: "b"}
	c := Comparison{Hosts: []Host{{Run: "r"}}, Pairs: []Pair{{Verdict: verdict.Verdict{
		Warnings: []verdict.Warning{verdict.NoCostInterval{}, told},
	}}}}
	got := c.WithoutHosts()
	told.Baseline, told.Candidate = "", ""
	if len(got.Hosts) != 0 || len(c.Hosts) != 1 || c.Pairs[0].Warnings[1] == told ||
		!slices.Equal(got.Pairs[0].Warnings, []verdict.Warning{verdict.NoCostInterval{}, told}) {
		t.Errorf("%+v of %+v", got, c)
	}
}
