// Package trajectories writes what the agents of a run did, a file for each trial, in
// the forms of other programs: mini-swe-agent's and ATIF.
//
//  1. conversation.Of says what was said and done (trajectories.go has what both forms
//     need of it).
//  2. mini.go and atif.go put it into the types of package trajectory.
package trajectories

import (
	"slices"
	"time"

	"bench"
	"bench/results"
	"bench/results/conversation"
	"bench/trajectory"
)

// extraOf is what neither form has a place for.
func extraOf(d results.Detail) trajectory.BenchExtra {
	t := d.Trial
	x := trajectory.BenchExtra{
		RunID: t.RunID, Configuration: t.Key.Configuration, Kind: d.Configuration.Kind,
		InstanceID: t.Key.InstanceID, Attempt: t.Key.Attempt, Outcome: t.Outcome, Resolved: t.Resolved,
		Simulated: d.Configuration.Simulated(), Unreported: t.Unreported, Roles: rolesOf(d),
	}
	if !t.SolveAt.IsZero() && !t.ExtractAt.IsZero() {
		wall := t.ExtractAt.Sub(t.SolveAt).Seconds()
		x.WallSeconds = &wall
	}
	return x
}

// rolesOf is what the agents of each role used, in the order of their beginnings.
func rolesOf(d results.Detail) (roles []bench.RoleUsage) {
	roleOf := map[string]bench.Role{}
	for _, a := range d.Agents {
		roleOf[a.ID] = a.Role
	}
	for _, c := range d.Calls {
		i := slices.IndexFunc(roles, func(r bench.RoleUsage) bool { return r.Role == roleOf[c.Agent] })
		if i < 0 {
			i = len(roles)
			roles = append(roles, bench.RoleUsage{
				Role: roleOf[c.Agent], Model: c.WireModel, Calls: new(int64), Input: new(int64),
				CachedInput: new(int64), CacheWrite: new(int64), Output: new(int64), Cost: new(bench.USD),
			})
		}
		r := roles[i]
		*r.Calls++
		*r.Input += c.Usage.Input
		*r.CachedInput += c.Usage.CachedInput
		*r.CacheWrite += c.Usage.CacheWrite
		*r.Output += c.Usage.Output
		*r.Cost += c.Cost
	}
	return roles
}

// lead is the agent that answers for a trial; nil if none has begun.
func lead(agents []conversation.Agent) *conversation.Agent {
	if len(agents) == 0 || !agents[0].Role.Leads() {
		return nil
	}
	return &agents[0]
}

// unix is a time as mini-swe-agent has it: seconds.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// known is a pointer to a value.
func known[T any](v T) *T { return &v }
