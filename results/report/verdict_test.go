package report

import (
	"strings"
	"testing"

	"bench/results/verdict"
	"bench/stats"
)

// Every verdict and every warning has words of its own.
func TestVerdictsInWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, q := range []verdict.Quality{
		verdict.QualityBetter, verdict.QualityNonInferior, verdict.QualityWorse, verdict.QualityOpen,
	} {
		for _, c := range []verdict.Cost{verdict.CostCheaper, verdict.CostOpen, verdict.CostDearer} {
			words := inWords(verdict.Verdict{Quality: q, Cost: c, Evidence: verdict.Evidence{
				Paired: stats.Paired{Both: 3},
			}})
			if seen[words] || strings.HasPrefix(words, " ") || !strings.HasSuffix(words, " (n=3)") {
				t.Errorf("%s and %s: %q", q, c, words)
			}
			seen[words] = true
		}
	}
}

func TestWarningsInWords(t *testing.T) {
	t.Parallel()
	runs := verdict.Runs{Baseline: "r", Candidate: "s"}
	for _, test := range []struct {
		w    verdict.Warning
		want string
	}{
		{verdict.TooFewTasks{Tasks: 500, Needed: 990, MarginPP: 1, Discordance: 0.016},
			"500 pairs are too few: showing a margin of 1 points takes about 990 if 2 % differ"},
		{verdict.TooFewTasks{Tasks: 9, Needed: 382, MarginPP: 5, Discordance: 0.15, Repeated: true},
			"9 tasks, whose attempts count as one, are too few: showing a margin of 5 points takes about 382 if 15 % differ"},
		{verdict.NoCostInterval{}, "fewer than six tasks have no interval of the cost ratio"},
		{verdict.BaselineResolvedNothing{}, "the baseline resolved nothing, so that being as good says nothing"},
		{verdict.MarginAssumed{MarginPP: 5}, "no margin was declared before the run; 5 points are assumed"},
		{verdict.LowerWithinMargin{}, "quality is lower, though by less than the margin"},
		{verdict.SavesLess{Saved: 0.1, Asked: 0.25}, "saves 10 %, less than the 25 % asked for"},
		{verdict.LeftOut{Configuration: "solo", Trials: 20, Pairs: 5, Infra: 1, Cancelled: 2, Unjudged: 3, Open: 4, NoPartner: 5},
			"15 of 20 trials of solo are in no pair: 1 ended by infrastructure, 2 cancelled, " +
				"3 without a verdict, 4 not ended, 5 without a partner"},
		{verdict.NeverDelegated{Configuration: "fusion"},
			"fusion never delegated, so its numbers are those of its main agent"},
		{verdict.WithinNoise{Claim: verdict.ClaimDifference, Configuration: "solo", Value: -0.05, Floor: 0.061, Tasks: 60},
			"the difference of 5.0 points lies within the noise of solo against itself, which leaves up to 6.1 open (n=60)"},
		{verdict.WithinNoise{Claim: verdict.ClaimMargin, Configuration: "solo", Value: 0.05, Floor: 0.061, Tasks: 60},
			"the margin of 5 points lies within the noise of solo against itself, which leaves up to 6.1 open (n=60)"},
		{verdict.WithinNoise{Claim: verdict.ClaimCost, Configuration: "solo", Value: 1.1, Floor: 1.253, Tasks: 60},
			"the cost ratio lies within the noise of solo against itself, which leaves factors up to 1.25 open (n=60)"},
		{verdict.UnequalMachines{Pairs: 30, Unequal: 12, Baseline: "engine a (4 CPUs)", Candidate: "engine b (8 CPUs)", Most: 9},
			"12 of 30 pairs ran on unequal machines, which changes how long trials take and what runs out of time; " +
				"9 of them on engine a (4 CPUs) and on engine b (8 CPUs)"},
		{verdict.UnequalMachines{Pairs: 30, Unequal: 12, Most: 9},
			"12 of 30 pairs ran on unequal machines, which changes how long trials take and what runs out of time"},
		{verdict.DifferentTasks{Runs: runs}, "runs r and s have different tasks; those in both are compared"},
		{verdict.DifferentRules{Runs: runs, BaselineRules: "a", CandidateRules: "b"},
			"runs r and s are scored by different rules, a and b"},
		{verdict.DifferentWorkers{Runs: runs, CandidateWorkers: 9},
			"runs r and s had 0 and 9 workers, which changes how often caches expire"},
	} {
		if got := warning(test.w); got != test.want {
			t.Errorf("%s: got %q, want %q", test.w.Code(), got, test.want)
		}
	}
}
