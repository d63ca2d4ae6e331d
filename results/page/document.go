package page

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
	"bench/results/compare"
	"bench/results/draw"
	"bench/results/report"
	"bench/stats"
)

// builder reads what a page is made of.
type builder struct {
	source     Source
	comparison compare.Comparison
	options    Options

	runs   []results.Run
	trials []*trial
	flips  []flips
	packed bytes.Buffer // cards and conversations
}

// trial is one of the comparison.
type trial struct {
	results.Trial
	ID     string // of its anchor
	Column int    // its configuration among those of the comparison
	first  []step // what its main agent did, to compare trials by; see flips
	failed []string
}

// document is what the template of a page is given.
type document struct {
	Title      string
	Policy     string
	Style      template.CSS
	Data       template.JS // the comparison as `bench compare --format json` prints it
	Refresh    int
	Simulated  bool
	Alarms     []string
	Runs       []results.Run
	Verdicts   []verdictView
	Frontier   *draw.Picture // nil: no configuration has a cost and a rate
	Beaten     []string
	Acceptable *draw.Picture // nil: too few tasks
	Worth      []string
	Warnings   []string
	Flips      []flips
	Costs      *draw.Picture
	Tokens     *draw.Picture
	TokensOf   []legend
	Roles      []legend
	Tasks      taskCosts
	Parallel   *draw.Picture
	ParallelOf []legend
	Sheets     []report.Sheet
	Matrix     matrix
	Origin     origin
}

// legend names a colour.
type legend struct{ Class, Name string }

func (b *builder) document(ctx context.Context) (*document, error) {
	if err := b.read(ctx); err != nil {
		return nil, err
	}
	c := b.comparison
	parallel, err := b.details(ctx)
	if err != nil {
		return nil, err
	}
	data, err := comparisonJSON(c)
	if err != nil {
		return nil, err
	}
	d := &document{
		Title: b.title(), Policy: policy(), Style: template.CSS(sheet()), Data: data,
		Refresh: b.options.Refresh, Simulated: c.Simulated, Alarms: c.Alarms, Runs: b.runs,
		Verdicts: verdicts(c), Frontier: frontier(c), Beaten: c.Frontier,
		Acceptable: acceptability(c), Worth: report.Worth(c), Warnings: c.Warnings,
		Flips: b.flips, Costs: costs(c), Tokens: tokens(c), TokensOf: classes(), Roles: roles(c),
		Tasks: b.taskCosts(), Parallel: parallel.picture(c), ParallelOf: parallel.legend(),
		Sheets: report.Sheets(c), Matrix: b.matrix(),
	}
	d.Origin, err = b.origin(ctx)
	return d, err
}

// title names the experiment, or the runs.
func (b *builder) title() string {
	var names []string
	for _, r := range b.runs {
		if !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}

// read reads the runs and which trials they have.
func (b *builder) read(ctx context.Context) error {
	columns := map[[2]string]int{}
	for i, c := range b.comparison.Configurations {
		columns[[2]string{c.Run, plainName(c)}] = i
	}
	for _, id := range b.comparison.Runs {
		run, err := b.source.Run(ctx, id)
		if err != nil {
			return err
		}
		b.runs = append(b.runs, run)
		trials, err := b.source.Trials(ctx, id)
		if err != nil {
			return err
		}
		for _, t := range trials {
			column := columns[[2]string{id, t.Key.Configuration}]
			b.trials = append(b.trials, &trial{
				Trial: t, ID: fmt.Sprintf("t%d", len(b.trials)+1), Column: column,
			})
		}
	}
	return nil
}

// plainName is a configuration's name in its run.
func plainName(c compare.Configuration) string { return strings.TrimSuffix(c.Name, "@"+c.Run) }

// comparisonJSON is the comparison's document, safe within an element of HTML.
func comparisonJSON(c compare.Comparison) (template.JS, error) {
	var b bytes.Buffer
	if err := report.JSON(&b, c); err != nil {
		return "", err
	}
	// In JSON, these stand in strings alone.
	text := strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(b.String())
	return template.JS(text), nil //nolint:gosec // escaped for its place just above
}

// frontier draws the configurations whose cost and rate are known.
func frontier(c compare.Comparison) *draw.Picture {
	rate, cost := compare.Named("resolved_rate"), compare.Named("cost_usd.per_task")
	base := ""
	if len(c.Pairs) > 0 {
		base = c.Pairs[0].Baseline
	}
	var points []draw.Point
	for _, conf := range c.Configurations {
		r, usd := conf.Value(rate), conf.Value(cost)
		if !r.Number.OK() || !usd.Number.OK() {
			continue
		}
		p := draw.Point{
			Name: conf.Name, Cost: float64(usd.Number), Rate: float64(r.Number),
			Baseline: conf.Name == base, Best: slices.Contains(c.Frontier, conf.Name),
			Approximate: conf.Cost != compare.AllKnown,
		}
		p.RateLo, p.RateHi = ends(r.Interval)
		p.CostLo, p.CostHi = ends(usd.Interval)
		points = append(points, p)
	}
	if len(points) == 0 {
		return nil
	}
	return draw.Frontier(points, "Cost per task against resolved rate, with 95 % intervals")
}

// acceptability draws how probable it is that each configuration is the best
// choice, by what one more resolved task is worth.
func acceptability(c compare.Comparison) *draw.Picture {
	n := c.NetBenefit
	var curves []draw.Curve
	for _, of := range n.Of {
		curve := draw.Curve{Name: of.Name}
		for i, p := range of.BestCurve {
			if n.Lambdas[i] > 0 { // the scale is logarithmic
				curve.Points = append(curve.Points, [2]float64{n.Lambdas[i], p})
			}
		}
		if len(curve.Points) > 0 {
			curves = append(curves, curve)
		}
	}
	if len(curves) < 2 {
		return nil
	}
	return draw.Curves(curves, "worth of one more resolved task", "probability of the best choice",
		"Acceptability: the probability that each configuration is the best choice")
}

// ends are the ends of an interval, NaN where there is none.
func ends(i stats.Interval) (lo, hi float64) {
	if !i.OK() {
		return math.NaN(), math.NaN()
	}
	return float64(i.Lo), float64(i.Hi)
}

// took writes a duration.
func took(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// outcome says how a trial ended.
func outcome(t results.Trial) string {
	switch {
	case t.Outcome == "":
		return "in phase " + string(t.Phase)
	case t.Resolved != nil && *t.Resolved:
		return string(bench.OutcomeResolved)
	}
	return string(t.Outcome)
}
