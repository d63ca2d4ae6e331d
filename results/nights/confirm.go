package nights

import (
	"slices"

	"bench/results"
	"bench/stats"
)

// Confirmation is what came of tasks that were run again because they had flipped.
type Confirmation struct {
	Run      string       `json:"run"`
	Tasks    int          `json:"n_tasks"`  // with a verdict
	Expected stats.Number `json:"before"`   // share resolved
	Repeat   stats.Number `json:"after"`    // and in the re-runs
	P        stats.Number `json:"p"`        // that the re-runs are no worse
	Repeated bool         `json:"repeated"` // they are
}

// Doubtful are the configurations whose drop the last night shows most clearly: there
// running its tasks again says more. What several nights show has been seen several
// times.
func (v Verdict) Doubtful() (names []string) {
	for _, c := range v.Configurations {
		if check := c.Checks[0]; check.Finding == Regression && check.Shown().Nights == 1 {
			names = append(names, c.Name)
		}
	}
	return names
}

// Flipped are the tasks of a configuration that the night judged otherwise than the
// baseline, in either direction.
func (v Verdict) Flipped(name string) []string {
	lost, gained := v.flips(name)
	return slices.Sorted(slices.Values(append(lost, gained...)))
}

// Confirm has a doubtful drop stand only if the tasks that
// flipped, run again, are resolved less often than before, one-sided at 5 % by the same
// test. Before are the nights since the baseline: the baseline and the night itself
// have picked the tasks, and say nothing about them any more. Where there are no
// other nights it is the baseline all the same, whose luck no re-run can undo.
func (v *Verdict) Confirm(reruns Night) {
	for i := range v.Configurations {
		c := &v.Configurations[i]
		if !slices.Contains(v.Doubtful(), c.Name) {
			continue
		}
		check := &c.Checks[0]
		check.Confirmation = v.confirmation(c.Name, reruns)
		if !check.Confirmation.Repeated {
			check.Finding = Inconclusive
		}
	}
}

func (v Verdict) confirmation(name string, reruns Night) *Confirmation {
	before := v.all[1 : len(v.all)-1]
	if len(before) == 0 {
		before = v.all[:1]
	}
	flipped := v.Flipped(name)
	only := func(n Night) Night {
		return Night{n.Run, slices.DeleteFunc(slices.Clone(n.Trials), func(t results.Measured) bool {
			return !slices.Contains(flipped, t.Key.InstanceID)
		})}
	}
	var all []Night
	for _, n := range before {
		all = append(all, only(n))
	}
	s := series(append(all, only(reruns)), Quality, name).Split(len(all))
	c := &Confirmation{Run: reruns.Run.ID, Tasks: s.Units()}
	c.Expected, c.Repeat = s.Means()
	c.P = stats.Number(s.Fewer(0, 1))
	c.Repeated = float64(c.P) <= Alpha
	return c
}
