package report

import (
	"strings"

	"bench/results/compare"
)

// pricing says what the prices behind a comparison are.
func pricing(c compare.Comparison) []string {
	lines := repriced(c.Repricing)
	if c.SidekickPrice != "" {
		lines = append(lines, "The other price of the sidekicks is that of "+c.SidekickPrice+".")
	}
	return lines
}

// repriced says what the prices are that took the place of recorded ones.
func repriced(r *compare.Repricing) []string {
	if r == nil {
		return nil
	}
	line := "Prices of " + r.File + ": " + list(r.Models)
	if len(r.Kept) > 0 {
		line += "; as recorded: " + strings.Join(r.Kept, ", ")
	}
	return []string{line + "."}
}
