package compare

import (
	"fmt"
	"testing"

	"bench/results"
	"bench/results/resultstest"
)

// many are the facts of a run with that many tasks in three configurations:
// those of a small one, over and over.
func many(b *testing.B, tasks int) results.Facts {
	b.Helper()
	const distinct = 62
	s := stored(b, resultstest.Spec{RunID: "r", Tasks: distinct, Seed: 1})
	f, err := s.Facts(b.Context(), "r")
	if err != nil {
		b.Fatal(err)
	}
	out := f
	out.Trials, out.Agents, out.Calls, out.ToolCalls, out.Delegations = nil, nil, nil, nil, nil
	for copied := range tasks / distinct {
		next := int64(copied) * 1e6
		for _, t := range f.Trials {
			t.ID, t.Key.InstanceID = t.ID+next, fmt.Sprintf("%s-%d", t.Key.InstanceID, copied)
			out.Trials = append(out.Trials, t)
		}
		for _, x := range f.Agents {
			x.Trial += next
			out.Agents = append(out.Agents, x)
		}
		for _, x := range f.Calls {
			x.Trial += next
			out.Calls = append(out.Calls, x)
		}
		for _, x := range f.ToolCalls {
			x.Trial += next
			out.ToolCalls = append(out.ToolCalls, x)
		}
		for _, x := range f.Delegations {
			x.Trial += next
			out.Delegations = append(out.Delegations, x)
		}
	}
	return out
}

// BenchmarkOf compares three configurations on 62 tasks and on the 2,294 of
// SWE-bench's test split.
func BenchmarkOf(b *testing.B) {
	for _, tasks := range []int{62, 2294} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) {
			f := many(b, tasks)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if _, err := Of([]results.Facts{f}, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(f.Calls)+len(f.ToolCalls)), "calls")
		})
	}
}
