package chart

import (
	"bench"
	"bench/results/compare"
	"bench/results/draw"
	"fmt"
	"slices"
)

// roleClasses are the colours of roles. Whoever answers for a task has the first.
var roleClasses = map[bench.Role]int{
	bench.RoleMain: 0, bench.RoleSingle: 0, bench.RoleCommand: 0, bench.RoleSidekick: 1,
	bench.RoleAdvisor: 2, bench.RoleRouter: 2, bench.RoleUnknown: 3,
}

// Roles draws what the roles of each configuration cost; nil if no cost is known.
func Roles(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	known := false
	for _, conf := range c.Configurations {
		bar := draw.Bar{Label: conf.Name}
		var sum, open bench.USD
		for _, r := range conf.Roles {
			bar.Parts = append(bar.Parts, draw.Part{
				Value: r.Cost.Float(), Series: roleClasses[r.Role],
				Tip: fmt.Sprintf("%s, %s: %s", r.Role, r.WireModel, bench.Spending(r.Cost, r.Unreported)),
			})
			sum, open = sum+r.Cost, open+r.Unreported
		}
		if bar.Total = bench.Spending(sum, open); conf.NoUsage > 0 {
			bar.Parts, bar.Total = nil, "not reported"
		}
		known = known || len(bar.Parts) > 0
		bars = append(bars, bar)
	}
	if !known {
		return nil
	}
	return draw.Bars(bars, roles(c), "Cost by role").Simulated(c.Simulated)
}

func roles(c compare.Comparison) []draw.Legend {
	out := []draw.Legend{{Series: 0, Name: "main or single"}}
	for _, conf := range c.Configurations {
		for _, r := range conf.Roles {
			l := draw.Legend{Series: roleClasses[r.Role], Name: string(r.Role) + "s"}
			if r.Role == bench.RoleUnknown {
				l.Name = "nobody knows whose"
			}
			if roleClasses[r.Role] > 0 && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// The classes of tokens, as they are billed.
func classes() []draw.Legend {
	return []draw.Legend{
		{Series: 0, Name: "input"}, {Series: 4, Name: "input from a cache"},
		{Series: 3, Name: "written to a cache"}, {Series: 1, Name: "output"},
	}
}

// Tokens draws the tokens of each role, by class; nil if there are no roles.
func Tokens(c compare.Comparison) *draw.Picture {
	var bars []draw.Bar
	for _, conf := range c.Configurations {
		for _, r := range conf.Roles {
			u, of := r.Usage, classes()
			bar := draw.Bar{Label: conf.Name + ", " + string(r.Role)}
			for i, n := range []int64{u.Input - u.CachedInput - u.CacheWrite, u.CachedInput, u.CacheWrite,
				u.Output} {
				bar.Parts = append(bar.Parts, draw.Part{
					Value: float64(n), Series: of[i].Series,
					Tip: fmt.Sprintf("%s: %d tokens", of[i].Name, n),
				})
			}
			if bar.Total = "no tokens"; u.Input > 0 {
				bar.Total = fmt.Sprintf("%.0f%% cached", 100*float64(u.CachedInput)/float64(u.Input))
			}
			bars = append(bars, bar)
		}
	}
	if bars == nil {
		return nil
	}
	return draw.Bars(bars, classes(), "Tokens by role and class").Simulated(c.Simulated)
}
