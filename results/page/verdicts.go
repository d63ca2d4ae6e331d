package page

import (
	"fmt"

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
	Meaning, Advice     string
}

func verdicts(c compare.Comparison) (out []verdictView) {
	for _, p := range c.Pairs {
		v := verdictView{
			Baseline: p.Baseline, Candidate: p.Candidate, Word: p.Word, Saying: report.Say(p),
			Margin: p.Assumptions.MarginPP,
		}
		v.Tone, v.Meaning, v.Advice = inPlainWords(p)
		out = append(out, v)
	}
	return out
}

// inPlainWords says what a verdict means, and what to do, to whoever is no
// statistician.
func inPlainWords(p compare.Pair) (tone, meaning, advice string) {
	c, b, e := p.Candidate, p.Baseline, p.Evidence
	few := fmt.Sprintf("Run more tasks: %d pairs do not settle it.", e.N())
	for _, w := range p.Warnings {
		if t, ok := w.(verdict.TooFewTasks); ok {
			few = fmt.Sprintf("Run more tasks: about %d are needed, %d were run.", t.Needed, t.Tasks)
		}
	}
	switch p.Word {
	case verdict.Better:
		return "good", c + " resolves more than " + b + ", and that is more than chance explains.",
			either(p.Cost == verdict.CostDearer, "Take "+c+" if the difference is worth its price.",
				"Take "+c+".")
	case verdict.NonInferiorAndCheaper:
		return "good", fmt.Sprintf("%s is shown to be cheaper, and to resolve at most %g points "+
			"less than %s.", c, p.Assumptions.MarginPP, b), "Take " + c + "."
	case verdict.NonInferiorNotCheaper:
		return "open", fmt.Sprintf("%s is shown to resolve at most %g points less than %s; that it "+
			"saves money is not shown.", c, p.Assumptions.MarginPP, b), "Keep " + b + "."
	case verdict.Worse, verdict.WorseButCheaper:
		return "bad", c + " resolves less than " + b + ", and that is more than chance explains.",
			either(p.Word == verdict.WorseButCheaper,
				"Keep "+b+", unless the saving is worth the tasks it loses.", "Keep "+b+".")
	case verdict.Invalid:
		return "open", "There are no pairs: no task has a verdict on both sides.",
			"Look at the trials that have none."
	case verdict.Inconclusive:
	}
	return "open", fmt.Sprintf("Nothing is shown about how much %s resolves: the true difference "+
		"to %s may be on either side of the margin.", c, b), few
}

func either[T any](on bool, yes, no T) T {
	if on {
		return yes
	}
	return no
}
