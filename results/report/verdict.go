package report

import (
	"fmt"
	"strings"

	"bench/internal/plural"
	"bench/results/compare"
	"bench/results/verdict"
)

// verdictWords are verdicts by quality and cost.
var verdictWords = map[verdict.Quality]map[verdict.Cost]string{
	verdict.QualityBetter: {
		verdict.CostCheaper: "cheaper and better", verdict.CostOpen: "better, cost inconclusive",
		verdict.CostDearer: "better but dearer",
	},
	verdict.QualityNonInferior: {
		verdict.CostCheaper: "cheaper and non-inferior",
		verdict.CostOpen:    "non-inferior, cost inconclusive",
		verdict.CostDearer:  "non-inferior but dearer",
	},
	verdict.QualityWorse: {
		verdict.CostCheaper: "cheaper but worse", verdict.CostOpen: "worse, cost inconclusive",
		verdict.CostDearer: "worse and dearer",
	},
	verdict.QualityOpen: {
		verdict.CostCheaper: "cheaper, quality inconclusive", verdict.CostOpen: "inconclusive",
		verdict.CostDearer: "dearer, quality inconclusive",
	},
}

// inWords is a verdict with the n it rests on.
func inWords(v verdict.Verdict) string {
	return fmt.Sprintf("%s (n=%d)", verdictWords[v.Quality][v.Cost], v.Evidence.N())
}

// warnings are those of a pair in words.
func warnings(p compare.Pair) []string {
	out := []string{}
	for _, w := range p.Warnings {
		out = append(out, warning(w))
	}
	return out
}

// warning is one in words, without a full stop.
func warning(w verdict.Warning) string {
	switch w := w.(type) {
	case verdict.TooFewTasks:
		return tooFew(w)
	case verdict.NoCostInterval:
		return "fewer than six tasks have no interval of the cost ratio"
	case verdict.BaselineResolvedNothing:
		return "the baseline resolved nothing, so that being as good says nothing"
	case verdict.MarginAssumed:
		return fmt.Sprintf("no margin was declared before the run; %g points are assumed", w.MarginPP)
	case verdict.LowerWithinMargin:
		return "quality is lower, though by less than the margin"
	case verdict.SavesLess:
		return fmt.Sprintf("saves %.0f %%, less than the %.0f %% asked for", 100*w.Saved, 100*w.Asked)
	case verdict.CostShort:
		return costShort(w)
	case verdict.LeftOut:
		return leftOut(w)
	case verdict.NeverDelegated:
		return w.Configuration + " never delegated, so its numbers are those of its main agent"
	case verdict.DifferentTasks:
		return fmt.Sprintf("runs %s and %s have different tasks; those in both are compared",
			w.Baseline, w.Candidate)
	case verdict.DifferentRules:
		return fmt.Sprintf("runs %s and %s are scored by different rules, %s and %s",
			w.Baseline, w.Candidate, w.BaselineRules, w.CandidateRules)
	case verdict.DifferentWorkers:
		return fmt.Sprintf("runs %s and %s had %d and %d workers, which changes how often caches expire",
			w.Baseline, w.Candidate, w.BaselineWorkers, w.CandidateWorkers)
	}
	return w.Code()
}

// costShort says why there is no verdict on cost.
func costShort(w verdict.CostShort) string {
	what := fmt.Sprintf("a lower bound: an estimated %s more", w.Estimate)
	if w.Cost == 0 {
		what = fmt.Sprintf("not known: an estimated %s", w.Estimate)
	}
	return fmt.Sprintf("no verdict on cost, as that of %s is %s for %s that reported no usage",
		w.Configuration, what, plural.Count(w.Attempts, "attempt"))
}

// tooFew says how many tasks are missing. With one attempt each they are pairs.
func tooFew(w verdict.TooFewTasks) string {
	units := "pairs"
	if w.Repeated {
		units = "tasks, whose attempts count as one,"
	}
	return fmt.Sprintf("%d %s are too few: showing a margin of %g points takes about %d if %.0f "+
		"%% differ",
		w.Tasks, units, w.MarginPP, w.Needed, 100*w.Discordance)
}

// leftOut names what kept trials out of pairs.
func leftOut(w verdict.LeftOut) string {
	var why []string
	for _, r := range []struct {
		n    int
		what string
	}{
		{w.Infra, "ended by infrastructure"}, {w.Cancelled, "cancelled"},
		{w.Unjudged, "without a verdict"}, {w.Open, "not ended"}, {w.NoPartner, "without a partner"},
	} {
		if r.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", r.n, r.what))
		}
	}
	return fmt.Sprintf("%d of %d trials of %s are in no pair: %s", w.Trials-w.Pairs, w.Trials,
		w.Configuration, strings.Join(why, ", "))
}
