package compare

import (
	"cmp"
	"slices"

	"bench/results"
	"bench/results/verdict"
)

// Host is a machine that trials of a run ran on.
type Host struct {
	Run string `json:"run"`
	results.Host
}

// WithoutHosts returns the comparison without a word on machines, but for how many pairs
// had unequal ones.
func (c Comparison) WithoutHosts() Comparison {
	c.Hosts, c.Pairs = []Host{}, slices.Clone(c.Pairs)
	for i := range c.Pairs {
		p := &c.Pairs[i]
		p.Warnings = slices.Clone(p.Warnings)
		for k, w := range p.Warnings {
			if u, ok := w.(verdict.UnequalMachines); ok {
				u.Baseline, u.Candidate = "", ""
				p.Warnings[k] = u
			}
		}
	}
	return c
}

// hostOf is the machine of a trial: that of its agents or, if these do not tell it from
// another trial, of its tests.
func (c *Column) hostOf(t *trial, tests bool) (results.Host, bool) {
	id := t.Host
	if tests {
		id = cmp.Or(t.GradingHost, id)
	}
	h, ok := c.hosts[id]
	return h, ok
}

// unequalMachines says how many pairs have trials on machines that are not the same, if
// any, and which two machines most often.
func unequalMachines(base, other *Column) (out []verdict.Warning) {
	type two struct{ base, other string }
	counts, pairs, unequal := map[two]int{}, 0, 0
	for _, p := range matched(base, other) {
		pairs++
		for _, tests := range []bool{false, true} {
			a, knownA := base.hostOf(p[0], tests)
			b, knownB := other.hostOf(p[1], tests)
			if knownA && knownB && differ(a, b, base.run.ID == other.run.ID) {
				unequal++
				counts[two{a.String(), b.String()}]++
				break
			}
		}
	}
	if unequal == 0 {
		return nil
	}
	u := verdict.UnequalMachines{Pairs: pairs, Unequal: unequal}
	for machines, n := range counts {
		if n > u.Most || n == u.Most && machines.base+machines.other < u.Baseline+u.Candidate {
			u.Most, u.Baseline, u.Candidate = n, machines.base, machines.other
		}
	}
	return []verdict.Warning{u}
}

// differ reports whether two machines are not the same. What engines are called counts in
// one run; other runs may call them otherwise.
func differ(a, b results.Host, sameRun bool) bool {
	return a.Host != b.Host || sameRun && a.Engine != b.Engine
}
