package compare

import (
	"fmt"
	"slices"
	"testing"

	"bench/results"
	"bench/results/resultstest"
	"bench/results/storetest"
)

// many are the facts of a run with that many tasks in three configurations:
// those of a small one, over and over.
func many(b *testing.B, tasks int) results.Facts {
	b.Helper()
	const distinct = 62
	s := storetest.Stored(b, resultstest.Spec{RunID: "r", Tasks: distinct, Seed: 1})
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

// BenchmarkRuns compares three configurations from a database that has been compared
// before: what it takes grows with trials, and not with their calls. "first" is what
// the first comparison takes, which sums them up.
func BenchmarkRuns(b *testing.B) {
	for _, tasks := range []int{25, 250} {
		s := storetest.Stored(b)
		events := resultstest.Events(resultstest.Spec{RunID: "r", Tasks: tasks, Seed: 1})
		for some := range slices.Chunk(events, 500) {
			if _, err := s.AppendAll(b.Context(), some); err != nil {
				b.Fatal(err)
			}
		}
		for _, source := range []*counting{{Source: s, blind: true}, {Source: s}} {
			name := fmt.Sprintf("tasks=%d/first=%t", tasks, source.blind)
			b.Run(name, func(b *testing.B) {
				if _, err := Runs(b.Context(), source, []string{"r"}, Options{}); err != nil {
					b.Fatal(err)
				}
				source.summed = 0
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Runs(b.Context(), source, []string{"r"}, Options{}); err != nil {
						b.Fatal(err)
					}
				}
				if !source.blind && source.summed > 0 {
					b.Errorf("%d trials were summed up again", source.summed)
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*3*tasks), "µs/trial")
			})
		}
	}
}
