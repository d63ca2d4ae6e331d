package report

import (
	"fmt"
	"strings"

	"bench/internal/plural"
	"bench/results/compare"
	"bench/stats"
)

// benefitDocument weighs quality against cost; see compare.NetBenefit.
type benefitDocument struct {
	Tasks    int            `json:"n_tasks"` // on which all configurations have verdicts
	Lambda   stats.Number   `json:"lambda_usd"`
	Of       []benefitOfOne `json:"configurations"`
	Cheapest string         `json:"cheapest"`
	Turns    []turnDocument `json:"turns"`
	Lambdas  []float64      `json:"curve_lambda_usd"`
}

// benefitOfOne is the net benefit of a configuration. Probabilities are null for
// fewer than six tasks.
type benefitOfOne struct {
	Name       string       `json:"name"`
	Rate       float64      `json:"resolved_rate"` // mean over these tasks
	Cost       float64      `json:"cost_usd_per_task"`
	NetBenefit stats.Number `json:"net_benefit_usd"` // per task, at lambda_usd
	Best       stats.Number `json:"best_probability"`
	Curve      []float64    `json:"best_probability_curve"` // at curve_lambda_usd
}

// turnDocument is a value of one more resolved task from which on the choice is
// another.
type turnDocument struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	Lambda float64 `json:"lambda_usd"`
}

func benefitOf(n compare.NetBenefit) benefitDocument {
	d := benefitDocument{
		Tasks: n.Tasks, Lambda: n.Lambda, Cheapest: n.Cheapest, Lambdas: n.Lambdas,
		Of: []benefitOfOne{}, Turns: []turnDocument{},
	}
	for _, b := range n.Of {
		d.Of = append(d.Of, benefitOfOne{b.Name, b.Rate, b.Cost, b.NetBenefit, b.Best, b.BestCurve})
	}
	for _, t := range n.Turns {
		d.Turns = append(d.Turns, turnDocument(t))
	}
	return d
}

// worth says in sentences what configurations are worth.
func worth(n compare.NetBenefit) (lines []string) {
	if n.Tasks == 0 || len(n.Of) < 2 {
		return nil
	}
	line := fmt.Sprintf("Net benefit on %s: %s, whatever one more resolved task is worth",
		plural.Count(n.Tasks, "task"), n.Cheapest)
	for i, t := range n.Turns {
		if i == 0 {
			line = fmt.Sprintf("Net benefit on %s: %s while one more resolved task is worth less than %s",
				plural.Count(n.Tasks, "task"), t.From, usd(t.Lambda))
		} else {
			line += fmt.Sprintf(", then %s up to %s", t.From, usd(t.Lambda))
		}
	}
	if k := len(n.Turns); k > 0 {
		line += ", above it " + n.Turns[k-1].To
	}
	lines = append(lines, line+".")
	if !n.Lambda.OK() {
		return lines
	}
	var each []string
	for _, b := range n.Of {
		said := fmt.Sprintf("%s %s a task", b.Name, usd(float64(b.NetBenefit)))
		if b.Best.OK() {
			said += fmt.Sprintf(" (the best with probability %.0f %%)", 100*float64(b.Best))
		}
		each = append(each, said)
	}
	return append(lines, fmt.Sprintf("Worth at %s for one more resolved task: %s.",
		usd(float64(n.Lambda)), strings.Join(each, ", ")))
}

// usd is money that may be below nothing.
func usd(dollars float64) string {
	if dollars < 0 {
		return "−" + usd(-dollars)
	}
	return number(stats.Number(dollars), compare.Dollars)
}
