package main

import (
	"fmt"
	"io"
	"strings"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/internal/width"
)

// printPlan says what a run would do and what it can cost at most: the sum of
// the trials' cost limits, or the run's own if that is less. What programs spend
// without the gateway is known only afterwards, so that nothing bounds it.
func printPlan(
	w io.Writer, cfg *config.Config, header bench.RunStarted, plan []bench.Trial,
) error {
	var bound bench.USD
	perConfiguration := map[string]bench.USD{}
	n := map[string]int{}
	for _, t := range plan {
		n[t.Configuration.Name]++
		if t.Configuration.Unbounded() {
			continue
		}
		bound += t.Configuration.Limits.Cost
		perConfiguration[t.Configuration.Name] += t.Configuration.Limits.Cost
	}
	fmt.Fprintf(w, "plan: %s%s, %d at once, %s sandboxes\n", partOf(header),
		plural.Count(len(plan), "trial"), cfg.Workers.Agents, cfg.Sandbox.Kind)
	var programs []string
	for _, c := range cfg.BenchConfigurations() {
		most := "at most " + perConfiguration[c.Name].String()
		if c.Unbounded() {
			most = "without a bound: its program spends what it likes"
			programs = append(programs, c.Name)
		}
		fmt.Fprintf(w, "  %s %10s, %s\n", width.Left(c.Name, 24), plural.Count(n[c.Name], "trial"), most)
	}
	if run := header.Limits.Cost; run > 0 && run < bound {
		bound = run
	}
	besides := ""
	if len(programs) > 0 {
		besides = ", and what " + strings.Join(programs, ", ") + " will spend"
	}
	_, err := fmt.Fprintf(w, "cost: at most %s%s\n", bound, besides)
	return err
}
