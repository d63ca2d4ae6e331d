package main

import (
	"fmt"
	"io"
	"strings"

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
	fmt.Fprintf(w, "plan: %s, %d at once, %s sandboxes\n",
		several(len(plan), "trial"), cfg.Workers.Agents, cfg.Sandbox.Kind)
	for _, c := range cfg.BenchConfigurations() {
		fmt.Fprintf(w, "  %-24s %10s, at most %s\n",
			c.Name, several(n[c.Name], "trial"), perConfiguration[c.Name])
	}
	if run := cfg.BenchRunLimits().Cost; run > 0 && run < bound {
		bound = run
	}
	_, err := fmt.Fprintf(w, "cost: at most %s\n", bound)
	return err
}

// several counts things, whose plural is regular.
func several(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	if strings.HasSuffix(thing, "x") {
		thing += "e"
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
