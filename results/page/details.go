package page

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/draw"
	"bench/results/timeline"
)

// details reads every trial once: its card is packed, and what sections are made
// of is kept.
func (b *builder) details(ctx context.Context) (parallel, error) {
	p := parallel{make([]map[int]time.Duration, len(b.comparison.Configurations))}
	for _, t := range b.trials {
		d, err := b.source.Detail(ctx, t.RunID, t.Key)
		if err != nil {
			return p, err
		}
		line := timeline.Of(d)
		p.add(t.Column, line)
		t.first, t.failed = steps(d), failedTests(d)
		if err := b.packTrial(ctx, t, d, line); err != nil {
			return p, err
		}
	}
	b.flips = b.findFlips()
	return p, nil
}

// writeTrials writes what details has packed.
func (b *builder) writeTrials(_ context.Context, w io.Writer) error {
	_, err := b.packed.WriteTo(w)
	return err
}

// failedTests are those that should have passed, and did not.
func failedTests(d results.Detail) (out []string) {
	for _, t := range d.Tests {
		if t.OK != nil && !*t.OK {
			out = append(out, t.Test)
		}
	}
	return out
}

// parallel is for how long so many sidekicks were at work at once, by
// configuration.
type parallel struct{ byColumn []map[int]time.Duration }

// add counts a trial by the lanes of its timeline.
func (p parallel) add(column int, t timeline.Timeline) {
	type edge struct {
		at    timeline.Secs
		delta int
	}
	var edges []edge
	for _, l := range t.Lanes {
		if l.Role != bench.RoleSidekick {
			continue
		}
		for _, s := range l.Spans {
			if s.Kind == timeline.SegmentCall || s.Kind == timeline.SegmentTool {
				edges = append(edges, edge{s.From, 1}, edge{s.To, -1})
			}
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if a.at != b.at {
			return int(min(max(a.at-b.at, -1), 1))
		}
		return a.delta - b.delta // what ends makes room for what begins
	})
	at, n := timeline.Secs(0), 0
	for _, e := range edges {
		if n > 0 && e.at > at {
			if p.byColumn[column] == nil {
				p.byColumn[column] = map[int]time.Duration{}
			}
			p.byColumn[column][min(n, mostAtOnce)] += time.Duration(e.at - at)
		}
		at, n = e.at, n+e.delta
	}
}

// mostAtOnce is from how many sidekicks on they are drawn alike.
const mostAtOnce = 6

func (p parallel) picture(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	for i, conf := range c.Configurations {
		times := p.byColumn[i]
		if len(times) == 0 {
			continue
		}
		var sum time.Duration
		bar := draw.Bar{Label: conf.Name}
		for n := 1; n <= mostAtOnce; n++ {
			sum += times[n]
			bar.Parts = append(bar.Parts, draw.Part{
				Value: times[n].Seconds(), Class: draw.Series(n - 1),
				Tip: fmt.Sprintf("%s at work: %s", atOnce(n), took(times[n])),
			})
		}
		bar.Total = took(sum)
		bars = append(bars, bar)
	}
	if len(bars) == 0 {
		return nil
	}
	return draw.Bars(bars, "Time by how many sidekicks were at work at once")
}

func (p parallel) legend() (out []legend) {
	for n := 1; n <= mostAtOnce; n++ {
		out = append(out, legend{draw.Series(n - 1), atOnce(n)})
	}
	return out
}

func atOnce(n int) string {
	if n == mostAtOnce {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}

// step is something that a trial's main agent did.
type step struct {
	Tool string
	hash bench.BodyHash // of its arguments
}

// steps are the tool calls of the agent that answers for a trial, in order.
func steps(d results.Detail) (out []step) {
	main := ""
	for _, a := range d.Agents {
		if a.Parent == "" && a.Role != bench.RoleAdvisor {
			main = a.ID
			break
		}
	}
	calls := slices.Clone(d.ToolCalls)
	slices.SortStableFunc(calls, func(a, b results.ToolCall) int {
		if c := a.Start.Compare(b.Start); a.BatchID != b.BatchID {
			return c
		}
		return a.Index - b.Index
	})
	for _, c := range calls {
		if c.Agent == main {
			out = append(out, step{c.Name, c.Arguments})
		}
	}
	return out
}

// flips are the tasks that one of two configurations alone has resolved.
type flips struct {
	Baseline, Candidate         string
	OnlyBaseline, OnlyCandidate []flip
}

// flip is an attempt at a task that one side alone has resolved.
type flip struct {
	Task                string
	Attempt             int
	Baseline, Candidate string // ids of the trials
	Divergence          string // where the two began to differ
	Failed              []string
	More                int // failed tests that are not listed
}

func (b *builder) findFlips() (out []flips) {
	type place struct {
		column  int
		task    string
		attempt int
	}
	at := map[place]*trial{}
	for _, t := range b.trials {
		at[place{t.Column, t.Key.InstanceID, t.Key.Attempt}] = t
	}
	base := b.baseline()
	for _, p := range b.comparison.Pairs {
		f := flips{Baseline: p.Baseline, Candidate: p.Candidate}
		for _, t := range b.trials {
			if b.comparison.Configurations[t.Column].Name != p.Candidate || t.Resolved == nil {
				continue
			}
			other := at[place{base, t.Key.InstanceID, t.Key.Attempt}]
			if other == nil || other.Resolved == nil || *other.Resolved == *t.Resolved {
				continue
			}
			if *t.Resolved {
				f.OnlyCandidate = append(f.OnlyCandidate, flipOf(other, t, other))
			} else {
				f.OnlyBaseline = append(f.OnlyBaseline, flipOf(other, t, t))
			}
		}
		out = append(out, f)
	}
	return out
}

// mostFailed is how many failed tests stand beside a flip.
const mostFailed = 3

func flipOf(base, candidate, lost *trial) flip {
	failed := lost.failed[:min(mostFailed, len(lost.failed))]
	return flip{
		Task: base.Key.InstanceID, Attempt: base.Key.Attempt, Baseline: base.ID, Candidate: candidate.ID,
		Divergence: divergence(base.first, candidate.first), Failed: failed,
		More: len(lost.failed) - len(failed),
	}
}

// divergence says where two trials began to do different things.
func divergence(a, b []step) string {
	name := func(steps []step, i int) string {
		if i >= len(steps) {
			return "the end"
		}
		return steps[i].Tool
	}
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		x, y := name(a, i), name(b, i)
		if x == y {
			return fmt.Sprintf("step %d: %s, with other arguments", i+1, x)
		}
		return fmt.Sprintf("step %d: %s against %s", i+1, x, y)
	}
	return "nowhere: all steps are the same"
}

// tail is the end of a text.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
