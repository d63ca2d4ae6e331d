package report

import (
	"fmt"
	"strings"

	"bench/internal/plural"
	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// sentence says a verdict to somebody who knows neither bench nor statistics.
func sentence(p compare.Pair) string {
	e := p.Evidence
	if e.N() == 0 {
		return fmt.Sprintf("No task has a verdict for both %s and %s.", p.Candidate, p.Baseline)
	}
	return fmt.Sprintf("%s; %s.", quality(p), saving(p))
}

// quality is the half of a sentence about quality.
func quality(p compare.Pair) string {
	e, margin := p.Evidence, p.Assumptions.MarginPP
	on := "On " + plural.Count(e.Tasks, "task")
	if e.Tasks < e.N() {
		on += " in " + plural.Count(e.N(), "pair") + " of attempts"
	}
	counts := fmt.Sprintf("%s resolved %d of %d and %s %d", p.Candidate, e.Both+e.OnlyCandidate, e.N(),
		p.Baseline, e.Both+e.OnlyBaseline)
	i := e.DifferenceInterval
	seen := fmt.Sprintf("difference %s points, %g %% interval %s to %s", signed(e.Difference),
		100*p.Assumptions.Confidence, signed(i.Lo), signed(i.Hi))
	switch p.Quality {
	case verdict.QualityBetter:
		return fmt.Sprintf("%s %s, which is more than chance (%s)", on, counts, seen)
	case verdict.QualityWorse:
		return fmt.Sprintf("%s %s, which is fewer than by chance (%s)", on, counts, seen)
	case verdict.QualityNonInferior:
		return fmt.Sprintf("%s %s, which is not worse by the %g points that are allowed (%s)", on, counts,
			margin, seen)
	case verdict.QualityOpen:
	}
	why := fmt.Sprintf("which leaves open whether %s is worse by %g points or more", p.Candidate,
		margin)
	if e.Needed > e.Tasks {
		why += fmt.Sprintf(" (about %d more tasks would tell)", e.Needed-e.Tasks)
	}
	return fmt.Sprintf("%s %s (%s), %s", on, counts, seen, why)
}

// saving is the half about cost.
func saving(p compare.Pair) string {
	e := p.Evidence
	i := e.CostRatioInterval
	if !e.CostRatio.OK() {
		return "nothing can be said about cost"
	}
	than, share, lo, hi := "less", 1-e.CostRatio, 1-i.Hi, 1-i.Lo
	if e.CostRatio > 1 {
		than, share, lo, hi = "more", e.CostRatio-1, i.Lo-1, i.Hi-1
	}
	by := fmt.Sprintf("%.0f %% %s", 100*float64(share), than)
	if i.OK() {
		by += fmt.Sprintf(" (%.0f to %.0f %%)", 100*float64(lo), 100*float64(hi))
	}
	if p.Cost == verdict.CostOpen {
		return "it cost " + by + ", which shows neither a saving nor a loss"
	}
	return "it cost " + by
}

// signed is a share of 1 in percentage points, with a sign.
func signed(share stats.Number) string {
	return strings.Replace(fmt.Sprintf("%+.1f", 100*float64(share)), "-", "−", 1)
}
