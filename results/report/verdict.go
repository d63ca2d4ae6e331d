package report

import (
	"fmt"
	"strings"

	"bench"
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
	case verdict.BaselineResolvedEverything:
		return "the baseline resolved everything, so that nothing can be better"
	case verdict.OneTaskDecides:
		return fmt.Sprintf("one task decides: without %s quality is %s", w.Task, qualityWords[w.Without])
	case verdict.OneTaskSaves:
		return oneTask(w)
	case verdict.NothingDisplaced:
		return displaced(w)
	case verdict.SeveralCandidates:
		return fmt.Sprintf("%d candidates meet the baseline; p values are corrected for that (Holm)",
			w.Candidates)
	case verdict.MarginChanged:
		return marginChanged(w)
	case verdict.SimulatedModels:
		return "models are simulated, so that numbers say nothing about any model"
	case verdict.UnequalInfra:
		return fmt.Sprintf("infrastructure ended %d of %d trials of the candidate and %d of %d of the "+
			"baseline (p = %.3f), so that what is left may be a selection",
			w.Candidate, w.CandidateTrials, w.Baseline, w.BaselineTrials, w.P)
	case verdict.UnequalMachines:
		return unequalMachines(w)
	case verdict.DifferentLimits:
		return "the limits differ: " + limitsApart(w.Baseline, w.Candidate)
	case verdict.ExpiredCaches:
		return fmt.Sprintf("%.0f %% of the cost of %s went to expired caches, which depends on how "+
			"busy the machine was", 100*w.Share, w.Configuration)
	case verdict.InOutages:
		return fmt.Sprintf("%.0f %% of the time of %s went to outages of models, which say nothing of it",
			100*w.Share, w.Configuration)
	case verdict.DoubtfulGrades, verdict.Contaminated:
		return doubtful(w)
	case verdict.MarginAssumed:
		return fmt.Sprintf("no margin was declared before the run; %g points are assumed", w.MarginPP)
	case verdict.LookedAtEachTask:
		return fmt.Sprintf("the run could end as soon as quality was decided, by now after %s: quality "+
			"is judged by what holds at every look, cost as if that number had been set beforehand",
			plural.Count(w.Tasks, "task"))
	case verdict.LowerWithinMargin:
		return "quality is lower, though by less than the margin"
	case verdict.SavesLess:
		return fmt.Sprintf("saves %.0f %%, less than the %.0f %% asked for", 100*w.Saved, 100*w.Asked)
	case verdict.CostShort:
		return costShort(w)
	case verdict.LeftOut:
		return leftOut(w)
	case verdict.WithinNoise:
		return withinNoise(w)
	case verdict.NeverDelegated:
		return w.Configuration + " never delegated, so its numbers are those of its main agent"
	}
	return runsApart(w)
}

// doubtful says how many trials of a configuration say less than they seem to.
func doubtful(w verdict.Warning) string {
	switch w := w.(type) {
	case verdict.DoubtfulGrades:
		return fmt.Sprintf("%s of %s %s the flag %s on %s", plural.Count(w.Trials, "trial"),
			w.Configuration, plural.Word(w.Trials, "has", "have"), w.Flag,
			plural.Word(w.Trials, "its grade", "their grades"))
	case verdict.Contaminated:
		return fmt.Sprintf("%s of %s touched the upstream fix (bench show names the evidence), so that "+
			"what they resolved says little: --exclude-flagged leaves their tasks out",
			plural.Count(w.Trials, "trial"), w.Configuration)
	}
	return w.Code()
}

// unequalMachines says how many pairs had unequal machines, and which ones most did.
func unequalMachines(w verdict.UnequalMachines) string {
	text := fmt.Sprintf("%d of %s ran on unequal machines, which changes how long trials take and "+
		"what runs out of time", w.Unequal, plural.Count(w.Pairs, "pair"))
	if w.Baseline == "" {
		return text
	}
	return text + fmt.Sprintf("; %d of them on %s and on %s", w.Most, w.Baseline, w.Candidate)
}

// runsApart says in what two runs differ.
func runsApart(w verdict.Warning) string {
	switch w := w.(type) {
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
	units, are := plural.Count(w.Tasks, "pair"), "are"
	if w.Repeated {
		units = plural.Count(w.Tasks, "task") + ", whose attempts count as one,"
	}
	if w.Shown {
		return fmt.Sprintf("%s rest on few that differ: a margin of %g points usually takes about %d",
			units, w.MarginPP, w.Needed)
	}
	if w.Tasks == 1 {
		are = "is"
	}
	return fmt.Sprintf("%s %s too few: showing a margin of %g points takes about %d if %.0f %% differ",
		units, are, w.MarginPP, w.Needed, 100*w.Discordance)
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

// qualityWords are qualities in words.
var qualityWords = map[verdict.Quality]string{
	verdict.QualityBetter: "better", verdict.QualityNonInferior: "non-inferior",
	verdict.QualityWorse: "worse", verdict.QualityOpen: "inconclusive",
}

// oneTask says why one task stands against a saving.
func oneTask(w verdict.OneTaskSaves) string {
	out := fmt.Sprintf("no saving is claimed: without %s it is not shown", w.Task)
	if w.Share.OK() {
		out += fmt.Sprintf(" (%s alone has %.0f %% of it)", w.Largest, 100*float64(w.Share))
	}
	return out
}

// displaced says why a saving is not one by delegating.
func displaced(w verdict.NothingDisplaced) string {
	if !w.Displacement.OK() {
		return "no saving is claimed: main never delegated"
	}
	return fmt.Sprintf("no saving is claimed: main is not shown to have had less to do than alone "+
		"(displaced %s %s)", number(w.Displacement, compare.Percent),
		within(w.Interval, w.Displacement, compare.Percent))
}

// marginChanged says what the margin was.
func marginChanged(w verdict.MarginChanged) string {
	if w.Declared == 0 {
		return fmt.Sprintf("the margin of %g points was chosen after the run, which declared none",
			w.MarginPP)
	}
	return fmt.Sprintf("the margin was changed after the run, from %g to %g points", w.Declared,
		w.MarginPP)
}

// limitsApart names the limits that differ.
func limitsApart(baseline, candidate bench.Limits) string {
	var out []string
	add := func(name string, differ bool, b, c any) {
		if differ {
			out = append(out, fmt.Sprintf("%s %v for the baseline, %v for the candidate", name, b, c))
		}
	}
	b, c := baseline, candidate
	add("iterations", b.Iterations != c.Iterations, b.Iterations, c.Iterations)
	add("cost", b.Cost != c.Cost, b.Cost, c.Cost)
	add("tokens", b.Tokens != c.Tokens, b.Tokens, c.Tokens)
	add("wall", b.Wall != c.Wall, b.Wall, c.Wall)
	return strings.Join(out, "; ")
}
