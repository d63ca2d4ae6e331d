package compare

import (
	"bench/results/verdict"
	"bench/stats"
)

// Ceiling is what picking the better of two configurations for each task would
// come to: the one that resolves more of the attempts, or the cheaper of two that
// resolve as many.
type Ceiling struct {
	Resolved int          `json:"resolved"` // attempts, of all in the pairs
	Cost     stats.Number `json:"cost_usd"` // null if a cost is not known
	// HeadRoom is how far that lies above the baseline, in percentage points, and Used
	// the candidate's part of it: 1 where it resolves as much, below 0 where it
	// resolves less than the baseline; null without head room.
	HeadRoom stats.Number `json:"head_room_pp"`
	Used     stats.Number `json:"head_room_used"`
}

// ceilingOf picks the better for each task of pairs.
func ceilingOf(pairs []verdict.Pair) Ceiling {
	type side struct {
		resolved int
		cost     stats.Number
	}
	var order []string
	sides := map[string]*[2]side{}
	var base, candidate int
	var all stats.Number // absent if one is not known
	for _, p := range pairs {
		if sides[p.Task] == nil {
			sides[p.Task] = &[2]side{}
			order = append(order, p.Task)
		}
		for i, o := range []verdict.Observation{p.Baseline, p.Candidate} {
			s := &sides[p.Task][i]
			all += o.Cost
			if s.cost += o.Cost; o.Resolved {
				s.resolved++
			}
		}
	}
	out := Ceiling{HeadRoom: stats.None(), Used: stats.None()}
	for _, task := range order {
		b, c := sides[task][0], sides[task][1]
		base, candidate = base+b.resolved, candidate+c.resolved
		better := b
		if c.resolved > b.resolved || c.resolved == b.resolved && c.cost < b.cost {
			better = c
		}
		out.Resolved, out.Cost = out.Resolved+better.resolved, out.Cost+better.cost
	}
	if len(pairs) == 0 || !all.OK() {
		out.Cost = stats.None()
	}
	if len(pairs) == 0 {
		return out
	}
	out.HeadRoom = 100 * stats.Over(out.Resolved-base, len(pairs))
	out.Used = stats.Over(candidate-base, out.Resolved-base)
	return out
}
