package main

import (
	"fmt"
	"io"

	"bench"
	"bench/config"
)

// printPlan says what a run would do and what it can cost at most: the sum of
// the trials' cost limits, or the run's own if that is less.
func printPlan(w io.Writer, cfg *config.Config, plan []bench.Trial) error {
	var bound bench.USD
	perConfiguration := map[string]bench.USD{}
	n := map[string]int{}
	for _, t := range plan {
		bound += t.Configuration.Limits.Cost
		perConfiguration[t.Configuration.Name] += t.Configuration.Limits.Cost
		n[t.Configuration.Name]++
	}
	fmt.Fprintf(w, "plan: %d trials, %d at once, %s sandboxes\n",
		len(plan), cfg.Workers.Agents, cfg.Sandbox.Kind)
	for _, c := range cfg.BenchConfigurations() {
		fmt.Fprintf(w, "  %-24s %4d trials, at most %s\n", c.Name, n[c.Name], perConfiguration[c.Name])
	}
	if run := cfg.BenchRunLimits().Cost; run > 0 && run < bound {
		bound = run
	}
	_, err := fmt.Fprintf(w, "cost: at most %s\n", bound)
	return err
}
