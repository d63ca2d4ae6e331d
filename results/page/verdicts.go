package page

import (
	"fmt"

	"bench/internal/plural"
	"bench/results/compare"
	"bench/results/report"
	"bench/results/verdict"
)

// verdictView is what a page says of a candidate.
type verdictView struct {
	Baseline, Candidate string
	Word                verdict.Word
	Tone                string // class: good, bad or open
	Saying              report.Saying
	Margin              float64
	Advice              string
}

func verdicts(c compare.Comparison) (out []verdictView) {
	for _, p := range c.Pairs {
		v := verdictView{
			Baseline: p.Baseline, Candidate: p.Candidate, Word: p.Word, Saying: report.Say(p),
			Margin: p.Assumptions.MarginPP,
		}
		v.Tone, v.Advice = advised(p)
		out = append(out, v)
	}
	return out
}

// advised says what to do, and how good the news is.
func advised(p compare.Pair) (tone, advice string) {
	c, b, e := p.Candidate, p.Baseline, p.Evidence
	switch p.Word {
	case verdict.Better:
		if p.Cost == verdict.CostDearer {
			return "good", "Take " + c + " if the difference is worth its price."
		}
		return "good", "Take " + c + "."
	case verdict.NonInferiorAndCheaper:
		return "good", "Take " + c + "."
	case verdict.NonInferiorNotCheaper:
		return "open", "Keep " + b + ": no saving is shown."
	case verdict.WorseButCheaper:
		return "bad", "Keep " + b + ", unless the saving is worth the tasks it loses."
	case verdict.Worse:
		return "bad", "Keep " + b + "."
	case verdict.Invalid:
		return "open", "Look at the trials that have no verdict."
	case verdict.Inconclusive:
	}
	if e.Needed > e.Tasks {
		return "open", fmt.Sprintf("Run about %s more.", plural.Count(e.Needed-e.Tasks, "task"))
	}
	return "open", "Run more tasks."
}
